import GradusTensor

/// One operation's rule against differences of its own forward, at the values it ran on.
struct OperationCheck {
    private let operation: Operation
    private let inputs: [Tensor]
    /// The upstream gradients, those of all outputs in one list; 0 where none arrived.
    private let weights: [Double]
    /// The numbers that the weights belong to.
    private let outputs: [Double]
    /// What the rule pushed to each input.
    private let contributions: [Int: Tensor]
    private let tolerance: Double
    private var random = Random(seed: 0)

    /// For an operation that was recorded with everything, and its turn in the walk back.
    init?(_ step: BackwardStep, _ tolerance: Double) {
        guard let annotations = step.operation.annotations, annotations.outputs.count == step.upstreams.count else {
            return nil
        }
        (operation, inputs, self.tolerance) = (step.operation, annotations.inputs, tolerance)
        outputs = annotations.outputs.flatMap { $0.array(of: Double.self) }
        weights = zip(annotations.outputs, step.upstreams).flatMap { output, upstream in
            upstream?.value.array(of: Double.self) ?? [Double](repeating: 0, count: output.count)
        }
        contributions = Dictionary(step.contributions.map { ($0.input, $0.summed.value) }) { $0 + $1 }
    }

    enum Finding {
        case right
        /// At a kink, where what the rule gives lies between the slopes.
        case kink
        case wrong(GradientReport.Blame)
    }

    /// Looks at the inputs that move. Of what is wrong it names the input and the element that do most harm.
    func examine(movingBy tangents: [Tensor]) -> Finding {
        var worst: (harm: Double, blame: GradientReport.Blame)?
        var isAtKink = false
        for input in inputs.indices where operation.edge(input).wantsGradient && inputs[input].elementType == .float64 {
            let moves = tangents[input].array(of: Double.self)
            let moving = moves.indices.filter { moves[$0] != 0 }
            let found = contributions[input]?.array(of: Double.self) ?? moves.map { _ in 0 }
            guard !moving.isEmpty, found.count == inputs[input].count else { continue }
            let size = zip(outputs, weights).lazy.map { $0 * $1 }.largestMagnitude
            let judge = Judge(tolerance: tolerance, derivatives: found.largestMagnitude, values: size)
            for element in suspects(input, moving, moves, found, judge) {
                let comparison = compare(judge, input, [element], nil, found)
                if comparison.kink != nil && comparison.verdict == .pass { isAtKink = true }
                guard comparison.verdict == .fail else { continue }
                let harm = abs(comparison.analytic - comparison.numeric.value) * abs(moves[element])
                // The comparison is false of NaN, which is the worst.
                guard !(harm <= worst?.harm ?? -1) else { continue }
                worst = (
                    harm,
                    .init(
                        .rule, operation, input: input, index: inputs[input].index(of: element),
                        analytic: comparison.analytic, numeric: comparison.numeric.value)
                )
            }
        }
        if let worst { return .wrong(worst.blame) }
        return isAtKink ? .kink : .right
    }

    private func rerun(on inputs: [Tensor]) -> Operation {
        let rerun = Rerun(operation)
        rerun.annotate { ($0.inputs, $0.outputs) = (inputs, operation.replay(inputs)) }
        return rerun
    }

    /// The elements to look at: all that move, or, if they are many, the one that halving them leads to.
    private func suspects(
        _ input: Int, _ moving: [Int], _ moves: [Double], _ found: [Double], _ judge: Judge
    ) -> [Int] {
        var suspects = moving[...]
        let largest = moves.largestMagnitude
        let direction = moves.map { $0 / largest }
        while suspects.count > 64 {
            let middle = suspects.startIndex + suspects.count / 2
            let halves = [suspects[..<middle], suspects[middle...]]
            let distances = halves.map { half in
                let comparison = compare(judge, input, half, direction, found)
                return abs(comparison.analytic - comparison.numeric.value)
            }
            suspects = halves[distances[0] <= distances[1] ? 1 : 0]
        }
        return Array(suspects)
    }

    /// The derivative of the output, weighted with the upstream gradient, as some elements of an input move.
    private func compare(
        _ judge: Judge, _ input: Int, _ elements: some Collection<Int>, _ direction: [Double]?, _ found: [Double]
    ) -> Comparison {
        func moved(_ step: Double) -> [Tensor] {
            var moved = inputs
            moved[input].withMutableElements(as: Double.self) { values in
                for element in elements { values[element] += step * (direction?[element] ?? 1) }
            }
            return moved
        }
        func values(_ inputs: [Tensor]) -> [Double] {
            operation.replay(inputs).flatMap { $0.array(of: Double.self) }
        }
        var random = random
        let line = Line(
            base: elements.count == 1 ? inputs[input].number(at: elements.first ?? 0) : 0, weights: weights,
            center: outputs, noise: noise(at: inputs, around: outputs, &random, of: values),
            values: { values(moved($0)) },
            operations: { [rerun(on: moved($0))] })
        let analytic = elements.reduce(0) { $0 + found[$1] * (direction?[$1] ?? 1) }
        do {
            return try judge.compare(analytic, along: line)
        } catch {  // an operation does not throw
            return Comparison(analytic: analytic, numeric: NumericDerivative(), verdict: .inconclusive)
        }
    }
}

/// An operation's outcome on other inputs, as far as kinks go.
private final class Rerun: Operation {
    private let original: Operation
    init(_ original: Operation) { self.original = original }
    override var name: String { original.path }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { original.branches(inputs, outputs) }
}

extension GradientReport.Blame {
    init(
        _ fault: Fault, _ operation: Operation, input: Int = 0, index: [Int] = [], analytic: Double = .nan,
        numeric: Double = .nan
    ) {
        let edge = operation.inputCount > input ? operation.edge(input) : Edge()
        self.init(
            fault: fault, operation: operation.path, result: operation.annotations?.name,
            line: operation.annotations?.line?.description, input: input,
            inputName: edge.leaf?.name ?? edge.operation?.annotations?.name, index: index, analytic: analytic,
            numeric: numeric)
    }

    /// Whether another blame means the same operation and input.
    func isAt(_ other: GradientReport.Blame) -> Bool {
        (fault, operation, line, input) == (other.fault, other.operation, other.line, other.input)
    }
}
