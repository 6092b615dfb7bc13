import GradusAutograd
import GradusTensor

/// A recurrent network over whole sequences: one or several layers of cells, each reading what the one below showed; in both
/// directions if asked. ``RNN``, ``LSTM`` and ``GRU`` are this with their cells.
///
///     let lstm = LSTM(inFeatures: 8, hiddenFeatures: 16, layers: 2)
///     let h = lstm(x)                                 // [batch, time, 8] to [batch, time, 16]
///     var (output, state) = lstm(first, from: nil)
///     (output, state) = lstm(second, from: state.detached())  // truncated backpropagation through time
///
/// Inputs are `[batch, time, inFeatures]`, outputs `[batch, time, hidden]`, or `[batch, time, 2 · hidden]` in both directions,
/// the forward half first. The time axis is the second, as everywhere here; PyTorch's is the first unless `batch_first`.
///
/// One-to-many: ``cells`` one step at a time. Many-to-one: the last step of the output, `output.slice(along: 1, from: -1)`, or the
/// last state's `hidden`.
public struct Recurrent<Cell: RecurrentCell>: Layer {
    /// The cells: layer by layer, of each the forward one and then, if there is, the backward one.
    public let cells: [Cell]
    /// Whether each layer reads the sequence in both directions.
    public let isBidirectional: Bool
    /// What stands between the layers, in training.
    public let dropout: Dropout

    private var directions: Int { isBidirectional ? 2 : 1 }

    /// A network of these cells, in the order of ``cells``. A number of them that is odd where there are two directions is
    /// misuse.
    public init(cells: [Cell], bidirectional: Bool = false, dropout: Dropout = Dropout(probability: 0)) {
        if cells.isEmpty || bidirectional && cells.count % 2 != 0 {
            misuse("Recurrent: \(cells.count) cells; one, or two in both directions, for each layer")
        }
        (self.cells, isBidirectional, self.dropout) = (cells, bidirectional, dropout)
    }

    init(
        _ inFeatures: Int, _ hiddenFeatures: Int, layers: Int, _ bidirectional: Bool, _ dropout: Dropout,
        _ makeCell: (_ inFeatures: Int) -> Cell
    ) {
        let directions = bidirectional ? 2 : 1
        let cells = (0..<max(layers, 0) * directions).map { place in
            makeCell(place < directions ? inFeatures : directions * hiddenFeatures)
        }
        self.init(cells: cells, bidirectional: bidirectional, dropout: dropout)
    }

    /// The outputs for a batch of sequences, from states of zeros.
    public func callAsFunction(_ x: Variable) -> Variable { self(x, from: nil).output }

    /// The outputs for a batch of sequences, and the state of each cell after its last step: to go on from.
    ///
    /// - `states`: Where the cells begin, in the order of ``cells``; zeros if nil.
    /// - `lengths`: How long each sequence is, if they were padded to one length: outputs beyond are 0, states are those after
    ///   the last step that is there, and the backward direction begins there.
    ///
    /// Misuse: an input of other than three axes, another number of states than cells, lengths that do not fit.
    public func callAsFunction(
        _ x: Variable, from states: [Cell.State]?, lengths: [Int]? = nil
    ) -> (output: Variable, state: [Cell.State]) {
        guard x.rank == 3 else {
            return misuse(
                "Recurrent: an input of shape \(x.shape); it is [batch, time, features]", inert: (.inert, states ?? []))
        }
        let (batch, time) = (x.shape[0], x.shape[1])
        guard time > 0 && states.map({ $0.count == cells.count }) ?? true else {
            return misuse(
                "Recurrent: \(time) steps, \(states?.count ?? 0) states for \(cells.count) cells; "
                    + "there is at least one step, and a state for each cell", inert: (.inert, states ?? []))
        }
        guard lengths.map({ $0.count == batch && $0.allSatisfy { 0...time ~= $0 } }) ?? true else {
            return misuse(
                "Recurrent: lengths \(lengths ?? []) for \(batch) sequences of \(time) steps",
                inert: (.inert, states ?? []))
        }
        let isThere = lengths.map { lengths in
            let lengths = Tensor(lengths, shape: [batch, 1])
            return (0..<time).map { lengths .> Double($0) }
        }
        var below = x.transposed(0, 1)
        var last: [Cell.State] = []
        for layer in stride(from: 0, to: cells.count, by: directions) {
            if layer > 0 { below = dropout(below) }
            var sides: [Variable] = []
            for (direction, cell) in cells[layer..<layer + directions].enumerated() {
                let (projected, first) = (cell.projected(below), states?[last.count] ?? cell.initialState(batch: batch))
                let (shown, state) =
                    isThere.map { run(cell, projected, from: first, backward: direction == 1, $0) }
                    ?? cell.along(projected, from: first, reversed: direction == 1)
                sides.append(shown)
                last.append(state)
            }
            below = sides.count == 1 ? sides[0] : concatenate(sides, along: -1)
        }
        return (below.transposed(0, 1), last)
    }

