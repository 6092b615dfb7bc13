import GradusTensor

/// One pass of gradients through a graph, from a result back to what it was computed from.
///
/// The graph is laid out once, as a list in reverse topological order; then the rules run along the list, and gradients live
/// in its slots. Nothing that a walk notes on an operation is read after the layout, so walks may be abandoned, interleaved
/// and nested.
public struct Walk {
    /// The operations, the last one first: every one stands before those whose results it used.
    private(set) var order: [Operation] = []

    /// For the inputs of each operation in turn, the slot where its gradient gathers; -1 where none is wanted.
    var inputSlots: [Int32] = []

    /// What has arrived so far: a slot for each output of each operation, then one for each leaf.
    var gradients: [Variable?] = []

    /// The leaves that were met, and their slots.
    private(set) var leaves: [(leaf: Variable, slot: Int)] = []

    /// The operation whose turn it is, and where its inputs and outputs lie in the lists above.
    private var (position, firstInput, firstOutput) = (0, 0, 0)

    /// What the rule of this turn has pushed, if somebody keeps a log.
    var log: [BackwardStep.Contribution]?

    /// A walk that is laid out already.
    init(order: [Operation], inputSlots: [Int32], gradients: [Variable?]) {
        (self.order, self.inputSlots, self.gradients) = (order, inputSlots, gradients)
    }

    /// Lays out what `root` was computed from, and puts `seed` in its slot. Nil after misuse.
    init?(_ function: StaticString, from root: Variable, seed: Variable) {
        let mode = Mode.current
        let number = mode.nextWalk()
        var stack: [(operation: Operation, nextInput: Int)] = []
        if let operation = root.operation {
            guard operation.canBeWalked(function) else { return nil }
            operation.mark = number
            stack.append((operation, 0))
        }
        // Depth first, on a stack of our own: an operation is finished when all its inputs are.
        while let (operation, input) = stack.last {
            guard input < operation.inputCount else {
                order.append(operation)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].nextInput += 1
            if let next = operation.edge(input).operation, next.wantsGradient, next.mark != number {
                guard next.canBeWalked(function) else { return nil }
                next.mark = number
                stack.append((next, 0))
            }
        }
        order.reverse()

        var slots = 0
        for operation in order {
            operation.slot = slots
            slots += operation.outputCount
        }
        var leafSlots: [ObjectIdentifier: Int] = [:]
        func slot(_ edge: Edge) -> Int {
            if let operation = edge.operation { return operation.wantsGradient ? operation.slot + edge.output : -1 }
            guard let leaf = edge.leaf else { return -1 }
            if let slot = leafSlots[ObjectIdentifier(leaf)] { return slot }
            leafSlots[ObjectIdentifier(leaf)] = slots
            leaves.append((leaf, slots))
            slots += 1
            return slots - 1
        }
        for operation in order {
            for input in 0..<operation.inputCount { inputSlots.append(Int32(slot(operation.edge(input)))) }
        }
        let rootSlot = slot(Edge(root))
        gradients = [Variable?](repeating: nil, count: slots)
        gradients[rootSlot] = seed
    }

    /// The next operation takes its turn: its rule pushes to its inputs. Nil when all have.
    mutating func advance() -> Operation? {
        guard position < order.count, !misuseIsPending else { return nil }
        let operation = order[position]
        for (output, watch) in operation.annotations?.watches ?? [:] { apply(watch, to: firstOutput + output) }
        operation.run(&self)
        for slot in firstOutput..<firstOutput + operation.outputCount {
            if collected.keys.contains(slot) { collected[slot] = .some(gradients[slot]) }
            gradients[slot] = nil
        }
        firstInput += operation.inputCount
        firstOutput += operation.outputCount
        position += 1
        return operation
    }

    /// The operation whose turn is next.
    var upcoming: Operation? { position < order.count ? order[position] : nil }

    /// What arrived at an output of the operation whose turn it is; nil if nothing did.
    func upstream(_ output: Int) -> Variable? { gradients[firstOutput + output] }

    /// Adds a contribution to the gradient of an input. It is not computed for an input that wants none; another shape than
    /// the input's is misuse. The first is moved, and others are added with `+`, as anybody may hold the same tensor.
    public mutating func push(_ contribution: @autoclosure () -> Variable, to input: Int) {
        push(contribution(), to: input, summing: false)
    }

    /// The same for an input that was broadcast: the contribution is summed over the axes along which it stretched.
    public mutating func pushSummed(_ contribution: @autoclosure () -> Variable, to input: Int) {
        push(contribution(), to: input, summing: true)
    }

    private mutating func push(_ contribution: @autoclosure () -> Variable, to input: Int, summing: Bool) {
        let slot = Int(inputSlots[firstInput + input])
        guard slot >= 0, let shape = order[position].edge(input).shape else { return }
        let whole = contribution()
        let summed = summing && whole.shape != shape ? whole.summed(to: shape) : whole
        guard summed.shape == shape else {
            return misuse("\(order[position].name): its rule pushed \(summed.shape) to an input of shape \(shape)")
        }
        let before = gradients[slot]
        let after = before?.gathering(summed) ?? summed
        gradients[slot] = after
        log?.append(.init(input: input, whole: whole, summed: summed, before: before, after: after))
    }

    /// Hooks see a gradient that is whole, and may replace it; who keeps it gets it when the walk ends.
    private mutating func apply(_ watch: GradientWatch, to slot: Int) {
        guard let gradient = gradients[slot] else { return }
        let final = watch.hooks.reduce(gradient) { $1($0) }
        gradients[slot] = final
        if watch.keeps { kept.append((watch, final)) }
    }

    /// Gradients of results that asked for theirs.
    private(set) var kept: [(watch: GradientWatch, gradient: Variable)] = []

    /// The slots whose gradients the caller wants, and those gradients once they are whole.
    var collected: [Int: Variable?] = [:]

    /// What has gathered in a leaf's slot, after its hooks.
    func gradient(of leaf: (leaf: Variable, slot: Int)) -> Variable? {
        gradients[leaf.slot].map { gradient in leaf.leaf.watcher?.hooks.reduce(gradient) { $1($0) } ?? gradient }
    }
}
