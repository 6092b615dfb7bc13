import GradusTensor

extension GradientCheck {
    /// Traces the error of plain differences at the element that is most in doubt: where a textbook's single h would have lain.
    mutating func traceError(_ gradients: CheckedGradients) throws {
        // Of a derivative of order two the line would be another.
        let elements = report.elements.filter { $0.of == nil || report.isOfRule }
        guard let worst = report.worst(among: elements) ?? elements.first,
            let variable = values.indices.first(where: { name($0) == worst.variable }),
            let element = (0..<values[variable].count).first(where: { values[variable].index(of: $0) == worst.index })
        else { return }
        let line = gradients.line(variable, element)
        // Of an operation the weighted sum of its outputs is traced.
        let found = try gradients.judge.compare(gradients.analytic(variable, element), along: line)
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
                    step: step, forward: abs((above - here) / step - found.numeric.value),
                    central: abs((above - below) / (2 * step) - found.numeric.value)))
        }
        report.errorCurve = .init(
            variable: worst.variable, index: worst.index, difference: abs(found.analytic - found.numeric.value),
            points: points)
    }
}
