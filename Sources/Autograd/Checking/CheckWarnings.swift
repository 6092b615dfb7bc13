import GradusTensor

extension GradientCheck {
    /// Looks for checks that would say nothing: gradients of zeros, unused variables, losses that change by themselves.
    mutating func warn(_ result: Variable, _ gradients: [Tensor?]) throws {
        let again = try loss.gradients(at: values)
        if again.loss.item.bitPattern != result.item.bitPattern {
            report.obstacle = "the loss is \(result.item), and \(again.loss.item) when run again on the same values"
        } else if zip(again.gradients, gradients).contains(where: { $0?.bitsDiffer(from: $1) ?? ($1 != nil) }) {
            report.obstacle = "the gradient differs from run to run on the same values"
        }
        if try loss.valueWithOtherRandomNumbers(at: values) != result.item {
            report.warnings.append("the loss draws random numbers; one draw of them was checked: turn dropout off")
        }
        let outside =
            result.wantsGradient
            ? GradusAutograd.gradients(of: result, at: loss.variables) : loss.variables.map { _ in nil }
        for (index, gradient) in gradients.enumerated() {
            if outside[index] != nil {
                report.warnings.append(
                    "\(name(index)) is also reached through a graph recorded outside the closure, which was not checked"
                )
            }
            guard let gradient else {
                if outside[index] == nil { report.warnings.append("\(name(index)) is not used by the loss") }
                continue
            }
            let largest = gradient.array(of: Double.self).reduce(0) { max($0, abs($1)) }
            if gradient.count > 0 && largest == 0 {
                report.warnings.append("the gradient of \(name(index)) is all zeros")
            } else if largest < 1e-10 {
                report.warnings.append("the gradient of \(name(index)) is below 1e-10 throughout: scale the loss up")
            }
        }
        warnOfADominantTerm(try loss.recorded(at: values))
    }

    /// A sum at the end of the loss of which one term is nearly everything: a wrong gradient of the rest would not show.
    private mutating func warnOfADominantTerm(_ operations: [Operation]) {
        guard let last = operations.last, last is Add, let terms = last.annotations?.inputs, terms.count == 2,
            terms.allSatisfy({ $0.count == 1 })
        else { return }
        let sizes = terms.map { abs($0.item) }
        if sizes.min()! < 0.01 * sizes.max()! && sizes.min()! > 0 {  // there are two
            report.warnings.append(
                "the loss is the sum of \(terms[0].item) and \(terms[1].item): check the terms apart, "
                    + "as the larger (regularization, often) hides the smaller")
        }
    }

    /// The float32 gradient of the code as it trains, beside the double one.
    mutating func compareSinglePrecision() throws {
        let own = loss.variables.map(\.value)
        guard let bound = settings.singlePrecisionBound, own.contains(where: { $0.elementType == .float32 }) else {
            return
        }
        let single = try loss.gradients(at: own, inDouble: false).gradients
        var worst: (Double, String) = (0, name(0))
        for (index, gradient) in single.enumerated() {
            let expected = analytic[index]
            let found = gradient?.array(of: Double.self) ?? [Double](repeating: 0, count: expected.count)
            let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let distance = zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            // Of a gradient that is nothing beside the others, float32 sees only rounding.
            let relative = distance / max(norm, 1e-6 * scale, .leastNormalMagnitude)
            if !(relative <= worst.0) { worst = (relative, name(index)) }
        }
        report.singlePrecision = .init(worst: worst.0, variable: worst.1, bound: bound)
    }
}

extension Tensor {
    fileprivate func bitsDiffer(from other: Tensor?) -> Bool {
        guard let other else { return true }
        return array(of: Double.self).map(\.bitPattern) != other.array(of: Double.self).map(\.bitPattern)
    }
}
