/// A derivative taken from differences, and how far off it may be.
struct NumericDerivative {
    var value: Double
    var error: Double
    /// The step of the differences it was extrapolated from.
    var step: Double
}

/// The derivative of `f` at 0 by central differences at shrinking steps, extrapolated to step 0 (L. F. Richardson, 1911), with
/// the tableau and error estimate of C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", 1982.
///
/// Steps are powers of two, so that `scale · step` is exact. A first run starts at 2⁻⁵ of `scale`; while its error is beyond
/// `wanted`, relative to the value, others start smaller: functions may bend, or end, on a small scale.
func numericDerivative(
    scale: Double, wanted: Double = 1e-10, of f: (Double) throws -> Double
) rethrows -> NumericDerivative {
    var best = NumericDerivative(value: .nan, error: .infinity, step: 0)
    let unit = powerOfTwo(near: scale)
    var starts = [-5, -10, -16, -24].map { unit * powerOfTwo($0) }
    if scale != 0 && Swift.abs(scale) < unit / 2 { starts.append(powerOfTwo(Int(scale.exponent) - 3)) }
    for start in starts {
        let found = try extrapolated(from: start, f)
        if found.error < best.error || best.value.isNaN { best = found }
        if best.error <= wanted * Swift.abs(best.value) { break }
    }
    return best
}

private func extrapolated(from firstStep: Double, _ f: (Double) throws -> Double) rethrows -> NumericDerivative {
    var best = NumericDerivative(value: .nan, error: .infinity, step: 0)
    var row: [Double] = []
    var step = firstStep
    for _ in 0..<7 {
        let (above, below) = (try f(step), try f(-step))
        let slope = (above - below) / (2 * step)
        // What rounding of the two values alone may do; extrapolation doubles it at most.
        let rounding = 2 * Double.ulpOfOne * Swift.max(Swift.abs(above), Swift.abs(below)) / step
        guard slope.isFinite else {
            row = []
            step /= 2
            continue
        }
        var next = [slope]
        var factor = 4.0
        for (index, previous) in row.enumerated() {
            let value = (factor * next[index] - previous) / (factor - 1)
            let error = Swift.max(Swift.abs(value - next[index]), Swift.abs(value - previous)) + rounding
            if error < best.error { best = NumericDerivative(value: value, error: error, step: step) }
            next.append(value)
            factor *= 4
        }
        if let last = row.last, let new = next.last, Swift.abs(new - last) > 2 * best.error { break }
        row = next
        step /= 2
    }
    return best
}

/// The slopes to the right and to the left of 0, from steps small enough to lie beside the kink only.
func oneSidedSlopes(scale: Double, of f: (Double) throws -> Double) rethrows -> (left: Double, right: Double) {
    let middle = try f(0)
    let step = powerOfTwo(near: scale) * powerOfTwo(-20)
    // Second order on each side: (-3 f(0) + 4 f(h) - f(2h)) / 2h.
    func slope(_ h: Double) throws -> Double { try (-3 * middle + 4 * f(h) - f(2 * h)) / (2 * h) }
    return (try slope(-step), try slope(step))
}

private func powerOfTwo(_ exponent: Int) -> Double { Double(sign: .plus, exponent: exponent, significand: 1) }

/// A power of two of the size of `x`, 1 for what is smaller than 2⁻²⁰: a step has to be seen in what is added to it.
private func powerOfTwo(near x: Double) -> Double {
    let size = Swift.abs(x)
    return size.isFinite && size > 0x1p-20 ? powerOfTwo(Int(size.exponent)) : 1
}
