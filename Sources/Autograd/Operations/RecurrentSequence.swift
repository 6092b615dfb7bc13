import GradusTensor

/// An LSTM along a whole sequence: what `LSTMUpdate` and the product before it do, step after step. Inputs are what the inputs
/// contribute to the gates `[time, batch, 4 · hidden]`, the first hidden state and cell `[batch, hidden]`, and the weight
/// `[hidden, 4 · hidden]`; outputs the hidden states and the cells of all steps `[time, batch, hidden]`, and the gates that its rule
/// reads. The weight is packed once, and its gradient is one product over all steps.
final class LSTMSequence: SplittingOperation {
    let isReversed: Bool
    init(reversed: Bool) { isReversed = reversed }

    override var name: String { "lstm" }
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (hidden, cell, gates) = lstmSequence(
            inputs[0], hidden: inputs[1], cell: inputs[2], weight: inputs[3], reversed: isReversed)
        return [hidden, cell, gates]
    }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func keeps(input: Int) -> Bool { input > 0 }

    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        let (hidden, cell, weight) = (input(1), input(2), input(3))
        let (states, cells, gates) = (result(0), result(1), result(2))
        // Only a gradient of a gradient arrives at the gates.
        guard isRecording || upstreams[2] != nil else {
            let (toGates, toHidden, toCell) = lstmSequenceGradient(
                gates: gates.value, cells: cells.value, cell: cell.value, weight: weight.value,
                fromHidden: upstreams[0]?.value, fromCell: upstreams[1]?.value, reversed: isReversed)
            walk.push(.constant(toGates), to: 0)
            walk.push(.constant(toHidden), to: 1)
            walk.push(.constant(toCell), to: 2)
            return walk.push(
                .constant(
                    lstmSequenceWeightGradient(
                        states.value, hidden: hidden.value, toGates: toGates, reversed: isReversed)), to: 3)
        }
        // Step by step in the order of the forward run: what there was before each, and what arrived at its outputs.
        let order = isReversed ? Array((0..<gates.shape[0]).reversed()) : Array(0..<gates.shape[0])
        func inOrder(_ sequence: Variable) -> [Variable] {
            let steps = sequence.steps
            return order.map { steps[$0] }
        }
        let (shown, kept, gate) = (inOrder(states), inOrder(cells), inOrder(gates))
        let arrived = upstreams.map { $0.map(inOrder) }
        var toGates = gate, toHidden: Variable?, toCell: Variable?
        for step in order.indices.reversed() {
            var toGate: Variable
            (toGate, toCell) = lstmGradient(
                gates: gate[step], cell: step == 0 ? cell : kept[step - 1], next: kept[step],
                fromHidden: sum(arrived[0]?[step], toHidden), fromCell: sum(arrived[1]?[step], toCell))
            if let upstream = arrived[2]?[step] { toGate = toGate + upstream }
            toHidden = matmul(toGate, weight, transposingSecond: true)
            toGates[step] = toGate
        }
        walk.push(stack(isReversed ? toGates.reversed() : toGates), to: 0)
        if let toHidden, let toCell {
            walk.push(toHidden, to: 1)
            walk.push(toCell, to: 2)
        }
        // Each step multiplied the weight with what the one before had shown.
        let shownBefore = [hidden] + shown.dropLast()
        walk.push(matmul(concatenate(shownBefore), concatenate(toGates), transposingFirst: true), to: 3)
    }
}

extension Variable {
    /// The parts along the leading axis.
    fileprivate var steps: [Variable] { split(into: shape[0]).map { $0.squeezed(0) } }
}

private func sum(_ a: Variable?, _ b: Variable?) -> Variable? {
    guard let a, let b else { return a ?? b }
    return a + b
}

/// The hidden states and the cells of an LSTM at every step, `[time, batch, hidden]`, from what its inputs contribute to the gates
/// `[time, batch, 4 · hidden]`. Reversed it begins at the last step. Shapes and element
/// types that do not fit, and no steps, are misuse.
package func lstmSteps(
    _ projected: Variable, hidden: Variable, cell: Variable, hiddenWeight: Variable, reversed: Bool = false
) -> (hidden: Variable, cell: Variable) {
    let state = hidden.shape
    guard
        state.rank == 2 && cell.shape == state && projected.shape.rank == 3 && projected.shape[0] > 0
            && projected.shape == Shape([projected.shape[0], state[0], 4 * state[1]])
            && hiddenWeight.shape == [state[1], 4 * state[1]]
            && [hidden, cell, hiddenWeight].allSatisfy({ $0.elementType == projected.elementType })
    else {
        let nothing = Variable.constant(.inert(hidden.shape, hidden.elementType))
        return misuse(
            "lstm: gates of shape \(projected.shape), a hidden state of \(state), a cell of \(cell.shape) and a weight of "
                + "\(hiddenWeight.shape); they are [time, batch, 4 · hidden], [batch, hidden] twice and [hidden, 4 · hidden], of one element type",
            inert: (nothing, nothing))
    }
    let results = LSTMSequence(reversed: reversed)([projected, hidden, cell, hiddenWeight])
    return (results[0], results[1])
}
