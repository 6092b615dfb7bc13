import GradusTensor

/// Steps divided for each number by the root of all its squared gradients so far, so that rare features learn fast (J. Duchi et
/// al., "Adaptive subgradient methods for online learning and stochastic optimization", 2011, section 1).
///
///     AdaGrad(learningRate: 0.01)
///
/// `weightDecay` times the parameter is added to its gradient.
public final class AdaGrad: RuleOptimizer {
    /// How fast the rate itself falls: at step t it is η / (1 + (t − 1) · decay).
    public var learningRateDecay: Double
    /// What the sum of squares begins with.
    public let initialAccumulator: Double
    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double

    /// Settings that are negative or not finite are misuse.
    public init(
        learningRate: Double = 0.01, learningRateDecay: Double = 0, initialAccumulator: Double = 0,
        epsilon: Double = 1e-10, weightDecay: Double = 0
    ) {
        self.learningRateDecay = learningRateDecay
        (self.initialAccumulator, self.epsilon) = (initialAccumulator, epsilon)
        super.init("AdaGrad", learningRate: learningRate, weightDecay: weightDecay)
        check("learningRateDecay", learningRateDecay)
        check("initialAccumulator", initialAccumulator)
        check("epsilon", epsilon)
    }

    // g ← g + λw
    // s ← s + g²
    // w ← w − η/(1 + (t − 1)δ) · g / (√s + ε)
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        let sum = (s["sum"] ?? .full(like: w, initialAccumulator)) + g * g
        s["sum"] = sum
        let rate = settings.rate / (1 + Double(s.steps - 1) * learningRateDecay)
        return w - rate * g / (sqrt(sum) + epsilon)
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        var sum = s.remembers("sum") ? s.take("sum", like: w) : .full(like: w, initialAccumulator)
        defer { s["sum"] = sum }
        var nothing: Tensor?, neither: Tensor?
        return stepAdaptively(
            .adaGrad, &w, gradient, &sum, &nothing, &neither,
            rate: settings.rate / (1 + Double(s.steps - 1) * learningRateDecay), keep: 1, momentum: 0, epsilon: epsilon,
            decay: settings.weightDecay, isAscending: isAscending)
    }
}

/// Steps divided for each number by the root of a running mean of its squared gradients (G. Hinton, "Neural networks for machine
/// learning", lecture 6e, 2012), with momentum or the centred form of A. Graves, "Generating sequences with recurrent neural
/// networks", 2013, if wanted.
///
///     RMSProp(learningRate: 0.001)
///
/// `weightDecay` times the parameter is added to its gradient.
public final class RMSProp: RuleOptimizer {
    /// α: how much of the running mean of squares stays at each step.
    public var smoothing: Double
    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double
    /// μ: how much of the velocity stays, 0 for none.
    public var momentum: Double
    /// Whether it is the variance of the gradients that is divided by, rather than their mean square.
    public let centered: Bool

    /// Settings that are negative or not finite, and a smoothing of 1 or more, are misuse.
    public init(
        learningRate: Double = 0.01, smoothing: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
        centered: Bool = false, weightDecay: Double = 0
    ) {
        (self.smoothing, self.epsilon) = (smoothing, epsilon)
        (self.momentum, self.centered) = (momentum, centered)
        super.init("RMSProp", learningRate: learningRate, weightDecay: weightDecay)
        check("smoothing", smoothing, below: 1)
        check("epsilon", epsilon)
        check("momentum", momentum)
    }

    // g ← g + λw
    // v ← αv + (1 − α)g²
    // v̂ = v, or v − m² with m ← αm + (1 − α)g   centred
    // d = g / (√v̂ + ε), or u ← μu + d           with momentum
    // w ← w − ηd
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        var square = s.average("square", g * g, keeping: smoothing)
        if centered {
            let mean = s.average("mean", g, keeping: smoothing)
            // Rounding may leave less than nothing of the variance.
            square = maximum(square - mean * mean, 0)
        }
        var direction = g / (sqrt(square) + epsilon)
        if momentum > 0 {
            direction = s["velocity"].map { momentum * $0 + direction } ?? direction
            s["velocity"] = direction
        }
        return w - settings.rate * direction
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        var square = s.take("square", like: w)
        var mean = centered ? s.take("mean", like: w) : nil
        var velocity = momentum > 0 ? s.take("velocity", like: w) : nil
        defer {
            s["square"] = square
            if let mean { s["mean"] = mean }
            if let velocity { s["velocity"] = velocity }
        }
        return stepAdaptively(
            .rmsProp, &w, gradient, &square, &mean, &velocity, rate: settings.rate, keep: smoothing, momentum: momentum,
            epsilon: epsilon, decay: settings.weightDecay, isAscending: isAscending)
    }
}

