import GradusTensor

/// Stochastic gradient descent, with momentum if wanted.
///
///     SGD(learningRate: 0.1, momentum: 0.9)
///
/// The velocity gathers past gradients, μ of it staying at each step (B. T. Polyak, "Some methods of speeding up the
/// convergence of iteration methods", 1964); the form is that of I. Sutskever et al., "On the importance of initialization and
/// momentum in deep learning", 2013, with the learning rate taken out of the velocity, as in PyTorch.
public final class SGD: RuleOptimizer {
    /// μ: how much of the velocity stays, 0 for none.
    public var momentum: Double

    /// Whether the step looks ahead by the velocity it is about to have (Y. Nesterov, 1983).
    public var nesterov: Bool

    /// `weightDecay` times the parameter is added to its gradient. Settings that are negative or not finite, and Nesterov's step
    /// without momentum, are misuse.
    public init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
        (self.momentum, self.nesterov) = (momentum, nesterov)
        super.init("SGD", learningRate: learningRate, weightDecay: weightDecay)
        check("momentum", momentum)
        if nesterov && momentum == 0 { misuse("SGD: Nesterov's step without momentum is the plain one") }
    }

    // g ← g + λw
    // v ← μv + g          (the first time: g)
    // w ← w − η(g + μv)   Nesterov
    // w ← w − ηv          otherwise
    public override func rule(
        _ w: Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        let g = decayed(gradient, w, settings)
        if momentum == 0 { return w - settings.rate * g }
        let v = s["velocity"].map { momentum * $0 + g } ?? g
        s["velocity"] = v
        return w - settings.rate * (nesterov ? g + momentum * v : v)
    }

    override func update(
        _ w: inout Tensor, _ gradient: Tensor, _ s: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        // Asked before it is taken out, and without a second owner.
        let isFirst = !s.remembers("velocity")
        var velocity = momentum == 0 ? nil : s.take("velocity", like: w)
        defer { if let velocity { s["velocity"] = velocity } }
        return stepSGD(
            &w, gradient, velocity: &velocity, isFirst: isFirst, rate: settings.rate, momentum: momentum,
            nesterov: nesterov, decay: settings.weightDecay, isAscending: isAscending)
    }
}

/// g + λw: decay as a part of the loss, λ/2 ‖w‖².
func decayed(_ gradient: Tensor, _ w: Tensor, _ settings: StepSettings) -> Tensor {
    settings.weightDecay == 0 ? gradient : gradient + settings.weightDecay * w
}
