import GradusAutograd
import GradusTensor

/// Stochastic gradient descent, with momentum if wanted.
///
///     SGD(learningRate: 0.1, momentum: 0.9)
///
/// The velocity gathers past gradients, μ of it staying at each step (B. T. Polyak, "Some methods of speeding up the
/// convergence of iteration methods", 1964); the form is that of I. Sutskever et al., "On the importance of initialization and
/// momentum in deep learning", 2013, with the learning rate taken out of the velocity, as in PyTorch.
public final class SGD: Optimizer {
    public var learningRate: Double

    /// μ: how much of the velocity stays, 0 for none.
    public var momentum: Double

    /// Whether the step looks ahead by the velocity it is about to have (Y. Nesterov, 1983).
    public var nesterov: Bool

    /// λ: how much of the parameter is added to its gradient, which draws it to 0.
    public var weightDecay: Double

    private var states = OptimizerStates<Tensor?>()

    /// Settings that are negative or not finite, and Nesterov's step without momentum, are misuse.
    public init(learningRate: Double, momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
        checkSetting("SGD", "learningRate", learningRate)
        checkSetting("SGD", "momentum", momentum)
        checkSetting("SGD", "weightDecay", weightDecay)
        if nesterov && momentum == 0 { misuse("SGD: Nesterov's step without momentum is the plain one") }
        (self.learningRate, self.momentum) = (learningRate, momentum)
        (self.nesterov, self.weightDecay) = (nesterov, weightDecay)
    }

    public var gradientNorm: Double { states.gradientNorm }

    public func step(_ parameters: some Sequence<Variable>) {
        states.step("SGD", parameters, from: nil) { rule($0, $1, &$2) }
    }

    // g ← g + λw
    // v ← μv + g          (the first time: g)
    // w ← w − η(g + μv)   Nesterov
    // w ← w − ηv          otherwise
    private func rule(_ w: Tensor, _ gradient: Tensor, _ velocity: inout Tensor?) -> Tensor {
        let g = weightDecay == 0 ? gradient : gradient + weightDecay * w
        if momentum == 0 { return w - learningRate * g }
        let v = velocity.map { momentum * $0 + g } ?? g
        velocity = v
        return w - learningRate * (nesterov ? g + momentum * v : v)
    }
}
