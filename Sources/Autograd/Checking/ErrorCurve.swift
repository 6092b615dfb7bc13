import GradusTensor

extension GradientCheck {
    /// Traces the error of plain differences at the element that is most in doubt: where a textbook's single h would have lain.
    mutating func traceError(_ gradients: CheckedGradients) throws {
        guard let worst = report.worst ?? report.elements.first, worst.of == nil,
            let variable = values.indices.first(where: { name($0) == worst.variable }),
            let element = (0..<values[variable].count).first(where: { values[variable].index(of: $0) == worst.index })
        else { return }
        let line = gradients.line(variable, element)
        func value(_ step: Double) throws -> Double {
            zip(try line.values(step), line.weights).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let here = try value(0)
        var points: [GradientReport.ErrorCurve.Point] = []
        for exponent in -50...0 where !misuseIsPending {
            let step = line.reach * Double(sign: .plus, exponent: exponent, significand: 1)
            let (above, below) = (try value(step), try value(-step))
            points.append(
                .init(
                    step: step, forward: abs((above - here) / step - worst.numeric),
                    central: abs((above - below) / (2 * step) - worst.numeric)))
        }
        report.errorCurve = .init(
            variable: worst.variable, index: worst.index, difference: abs(worst.analytic - worst.numeric),
            points: points)
    }
}
