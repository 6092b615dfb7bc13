import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// PyTorch's parameters as ours: weights transposed, and of the two biases the sum where one is enough.
private struct PyTorchCells {
    private var rest: ArraySlice<Variable>
    private let each: Int
    let count: Int

    init(_ parameters: ArraySlice<Variable>, bias: Bool = true) {
        (rest, each) = (parameters, bias ? 4 : 2)
        count = parameters.count / each
    }

    private mutating func next() -> (input: Variable, hidden: Variable, inputBias: Variable?, hiddenBias: Variable?) {
        let own = Array(rest.prefix(each))
        rest = rest.dropFirst(each)
        return (own[0].transposed(), own[1].transposed(), each == 4 ? own[2] : nil, each == 4 ? own[3] : nil)
    }

    mutating func rnn(_ activation: RecurrentActivation = .tanh) -> RNNCell {
        let (w, u, b, c) = next()
        return RNNCell(inputWeight: w, hiddenWeight: u, bias: sum(b, c), activation: activation)
    }
    mutating func lstm() -> LSTMCell {
        let (w, u, b, c) = next()
        return LSTMCell(inputWeight: w, hiddenWeight: u, bias: sum(b, c))
    }
    mutating func gru() -> GRUCell {
        let (w, u, b, c) = next()
        return GRUCell(inputWeight: w, hiddenWeight: u, inputBias: b, hiddenBias: c)
    }

    private func sum(_ b: Variable?, _ c: Variable?) -> Variable? {
        guard let b, let c else { return nil }
        return b + c
    }
}

@Suite struct RecurrentTests {
    @Test func agreesWithPyTorch() throws {
        func isBidirectional(_ a: ReferenceAttributes) -> Bool { a["bidirectional"]?.bool ?? false }
        func hasBias(_ a: ReferenceAttributes) -> Bool { a["bias"]?.bool ?? true }
        func states(_ x: Variable, _ count: Int) -> [Variable] { x.split(into: count).map { $0.squeezed(0) } }
        try expectReferences(
            "recurrent",
            [
                "rnn": { x, a in
                    var parameters = PyTorchCells(x[2...], bias: hasBias(a))
                    let activation = RecurrentActivation(rawValue: a["activation"]?.string ?? "tanh")!
                    let cells = (0..<parameters.count).map { _ in parameters.rnn(activation) }
                    let network = RNN(cells: cells, bidirectional: isBidirectional(a))
                    let (output, last) = network(x[0], from: states(x[1], cells.count), lengths: a["lengths"]?.ints)
                    return [output, stack(last)]
                },
                "gru": { x, a in
                    var parameters = PyTorchCells(x[2...], bias: hasBias(a))
                    let cells = (0..<parameters.count).map { _ in parameters.gru() }
                    let network = GRU(cells: cells, bidirectional: isBidirectional(a))
                    let (output, last) = network(x[0], from: states(x[1], cells.count), lengths: a["lengths"]?.ints)
                    return [output, stack(last)]
                },
                "lstm": { x, a in
                    var parameters = PyTorchCells(x[3...], bias: hasBias(a))
                    let cells = (0..<parameters.count).map { _ in parameters.lstm() }
                    let network = LSTM(cells: cells, bidirectional: isBidirectional(a))
                    let first = zip(states(x[1], cells.count), states(x[2], cells.count))
                        .map { LSTMState(hidden: $0, cell: $1) }
                    let (output, last) = network(x[0], from: first, lengths: a["lengths"]?.ints)
                    return [output, stack(last.map(\.hidden)), stack(last.map(\.cell))]
                },
                "rnnCell": { x, _ in
                    var parameters = PyTorchCells(x[2...])
                    let cell = parameters.rnn()
                    return [
                        rnnCell(
                            x[0], x[1], inputWeight: cell.inputWeight, hiddenWeight: cell.hiddenWeight, bias: cell.bias)
                    ]
                },
                "gruCell": { x, _ in
                    var parameters = PyTorchCells(x[2...])
                    let cell = parameters.gru()
                    return [
                        gruCell(
                            x[0], x[1], inputWeight: cell.inputWeight, hiddenWeight: cell.hiddenWeight,
                            inputBias: cell.inputBias, hiddenBias: cell.hiddenBias)
                    ]
                },
                "lstmCell": { x, _ in
                    var parameters = PyTorchCells(x[3...])
                    let cell = parameters.lstm()
                    let (hidden, kept) = lstmCell(
                        x[0], hidden: x[1], cell: x[2], inputWeight: cell.inputWeight, hiddenWeight: cell.hiddenWeight,
                        bias: cell.bias)
                    return [hidden, kept]
                },
            ], absolute: { _ in 1e-13 })
    }

