import GradusTensor

/// What is checked: a function of the values of some variables, which others stand in for while it runs.
///
/// It may have several outputs; their weighted sum is what is differentiated.
struct CheckedFunction {
    let variables: [Variable]

    /// Computes the outputs. The variables it is given stand in for ``variables``, also where it uses those themselves.
    private let body: ([Variable]) throws -> [Variable]

    /// A weight for each element of each output; one for a loss.
    let weights: [Tensor]

    /// 2 for a gradient, which needs a graph to compute its value.
    let order: Int

    private let randomState = DefaultRandom.state

    init(
        of variables: [Variable], weights: [Tensor], order: Int = 1,
        _ body: @escaping ([Variable]) throws -> [Variable]
    ) {
        (self.variables, self.weights, self.order, self.body) = (variables, weights, order, body)
    }

    /// This function's gradient at all variables, with weights of their shapes.
    func derivative(_ weights: [Tensor]) -> CheckedFunction {
        CheckedFunction(of: variables, weights: weights, order: order + 1) { leaves in
            let sum = self.sum(try body(leaves))
            let found =
                sum.wantsGradient
                ? GradusAutograd.gradients(of: sum, at: leaves, recordingGraph: true) : leaves.map { _ in nil }
            return zip(leaves, found).map { $1 ?? .constant(.zeros($0.shape, as: $0.elementType)) }
        }
    }

    /// The outputs, one element after the other.
    func values(at values: [Tensor]) throws -> [Double] {
        try recording(order > 1) {
            try run(values.map { order > 1 ? Variable($0) : .constant($0) }) { outputs, _ in
                outputs.flatMap { $0.value.array(of: Double.self) }
            }
        }
    }

    /// The outputs and the gradients of their weighted sum, nil where it does not depend on a variable.
    func gradients(at values: [Tensor], inDouble: Bool = true) throws -> (outputs: [Variable], gradients: [Tensor?]) {
        try recording(true) {
            try run(leaves(values), inDouble: inDouble) { outputs, leaves in
                let sum = self.sum(outputs)
                guard sum.wantsGradient else { return (outputs, leaves.map { _ in nil }) }
                return (outputs, GradusAutograd.gradients(of: sum, at: leaves).map { $0?.value })
            }
        }
    }

    /// Everything that runs, with its values, and the steps of the walk back if they are wanted.
    func recorded(
        at values: [Tensor], walking: Bool = false, inDouble: Bool = true
    ) throws -> (operations: [Operation], steps: [BackwardStep]) {
        let recording = Recording()
        return try Mode.tracing({ $0.recording = recording }) {
            try GradusAutograd.recording(true) {
                try run(leaves(values), inDouble: inDouble) { outputs, _ in
                    let sum = self.sum(outputs)
                    // What rules compute on the way back is not part of it.
                    let operations = recording.operations
                    guard walking && sum.wantsGradient else { return (operations, []) }
                    return (operations, Mode.tracing({ $0.recording = nil }) { Array(sum.backwardSteps()) })
                }
            }
        }
    }

    /// The outputs with random numbers of another state, to see whether any are drawn.
    func valuesWithOtherRandomNumbers(at values: [Tensor]) throws -> [Double] {
        try recording(order > 1) {
            try run(leaves(values), randomState: [1, 2, 3, 4]) { outputs, _ in
                outputs.flatMap { $0.value.array(of: Double.self) }
            }
        }
    }

    func leaves(_ values: [Tensor]) -> [Variable] {
        zip(variables, values).map { Variable($1, name: $0.name) }
    }

    /// The weighted sum of the outputs, as one more operation; a loss is its own.
    private func sum(_ outputs: [Variable]) -> Variable {
        if outputs.count == 1 && outputs[0].count == 1 && order == 1 && weights[0].item == 1 { return outputs[0] }
        return InnerProduct()(outputs + zip(outputs, weights).map { .constant($1.converted(to: $0.elementType)) })
    }

    /// Runs everything under the modes of a check, and `use` too, as rules may make constants of float32.
    func run<R>(
        _ substitutes: [Variable], inDouble: Bool = true, randomState: [UInt64]? = nil,
        _ use: (_ outputs: [Variable], _ leaves: [Variable]) throws -> R
    ) throws -> R {
        try DefaultRandom.withState(randomState ?? self.randomState) {
            try Mode.tracing(
                { tracing in
                    tracing.isInDouble = inDouble
                    tracing.isReplay = true  // running statistics stay as they are
                    for (variable, substitute) in zip(variables, substitutes) {
                        tracing.substitutes[EdgeIdentity(Edge(variable))] = substitute
                    }
                }, { try use(try body(substitutes), substitutes) })
        }
    }
}

/// Σ a·b over all elements of several pairs: first the values, then as many weights of the same shapes.
final class InnerProduct: VariadicOperation {
    override func forward(_ inputs: [Tensor]) -> Tensor {
        let half = inputs.count / 2
        return (0..<half).reduce(.zeros([], as: inputs.first?.elementType ?? .float64)) {
            $0 + (inputs[$1] * inputs[half + $1]).sum()
        }
    }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let half = inputCount / 2
        for index in 0..<half {
            walk.push(upstream * input(half + index), to: index)
            walk.push(upstream * input(index), to: half + index)
        }
    }
}

extension Tensor {
    /// This tensor with one element, counted in row-major order, moved by `step`.
    func nudged(_ element: Int, by step: Double) -> Tensor {
        var result = self
        result.withMutableElements(as: Double.self) { $0[element] += step }
        return result
    }

    /// This tensor with every element moved to where it is told.
    func moved(_ change: (Double) -> Double) -> Tensor {
        guard elementType == .float64 else { return self }
        var result = self
        result.withMutableElements(as: Double.self) { for index in $0.indices { $0[index] = change($0[index]) } }
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

/// Pairs of points on opposite sides of a point, so near to it that functions differ by rounding alone, but for a part that is
/// linear and cancels: two that are off in every element, two in proportion, which leaves zeros and signs as they are.
func opposites(of points: [Tensor], _ random: inout Random) -> [(above: [Tensor], below: [Tensor])] {
    [false, false, true, true].map { isProportional in
        let seed = random.next()
        func moved(_ sign: Double) -> [Tensor] {
            var random = Random(seed: seed)
            return points.map { point in
                point.moved { value in
                    let amount = sign * (Double(random.next() >> 11) * 0x1p-52 - 1) * 0x1p-45
                    return value + amount * (isProportional ? value : max(1, abs(value)))
                }
            }
        }
        return (moved(1), moved(-1))
    }
}

extension [Double] {
    /// Raises each number to what the values above and below leave when they are taken off twice the value between.
    mutating func raise(above: [Double], below: [Double], center: [Double]) {
        for index in indices {
            let (above, below, center) = (above[index], below[index], center[index])
            let rest = abs((above - center) + (below - center)) / 2
            // More than a millionth is a jump, and not noise.
            if rest <= 1e-6 * Swift.max(abs(above), abs(below), abs(center)) {
                self[index] = Swift.max(self[index], rest)
            }
        }
    }
}
