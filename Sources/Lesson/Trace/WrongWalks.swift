import GradusAutograd
import GradusTensor

// What the walk back takes care of, shown by leaving it out: gradients of what is used twice add up, and an operation passes its
// gradient on once, when it is whole. The rules that run are the recorded operations' own.

extension Recorder {
    /// The most operations that a graph may have for wrong walks to be shown, and the most messages.
    private static let (mostOperations, mostMessages) = (40, 120)

    /// Walks that go wrong, if the graph is small and something in it is used twice.
    mutating func addWrongWalks() {
        guard let result = lesson.result, let seed = wholeGradients[result] ?? lesson.nodes[result].gradient.map(ones),
            recording.operations.count <= Recorder.mostOperations, usesSomethingTwice,
            recording.operations.allSatisfy({ nodes(of: $0).count == 1 || !$0.wantsGradient })
        else { return }
        let walks: [(name: String, explanation: String, walk: (Walker) -> Walker)] = [
            (
                "Overwriting instead of adding",
                "Each message replaces the gradient that is there. What is used twice keeps the last message alone, and the others are lost: contributions of different paths add up.",
                { $0.overwriting() }
            ),
            (
                "In a hurry",
                "A node passes its gradient on as soon as the first message arrives, and never again. What arrives later goes no further: a node has to wait until all that used it have had their turn.",
                { $0.hurrying(repeatedly: false) }
            ),
            (
                "Again and again",
                "A node passes its whole gradient on whenever a message arrives. What went on before goes on once more with it, and is counted twice: a node passes its gradient on once, when it is whole.",
                { $0.hurrying(repeatedly: true) }
            ),
        ]
        for (name, explanation, walk) in walks {
            let walker = walk(Walker(self, result, seed))
            guard let steps = walker.steps, walker.differs(from: wholeGradients) else { continue }
            let outcomes = lesson.nodes.filter { $0.kind == .input && $0.wantsGradient }.map { node in
                Lesson.WrongWalk.Outcome(
                    node: node.number, found: walker.gradients[node.number].map { Numbers($0) }, right: node.gradient)
            }
            lesson.wrongWalks.append(
                Lesson.WrongWalk(name: name, explanation: explanation, steps: steps, outcomes: outcomes))
        }
    }

    private func ones(_ numbers: Numbers) -> Tensor { .ones(Shape(numbers.shape), as: .float64) }

    private var usesSomethingTwice: Bool {
        var uses: [Int: Int] = [:]
        for node in lesson.nodes where node.wantsGradient { for input in node.inputs { uses[input, default: 0] += 1 } }
        return uses.contains { lesson.nodes[$0.key].wantsGradient && $0.value > 1 }
    }

    /// A walk back of some other kind.
    fileprivate struct Walker {
        private let recorder: Recorder
        private let result: Int
        private(set) var gradients: [Int: Tensor]
        /// Nil once there are too many.
        private(set) var steps: [Lesson.Step]?

        init(_ recorder: Recorder, _ result: Int, _ seed: Tensor) {
            (self.recorder, self.result) = (recorder, result)
            gradients = [result: seed]
            let numbers = Numbers(seed)
            steps = [Lesson.Step(kind: .seed, node: result, contribution: numbers, after: numbers)]
        }

        /// In the right order, but each message replaces what is there.
        func overwriting() -> Walker {
            var walker = self
            for node in recorder.lesson.nodes.reversed()
            where node.kind == .operation && walker.gradients[node.number] != nil {
                for message in walker.messages(from: node.number) { walker.deliver(message, replacing: true) }
            }
            return walker
        }

        /// Depth first, from each node as soon as something arrives.
        func hurrying(repeatedly: Bool) -> Walker {
            var walker = self
            var hasPassed: Set<Int> = [result]
            // A stack of messages still to be delivered, the next one last.
            var waiting = Array(walker.messages(from: result).reversed())
            while let message = waiting.popLast(), walker.steps != nil {
                walker.deliver(message, replacing: false)
                let isFirst = hasPassed.insert(message.to).inserted
                if isFirst || repeatedly { waiting += walker.messages(from: message.to).reversed() }
            }
            return walker
        }

        private struct Message {
            let from: Int
            let to: Int
            let upstream: Tensor
            let input: Int
            let whole: Tensor
            let summed: Tensor
        }

        private func messages(from node: Int) -> [Message] {
            guard let origin = recorder.origins[node], let upstream = gradients[node] else { return [] }
            var upstreams = [Tensor?](repeating: nil, count: origin.operation.outputCount)
            upstreams[origin.output] = upstream
            return origin.operation.contributions(from: upstreams).map {
                Message(
                    from: node, to: recorder.lesson.nodes[node].inputs[$0.input], upstream: upstream, input: $0.input,
                    whole: $0.whole.value, summed: $0.summed.value)
            }
        }

        private mutating func deliver(_ message: Message, replacing: Bool) {
            let before = gradients[message.to]
            let after = replacing ? message.summed : before.map { $0 + message.summed } ?? message.summed
            gradients[message.to] = after
            guard let origin = recorder.origins[message.from] else { return }
            let isSummed = message.whole.shape != message.summed.shape
            steps?.append(
                Lesson.Step(
                    kind: .message, node: message.to, from: [message.from], input: message.input,
                    upstreams: [Numbers(message.upstream)],
                    local: recorder.localDerivatives(of: origin.operation)[message.input],
                    contribution: Numbers(message.whole), before: before.map { Numbers($0) },
                    after: isSummed ? nil : Numbers(after), isReplacing: replacing && before != nil && !isSummed))
            if isSummed {
                steps?.append(
                    Lesson.Step(
                        kind: .sum, node: message.to, from: [message.from], input: message.input,
                        contribution: Numbers(message.summed), before: before.map { Numbers($0) },
                        after: Numbers(after),
                        isReplacing: replacing && before != nil))
            }
            if steps?.count ?? 0 > Recorder.mostMessages { steps = nil }
        }

        /// Whether an input's gradient is another than the right one.
        func differs(from right: [Int: Tensor]) -> Bool {
            recorder.lesson.nodes.contains { node in
                node.kind == .input && node.wantsGradient
                    && gradients[node.number].map { $0.array(of: Double.self) }
                        != right[node.number].map { $0.array(of: Double.self) }
            }
        }
    }
}
