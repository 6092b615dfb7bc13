import GradusAutograd
import GradusTensor

/// Quasi-Newton steps: the curvature is learnt from the last few steps and gradients (D. C. Liu and J. Nocedal, "On the limited
/// memory BFGS method for large scale optimization", 1989), and each step is as long as a line search finds good.
///
///     let optimizer = LBFGS()
///     for _ in 0..<20 {
///         let loss = optimizer.step(parameters) { meanSquaredError(model(x), y) }
///     }
///
/// For smooth losses over all data, not for batches that change: the loss must be the same function at every call, with dropout
/// off. A step runs it several times.
///
/// The line search wants both of Wolfe's conditions, a loss low enough and a slope flat enough (J. Nocedal and S. Wright,
/// "Numerical optimization", 2006, algorithms 3.5 and 3.6), so that every step has a curvature to learn from.
public final class LBFGS {
    /// The length of the first trial step; later ones begin with 1.
    public var learningRate: Double
    /// How many steps are remembered.
    public let history: Int
    /// How many times a line search may run the loss.
    public let trials: Int

    /// The norm of the gradients at the last step's start; 0 before the first.
    public private(set) var gradientNorm = 0.0

    /// The last steps, and what they changed in the gradients.
    var past: [(step: [Tensor], change: [Tensor])] = []
    var lastParameters: [Variable] = []

    /// A learning rate that is not above 0, a history and trials below 1 are misuse.
    public init(learningRate: Double = 1, history: Int = 10, trials: Int = 25) {
        if !(learningRate > 0) || history < 1 || trials < 1 {
            misuse("LBFGS: learning rate \(learningRate), history \(history), trials \(trials); all are above 0")
        }
        (self.learningRate, self.history, self.trials) = (learningRate, history, trials)
    }

    /// Takes one step, and gives the loss before it. Parameters without a gradient stay; gradients that lie on parameters are left
    /// alone.
    ///
    /// If no lower loss is found along the direction, or the loss is not finite, the parameters stay as they are and the past is
    /// forgotten. While misuse is pending, nothing happens. A loss of more than one number is misuse.
    @discardableResult
    public func step(_ parameters: some Sequence<Variable>, loss: () -> Variable) -> Double {
        withoutActuallyEscaping(loss) { step(LossLine(Array(parameters), $0)) }
    }

    private func step(_ line: LossLine) -> Double {
        guard let start = line.evaluate() else { return .nan }
        gradientNorm = norm(of: start.gradient)
        guard !misuseIsPending, start.loss.isFinite && gradientNorm.isFinite && gradientNorm > 0 else {
            return start.loss
        }
        if !lastParameters.elementsEqual(line.parameters, by: ===) { past = [] }
        var direction = newtonDirection(start.gradient)
        // Rounding may leave a direction that leads up; the gradient itself does not.
        if !(inner(direction, start.gradient) < 0) {
            past = []
            direction = start.gradient.map { -1 * $0 }
        }
        let first = past.isEmpty ? learningRate * min(1, 1 / start.gradient.reduce(0) { $0 + abs($1).sum().item }) : 1
        if let end = line.search(along: direction, from: start, firstStep: first, trials: trials) {
            remember(end.step, zip(end.gradient, start.gradient).map { $0 - $1 })
        } else {
            past = []
        }
        lastParameters = line.parameters
        return start.loss
    }

    private func remember(_ step: [Tensor], _ change: [Tensor]) {
        // What curves the wrong way would spoil the direction.
        guard inner(step, change) > 1e-10 * inner(change, change) else { return }
        past.append((step, change))
        if past.count > history { past.removeFirst() }
    }

    // The two loops of Nocedal and Wright, algorithm 7.4:
    // from the last to the first: αᵢ = sᵢ·q / yᵢ·sᵢ, q ← q − αᵢyᵢ;  r = (s·y / y·y) q
    // from the first to the last: r ← r + (αᵢ − yᵢ·r / yᵢ·sᵢ) sᵢ;   the direction is −r
    private func newtonDirection(_ gradient: [Tensor]) -> [Tensor] {
        var q = gradient
        var alphas: [Double] = []
        for (s, y) in past.reversed() {
            let alpha = inner(s, q) / inner(y, s)
            q = zip(q, y).map { $0 - alpha * $1 }
            alphas.append(alpha)
        }
        if let (s, y) = past.last {
            let scale = inner(s, y) / inner(y, y)
            q = q.map { scale * $0 }
        }
        for ((s, y), alpha) in zip(past, alphas.reversed()) {
            let beta = inner(y, q) / inner(y, s)
            q = zip(q, s).map { $0 + (alpha - beta) * $1 }
        }
        return q.map { -1 * $0 }
    }
}

