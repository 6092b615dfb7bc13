import Foundation

/// One axis of a chart: the range it shows, and where it is marked.
package struct ChartAxis {
    /// The ends, in the axis's own measure: of a logarithmic one, powers of ten.
    private let lower: Double
    private let upper: Double
    private let isLogarithmic: Bool

    /// The marked values, rising, and what is written there.
    package let ticks: [(value: Double, label: String)]

    /// An axis that shows all finite `values` (of a logarithmic one, all positive), its ends on marks.
    package init(showing values: some Sequence<Double>, isLogarithmic: Bool = false, marks: Int = 6) {
        self.isLogarithmic = isLogarithmic
        // Beyond these bounds the distance between two numbers could overflow.
        let shown = values.filter { abs($0) < 1e300 && (!isLogarithmic || $0 > 0) }
        if isLogarithmic {
            let exponents = shown.map(log10)
            lower = (exponents.min() ?? 0).rounded(.down)
            upper = max((exponents.max() ?? 1).rounded(.up), lower + 1)
            let stride = ((upper - lower) / Double(marks)).rounded(.up)
            ticks = Swift.stride(from: lower, through: upper, by: stride).map {
                (pow(10, $0), ChartAxis.label(pow(10, $0), step: pow(10, $0)))
            }
        } else {
            var (least, most) = (shown.min() ?? 0, shown.max() ?? 1)
            if least == most {  // a single value stands in the middle
                let reach = max(abs(least) / 2, 0.5)
                (least, most) = (least - reach, most + reach)
            }
            let step = ChartAxis.step((most - least) / Double(marks))
            let (first, last) = ((least / step).rounded(.down), (most / step).rounded(.up))
            lower = first * step
            upper = last * step
            ticks = Swift.stride(from: first, through: last, by: 1).map {
                ($0 * step, ChartAxis.label($0 * step, step: step))
            }
        }
    }

    /// Where a value lies between the ends, 0 to 1; nil for one that cannot be shown.
    package func position(_ value: Double) -> Double? {
        let measure = isLogarithmic ? (value > 0 ? log10(value) : .nan) : value
        let position = (measure - lower) / (upper - lower)
        return position.isFinite ? position : nil
    }

    /// The least of 1, 2, 5 times a power of ten that is not below `least`.
    static func step(_ least: Double) -> Double {
        let power = pow(10, log10(least).rounded(.down))
        return [1, 2, 5].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? 10 * power
    }

    /// A value with as many decimals as its distance from the next needs.
    static func label(_ value: Double, step: Double) -> String {
        let decimals = -Int((log10(step) + 1e-9).rounded(.down))
        if value != 0 && (decimals > 6 || abs(value) >= 1e6) { return String(format: "%.3g", value) }
        return String(format: "%.\(max(decimals, 0))f", value == 0 ? 0 : value)
    }
}
