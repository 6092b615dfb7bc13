import GradusAutograd
import GradusTensor

/// Runs what was recorded again, from a node on, with other numbers in that node.
struct Replay {
    private let operations: [Operation]
    /// For each operation the nodes of its inputs, and of its outputs (nil for one that is no node).
    private let inputs: [[Int]]
    private let outputs: [[Int?]]
    /// For each node the first operation that uses it.
    private let firstUse: [Int]
    private let values: [Tensor]
    private let result: Int
    private let weights: Tensor

    /// For each place the work of running twice what stands there and after it.
    private let costs: [Int]

    /// Whether the result depends on a node.
    private let leads: [Bool]

    init?(_ recorder: Recorder, upstream: Tensor?) {
        guard let result = recorder.lesson.result else { return nil }
        self.result = result
        values = recorder.values
        weights = (upstream ?? .ones(values[result].shape)).converted(to: .float64)
        // Operations in order, each with all its results.
        var operations: [Operation] = []
        var (inputs, outputs): ([[Int]], [[Int?]]) = ([], [])
        for (number, origin) in recorder.origins.enumerated() {
            guard let origin else { continue }
            if operations.last === origin.operation {
                outputs[outputs.count - 1][origin.output] = number
                continue
            }
            var row = [Int?](repeating: nil, count: origin.operation.annotations?.outputs.count ?? 1)
            row[origin.output] = number
            operations.append(origin.operation)
            inputs.append(recorder.lesson.nodes[number].inputs)
            outputs.append(row)
        }
        (self.operations, self.inputs, self.outputs) = (operations, inputs, outputs)
        var firstUse = [Int](repeating: operations.count, count: values.count)
        var leads = [Bool](repeating: false, count: values.count)
        leads[result] = true
        for place in operations.indices.reversed() {
            let leadsOn = outputs[place].contains { $0.map { leads[$0] } ?? false }
            for input in inputs[place] {
                firstUse[input] = place
                if leadsOn { leads[input] = true }
            }
        }
        (self.firstUse, self.leads) = (firstUse, leads)
        var costs = [0]
        for row in outputs.reversed() {
            let numbers = row.reduce(0) { $0 + ($1.map { recorder.values[$0].count } ?? 0) }
            costs.append(costs[costs.count - 1] + 2 + numbers / 1000)
        }
        self.costs = costs.reversed()
    }

    /// The operations that follow a node, and on which the result depends.
    func following(_ node: Int) -> [Int] {
        var isMoved = Set([node])
        return (firstUse[node]..<max(firstUse[node], operations.count)).filter { place in
            let results = outputs[place].compactMap { $0 }.filter { leads[$0] }
            guard !results.isEmpty, inputs[place].contains(where: isMoved.contains) else { return false }
            isMoved.formUnion(results)
            return true
        }
    }

    /// What comes out with another value in a node: the result, weighted with what is upstream; and which way operations with
    /// kinks went, if that is asked.
    func run(_ node: Int, _ value: Tensor, _ following: [Int], withBranches: Bool) -> (
        result: Double, branches: [Tensor]
    ) {
        var moved = [node: value]
        var branches: [Tensor] = []
        for place in following {
            let given = inputs[place].map { moved[$0] ?? values[$0] }
            let made = operations[place].replay(given)
            for (output, number) in zip(made, outputs[place]) { if let number { moved[number] = output } }
            if withBranches { branches += operations[place].branches(given, made) }
        }
        let result = moved[result] ?? values[result]
        return ((result * weights).sum().item, branches)
    }
}

extension Recorder {
    /// Puts numeric slopes beside the gradients, at every node if `limit` runs of operations are enough.
    mutating func addChecks(_ upstream: Tensor?, limit: Int) {
        let reached = lesson.nodes.filter { $0.gradient != nil && $0.value.count > 0 }.map(\.number)
        lesson.checks.reached = reached.count
        guard let replay = Replay(self, upstream: upstream), !reached.isEmpty else { return }
        // At the least two runs of what comes after each node. Large tensors take longer, and count so.
        let costs = reached.map { 2 + replay.cost(after: $0) }
        var left = limit
        let stride = max(1, (costs.reduce(0, +) + limit - 1) / max(limit, 1))
        let chosen = reached.indices.filter { $0 % stride == 0 }
        var spare = limit - chosen.reduce(0) { $0 + costs[$1] }
        var random = Random(seed: 1)
        for index in chosen where left >= costs[index] {
            let node = reached[index]
            left -= costs[index]
            lesson.nodes[node].checks = checks(
                of: node, replay, replay.following(node), cost: costs[index], spare: &spare, &random)
            lesson.checks.checked += 1
        }
    }

    /// A node's checks: a single number moved; of a tensor a direction, and the elements with the largest gradients.
    private func checks(
        of node: Int, _ replay: Replay, _ following: [Int], cost: Int, spare: inout Int, _ random: inout Random
    ) -> [Lesson.Check] {
        let gradient = wholeGradient(of: node)
        let count = gradient.count
        if count == 1 { return [check(node, replay, following, 0, [1], gradient)] }
        let signs = (0..<count).map { _ in random.next() & 1 == 0 ? 1.0 : -1 }
        var checks = [check(node, replay, following, nil, signs, gradient)]
        let order = gradient.indices.sorted {
            (abs(gradient[$0]), $1) > (abs(gradient[$1]), $0)
        }
        for element in order.prefix(12).sorted() where spare >= cost && element < Numbers.kept {
            spare -= cost
            var direction = [Double](repeating: 0, count: count)
            direction[element] = 1
            checks.append(check(node, replay, following, element, direction, gradient))
        }
        return checks
    }

    private func check(
        _ node: Int, _ replay: Replay, _ following: [Int], _ element: Int?, _ direction: [Double], _ gradient: [Double]
    ) -> Lesson.Check {
        let size = element.map { abs(values[node].number(at: $0)) } ?? 0
        let step = 6e-6 * max(1, size)
        let along = Tensor(direction, as: .float64).reshaped(to: values[node].shape)
        let sides = [-step, step].map { replay.run(node, values[node] + $0 * along, following, withBranches: false) }
        let numeric = (sides[1].result - sides[0].result) / (2 * step)
        let analytic = zip(direction, gradient).reduce(0) { $0 + $1.0 * $1.1 }
        let scale = max(abs(numeric), abs(analytic))
        // What rounding of the results leaves of a difference, and what its own curvature may add.
        let noise = 64 * Double.ulpOfOne * max(abs(sides[0].result), abs(sides[1].result)) / step
        var agrees: Bool? = abs(numeric - analytic) <= 1e-6 * scale + noise + 1e-9
        if agrees == false {
            let ways = [-step, step].map { replay.run(node, values[node] + $0 * along, following, withBranches: true) }
            let isSame = zip(ways[0].branches, ways[1].branches).allSatisfy {
                $0.shape == $1.shape && $0.array(of: Double.self) == $1.array(of: Double.self)
            }
            if !isSame || !numeric.isFinite { agrees = nil }
        }
        return Lesson.Check(
            element: element, analytic: analytic, numeric: numeric, step: step, results: sides.map(\.result),
            agrees: agrees)
    }

    /// A node's gradient with all its elements: more than a lesson keeps.
    private func wholeGradient(of node: Int) -> [Double] {
        if let gradient = wholeGradients[node] { return gradient.array(of: Double.self) }
        return lesson.nodes[node].gradient?.elements ?? []
    }
}

extension Replay {
    /// How much work two runs of everything after a node are.
    func cost(after node: Int) -> Int { costs[firstUse[node]] }
}
