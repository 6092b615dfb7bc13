import GradusTensor

// One step of a recurrent network. Weights are laid out as those of a linear layer, `[inFeatures, outFeatures]`: PyTorch's are
// the transposes of them.

/// What the gates of an LSTM make of its cell. Inputs are the gates' sums `[batch, 4 · hidden]`, in the order input, forget,
/// candidate, output, and the cell `[batch, hidden]`; outputs are the hidden state and the new cell:
///
///     cell ← σ(forget) · cell + σ(input) · tanh(candidate)
///     hidden ← σ(output) · tanh(cell)
final class LSTMUpdate: SplittingOperation {
    override var name: String { "lstmUpdate" }
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (hidden, cell) = lstmStep(inputs[0], inputs[1])
        return [hidden, cell]
    }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func keeps(output: Int) -> Bool { output == 1 }

    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        guard isRecording else {
            let (toGates, toCell) = lstmStepGradient(
                input(0).value, input(1).value, next: result(1).value, fromHidden: upstreams[0]?.value,
                fromCell: upstreams[1]?.value)
            walk.push(.constant(toGates), to: 0)
            return walk.push(.constant(toCell), to: 1)
        }
        let (toGates, toCell) = lstmGradient(
            gates: input(0), cell: input(1), next: result(1), fromHidden: upstreams[0], fromCell: upstreams[1])
        walk.push(toGates, to: 0)
        walk.push(toCell, to: 1)
    }
}

/// The gradients in an LSTM's gates and cell, of what arrived at the hidden state and at the new cell. One of the two did.
func lstmGradient(
    gates: Variable, cell: Variable, next: Variable, fromHidden: Variable?, fromCell: Variable?
) -> (gates: Variable, cell: Variable) {
    let (input, forget, candidate, output) = pieces(gates)
    // The cell is upstream of itself, and of the hidden state.
    var (toCell, toOutput) = (fromCell, Variable.constant(.zeros(like: next.value)))
    if let fromHidden {
        toOutput = fromHidden * tanh(next) * sigmoidSlope(output)
        let throughHidden = fromHidden * sigmoid(output) * slopeOfTanh(at: next)
        toCell = toCell.map { $0 + throughHidden } ?? throughHidden
    }
    guard let toCell else { return (.constant(.zeros(like: gates.value)), .constant(.zeros(like: cell.value))) }
    let toGates = concatenate(
        [
            toCell * tanh(candidate) * sigmoidSlope(input), toCell * cell * sigmoidSlope(forget),
            toCell * sigmoid(input) * slopeOfTanh(at: candidate), toOutput,
        ], along: -1)
    return (toGates, toCell * sigmoid(forget))
}

private func pieces(_ gates: Variable) -> (Variable, Variable, Variable, Variable) {
    let four = gates.split(into: 4, along: -1)
    return (four[0], four[1], four[2], four[3])
}

/// What the gates of a GRU make of its hidden state. Inputs are what comes from below and what comes from the step before, both
/// `[batch, 3 · hidden]` in the order reset, update, candidate, and the hidden state `[batch, hidden]`:
///
///     candidate = tanh(below + σ(reset) · before)
///     hidden ← candidate + σ(update) · (hidden − candidate)
final class GRUUpdate: TernaryOperation {
    override var name: String { "gruUpdate" }
    override func forward(_ below: Tensor, _ before: Tensor, _ hidden: Tensor) -> Tensor {
        gruStep(below, before, hidden)
    }
    override func needs(for input: Int) -> Needs { [.first, .second, .third] }

    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        guard isRecording else {
            let (toBelow, toBefore, toHidden) = gruStepGradient(
                first.value, second.value, third.value, upstream: upstream.value)
            walk.push(.constant(toBelow), to: 0)
            walk.push(.constant(toBefore), to: 1)
            return walk.push(.constant(toHidden), to: 2)
        }
        let (below, before) = (first.split(into: 3, along: -1), second.split(into: 3, along: -1))
        let (resetSum, updateSum) = (below[0] + before[0], below[1] + before[1])
        let (reset, update) = (sigmoid(resetSum), sigmoid(updateSum))
        let candidateSum = below[2] + reset * before[2]
        let toCandidate = upstream * (1 - update) * slopeOfTanh(at: candidateSum)
        let toReset = toCandidate * before[2] * sigmoidSlope(resetSum)
        let toUpdate = upstream * (third - tanh(candidateSum)) * sigmoidSlope(updateSum)
        walk.push(concatenate([toReset, toUpdate, toCandidate], along: -1), to: 0)
        walk.push(concatenate([toReset, toUpdate, toCandidate * reset], along: -1), to: 1)
        walk.push(upstream * update, to: 2)
    }
}

private func slopeOfTanh(at x: Variable) -> Variable {
    4 * sigmoidSlope(2 * x)
}

// MARK: - Functions

