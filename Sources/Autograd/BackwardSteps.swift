import GradusTensor

/// One operation's turn in a backward walk: what arrived, and what it passes on.
public struct BackwardStep {
    /// A message along one edge.
    public struct Contribution {
        /// Which input of the operation it goes to.
        public let input: Int
        /// What the rule computed; of another shape than ``summed`` if the input was broadcast.
        public let whole: Variable
        /// The contribution in the shape of the input, the broadcast undone.
        public let summed: Variable
        /// The input's gradient before, nil if nothing had reached it, and after.
        public let before: Variable?
        /// The input's gradient with this contribution in it.
        public let after: Variable
    }

    /// The operation whose turn it was.
    public let operation: Operation
    /// The gradient that arrived at each output; nil where none did.
    public let upstreams: [Variable?]
    /// What its rule pushed, in order.
    public let contributions: [Contribution]
}

extension BackwardStep: CustomStringConvertible {
    /// The step in a line for each edge: `multiply: upstream 1 → w: 0 + -1 = -1`.
    public var description: String {
        let name = operation.annotations?.name.map { "\(operation.name) (\($0))" } ?? operation.name
        let upstream = upstreams.map { $0.map(\.description) ?? "not reached" }.joined(separator: ", ")
        return (["\(name): upstream \(upstream)"] + contributions.map(describe)).joined(separator: "\n")
    }

    private func describe(_ contribution: Contribution) -> String {
        let edge = operation.edge(contribution.input)
        let target = edge.leaf?.name ?? edge.operation.map { $0.annotations?.name ?? $0.name } ?? "input"
        var line = "  → \(target): contribution \(contribution.whole)"
        if contribution.whole.shape != contribution.summed.shape { line += ", summed to \(contribution.summed)" }
        if let before = contribution.before { line += "; \(before) + \(contribution.summed) = \(contribution.after)" }
        return line
    }
}

/// The steps of a backward walk, made one at a time as they are asked for. Writes nothing, and keeps the graph.
public struct BackwardSteps: Sequence, IteratorProtocol {
    private var walk: Walk?
    private let recordsGraph: Bool

    init(_ walk: Walk?, recordingGraph: Bool) {
        self.walk = walk
        self.walk?.log = []
        recordsGraph = recordingGraph
    }

    public mutating func next() -> BackwardStep? {
        recording(recordsGraph) {
            guard let upstreams = walk?.upstreams, let operation = walk?.upcoming, walk?.advance() == true else {
                return nil
            }
            defer { walk?.log = [] }
            return BackwardStep(operation: operation, upstreams: upstreams, contributions: walk?.log ?? [])
        }
    }
}

extension Variable {
    /// What ``backward(upstream:keepingGraph:recordingGraph:)`` would do, a step an operation, written nowhere.
    ///
    ///     for step in loss.backwardSteps() { print(step) }
    public func backwardSteps(upstream: Variable? = nil, recordingGraph: Bool = false) -> BackwardSteps {
        let walk = seed("backwardSteps", upstream).flatMap { Walk("backwardSteps", from: self, seed: $0) }
        return BackwardSteps(walk, recordingGraph: recordingGraph)
    }
}

extension Walk {
    /// The operation whose turn is next.
    var upcoming: Operation? { position < order.count ? order[position].operation : nil }

    /// What arrived at an output of the operation whose turn it is; nil if nothing did.
    func upstream(_ output: Int) -> Variable? { gradients[Int(order[position].firstOutput) + output] }

    /// What has arrived at the outputs of the operation whose turn is next; nil when all have had theirs.
    var upstreams: [Variable?]? {
        guard let operation = upcoming else { return nil }
        return (0..<operation.outputCount).map { upstream($0) }
    }
}
