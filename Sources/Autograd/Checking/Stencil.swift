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
    /// How often the step halves at the most; all of it reaches from 0.1 to 1e-14.
    var halvings = 44

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
        for _ in 0..<halvings {
            let (low, high) = places(step)
            let (above, below) = (try f(high), try f(low))
            for index in tables.indices {
                if tables[index].rests(above[index], below[index], center[index], high - low, step) { continue }
                let middle = side == .both ? center[index] : .nan
                tables[index].add(above[index], below[index], middle, high - low, step)
            }
            step /= 2
            // A table is done when it is good enough, or when rounding alone is more than its error.
            if tables.allSatisfy({ $0.isDone(wanted) || $0.cannotImprove }) { break }
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
    private var hasMoved = false

    init(ratio: Double, noise: Double) { (self.ratio, self.noise) = (ratio, noise) }

    func isDone(_ wanted: (relative: Double, absolute: Double)) -> Bool {
        best.error <= Swift.max(wanted.relative * abs(best.value), wanted.absolute)
    }

    /// What rounding alone does at half the last step.
    private var nextRounding = 0.0
    var cannotImprove: Bool { nextRounding > best.error }

    /// Whether the function has had the same value everywhere so far. Most outputs of an operation do not depend on an element.
    mutating func rests(_ above: Double, _ below: Double, _ center: Double, _ distance: Double, _ step: Double) -> Bool
    {
        if hasMoved || above != center || below != center {
            if !hasMoved { (hasMoved, best) = (true, NumericDerivative()) }
            return false
        }
        if best.error == .infinity { best = NumericDerivative(value: 0, error: 4 * noise / distance, step: step) }
        nextRounding = .infinity
        return true
    }

    mutating func add(_ above: Double, _ below: Double, _ center: Double, _ distance: Double, _ step: Double) {
        let slope = (above - below) / distance
        guard slope.isFinite else {  // outside of where the function is defined
            (row, lastBend) = ([], .infinity)
            return
        }
        // Off are the values here, or those at the point, whichever more; and extrapolation makes it grow.
        let noise = max(self.noise, Double.ulpOfOne * max(abs(above), abs(below)))
        let rounding = (ratio == 4 ? 4 : 16) * noise / distance
        nextRounding = 2 * rounding
        // A quarter of the last one if there is a second derivative; half of it at a kink; none of it off at a jump.
        let bend = abs((above - center) + (below - center))
        if bend > 8 * noise && 2.5 * bend > lastBend { row = [] }
        lastBend = bend
        var next = [slope]
        var factor = 1.0
        // Four earlier rows (six, one-sided): what lies farther back may have reached across a kink.
        for last in row.prefix(ratio == 4 ? 4 : 6) {
            factor *= ratio
            let previous = next[next.count - 1]
            let value = previous + (previous - last) / (factor - 1)
            let error = max(abs(value - previous), abs(value - last)) + rounding
            if error < best.error { best = NumericDerivative(value: value, error: error, step: step) }
            next.append(value)
        }
        row = next
    }
}
