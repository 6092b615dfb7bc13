import GradusTensor

/// What is checked, as a function of one number: how far the point has moved along one element, or in one direction.
///
/// The function may have several outputs, of which a weighted sum counts: differences are sharper of each by itself.
struct Line {
    /// The element that moves; 0 where many do.
    let base: Double
    let weights: [Double]
    /// The outputs at the point itself, and how far off each may be.
    let center: [Double]
    let noise: [Double]
    /// The outputs after a step.
    let values: (Double) throws -> [Double]
    /// The operations that run after a step, recorded with everything.
    let operations: (Double) throws -> [Operation]

    /// Which way the operations with kinks go after a step.
    func branches(_ step: Double) throws -> [Branch] { try operations(step).compactMap(\.branch) }

    /// The size of a first step.
    var reach: Double { Stencil.firstStep(at: base) }

    /// The derivative of the weighted sum at 0.
    func derivative(_ stencil: Stencil) throws -> NumericDerivative {
        let parts = try stencil.derivatives(center: center, noise: noise, of: values)
        return zip(parts, weights).reduce(into: NumericDerivative(value: 0, error: 0, step: .infinity)) {
            $0.value += $1.1 * $1.0.value
            $0.error += abs($1.1) * $1.0.error
            $0.step = min($0.step, $1.0.step)
        }
    }

    func derivative(
        _ side: Stencil.Side, from step: Double, absolute: Double, halvings: Int = 44
    ) throws -> NumericDerivative {
        // What the sum may be off is shared out among the outputs.
        let share = absolute / max(weights.reduce(0) { $0 + abs($1) }, .leastNormalMagnitude)
        return try derivative(
            Stencil(base: base, side: side, firstStep: step, wanted: (1e-10, share), halvings: halvings))
    }
}

/// Which way an operation with kinks went.
struct Branch: Equatable {
    let operation: String
    let winners: [Tensor]
}

extension Operation {
    /// Which way this went when it was recorded with everything; nil for one without kinks.
    var branch: Branch? {
        guard let annotations else { return nil }
        let winners = branches(annotations.inputs, annotations.outputs)
        return winners.isEmpty ? nil : Branch(operation: path, winners: winners)
    }
}

/// An analytic derivative held against differences along a line.
struct Comparison {
    let analytic: Double
    var numeric: NumericDerivative
    var kink: GradientReport.Kink?
    var verdict: GradientReport.Verdict

    /// At a kink, where every operation for itself is right.
    mutating func acquit() {
        guard kink != nil else { return }
        verdict = .pass
        kink?.isShared = true
    }
}

/// How near is near enough.
struct Judge {
    /// What analytic and numeric may differ relative to the larger, beside a multiple of the numeric estimate's own error.
    let tolerance: Double
    /// The size of what matters: an error below a ten-millionth of it hides nothing of interest.
    let scale: Double

    init(tolerance: Double, scale: Double) { (self.tolerance, self.scale) = (tolerance, scale) }

    /// For derivatives up to some size, of values up to some size.
    init(tolerance: Double, derivatives: Double, values: Double) {
        self.init(tolerance: tolerance, scale: derivatives > 0 ? derivatives : Judge.least(beside: values))
    }

    /// The scale of derivatives that are nothing: what differences can see beside values of some size, or none.
    static func least(beside values: Double) -> Double { max(1e-4 * values, 1e-12) }

    /// The absolute error at which an estimate is good enough, however small the derivative.
    var sharp: Double { 1e-12 * scale }

    /// The multiple: estimates from two differences may be too small by luck, but not by this.
    static let caution = 10.0

    func verdict(_ analytic: Double, _ numeric: NumericDerivative, noise: Double = 0) -> GradientReport.Verdict {
        guard numeric.value.isFinite && numeric.error.isFinite else { return .inconclusive }
        let error = Judge.caution * numeric.error
        let size = max(abs(analytic), abs(numeric.value))
        guard abs(analytic - numeric.value) <= error + tolerance * size + noise else { return .fail }
        return error <= max(1e-4 * size, 1e-7 * scale) ? .pass : .inconclusive
    }

    /// Compares at the point itself; what does not agree at once is looked at again: by other steps, and for kinks.
    ///
    /// - Parameter noise: how far off rounding may have put the analytic derivative.
    /// - Parameter thoroughly: whether to look again at all.
    func compare(
        _ analytic: Double, noise: Double = 0, along line: Line, thoroughly: Bool = true
    ) throws -> Comparison {
        func look(_ halvings: Int) throws -> Comparison {
            let found = try line.derivative(.both, from: line.reach, absolute: sharp, halvings: halvings)
            return Comparison(analytic: analytic, numeric: found, verdict: verdict(analytic, found, noise: noise))
        }
        // Some steps tell of most lines. Where operations have a kink at the point itself, more of them tell nothing.
        var result = try look(14)
        if result.verdict == .pass { return result }
        if thoroughly, try line.isAtKink, let explained = try explainedByKinks(result, noise, line) { return explained }
        result = try look(44)
        guard result.verdict != .pass && thoroughly else { return result }

        // What large steps see may be an accident: a period that they fall in with, a plateau beside a peak. No verdict of
        // failure rests on them alone, and where they contradict small ones, those are nearer to the truth.
        for fraction in [0.237, 3e-3, 1e-5] where result.verdict == .fail {
            let other = try line.derivative(.both, from: fraction * line.reach, absolute: sharp)
            if other.error < result.numeric.error || verdict(result.numeric.value, other) == .fail {
                result.numeric = other
                result.verdict = verdict(analytic, other, noise: noise)
            }
        }
        if result.verdict == .pass { return result }
        return try explainedByKinks(result, noise, line) ?? result
    }
}