    /// Set by hand, two units see now and before; the sum of both less one is positive only where two ones stand in a row.
    @Test func aNetworkSetByHandDetectsTwoOnesInARow() {
        // Units: now, before, a constant one; h ← relu(x W + h U).
        let cell = RNNCell(
            inputWeight: Variable([[1, 0, 0]]), hiddenWeight: Variable([[0, 1, 0], [0, 0, 0], [0, 0, 1]]),
            bias: nil, activation: .relu)
        let readout = Variable([[1], [1], [-1]])
        let x = Variable.constant(Tensor([0, 1, 0, 1, 1, 1, 0, 1, 1]).reshaped(1, 9, 1))
        let one = Variable.constant(Tensor([[0, 0, 1]]))
        let (states, _) = RNN(cells: [cell])(x, from: [one])
        let fires = relu(matmul(states, readout)).value.array(of: Double.self)
        #expect(fires == [0, 0, 0, 0, 1, 1, 0, 0, 1])
    }

    @Test func aLayerIsItsCellStepByStep() {
        var random = Random(seed: 1)
        let network = LSTM(inFeatures: 3, hiddenFeatures: 4, as: .float64, using: &random)
        #expect(network.parameters.paths == ["cells.0.inputWeight", "cells.0.hiddenWeight", "cells.0.bias"])
        #expect(network.parameters.count == 4 * (3 * 4 + 4 * 4 + 4))
        var generator = TensorGenerator(seed: 2)
        let x = Variable(generator.tensor([2, 5, 3]))
        var state = network.cells[0].initialState(batch: 2)
        var shown: [Variable] = []
        for step in x.split(into: 5, along: 1) {
            state = network.cells[0](step.squeezed(1), state)
            shown.append(state.hidden)
        }
        let (output, last) = network(x, from: nil)
        expectClose(output.value, stack(shown, along: 1).value, relative: 1e-14, absolute: 1e-15)
        expectClose(last[0].cell.value, state.cell.value, relative: 1e-14, absolute: 1e-15)
        let function = lstmCell(
            x[0..<2].split(into: 5, along: 1)[0].squeezed(1), hidden: .constant(.zeros([2, 4], as: .float64)),
            cell: .constant(.zeros([2, 4], as: .float64)), inputWeight: network.cells[0].inputWeight,
            hiddenWeight: network.cells[0].hiddenWeight, bias: network.cells[0].bias)
        expectClose(function.hidden.value, shown[0].value, relative: 1e-14, absolute: 1e-15)
        #expect(GRU(inFeatures: 3, hiddenFeatures: 4, layers: 2, bidirectional: true, using: &random).cells.count == 4)
        #expect(
            RNN(inFeatures: 3, hiddenFeatures: 4, using: &random)(.constant(.zeros([2, 5, 3]))).shape == [2, 5, 4])
    }

    @Test func theStateGoesOnAndTheGradientStopsWhereItIsDetached() {
        var random = Random(seed: 3)
        let network = GRU(inFeatures: 2, hiddenFeatures: 3, as: .float64, using: &random)
        var generator = TensorGenerator(seed: 4)
        let (first, second) = (Variable(generator.tensor([1, 3, 2])), Variable(generator.tensor([1, 2, 2])))
        let whole = network(concatenate([first, second], along: 1))
        let (start, state) = network(first, from: nil)
        let (end, _) = network(second, from: state)
        expectClose(concatenate([start, end], along: 1).value, whole.value, relative: 1e-13, absolute: 1e-15)
        let (cut, _) = network(second, from: state.detached())
        expectIdentical(cut.value, end.value)
        #expect(gradients(of: end.sum(), at: [first])[0] != nil)
        #expect(gradients(of: cut.sum(), at: [first])[0] == nil)
    }

    /// A padded batch gives each sequence what it gets alone.
    @Test(arguments: [false, true]) func lengthsLeavePaddingOut(bidirectional: Bool) {
        var random = Random(seed: 5)
        let network = LSTM(
            inFeatures: 2, hiddenFeatures: 3, layers: 2, bidirectional: bidirectional, as: .float64, using: &random)
        var generator = TensorGenerator(seed: 6)
        let x = Variable(generator.tensor([3, 4, 2]))
        let lengths = [4, 2, 3]
        let (output, states) = network(x, from: nil, lengths: lengths)
        for (i, length) in lengths.enumerated() {
            let alone = network(x[i..<i + 1].slice(along: 1, from: 0, to: length), from: nil)
            let mine = output[i..<i + 1]
            expectClose(
                mine.slice(along: 1, from: 0, to: length).value, alone.output.value, relative: 1e-13, absolute: 1e-15)
            #expect(mine.slice(along: 1, from: length).value.countNonZero() == 0)
            for (state, other) in zip(states, alone.state) {
                expectClose(state.cell[i..<i + 1].value, other.cell.value, relative: 1e-13, absolute: 1e-15)
            }
        }
    }

    @Test func dropoutStandsBetweenLayersOnly() {
        var random = Random(seed: 7)
        let dropout = Dropout(probability: 0.5, seed: 1)
        func cell(_ inFeatures: Int) -> RNNCell { RNNCell(inFeatures: inFeatures, hiddenFeatures: 8, using: &random) }
        let cells = [cell(2), cell(8)]
        var generator = TensorGenerator(seed: 8)
        let x = Variable.constant(generator.tensor([2, 3, 2], as: .float32))
        let plain = RNN(cells: cells)(x).value
        #expect(RNN(cells: cells, dropout: dropout)(x).value != plain)
        expectIdentical(evaluate { RNN(cells: cells, dropout: dropout)(x) }.value, plain)
        expectIdentical(
            RNN(cells: [cells[0]], dropout: dropout)(x).value, RNN(cells: [cells[0]])(x).value)
    }

    @Test func aWholeNetworkPassesTheGradientCheck() {
        var random = Random(seed: 9)
        let network = GRU(inFeatures: 2, hiddenFeatures: 2, layers: 2, bidirectional: true, using: &random)
        let x = Variable.constant(.normal([2, 3, 2], using: &random))
        let report = checkGradients(at: network.parameters, settings: GradientCheckSettings(mode: .fast)) {
            square(network(x)).sum()
        }
        #expect(report.verdict == .pass, "\(report)")
    }

    @Test func misuseIsNamed() {
        var random = Random(seed: 1)
        let network = LSTM(inFeatures: 3, hiddenFeatures: 4, using: &random)
        #expect(
            misuseMessage { network(Variable(.zeros([2, 3]))) }
                == "Recurrent: an input of shape [2, 3]; it is [batch, time, features]")
        #expect(misuseMessage { network(Variable(.zeros([2, 0, 3]))) } != nil)
        #expect(misuseMessage { network(Variable(.zeros([2, 4, 3])), from: []) } != nil)
        #expect(
            misuseMessage { network(Variable(.zeros([2, 4, 3])), from: nil, lengths: [5, 1]) }
                == "Recurrent: lengths [5, 1] for 2 sequences of 4 steps")
        let x = Variable(.zeros([2, 3])), h = Variable(.zeros([2, 4]))
        #expect(
            misuseMessage {
                lstmCell(
                    x, hidden: h, cell: h, inputWeight: Variable(.zeros([3, 12])),
                    hiddenWeight: Variable(.zeros([4, 12])))
            }?.hasPrefix("lstmCell: gates of shape [2, 12]") == true)
        #expect(misuseMessage { RNN(cells: [RNNCell](), bidirectional: false) } != nil)
    }
}
