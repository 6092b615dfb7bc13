/// A derivative taken from differences, and how far off it may be.
struct NumericDerivative {
    var value = Double.nan
    var error = Double.infinity
    /// The smallest step of the differences that it was extrapolated from.
    var step = 0.0
}

/// Differences at steps that halve, extrapolated to step 0 (L. F. Richardson, 1911): the tableau and the error estimate of
/// C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982, with the noise of the function added to it.
///
/// Steps begin large, where rounding does nothing, and shrink until the estimate is good enough or rounding makes it worse.
/// An estimate counts only where the function is seen to be smooth: f(h) + f(-h) - 2f(0) has to vanish as h² does. What
/// bends, jumps or ends within reach does no harm if smaller steps are left.
struct Stencil {
    enum Side { case both, left, right }

    /// The number that moves; 0 where many do.
    var base = 0.0
    var side = Side.both
    var firstStep: Double
    /// The error to stop at: relative to the derivative, and absolute.
    var wanted = (relative: 1e-10, absolute: 0.0)

    /// A first step for a number of this size. Not a power of two: periodic functions could have the same phase at all steps.
    static func firstStep(at x: Double) -> Double {
        0.11 * (x.isFinite && abs(x) > 2 ? Double(sign: .plus, exponent: x.exponent, significand: 1) : 1)
    }

    /// The derivatives at 0 of functions that are computed together, each with its value at 0 and with its own `noise`: how
    /// much its values may be off.
    func derivatives(
        center: [Double], noise: [Double], of f: (Double) throws -> [Double]
    ) rethrows -> [NumericDerivative] {
        var tables = noise.map { Tableau(ratio: side == .both ? 4 : 2, noise: $0) }
        var step = firstStep
        for _ in 0..<44 {
            let (low, high) = places(step)
            let (above, below) = (try f(high), try f(low))
            for index in tables.indices {
                let bend = side == .both ? (above[index] - center[index]) + (below[index] - center[index]) : 0
                tables[index].add((above[index] - below[index]) / (high - low), bend: bend, high - low, step)
            }
            step /= 2
            // A table is done when it is good enough, or when rounding alone is more than its error.
            if tables.allSatisfy({ $0.isDone(wanted) || $0.rounding(at: (high - low) / 2) > $0.best.error }) { break }
        }
        return tables.map(\.best)
    }

    /// Where the function is taken, relative to `base`: as `base + step` will come out in floating point.
    private func places(_ step: Double) -> (low: Double, high: Double) {
        switch side {
        case .both: ((base - step) - base, (base + step) - base)
        // Not at 0 itself: the function may jump there.
        case .right: ((base + step) - base, (base + 2 * step) - base)
        case .left: ((base - 2 * step) - base, (base - step) - base)
        }
    }
}

/// Neville's tableau for the derivative of one function, of which only the last row is kept.
private struct Tableau {
    /// How much smaller the leading term of the truncation error is at half the step.
    let ratio: Double
    let noise: Double
    var best = NumericDerivative()
    private var row: [Double] = []
    private var lastBend = Double.infinity

    init(ratio: Double, noise: Double) { (self.ratio, self.noise) = (ratio, noise) }

    /// What rounding of two values does to their quotient of differences, grown by the extrapolation at the most.
    func rounding(at distance: Double) -> Double { (ratio == 4 ? 4 : 16) * noise / distance }

    func isDone(_ wanted: (relative: Double, absolute: Double)) -> Bool {
        best.error <= Swift.max(wanted.relative * abs(best.value), wanted.absolute)
    }

    mutating func add(_ slope: Double, bend: Double, _ distance: Double, _ step: Double) {
        guard slope.isFinite else {  // outside of where the function is defined
            (row, lastBend) = ([], .infinity)
            return
        }
        // A quarter of the last one if there is a second derivative; half of it at a kink; none of it off at a jump.
        if abs(bend) > 8 * noise && 2.5 * abs(bend) > lastBend { row = [] }
        lastBend = abs(bend)
        var next = [slope]
        var factor = 1.0
        // Four earlier rows (six, one-sided): what lies farther back may have reached across a kink.
        for last in row.prefix(ratio == 4 ? 4 : 6) {
            factor *= ratio
            let previous = next[next.count - 1]
            let value = previous + (previous - last) / (factor - 1)
            let error = Swift.max(abs(value - previous), abs(value - last)) + rounding(at: distance)
            if error < best.error { best = NumericDerivative(value: value, error: error, step: step) }
            next.append(value)
        }
        row = next
    }
}
