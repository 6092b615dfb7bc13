import GradusAutograd
import GradusTensor

/// A loss along straight lines through the parameters' space.
struct LossLine {
    /// A loss, its gradient, and how far from the start it was found.
    struct Point {
        let loss: Double
        let gradient: [Tensor]
        let step: [Tensor]
    }

    let parameters: [Variable]
    let loss: () -> Variable

    init(_ parameters: [Variable], _ loss: @escaping () -> Variable) {
        (self.parameters, self.loss) = (parameters, loss)
    }

    /// The gradients of a loss at the parameters; nil after misuse.
    func gradient(of value: Variable, recordingGraph: Bool = false) -> [Variable]? {
        if let operation = parameters.first(where: { $0.operation != nil })?.operation {
            return misuse("step: a parameter is a result (of \(operation.name)); leaves are trained")
        }
        guard value.count == 1 else {
            return misuse("step: a loss of shape \(value.shape); it is one number")
        }
        let found = gradients(of: value, at: parameters, recordingGraph: recordingGraph)
        if misuseIsPending { return nil }
        return zip(found, parameters).map { $0 ?? .constant(.zeros(like: $1.value)) }
    }

    /// Loss and gradient where the parameters are.
    func evaluate(step: [Tensor]? = nil) -> Point? {
        let value = loss()
        guard let gradient = gradient(of: value) else { return nil }
        return Point(
            loss: value.item, gradient: gradient.map(\.value), step: step ?? parameters.map { .zeros(like: $0.value) })
    }

    /// A step along the direction that Wolfe's strong conditions hold for: f(α) ≤ f(0) + c₁ α f′(0) and |f′(α)| ≤ c₂ |f′(0)|; or,
    /// when the trials are used up, the lowest that holds for the first of them. The parameters are left there. Nil if there is
    /// none; then they are where they were.
    ///
    /// Steps grow until one brackets a minimum; the bracket is then cut by cubic interpolation (Nocedal and Wright, algorithms 3.5
    /// and 3.6, equation 3.59).
    func search(along direction: [Tensor], from start: Point, firstStep: Double, trials: Int) -> Point? {
        let (c1, c2) = (1e-4, 0.9)
        let origin = parameters.map(\.value)
        let slope = inner(start.gradient, direction)
        typealias Trial = (alpha: Double, loss: Double, slope: Double, point: Point)
        func attempt(_ alpha: Double) -> Trial? {
            let step = direction.map { alpha * $0 }
            for ((parameter, value), step) in zip(zip(parameters, origin), step) { parameter.value = value + step }
            guard let point = evaluate(step: step) else { return nil }
            return (alpha, point.loss, inner(point.gradient, direction), point)
        }
        func isLow(_ trial: Trial) -> Bool { trial.loss <= start.loss + c1 * trial.alpha * slope }
        var best: Trial?
        var (low, high): (Trial, Trial?) = ((0, start.loss, slope, start), nil)
        var alpha = firstStep
        for _ in 0..<trials {
            guard let trial = attempt(alpha) else { break }
            let isFinite = trial.loss.isFinite && trial.slope.isFinite
            if isFinite && isLow(trial) && trial.loss < best?.loss ?? .infinity { best = trial }
            if !isFinite || !isLow(trial) || trial.loss >= low.loss && low.alpha > 0 {
                high = trial
            } else if trial.slope.magnitude <= c2 * slope.magnitude {
                best = trial
                break
            } else {
                // Past a minimum, the one before is the other end of the bracket.
                if trial.slope * ((high?.alpha ?? .infinity) - trial.alpha) >= 0 { high = low }
                low = trial
            }
            guard let high else {
                alpha *= 2
                continue
            }
            alpha = LossLine.between(
                (low.alpha, low.loss, low.slope), (high.alpha, high.loss, high.slope))
            if (high.alpha - low.alpha).magnitude < 1e-12 * max(1, low.alpha.magnitude) { break }
        }
        for ((parameter, value), place) in zip(zip(parameters, origin), parameters.indices) {
            parameter.value = best.map { value + $0.point.step[place] } ?? value
        }
        return best?.point
    }

    /// The minimum of the cubic through two values and slopes, kept away from the ends; the middle where there is none.
    private static func between(
        _ a: (x: Double, f: Double, d: Double), _ b: (x: Double, f: Double, d: Double)
    ) -> Double {
        let middle = (a.x + b.x) / 2
        let d1 = a.d + b.d - 3 * (a.f - b.f) / (a.x - b.x)
        let square = d1 * d1 - a.d * b.d
        guard square >= 0, square.isFinite else { return middle }
        let d2 = (b.x > a.x ? 1 : -1) * square.squareRoot()
        let x = b.x - (b.x - a.x) * (b.d + d2 - d1) / (b.d - a.d + 2 * d2)
        let margin = 0.1 * (b.x - a.x).magnitude
        guard x.isFinite else { return middle }
        return max(min(a.x, b.x) + margin, min(max(a.x, b.x) - margin, x))
    }
}
