import GradusAutograd
import GradusTensor

// Weights and biases are drawn evenly from ±1/√hidden, as PyTorch's.

/// A plain recurrent cell: tanh(x W + h U + b). See `rnnCell`.
public struct RNNCell: RecurrentCell, Sendable {
    /// `[inFeatures, hidden]`.
    public let inputWeight: Variable
    /// `[hidden, hidden]`.
    public let hiddenWeight: Variable
    /// `[hidden]`, or none.
    public let bias: Variable?
    /// What bends the sums.
    public let activation: RecurrentActivation

    /// A cell of these parameters: set by hand, or shared.
    public init(
        inputWeight: Variable, hiddenWeight: Variable, bias: Variable?, activation: RecurrentActivation = .tanh
    ) {
        (self.inputWeight, self.hiddenWeight) = (inputWeight, hiddenWeight)
        (self.bias, self.activation) = (bias, activation)
    }

    /// A cell of random parameters.
    public init(
        inFeatures: Int, hiddenFeatures: Int, bias: Bool = true, activation: RecurrentActivation = .tanh,
        as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        func parameter(_ shape: Shape) -> Variable {
            recurrentParameter(shape, hiddenFeatures, elementType, &generator)
        }
        inputWeight = parameter([inFeatures, hiddenFeatures])
        hiddenWeight = parameter([hiddenFeatures, hiddenFeatures])
        self.bias = bias ? parameter([hiddenFeatures]) : nil
        self.activation = activation
    }

    public var hiddenFeatures: Int { hiddenWeight.shape[0] }
    public func initialState(batch: Int) -> Variable { zeroState(batch, hiddenWeight) }
    public func projected(_ x: Variable) -> Variable { GradusAutograd.projected(x, inputWeight, bias) }
    public func next(_ projected: Variable, _ state: Variable) -> Variable {
        rnnUpdate(projected, state, hiddenWeight: hiddenWeight, activation: activation)
    }
}

/// A long short-term memory. See `lstmCell`.
public struct LSTMCell: RecurrentCell, Sendable {
    /// `[inFeatures, 4 · hidden]`: input gate, forget gate, candidate, output gate.
    public let inputWeight: Variable
    /// `[hidden, 4 · hidden]`.
    public let hiddenWeight: Variable
    /// `[4 · hidden]`, or none.
    public let bias: Variable?

    /// A cell of these parameters: set by hand, or shared.
    public init(inputWeight: Variable, hiddenWeight: Variable, bias: Variable?) {
        (self.inputWeight, self.hiddenWeight, self.bias) = (inputWeight, hiddenWeight, bias)
    }

    /// A cell of random parameters.
    public init(
        inFeatures: Int, hiddenFeatures: Int, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        func parameter(_ shape: Shape) -> Variable {
            recurrentParameter(shape, hiddenFeatures, elementType, &generator)
        }
        inputWeight = parameter([inFeatures, 4 * hiddenFeatures])
        hiddenWeight = parameter([hiddenFeatures, 4 * hiddenFeatures])
        self.bias = bias ? parameter([4 * hiddenFeatures]) : nil
    }

    public var hiddenFeatures: Int { hiddenWeight.shape[0] }
    public func initialState(batch: Int) -> LSTMState {
        LSTMState(hidden: zeroState(batch, hiddenWeight), cell: zeroState(batch, hiddenWeight))
    }
    public func projected(_ x: Variable) -> Variable { GradusAutograd.projected(x, inputWeight, bias) }
    public func next(_ projected: Variable, _ state: LSTMState) -> LSTMState {
        let (hidden, cell) = lstmUpdate(
            projected, hidden: state.hidden, cell: state.cell, hiddenWeight: hiddenWeight)
        return LSTMState(hidden: hidden, cell: cell)
    }
    /// All steps at once: the same numbers, with the weight's gradient as one product.
    public func along(_ projected: Variable, from state: LSTMState, reversed: Bool) -> (
        shown: Variable, last: LSTMState
    ) {
        let (hidden, cell) = lstmSteps(
            projected, hidden: state.hidden, cell: state.cell, hiddenWeight: hiddenWeight, reversed: reversed)
        let last = reversed ? 0 : -1
        return (hidden, LSTMState(hidden: hidden[last], cell: cell[last]))
    }
}

/// A gated recurrent unit. See `gruCell`.
public struct GRUCell: RecurrentCell, Sendable {
    /// `[inFeatures, 3 · hidden]`: reset gate, update gate, candidate.
    public let inputWeight: Variable
    /// `[hidden, 3 · hidden]`.
    public let hiddenWeight: Variable
    /// `[3 · hidden]`, or none. Two biases, as the reset gate stands between them.
    public let inputBias: Variable?
    /// `[3 · hidden]`, or none.
    public let hiddenBias: Variable?

    /// A cell of these parameters: set by hand, or shared.
    public init(inputWeight: Variable, hiddenWeight: Variable, inputBias: Variable?, hiddenBias: Variable?) {
        (self.inputWeight, self.hiddenWeight) = (inputWeight, hiddenWeight)
        (self.inputBias, self.hiddenBias) = (inputBias, hiddenBias)
    }

    /// A cell of random parameters.
    public init(
        inFeatures: Int, hiddenFeatures: Int, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        func parameter(_ shape: Shape) -> Variable {
            recurrentParameter(shape, hiddenFeatures, elementType, &generator)
        }
        inputWeight = parameter([inFeatures, 3 * hiddenFeatures])
        hiddenWeight = parameter([hiddenFeatures, 3 * hiddenFeatures])
        inputBias = bias ? parameter([3 * hiddenFeatures]) : nil
        hiddenBias = bias ? parameter([3 * hiddenFeatures]) : nil
    }

    public var hiddenFeatures: Int { hiddenWeight.shape[0] }
    public func initialState(batch: Int) -> Variable { zeroState(batch, hiddenWeight) }
    public func projected(_ x: Variable) -> Variable { GradusAutograd.projected(x, inputWeight, inputBias) }
    public func next(_ projected: Variable, _ state: Variable) -> Variable {
        gruUpdate(projected, state, hiddenWeight: hiddenWeight, hiddenBias: hiddenBias)
    }
}

private func recurrentParameter(
    _ shape: Shape, _ hiddenFeatures: Int, _ elementType: ElementType, _ generator: inout some RandomNumberGenerator
) -> Variable {
    let bound = 1 / Double(max(hiddenFeatures, 1)).squareRoot()
    return Variable(.uniform(shape, in: -bound..<bound, as: elementType, using: &generator))
}

private func zeroState(_ batch: Int, _ hiddenWeight: Variable) -> Variable {
    .constant(.zeros([batch, hiddenWeight.shape[0]], as: hiddenWeight.elementType))
}