/// Newton's method: the step to the bottom of the quadratic that loss, gradient and Hessian describe, found by conjugate
/// gradients over Hessian–vector products, without the Hessian (J. Nocedal and S. Wright, "Numerical optimization", 2006,
/// algorithm 7.1), and shortened by a line search if need be.
///
///     let optimizer = NewtonCG()
///     optimizer.step(parameters) { meanSquaredError(model(x), y) }
///
/// For smooth losses over all data, the same function at every call. Where the loss curves downwards, the step goes along the
/// directions found before that. A step costs as much as some `iterations` gradients, at most.
public final class NewtonCG {
    /// How many products with the Hessian a step may take.
    public let iterations: Int
    /// How many times a line search may run the loss.
    public let trials: Int

    /// The norm of the gradients at the last step's start; 0 before the first.
    public private(set) var gradientNorm = 0.0

    /// Counts below 1 are misuse.
    public init(iterations: Int = 50, trials: Int = 25) {
        if iterations < 1 || trials < 1 {
            misuse("NewtonCG: \(iterations) iterations, \(trials) trials; both are 1 or more")
        }
        (self.iterations, self.trials) = (iterations, trials)
    }

    /// Takes one step, and gives the loss before it. As ``LBFGS/step(_:loss:)``.
    @discardableResult
    public func step(_ parameters: some Sequence<Variable>, loss: () -> Variable) -> Double {
        withoutActuallyEscaping(loss) { step(LossLine(Array(parameters), $0)) }
    }

    private func step(_ line: LossLine) -> Double {
        let (parameters, value) = (line.parameters, line.loss())
        guard let gradient = line.gradient(of: value, recordingGraph: true) else { return .nan }
        let start = LossLine.Point(
            loss: value.item, gradient: gradient.map(\.value), step: parameters.map { .zeros(like: $0.value) })
        gradientNorm = norm(of: start.gradient)
        guard !misuseIsPending, start.loss.isFinite && gradientNorm.isFinite && gradientNorm > 0 else {
            return start.loss
        }
        let direction = conjugateGradients(gradient, parameters)
        _ = line.search(along: direction, from: start, firstStep: 1, trials: trials)
        return start.loss
    }

    // Solves H d = −g: r = −g, p = r; d ← d + αp, r ← r − αHp with α = r·r / p·Hp; p ← r + (r·r / old r·r) p.
    private func conjugateGradients(_ gradient: [Variable], _ parameters: [Variable]) -> [Tensor] {
        var rest = gradient.map { -1 * $0.value }
        var (direction, search) = (rest.map { Tensor.zeros(like: $0) }, rest)
        var size = inner(rest, rest)
        // More exactly near the bottom, where convergence is then superlinear. A looser solution far from it, as the algorithm has
        // it, is little more than the gradient where directions curve very differently.
        let tolerance = min(1e-3, gradientNorm.squareRoot()) * gradientNorm
        for iteration in 0..<iterations {
            let curved = product(gradient, search, parameters)
            let curvature = inner(search, curved)
            guard curvature > 0 else { return iteration == 0 ? search : direction }
            let alpha = size / curvature
            direction = zip(direction, search).map { $0 + alpha * $1 }
            rest = zip(rest, curved).map { $0 - alpha * $1 }
            let next = inner(rest, rest)
            if next.squareRoot() < tolerance { break }
            search = zip(rest, search).map { $0 + next / size * $1 }
            size = next
        }
        return direction
    }

    /// H v, the gradient of ⟨gradient, v⟩.
    private func product(_ gradient: [Variable], _ v: [Tensor], _ parameters: [Variable]) -> [Tensor] {
        let parts = zip(gradient, v).map { ($0 * .constant($1)).sum() }.filter(\.wantsGradient)
        guard let first = parts.first else { return v.map { .zeros(like: $0) } }
        let sum = parts.dropFirst().reduce(first) { $0 + $1.converted(to: $0.elementType) }
        return zip(gradients(of: sum, at: parameters), parameters).map { $0?.value ?? .zeros(like: $1.value) }
    }
}

/// Σ of the products of several tensors' elements, as if each list were one vector.
func inner(_ a: [Tensor], _ b: [Tensor]) -> Double {
    zip(a, b).reduce(0.0) { $0 + ($1.0.converted(to: .float64) * $1.1.converted(to: .float64)).sum().item }
}
