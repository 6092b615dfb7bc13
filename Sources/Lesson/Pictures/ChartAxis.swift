import Foundation

/// One axis of a chart: the range it shows, and where it is marked.
package struct ChartAxis {
    /// The ends, in the axis's own measure: of a logarithmic one, powers of ten.
    private let lower: Double
    private let upper: Double
    private let isLogarithmic: Bool

    /// The marked values, rising, and what is written there.
    package let ticks: [(value: Double, label: String)]

    /// An axis that shows all finite `values` (of a logarithmic one, all positive), its ends on marks. One of whole numbers has
    /// no marks between them.
    package init(
        showing values: some Sequence<Double>, isLogarithmic: Bool = false, isWhole: Bool = false, marks: Int = 6
    ) {
        self.isLogarithmic = isLogarithmic
        let shown = values.filter { ChartAxis.canShow($0, isLogarithmic: isLogarithmic) }
        if isLogarithmic {
            let exponents = shown.map(log10)
            lower = (exponents.min() ?? 0).rounded(.down)
            upper = max((exponents.max() ?? 1).rounded(.up), lower + 1)
            let stride = ((upper - lower) / Double(marks)).rounded(.up)
            ticks = Swift.stride(from: lower, through: upper, by: stride).map {
                (pow(10, $0), ChartAxis.power(Int($0)))
            }
        } else {
            var (least, most) = (shown.min() ?? 0, shown.max() ?? 1)
            if ChartAxis.isOne(least, most) {  // which stands in the middle
                let reach = max(abs(least) / 2, isWhole ? 1 : 0.5)
                (least, most) = (least - reach, most + reach)
            }
            let step = max(ChartAxis.step((most - least) / Double(marks)), isWhole ? 1 : 0)
            let (first, last) = ((least / step).rounded(.down), (most / step).rounded(.up))
            lower = first * step
            upper = last * step
            ticks = Swift.stride(from: first, through: last, by: 1).map {
                ($0 * step, ChartAxis.label($0 * step, step: step))
            }
        }
    }

    /// Whether a number has a place on an axis. Beyond these bounds the distance between two could overflow.
    static func canShow(_ value: Double, isLogarithmic: Bool = false) -> Bool {
        abs(value) < 1e300 && (!isLogarithmic || value > 0)
    }

    /// Whether two numbers are too close for marks between them: as good as one.
    static func isOne(_ least: Double, _ most: Double) -> Bool {
        most - least <= max(1e-12 * max(abs(least), abs(most)), 1e-290)
    }

    /// Where a value lies between the ends, 0 to 1; nil for one that cannot be shown.
    package func position(_ value: Double) -> Double? {
        guard ChartAxis.canShow(value, isLogarithmic: isLogarithmic) else { return nil }
        let position = ((isLogarithmic ? log10(value) : value) - lower) / (upper - lower)
        return position > -1e-6 && position < 1 + 1e-6 ? position : nil
    }

    /// The value at a place between the ends, 0 to 1.
    func value(at position: Double) -> Double {
        let measure = lower + position * (upper - lower)
        return isLogarithmic ? pow(10, measure) : measure
    }

    /// The least of 1, 2, 5 times a power of ten that is not below `least`.
    static func step(_ least: Double) -> Double {
        let power = pow(10, log10(least).rounded(.down))
        return [1, 2, 5].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? 10 * power
    }

    /// A value with as many decimals as its distance from the next needs.
    static func label(_ value: Double, step: Double) -> String {
        let stepExponent = Int((log10(step) + 1e-9).rounded(.down))
        if value == 0 { return stepExponent < -6 ? "0" : String(format: "%.\(max(-stepExponent, 0))f", 0.0) }
        guard stepExponent < -6 || abs(value) >= 1e6 else {
            return String(format: "%.\(max(-stepExponent, 0))f", value)
        }
        var exponent = Int(log10(abs(value)).rounded(.down))
        let digits = max(exponent - stepExponent, 0)
        var mantissa = value / pow(10, Double(exponent))
        if String(format: "%.\(digits)f", abs(mantissa)).hasPrefix("10") {
            (mantissa, exponent) = (mantissa / 10, exponent + 1)
        }
        return String(format: "%.\(digits)f", mantissa) + "×" + power(exponent, inFull: false)
    }

    /// 0.01, 1, 1000, and 10⁻⁶ where that is shorter.
    private static func power(_ exponent: Int, inFull: Bool = true) -> String {
        if inFull && (-3...4).contains(exponent) {
            return String(format: "%.\(max(-exponent, 0))f", pow(10, Double(exponent)))
        }
        return "10" + superscript(exponent)
    }

    static func superscript(_ number: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        return "\(number)".map { $0 == "-" ? "⁻" : $0.wholeNumberValue.map { "\(digits[$0])" } ?? "" }.joined()
    }
}
