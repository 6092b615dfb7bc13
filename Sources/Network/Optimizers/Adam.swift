import GradusTensor

/// Steps scaled for each number by how large its gradients have been (D. P. Kingma and J. Ba, "Adam: a method for stochastic
/// optimization", 2015, algorithm 1).
///
///     Adam(learningRate: 1e-3)
///
/// `weightDecay` times the parameter is added to its gradient, and so scaled with it; ``AdamW`` decays apart from it.
public final class Adam: RuleOptimizer {
    /// β₁: how much of the running mean of gradients stays at each step.
    public var beta1: Double
    /// β₂: how much of the running mean of their squares stays.
    public var beta2: Double
    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double

    /// Settings that are negative or not finite, and a β of 1 or more, are misuse.
    public init(
        learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        super.init("Adam", learningRate: learningRate, weightDecay: weightDecay)
        check("beta1", beta1, below: 1)
        check("beta2", beta2, below: 1)
        check("epsilon", epsilon)
    }

    // g ← g + λw
    // w ← w − η · Adam's direction
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        return w - settings.rate * s.adamDirection(g, beta1, beta2, epsilon)
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        s.adamStep(
            &w, gradient, beta1, beta2, epsilon, keep: 1, rate: settings.rate, decay: settings.weightDecay, isAscending)
    }
}

/// Adam with decoupled weight decay: parameters shrink by a share of their own, which gradients do not scale (I. Loshchilov and
/// F. Hutter, "Decoupled weight decay regularization", 2019, algorithm 2).
///
///     AdamW(learningRate: 1e-3, weightDecay: 0.01)
///
/// As in PyTorch, the share that a step takes off is `learningRate · weightDecay`.
public final class AdamW: RuleOptimizer {
    /// β₁: how much of the running mean of gradients stays at each step.
    public var beta1: Double
    /// β₂: how much of the running mean of their squares stays.
    public var beta2: Double
    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double

    /// Settings that are negative or not finite, and a β of 1 or more, are misuse.
    public init(
        learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0.01
    ) {
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        super.init("AdamW", learningRate: learningRate, weightDecay: weightDecay)
        check("beta1", beta1, below: 1)
        check("beta2", beta2, below: 1)
        check("epsilon", epsilon)
    }

    // w ← w − ηλw
    // w ← w − η · Adam's direction
    public override func rule(
        _ w: Tensor, _ g: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let shrunk = settings.weightDecay == 0 ? w : (1 - settings.rate * settings.weightDecay) * w
        return shrunk - settings.rate * s.adamDirection(g, beta1, beta2, epsilon)
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        s.adamStep(
            &w, gradient, beta1, beta2, epsilon, keep: 1 - settings.rate * settings.weightDecay, rate: settings.rate,
            decay: 0, isAscending)
    }
}

extension ParameterState {
    // m ← β₁m + (1 − β₁)g
    // v ← β₂v + (1 − β₂)g²
    // m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
    fileprivate mutating func adamDirection(
        _ g: Tensor, _ beta1: Double, _ beta2: Double, _ epsilon: Double
    ) -> Tensor {
        let m = average("mean", g, keeping: beta1), v = average("square", g * g, keeping: beta2)
        let (correction1, correction2) = (1 - power(beta1, steps), 1 - power(beta2, steps))
        return 1 / correction1 * m / (sqrt(v) / correction2.squareRoot() + epsilon)
    }

    /// The same and the step along it, in place and in one pass.
    fileprivate mutating func adamStep(
        _ w: inout Tensor, _ gradient: Tensor, _ beta1: Double, _ beta2: Double, _ epsilon: Double, keep: Double,
        rate: Double, decay: Double, _ isAscending: Bool
    ) -> Double {
        var mean = take("mean", like: w), square = take("square", like: w)
        let (correction1, correction2) = (1 - power(beta1, steps), 1 - power(beta2, steps))
        defer { (self["mean"], self["square"]) = (mean, square) }
        return stepAdam(
            &w, gradient, mean: &mean, square: &square, keep: keep, rate: rate / correction1, beta1: beta1,
            beta2: beta2, root: 1 / correction2.squareRoot(), epsilon: epsilon, decay: decay, isAscending: isAscending)
    }

    /// A running mean that begins at 0: βm + (1 − β)x.
    mutating func average(_ name: String, _ x: Tensor, keeping beta: Double) -> Tensor {
        let mean = self[name].map { beta * $0 + (1 - beta) * x } ?? (1 - beta) * x
        self[name] = mean
        return mean
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
