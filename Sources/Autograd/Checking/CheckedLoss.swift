import GradusTensor

/// A user's loss as a function of the values of some variables, which are put in their place while it runs.
struct CheckedLoss {
    let variables: [Variable]
    let body: () throws -> Variable
    private let randomState = DefaultRandom.state

    init(_ variables: [Variable], _ body: @escaping () throws -> Variable) {
        (self.variables, self.body) = (variables, body)
    }

    /// The loss at other values, in double precision.
    func value(at values: [Tensor]) throws -> Double {
        try withoutRecording { try run(values.map { .constant($0) }, inDouble: true).item }
    }

    /// The loss, its gradients at the given values (nil where it does not depend on one), and what it ran on.
    func gradients(at values: [Tensor], inDouble: Bool = true) throws -> (
        loss: Variable, gradients: [Tensor?], leaves: [Variable]
    ) {
        let leaves = zip(variables, values).map { Variable($1, name: $0.name) }
        let loss = try recording(true) { try run(leaves, inDouble: inDouble) }
        guard loss.wantsGradient else { return (loss, leaves.map { _ in nil }, leaves) }
        return (loss, GradusAutograd.gradients(of: loss, at: leaves).map { $0?.value }, leaves)
    }

    /// Everything that runs, in double precision.
    func recorded(at values: [Tensor]) throws -> [Operation] {
        let leaves = zip(variables, values).map { Variable($1, name: $0.name) }
        return try recording(true) { try recordingEverything { try run(leaves, inDouble: true) } }.recording.operations
    }

    /// The loss with random numbers of its own choosing, to see whether it draws any.
    func valueWithOtherRandomNumbers(at values: [Tensor]) throws -> Double {
        try withoutRecording { try run(values.map { .constant($0) }, inDouble: true, randomState: [1, 2, 3, 4]).item }
    }

    private func run(
        _ substitutes: [Variable], inDouble: Bool, randomState: [UInt64]? = nil
    ) throws -> Variable {
        let before = DefaultRandom.state
        DefaultRandom.state = randomState ?? self.randomState
        defer { DefaultRandom.state = before }
        return try Mode.tracing(
            { tracing in
                tracing.isInDouble = inDouble
                tracing.isReplay = true  // running statistics stay as they are
                for (variable, substitute) in zip(variables, substitutes) {
                    tracing.substitutes[EdgeIdentity(Edge(variable))] = substitute
                }
            }, body)
    }
}

extension Tensor {
    /// This tensor with one element, counted in row-major order, moved by `step`.
    func nudged(_ element: Int, by step: Double) -> Tensor {
        var result = self
        result.withMutableElements(as: Double.self) { $0[element] += step }
        return result
    }

    /// The index an axis of an element counted in row-major order.
    func index(of element: Int) -> [Int] {
        var rest = element
        return shape.reversed().map { size in
            defer { rest /= size }
            return rest % size
        }.reversed()
    }
}
