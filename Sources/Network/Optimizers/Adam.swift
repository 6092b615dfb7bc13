import GradusAutograd
import GradusTensor

/// Steps scaled for each number by how large its gradients have been (D. P. Kingma and J. Ba, "Adam: a method for stochastic
/// optimization", 2015, algorithm 1).
///
///     Adam(learningRate: 1e-3)
public final class Adam: Optimizer {
    public var learningRate: Double

    /// β₁: how much of the running mean of gradients stays at each step.
    public var beta1: Double

    /// β₂: how much of the running mean of their squares stays.
    public var beta2: Double

    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double

    /// λ: how much of the parameter is added to its gradient, which draws it to 0 (not the decoupled decay of AdamW).
    public var weightDecay: Double

    private struct State {
        var steps = 0
        var mean: Tensor
        var square: Tensor
    }

    private var states = OptimizerStates<State?>()

    /// Settings that are negative or not finite, and a β of 1 or more, are misuse.
    public init(
        learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        checkSetting("Adam", "learningRate", learningRate)
        checkSetting("Adam", "beta1", beta1, below: 1)
        checkSetting("Adam", "beta2", beta2, below: 1)
        checkSetting("Adam", "epsilon", epsilon)
        checkSetting("Adam", "weightDecay", weightDecay)
        (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
        (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
    }

    public var gradientNorm: Double { states.gradientNorm }

    public func step(_ parameters: some Sequence<Variable>) {
        states.step("Adam", parameters, from: nil) { rule($0, $1, &$2) }
    }

    // g ← g + λw
    // m ← β₁m + (1 − β₁)g
    // v ← β₂v + (1 − β₂)g²
    // w ← w − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
    private func rule(_ w: Tensor, _ gradient: Tensor, _ state: inout State?) -> Tensor {
        var s = state ?? State(mean: .zeros(like: w), square: .zeros(like: w))
        let g = weightDecay == 0 ? gradient : gradient + weightDecay * w
        s.steps += 1
        s.mean = beta1 * s.mean + (1 - beta1) * g
        s.square = beta2 * s.square + (1 - beta2) * (g * g)
        state = s
        let (correction1, correction2) = (1 - power(beta1, s.steps), 1 - power(beta2, s.steps))
        return w - learningRate / correction1 * s.mean / (sqrt(s.square) / correction2.squareRoot() + epsilon)
    }
}

/// A number multiplied by itself so many times.
func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
        if rest % 2 == 1 { result *= square }
        square *= square
        rest /= 2
    }
    return result
}
