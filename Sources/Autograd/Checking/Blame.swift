import GradusTensor

/// Finds the operations behind a derivative that is wrong.
///
/// Moving the point a little along the failing element moves the inputs of every operation, by tᵢ, and its output, by t. If
/// all is well with an operation, the upstream gradient u that it got and the contributions cᵢ that it pushed fulfil
/// ⟨u, t⟩ = Σ ⟨cᵢ, tᵢ⟩, and what the whole is wrong by is the sum of what operations violate that by. So those that do are
/// looked at, the worst first, and held against differences of their own forward.
final class BlameSearch {
    private let tolerance: Double

    /// What ran at the point itself, and what the walk back did there.
    private let operations: [Operation]
    private let steps: [ObjectIdentifier: BackwardStep]
    /// What was found out about operations already, as it is the same along every line.
    private var checks: [ObjectIdentifier: OperationCheck] = [:]

    init(_ function: CheckedFunction, at values: [Tensor], tolerance: Double) throws {
        self.tolerance = tolerance
        let (operations, steps) = try function.recorded(at: values, walking: true)
        self.operations = operations
        self.steps = Dictionary(steps.map { (ObjectIdentifier($0.operation), $0) }) { first, _ in first }
    }

    /// How the inputs and outputs of one operation move; of nothing in particular if that could not be found out.
    private struct Motion {
        let inputs: [Tensor]
        let outputs: [Tensor]?
        /// Whether it goes another way to either side, by a mask or indices that came from outside.
        var isAtKink = false
    }

    private func motion(along line: Line) throws -> [ObjectIdentifier: Motion] {
        // One small step: it need only tell who, and not exactly by how much.
        let step = 1e-5 * line.reach
        let (above, below) = (try line.operations(step), try line.operations(-step))
        // A computation that takes another course there cannot be compared: then everything is suspect.
        let isAlike =
            above.count == operations.count && below.count == operations.count
            && operations.indices.allSatisfy {
                operations[$0].name == above[$0].name && operations[$0].name == below[$0].name
            }
        let motions = operations.indices.map { index in
            guard isAlike, let up = above[index].annotations, let down = below[index].annotations else {
                let inputs = operations[index].annotations?.inputs ?? []
                return (operations[index], Motion(inputs: inputs.map { .ones($0.shape, as: .float64) }, outputs: nil))
            }
            let inputs = zip(up.inputs, down.inputs).map { $0.distance(from: $1) }
            let outputs = zip(up.outputs, down.outputs).map { $0.distance(from: $1) }
            let isAtKink = above[index].branch != below[index].branch
            return (operations[index], Motion(inputs: inputs, outputs: outputs, isAtKink: isAtKink))
        }
        return Dictionary(motions.map { (ObjectIdentifier($0), $1) }) { first, _ in first }
    }

    /// The culprits behind a wrong derivative along a line; none if it is only that operations have kinks here.
    func culprits(along line: Line) throws -> [GradientReport.Blame] {
        let motion = try motion(along: line)
        var suspects: [(step: BackwardStep, motion: Motion, violation: Double)] = []
        for operation in operations {
            guard let step = steps[ObjectIdentifier(operation)], let motion = motion[ObjectIdentifier(operation)] else {
                continue
            }
            suspects.append((step, motion, abs(violation(step, motion))))
        }
        suspects.sort { $0.violation > $1.violation }
        // What is small beside the worst is rounding; and a dozen operations wrong at once will do.
        let worst = suspects.first?.violation ?? 0
        var (rules, cuts, hidden): ([GradientReport.Blame], [GradientReport.Blame], [GradientReport.Blame]) = (
            [], [], []
        )
        var isAtKink = false
        for suspect in suspects.prefix(12) where suspect.violation == worst || suspect.violation > 1e-6 * worst {
            switch check(suspect.step)?.examine(movingBy: suspect.motion.inputs) {
            case .wrong(let blame): rules.append(blame)
            case .kink: isAtKink = true
            case .right where suspect.motion.isAtKink: isAtKink = true
            default:
                if let cut = cut(before: suspect.step.operation, motion) {
                    cuts.append(cut)
                } else {
                    hidden.append(.init(.hiddenInput, suspect.step.operation))
                }
            }
        }
        // Wrong rules come first: cuts may be meant, and cancel when the rules are right, as of a maximum that is taken off.
        if !rules.isEmpty { return rules }
        if !cuts.isEmpty { return cuts }
        if isAtKink { return [] }
        if let first = hidden.first { return [first] }
        // The walk back did not come to where the fault is: the result itself may have lost its past.
        return operations.last.flatMap { cut(before: $0, motion) }.map { [$0] } ?? []
    }

    private func check(_ step: BackwardStep) -> OperationCheck? {
        let identity = ObjectIdentifier(step.operation)
        if checks[identity] == nil { checks[identity] = OperationCheck(step, tolerance) }
        return checks[identity]
    }

    /// What the derivative is off by between an operation's output and its inputs.
    private func violation(_ step: BackwardStep, _ motion: Motion) -> Double {
        guard let outputs = motion.outputs else { return .infinity }
        let arrived = zip(step.upstreams, outputs).reduce(0) { $0 + ($1.0?.value.product(with: $1.1) ?? 0) }
        let passedOn = step.contributions.reduce(0) {
            $0 + $1.summed.value.product(with: motion.inputs[$1.input])
        }
        return (passedOn - arrived).isNaN ? .infinity : passedOn - arrived
    }

    /// Where a value that moves lost its past: an input of the operation that moves and takes no gradient.
    private func cut(
        before operation: Operation, _ motion: [ObjectIdentifier: Motion]
    ) -> GradientReport.Blame? {
        var found: (operation: Operation, input: Int)?
        var next: Operation? = operation
        // Upwards, as it may have passed through other operations since.
        while let operation = next, let inputs = motion[ObjectIdentifier(operation)]?.inputs,
            let input = inputs.indices.first(where: {
                !operation.edge($0).wantsGradient && inputs[$0].product(with: inputs[$0]) > 0
            })
        {
            found = (operation, input)
            next = operation.edge(input).operation
        }
        return found.map { .init(.cut, $0.operation, input: $0.input) }
    }
}

extension Tensor {
    /// How far this is from another tensor of its shape, in double; zeros for what does not move by degrees.
    fileprivate func distance(from other: Tensor) -> Tensor {
        guard elementType.isFloatingPoint && shape == other.shape else { return .zeros(shape, as: .float64) }
        return converted(to: .float64) - other.converted(to: .float64)
    }

    /// The sum of products with a tensor of the same shape.
    fileprivate func product(with other: Tensor) -> Double {
        guard elementType.isFloatingPoint && shape == other.shape else { return 0 }
        return (converted(to: .float64) * other).sum().item
    }
}

extension [Tensor] {
    fileprivate func nudged(_ tensor: Int, _ element: Int, by step: Double) -> [Tensor] {
        var moved = self
        moved[tensor] = moved[tensor].nudged(element, by: step)
        return moved
    }
}
