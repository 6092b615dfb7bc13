import GradusTensor

extension GradientCheck {
    /// Looks for checks that would say nothing: losses that change by themselves, gradients of zeros, unused variables.
    mutating func warn(_ found: CheckedGradients) throws {
        let again = try function.gradients(at: values)
        let outputs = again.outputs.flatMap { $0.value.array(of: Double.self) }
        if outputs.map(\.bitPattern) != found.outputs.map(\.bitPattern) {
            let (first, second) = zip(found.outputs, outputs).first { $0 != $1 } ?? (.nan, .nan)
            report.obstacle =
                "run twice on the same values, the loss is \(first) and \(second): "
                + "it draws random numbers, or keeps a state"
        } else if zip(again.gradients, found.analytic).contains(where: {
            $0?.array(of: Double.self).map(\.bitPattern) != $1?.map(\.bitPattern)
        }) {
            report.obstacle = "the gradient differs from run to run on the same values"
        }
        guard report.obstacle == nil else { return }

        if try function.valuesWithOtherRandomNumbers(at: values) != found.outputs {
            report.warnings.append("the loss draws random numbers; one draw of them was checked: turn dropout off")
        }
        try warnOfValuesReadDirectly(found.outputs)
        warnOfVacuousGradients(found, reachedOutside: again.outputs)
        warnOfADominantTerm(try function.recorded(at: values).operations)
    }

    /// What is computed from a variable's `value`, past the operations, has no gradient, and does not move in the check either.
    private mutating func warnOfValuesReadDirectly(_ outputs: [Double]) throws {
        for (index, variable) in function.variables.enumerated() where variable.count > 0 {
            let before = variable.value
            variable.value = before + 0.01 * (1 + abs(before))
            defer { variable.value = before }
            if try function.values(at: values) != outputs {
                report.warnings.append(
                    "the loss reads the value of \(name(index)) outside of operations (value, item, detached() or a "
                        + "comparison); that part of the derivative was not checked")
            }
        }
    }

    private mutating func warnOfVacuousGradients(_ found: CheckedGradients, reachedOutside outputs: [Variable]) {
        let outside: [Variable?] =
            outputs.contains(where: \.wantsGradient)
            ? outputs.filter(\.wantsGradient).map {
                gradients(of: $0, at: function.variables, upstream: .constant(.ones($0.shape, as: $0.elementType)))
            }.reduce(function.variables.map { _ in nil }) { zip($0, $1).map { $0 ?? $1 } }
            : function.variables.map { _ in nil }
        for (index, gradient) in found.analytic.enumerated() {
            if outside[index] != nil {
                report.warnings.append(
                    "\(name(index)) is also reached through a graph recorded outside the closure, which was not checked"
                )
            }
            guard let gradient else {
                if outside[index] == nil { report.warnings.append("\(name(index)) is not used by the loss") }
                continue
            }
            let largest = gradient.reduce(0) { max($0, abs($1)) }
            if !gradient.isEmpty && largest == 0 {
                report.warnings.append("the gradient of \(name(index)) is all zeros")
            } else if !gradient.isEmpty && largest < 1e-10 {
                report.warnings.append("the gradient of \(name(index)) is below 1e-10 throughout: scale the loss up")
            }
        }
    }

    /// A sum at the end of the loss of which one term is nearly everything: a wrong gradient of the rest would not show.
    private mutating func warnOfADominantTerm(_ operations: [Operation]) {
        guard function.order == 1, let last = operations.last, last.annotations?.outputs.first?.count == 1 else {
            return
        }
        let terms = last.terms.map(abs).sorted(by: >)
        guard let largest = terms.first, terms.count > 1, largest.isFinite else { return }
        let rest = terms.dropFirst().reduce(0, +)
        if rest > 0 && rest < 0.01 * largest {
            report.warnings.append(
                "one term of the loss is \(significant(largest, 3)), and the others together \(significant(rest, 3)): "
                    + "check them apart, as the larger (regularization, often) hides the smaller")
        }
    }

    func name(_ variable: Int) -> String { function.variables[variable].name ?? "variable \(variable)" }
}

extension Operation {
    /// The numbers that were added up to this one, however deep the sum is nested.
    fileprivate var terms: [Double] {
        var terms: [Double] = []
        var stack: [Operation] = [self]
        while let operation = stack.popLast() {
            let inputs = operation.annotations?.inputs ?? []
            guard operation is Add || operation is Subtract, inputs.allSatisfy({ $0.count == 1 }) else {
                terms.append(operation.annotations?.outputs.first?.item ?? 0)
                continue
            }
            for (index, input) in inputs.enumerated() {
                if let source = operation.edge(index).operation, source.annotations != nil {
                    stack.append(source)
                } else {
                    terms.append(input.item)
                }
            }
        }
        return terms
    }
}