    /// One cell through sequences of several lengths.
    private func run(
        _ cell: Cell, _ projected: Variable, from first: Cell.State, backward: Bool, _ isThere: [Tensor]
    ) -> (shown: Variable, last: Cell.State) {
        var state = first
        var shown = projected.split(into: isThere.count).map { $0.squeezed(0) }
        for time in backward ? Array(shown.indices.reversed()) : Array(shown.indices) {
            let next = cell.next(shown[time], state)
            if isThere[time].all() {
                state = next
                shown[time] = next.hidden
            } else {
                state = next.chosen(where: isThere[time], else: state)
                shown[time] = select(isThere[time], next.hidden, 0)
            }
        }
        return (stack(shown), state)
    }
}

extension Recurrent: Sendable where Cell: Sendable {}

/// A plain recurrent network.
public typealias RNN = Recurrent<RNNCell>
/// A network of long short-term memories.
public typealias LSTM = Recurrent<LSTMCell>
/// A network of gated recurrent units.
public typealias GRU = Recurrent<GRUCell>

extension Recurrent where Cell == RNNCell {
    /// Random cells; `dropout` is the probability between the layers.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, activation: RecurrentActivation = .tanh, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        self.init(inFeatures, hiddenFeatures, layers: layers, bidirectional, Dropout(probability: dropout)) {
            RNNCell(
                inFeatures: $0, hiddenFeatures: hiddenFeatures, bias: bias, activation: activation, as: elementType,
                using: &generator)
        }
    }

    /// The same from the default generator.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, activation: RecurrentActivation = .tanh, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inFeatures: inFeatures, hiddenFeatures: hiddenFeatures, layers: layers, bidirectional: bidirectional,
            dropout: dropout, bias: bias, activation: activation, as: elementType, using: &random)
    }
}

extension Recurrent where Cell == LSTMCell {
    /// Random cells; `dropout` is the probability between the layers.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        self.init(inFeatures, hiddenFeatures, layers: layers, bidirectional, Dropout(probability: dropout)) {
            LSTMCell(
                inFeatures: $0, hiddenFeatures: hiddenFeatures, bias: bias, as: elementType, using: &generator)
        }
    }

    /// The same from the default generator.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inFeatures: inFeatures, hiddenFeatures: hiddenFeatures, layers: layers, bidirectional: bidirectional,
            dropout: dropout, bias: bias, as: elementType, using: &random)
    }
}

extension Recurrent where Cell == GRUCell {
    /// Random cells; `dropout` is the probability between the layers.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        self.init(inFeatures, hiddenFeatures, layers: layers, bidirectional, Dropout(probability: dropout)) {
            GRUCell(
                inFeatures: $0, hiddenFeatures: hiddenFeatures, bias: bias, as: elementType, using: &generator)
        }
    }

    /// The same from the default generator.
    public init(
        inFeatures: Int, hiddenFeatures: Int, layers: Int = 1, bidirectional: Bool = false, dropout: Double = 0,
        bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inFeatures: inFeatures, hiddenFeatures: hiddenFeatures, layers: layers, bidirectional: bidirectional,
            dropout: dropout, bias: bias, as: elementType, using: &random)
    }
}
