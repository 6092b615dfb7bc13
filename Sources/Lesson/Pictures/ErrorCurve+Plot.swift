import Foundation
import GradusAutograd

extension GradientReport.ErrorCurve {
    /// The error of plain differences against their step: a V. To the right the differences are off as the step is long, to
    /// the left as rounding is divided by a short one.
    ///
    ///     var settings = GradientCheckSettings()
    ///     settings.tracesError = true
    ///     let report = checkGradients(at: [w], settings: settings) { loss() }
    ///     try report.errorCurve?.plot.write(to: "error.svg")
    ///
    /// The flat line is the distance of the analytic derivative from the extrapolated one: near the
    /// bottom of the V or below it when the rule is right, far above when it is wrong.
    public var plot: LinePlot {
        let steps = points.map { log10($0.step) }
        var lines: [LinePlot.Line] = [
            .init("forward difference", zip(steps, points).map { ($0, $1.forward) }),
            .init("central difference", zip(steps, points).map { ($0, $1.central) }),
        ]
        if difference > 0, let first = steps.min(), let last = steps.max() {
            lines.append(.init("analytic derivative", [(first, difference), (last, difference)]))
        }
        let place = index.isEmpty ? variable : "\(variable) \(index)"
        return LinePlot(
            lines, title: "Error of differences by \(place)", xLabel: "step, as a power of ten", yLabel: "error",
            isLogarithmic: true)
    }
}
