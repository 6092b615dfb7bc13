import Foundation
import GradusAutograd

extension GradientReport.ErrorCurve {
    /// The error of plain differences against their step, both in powers of ten, as an `<svg>` element: a V. To the right the
    /// differences are off as the step is long, to the left as rounding is divided by a short one.
    ///
    ///     var settings = GradientCheckSettings()
    ///     settings.tracesError = true
    ///     let report = checkGradients(at: [w], settings: settings) { loss() }
    ///     try report.errorCurve?.svg().write(toFile: "error.svg", atomically: true, encoding: .utf8)
    ///
    /// The flat line is the distance of the analytic derivative from the extrapolated one: near the
    /// bottom of the V or below it when the rule is right, far above when it is wrong.
    public func svg(width: Int = 640, height: Int = 360) -> String {
        let steps = points.map { log10($0.step) }
        var lines: [LineChart.Line] = [
            .init("forward difference", zip(steps, points).map { ($0, $1.forward) }),
            .init("central difference", zip(steps, points).map { ($0, $1.central) }),
        ]
        if difference > 0, let first = steps.min(), let last = steps.max() {
            lines.append(.init("analytic derivative", [(first, difference), (last, difference)]))
        }
        let place = index.isEmpty ? variable : "\(variable) \(index)"
        return LineChart(
            title: "Error of differences by \(place)", xLabel: "step, as a power of ten", yLabel: "error", lines: lines,
            isLogarithmic: true
        ).svg(width: width, height: height)
    }
}
