import GradusTensor

/// One operation's rule against differences of its own forward, at the values it ran on. It remembers what it has found.
final class OperationCheck {
    private let step: BackwardStep
    private let operation: Operation
    private let inputs: [Tensor]
    /// The upstream gradients, those of all outputs in one list; 0 where none arrived.
    private let weights: [Double]
    /// The numbers that the weights belong to.
    private let outputs: [Double]
    /// What the rule pushed to each input.
    private let contributions: [Int: Tensor]
    private let tolerance: Double
    private let random = Random(seed: 0)

    /// What was found for elements of inputs already.
    private var comparisons: [Int: [Int: Comparison]] = [:]

    /// How far off each output may be.
    private lazy var noise: [Double] = {
        // What rounding puts the weighted sum of the outputs off by, in equal parts.
        let share = step.rounding / max(weights.reduce(0) { $0 + abs($1) }, .leastNormalMagnitude)
        var random = random
        var noise = outputs.map { max(abs($0) * Double.ulpOfOne, share) }
        for (above, below) in opposites(of: inputs, &random) {
            noise.raise(above: values(above), below: values(below), center: outputs)
        }
        return noise
    }()

    /// For an operation that was recorded with everything, and its turn in the walk back.
    init?(_ step: BackwardStep, _ tolerance: Double) {
        guard let annotations = step.operation.annotations, annotations.outputs.count == step.upstreams.count else {
            return nil
        }
        (self.step, operation, inputs, self.tolerance) = (step, step.operation, annotations.inputs, tolerance)
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
                let comparison = compare(judge, input, element, found)
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

    /// Whether a derivative at a kink is made of derivatives that the outputs have just beside it.
    ///
    /// Where more than two elements tie, or one wins several windows, it need not lie between the slopes along its own element:
    /// of three equal numbers, sorted, the middle one is as little moved by going up as by going down, and yet has gradient 1.
    private func isAmongNeighbours(_ analytic: Double, _ input: Int, _ element: Int) -> Bool {
        var random = random
        let ranks = inputs.ranks
        var (low, high) = (outputs.map { _ in Double.infinity }, outputs.map { _ in -Double.infinity })
        for neighbour in 0..<16 {
            // In the order that they have, ties broken either way as conventions break them; and in no order.
            let beside = inputs.enumerated().map { index, input in
                var place = -1
                return input.moved { value in
                    place += 1
                    let amount =
                        switch neighbour {
                        case 0: ranks.earlierFirst[index][place]
                        case 1: ranks.laterFirst[index][place]
                        default: Double(random.next() >> 11) * 0x1p-52 - 1
                        }
                    return value + 1e-6 * max(1, abs(value)) * amount
                }
            }
            let step = 1e-8 * Stencil.firstStep(at: inputs[input].number(at: element))
            let (above, below) = (
                values(beside.nudged(input, element, step)), values(beside.nudged(input, element, -step))
            )
            for output in outputs.indices {
                let slope = (above[output] - below[output]) / (2 * step) * weights[output]
                low[output] = min(low[output], slope)
                high[output] = max(high[output], slope)
            }
        }
        let (least, most) = (low.reduce(0, +), high.reduce(0, +))
        // Where the neighbours agree there is no kink that could excuse anything.
        let size = zip(low, high).reduce(0) { $0 + max(abs($1.0), abs($1.1)) }
        let slack = 1e-4 * size
        return most - least > 1e-3 * size && analytic >= least - slack && analytic <= most + slack
    }

    private func values(_ inputs: [Tensor]) -> [Double] {
        operation.replay(inputs).flatMap { $0.array(of: Double.self) }
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

    /// The derivative of the output, weighted with the upstream gradient, as one element of an input moves.
    private func compare(_ judge: Judge, _ input: Int, _ element: Int, _ found: [Double]) -> Comparison {
        if let known = comparisons[input]?[element] { return known }
        var comparison = compare(judge, input, [element], nil, found)
        if comparison.kink != nil && comparison.verdict != .pass
            && isAmongNeighbours(comparison.analytic, input, element)
        {
            comparison.verdict = .pass
        }
        comparisons[input, default: [:]][element] = comparison
        return comparison
    }

    /// The same as some elements move.
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
        let line = Line(
            base: elements.count == 1 ? inputs[input].number(at: elements.first ?? 0) : 0, weights: weights,
            center: outputs, noise: noise, values: { self.values(moved($0)) },
            operations: { [self.rerun(on: moved($0))] })
        let analytic = elements.reduce(0) { $0 + found[$1] * (direction?[$1] ?? 1) }
        do {
            return try judge.compare(analytic, along: line)
        } catch {  // an operation does not throw
            return Comparison(analytic: analytic, numeric: NumericDerivative(), verdict: .inconclusive)
        }
    }
}

extension BackwardStep {
    /// What rounding in this one operation may put the result off by: units in the last place of what came out, and of what
    /// went in, times what each is worth to the result.
    var rounding: Double {
        guard let annotations = operation.annotations else { return 0 }
        var sum = 0.0
        func add(_ value: Tensor, _ gradient: Tensor) {
            guard value.elementType.isFloatingPoint, value.shape == gradient.shape else { return }
            let product = value.converted(to: .float64) * gradient.converted(to: .float64)
            sum += (product * product).sum().item
        }
        for (output, upstream) in zip(annotations.outputs, upstreams) {
            if let upstream { add(output, upstream.value) }
        }
        for contribution in contributions { add(annotations.inputs[contribution.input], contribution.summed.value) }
        return sum.isFinite ? Double.ulpOfOne * sum.squareRoot() : 0
    }
}

extension [Tensor] {
    fileprivate func nudged(_ tensor: Int, _ element: Int, _ step: Double) -> [Tensor] {
        var moved = self
        moved[tensor] = moved[tensor].nudged(element, by: step)
        return moved
    }

    /// Where each number stands among all, from 0 to 1; of equal ones the earlier first, and the later first.
    fileprivate var ranks: (earlierFirst: [[Double]], laterFirst: [[Double]]) {
        var places: [(tensor: Int, element: Int, value: Double)] = []
        for (tensor, values) in enumerated() where values.elementType == .float64 {
            for (element, value) in values.array(of: Double.self).enumerated() {
                places.append((tensor, element, value))
            }
        }
        func ranks(_ places: [(tensor: Int, element: Int, value: Double)]) -> [[Double]] {
            var ranks = map { [Double](repeating: 0, count: $0.count) }
            // A stable sort: what is equal stays in the order that it has.
            let order = places.enumerated().sorted {
                ($0.element.value, $0.offset) < ($1.element.value, $1.offset)
            }
            for (rank, place) in order.enumerated() {
                ranks[place.element.tensor][place.element.element] = Double(rank) / Double(order.count)
            }
            return ranks
        }
        return (ranks(places), ranks(places.reversed()))
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
