import GradusTensor

extension GradientCheck {
    /// Checks each operation's own rule at the values it ran on, and names the first that disagrees with its differences.
    mutating func findBlame() throws -> GradientReport.Blame? {
        for operation in try loss.recorded(at: values) where operation.wantsGradient {
            if let blame = RuleCheck(operation, &random).blame() { return blame }
        }
        return nil
    }
}

/// One operation's rule against differences of its own forward.
struct RuleCheck {
    private let operation: Operation
    private let inputs: [Tensor]
    private let upstreams: [Tensor]

    /// For an operation that was recorded with everything. Upstream gradients are drawn, as a rule is linear in them.
    init(_ operation: Operation, _ random: inout Random) {
        self.operation = operation
        inputs = operation.annotations?.inputs ?? []
        upstreams = (operation.annotations?.outputs ?? []).map { output in
            guard output.elementType.isFloatingPoint else { return output }
            return Tensor.uniform(output.shape, in: 0.5..<1.5, as: output.elementType, using: &random)
                * select(
                    .bernoulli(output.shape, probability: 0.5, using: &random),
                    .ones(output.shape, as: output.elementType), .full(output.shape, -1, as: output.elementType))
        }
    }

    /// What the rule pushes to each input; nil where it pushes nothing.
    func contributions() -> [Tensor?] {
        var walk = Walk(alone: operation, upstreams: upstreams.map { .constant($0) })
        recording(false) { _ = walk.advance() }
        return inputs.indices.map { walk.gradients[operation.outputCount + $0]?.value }
    }

    /// The first element of an input whose derivative the rule gets wrong. Large inputs are sampled.
    func blame(most: Int = 40) -> GradientReport.Blame? {
        let found = contributions()
        for (input, value) in inputs.enumerated()
        where value.elementType == .float64 && operation.edge(input).wantsGradient {
            let analytic = found[input]?.array(of: Double.self) ?? [Double](repeating: 0, count: value.count)
            guard analytic.count == value.count else { continue }
            let scale = analytic.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
            for element in Swift.stride(from: 0, to: value.count, by: max(1, value.count / most)) {
                let numeric = derivative(input, element)
                let size = max(abs(numeric.value), abs(analytic[element]))
                guard numeric.value.isFinite,
                    abs(numeric.value - analytic[element]) > 10 * numeric.error + 1e-8 * size + 1e-11 * scale,
                    !bends(input, element, by: numeric.step)
                else { continue }
                return .init(
                    operation: operation.path, line: operation.annotations?.line?.description, input: input,
                    index: value.index(of: element), analytic: analytic[element], numeric: numeric.value)
            }
        }
        return nil
    }

    private func derivative(_ input: Int, _ element: Int) -> NumericDerivative {
        numericDerivative(scale: inputs[input].array(of: Double.self)[element]) { step in
            // Output by output the differences are sharper than those of the sum: only what moves is added up.
            let moved = replay(input, element, by: step)
            return zip(zip(moved, operation.annotations?.outputs ?? []), upstreams).reduce(0) { sum, term in
                let ((output, before), upstream) = term
                guard output.elementType.isFloatingPoint else { return sum }
                return sum + ((output - before) * upstream).sum(to: []).item
            }
        }
    }

    private func replay(_ input: Int, _ element: Int, by step: Double) -> [Tensor] {
        var moved = inputs
        moved[input] = moved[input].nudged(element, by: step)
        return operation.replay(moved)
    }

    private func bends(_ input: Int, _ element: Int, by step: Double) -> Bool {
        func branches(_ step: Double) -> [Tensor] {
            var moved = inputs
            moved[input] = moved[input].nudged(element, by: step)
            return operation.branches(moved, operation.replay(moved))
        }
        return branches(-step) != branches(step)
    }
}

extension Walk {
    /// A walk of one operation, each of whose inputs has a slot of its own.
    init(alone operation: Operation, upstreams: [Variable?]) {
        self.init(
            order: [operation],
            inputSlots: (0..<operation.inputCount).map {
                operation.edge($0).wantsGradient ? Int32(operation.outputCount + $0) : -1
            },
            gradients: upstreams + [Variable?](repeating: nil, count: operation.inputCount))
    }
}

extension Operation {
    /// The branches that a recorded run took.
    var branches: [Tensor] { branches(annotations?.inputs ?? [], annotations?.outputs ?? []) }
}