/// Steps in the parameters' own units: the running size of the steps over that of the gradients (M. D. Zeiler, "ADADELTA: an
/// adaptive learning rate method", 2012, algorithm 1).
///
///     AdaDelta()
///
/// `weightDecay` times the parameter is added to its gradient.
public final class AdaDelta: RuleOptimizer {
    /// ρ: how much of the running means stays at each step.
    public var rho: Double
    /// ε: what the first steps are made of.
    public var epsilon: Double

    /// Settings that are negative or not finite, and a ρ of 1 or more, are misuse.
    public init(learningRate: Double = 1, rho: Double = 0.9, epsilon: Double = 1e-6, weightDecay: Double = 0) {
        (self.rho, self.epsilon) = (rho, epsilon)
        super.init("AdaDelta", learningRate: learningRate, weightDecay: weightDecay)
        check("rho", rho, below: 1)
        check("epsilon", epsilon)
    }

    // g ← g + λw
    // v ← ρv + (1 − ρ)g²
    // d = √(u + ε) / √(v + ε) · g
    // u ← ρu + (1 − ρ)d²
    // w ← w − ηd
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        let square = s.average("square", g * g, keeping: rho)
        let direction = sqrt((s["steps"] ?? .zeros(like: w)) + epsilon) / sqrt(square + epsilon) * g
        _ = s.average("steps", direction * direction, keeping: rho)
        return w - settings.rate * direction
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        var square = s.take("square", like: w)
        var steps: Tensor? = s.take("steps", like: w), nothing: Tensor?
        defer { (s["square"], s["steps"]) = (square, steps) }
        return stepAdaptively(
            .adaDelta, &w, gradient, &square, &steps, &nothing, rate: settings.rate, keep: rho, momentum: 0,
            epsilon: epsilon, decay: settings.weightDecay, isAscending: isAscending)
    }
}

/// Adam with the largest recent gradient in place of the root mean square (D. P. Kingma and J. Ba, "Adam: a method for stochastic
/// optimization", 2015, algorithm 2).
///
///     AdaMax(learningRate: 0.002)
///
/// `weightDecay` times the parameter is added to its gradient.
public final class AdaMax: RuleOptimizer {
    /// β₁: how much of the running mean of gradients stays at each step.
    public var beta1: Double
    /// β₂: how much of the largest magnitude stays.
    public var beta2: Double
    /// ε: keeps the step finite where gradients have been 0.
    public var epsilon: Double

    /// Settings that are negative or not finite, and a β of 1 or more, are misuse.
    public init(
        learningRate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        weightDecay: Double = 0
    ) {
        (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
        super.init("AdaMax", learningRate: learningRate, weightDecay: weightDecay)
        check("beta1", beta1, below: 1)
        check("beta2", beta2, below: 1)
        check("epsilon", epsilon)
    }

    // g ← g + λw
    // m ← β₁m + (1 − β₁)g
    // u ← max(β₂u, |g| + ε)
    // w ← w − η/(1 − β₁ᵗ) · m/u
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        let m = s.average("mean", g, keeping: beta1)
        let largest = maximum(beta2 * (s["largest"] ?? .zeros(like: w)), abs(g) + epsilon)
        s["largest"] = largest
        return w - settings.rate / (1 - power(beta1, s.steps)) * m / largest
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        var mean = s.take("mean", like: w)
        var largest: Tensor? = s.take("largest", like: w), nothing: Tensor?
        defer { (s["mean"], s["largest"]) = (mean, largest) }
        return stepAdaptively(
            .adaMax, &w, gradient, &mean, &largest, &nothing, rate: settings.rate / (1 - power(beta1, s.steps)),
            keep: beta1, momentum: beta2, epsilon: epsilon, decay: settings.weightDecay, isAscending: isAscending)
    }
}