/// What bends the sums of a plain recurrent cell.
public enum RecurrentActivation: String, Sendable, CaseIterable {
    case tanh, relu

    func callAsFunction(_ x: Variable) -> Variable {
        switch self {
        case .tanh: GradusAutograd.tanh(x)
        case .relu: GradusAutograd.relu(x)
        }
    }
}

/// One step of a plain recurrent network (J. Elman, "Finding structure in time", 1990): tanh(x W + h U + b).
///
/// `x` is `[batch, inFeatures]`, the hidden state `[batch, hidden]`, the weights `[inFeatures, hidden]` and `[hidden, hidden]`,
/// the bias `[hidden]`. PyTorch's cell has two biases, of which this one is the sum.
public func rnnCell(
    _ x: Variable, _ hidden: Variable, inputWeight: Variable, hiddenWeight: Variable, bias: Variable? = nil,
    activation: RecurrentActivation = .tanh, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    located(file, line) {
        rnnUpdate(projected(x, inputWeight, bias), hidden, hiddenWeight: hiddenWeight, activation: activation)
    }
}

/// One step of a long short-term memory with a forget gate (S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997;
/// F. Gers et al., "Learning to forget", 2000): the new hidden state and cell.
///
/// `x` is `[batch, inFeatures]`, hidden state and cell `[batch, hidden]`, the weights `[inFeatures, 4 · hidden]` and
/// `[hidden, 4 · hidden]`, the bias `[4 · hidden]`: in the order input gate, forget gate, candidate, output gate, as PyTorch has
/// them. PyTorch's cell has two biases, of which this one is the sum.
public func lstmCell(
    _ x: Variable, hidden: Variable, cell: Variable, inputWeight: Variable, hiddenWeight: Variable,
    bias: Variable? = nil, file: StaticString = #fileID, line: UInt = #line
) -> (hidden: Variable, cell: Variable) {
    located(file, line) {
        lstmUpdate(projected(x, inputWeight, bias), hidden: hidden, cell: cell, hiddenWeight: hiddenWeight)
    }
}

/// One step of a gated recurrent unit (K. Cho et al., "Learning phrase representations using RNN encoder–decoder", 2014), with
/// the reset gate behind the product, as in cuDNN and PyTorch: the candidate is tanh(x W + b + r · (h U + c)).
///
/// `x` is `[batch, inFeatures]`, the hidden state `[batch, hidden]`, the weights `[inFeatures, 3 · hidden]` and
/// `[hidden, 3 · hidden]`, the biases `[3 · hidden]`: in the order reset gate, update gate, candidate, as PyTorch has them.
public func gruCell(
    _ x: Variable, _ hidden: Variable, inputWeight: Variable, hiddenWeight: Variable, inputBias: Variable? = nil,
    hiddenBias: Variable? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    located(file, line) {
        gruUpdate(projected(x, inputWeight, inputBias), hidden, hiddenWeight: hiddenWeight, hiddenBias: hiddenBias)
    }
}

// The part of a step that needs its state; the other part, the projection of the input, may be done for all steps at once.

package func projected(_ x: Variable, _ weight: Variable, _ bias: Variable?) -> Variable {
    if let bias, bias.rank > 1 { return matmul(x, weight) + bias }  // one for each example
    return linear(x, weight, bias: bias)
}

package func rnnUpdate(
    _ projected: Variable, _ hidden: Variable, hiddenWeight: Variable, activation: RecurrentActivation
) -> Variable {
    activation(projected + matmul(hidden, hiddenWeight))
}

package func lstmUpdate(
    _ projected: Variable, hidden: Variable, cell: Variable, hiddenWeight: Variable
) -> (hidden: Variable, cell: Variable) {
    guard projected.rank > 0 && projected.shape[-1] == 4 * hidden.shape[-1] && cell.shape == hidden.shape else {
        let nothing = Variable.constant(.inert(hidden.shape, hidden.elementType))
        return misuse(
            "lstmCell: gates of shape \(projected.shape), a hidden state of \(hidden.shape) and a cell of \(cell.shape); "
                + "the states are of one shape, and the gates four times as wide", inert: (nothing, nothing))
    }
    let results = LSTMUpdate()([projected + matmul(hidden, hiddenWeight), cell])
    return (results[0], results[1])
}

package func gruUpdate(
    _ projected: Variable, _ hidden: Variable, hiddenWeight: Variable, hiddenBias: Variable?
) -> Variable {
    guard projected.rank > 0 && projected.shape[-1] == 3 * hidden.shape[-1] else {
        return misuse(
            "gruCell: gates of shape \(projected.shape) and a hidden state of \(hidden.shape); the gates are three times "
                + "as wide", inert: .constant(.inert(hidden.shape, hidden.elementType)))
    }
    return GRUUpdate()(projected, GradusAutograd.projected(hidden, hiddenWeight, hiddenBias), hidden)
}
