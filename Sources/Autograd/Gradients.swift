import GradusTensor

/// The gradients of `result` at chosen variables, leaves or results in between, and nothing written anywhere.
///
///     let h = tanh(matmul(x, w))
///     let found = gradients(of: (h * h).sum(), at: [h, w])
///
/// - Parameters:
///   - result: What was computed.
///   - variables: What it was computed from, or may have been.
///   - upstream: The gradient of what follows, of `result`'s shape; one if left out, for results of one element.
///   - recordingGraph: Whether the gradients are to have gradients.
/// - Returns: One for each variable; nil where `result` does not depend on it. The graph is kept.
public func gradients(
    of result: Variable, at variables: [Variable], upstream: Variable? = nil, recordingGraph: Bool = false
) -> [Variable?] {
    let nothing = [Variable?](repeating: nil, count: variables.count)
    guard let seed = result.seed("gradients", upstream), var walk = Walk("gradients", from: result, seed: seed) else {
        return nothing
    }
    let tracing = Mode.current.tracing
    let slots = walk.prune(to: variables.map { Edge(tracing?.standIn(for: $0) ?? $0) })
    for case .some(let slot) in slots { walk.collected[slot] = .some(nil) }
    return recording(recordingGraph) {
        while walk.advance() {}
        for leaf in walk.leaves where walk.collected.keys.contains(leaf.slot) {
            walk.collected[leaf.slot] = .some(walk.gradient(of: leaf))
        }
        walk.end()
        return misuseIsPending ? nothing : slots.map { slot in slot.flatMap { walk.collected[$0] ?? nil } }
    }
}

extension Walk {
    /// Leaves only those paths that lead to `targets`, and gives each one's slot; nil for one that is not in the graph.
    @discardableResult
    mutating func prune(to targets: [Edge]) -> [Int?] {
        let wanted = Set(targets.filter(\.wantsGradient).map(EdgeIdentity.init))
        var slots: [EdgeIdentity: Int] = [:]
        var leads = [Bool](repeating: false, count: room.slots)
        for (leaf, slot) in leaves where wanted.contains(EdgeIdentity(Edge(leaf))) {
            slots[EdgeIdentity(Edge(leaf))] = slot
            leads[slot] = true
        }
        // From the first operation to the last: a path leads to a target if an input does, or an output is one.
        for (place, turn) in order.enumerated().reversed() {
            let operation = turn.operation
            var leadsOn = false
            for input in 0..<operation.inputCount {
                let slot = slot(input, of: place)
                if slot >= 0 && leads[slot] { leadsOn = true } else { setSlot(input, of: place, -1) }
            }
            for output in 0..<operation.outputCount {
                let (identity, slot) = (EdgeIdentity(operation, output), Int(turn.firstOutput) + output)
                leads[slot] = leadsOn || wanted.contains(identity)
                if wanted.contains(identity) { slots[identity] = slot }
            }
        }
        return targets.map { slots[EdgeIdentity($0)] }
    }
}
