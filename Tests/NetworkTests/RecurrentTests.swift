import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// PyTorch's parameters as ours: weights transposed, and of the two biases the sum where one is enough.
private struct PyTorchCells {
    private var rest: ArraySlice<Variable>
    let count: Int

    init(_ parameters: ArraySlice<Variable>) { (rest, count) = (parameters, parameters.count / 4) }

    mutating func next() -> (input: Variable, hidden: Variable, inputBias: Variable, hiddenBias: Variable) {
        let four = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        return (four[0].transposed(), four[1].transposed(), four[2], four[3])
    }
}

@Suite struct RecurrentTests {
    @Test func agreesWithPyTorch() throws {
        try expectReferences(
            "recurrent",
            [
                "rnn": { x, a in
                    var parameters = PyTorchCells(x[2...])
                    let activation = RecurrentActivation(rawValue: a["activation"]?.string ?? "tanh")!
                    let cells = (0..<parameters.count).map { _ in
                        let (w, u, b, c) = parameters.next()
                        return RNNCell(inputWeight: w, hiddenWeight: u, bias: b + c, activation: activation)
                    }
                    let network = RNN(cells: cells, bidirectional: a["bidirectional"]?.bool ?? false)
                    let (output, states) = network(x[0], from: x[1].split(into: cells.count).map { $0.squeezed(0) })
                    return [output, stack(states)]
                },
                "gru": { x, a in
                    var parameters = PyTorchCells(x[2...])
                    let cells = (0..<parameters.count).map { _ in
                        let (w, u, b, c) = parameters.next()
                        return GRUCell(inputWeight: w, hiddenWeight: u, inputBias: b, hiddenBias: c)
                    }
                    let network = GRU(cells: cells, bidirectional: a["bidirectional"]?.bool ?? false)
                    let (output, states) = network(x[0], from: x[1].split(into: cells.count).map { $0.squeezed(0) })
                    return [output, stack(states)]
                },
                "lstm": { x, a in
                    var parameters = PyTorchCells(x[3...])
                    let cells = (0..<parameters.count).map { _ in
                        let (w, u, b, c) = parameters.next()
                        return LSTMCell(inputWeight: w, hiddenWeight: u, bias: b + c)
                    }
                    let network = LSTM(cells: cells, bidirectional: a["bidirectional"]?.bool ?? false)
                    let (hidden, cell) = (x[1].split(into: cells.count), x[2].split(into: cells.count))
                    let first = zip(hidden, cell).map { LSTMState(hidden: $0.squeezed(0), cell: $1.squeezed(0)) }
                    let (output, states) = network(x[0], from: first)
                    return [output, stack(states.map(\.hidden)), stack(states.map(\.cell))]
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
