import GradusTensor

/// One pass of gradients through a graph, from a result back to what it was computed from.
///
/// The graph is laid out once, as a list in reverse topological order; then the rules run along the list, and gradients live
/// in its slots. Nothing that a walk notes on an operation is read after the layout, so walks may be abandoned, interleaved
/// and nested.
public struct Walk {
    /// The operations, the last one first: every one stands before those whose results it used.
    var order: [Turn] = []
    private let root: Operation?
    private(set) var position = 0

    /// The slots of inputs beyond the second.
    var otherSlots: [Int32] = []

    /// What has arrived so far: a slot for each output of each operation, and one for each leaf.
    var gradients: [Variable?] = []

    /// The leaves that were met, and their slots.
    private(set) var leaves: [(leaf: Variable, slot: Int)] = []

    /// What the rule of this turn has pushed, if somebody keeps a log.
    var log: [BackwardStep.Contribution]?

    /// The turn of one operation by itself, laid out already.
    init(of operation: Operation, inputSlots: [Int32], gradients: [Variable?]) {
        root = operation
        order = [Turn(operation, firstOutput: 0)]
        self.gradients = gradients
        otherSlots = Array(inputSlots.dropFirst(2))
        for (input, slot) in inputSlots.enumerated() { setSlot(input, of: 0, Int(slot)) }
    }

    /// Lays out what `root` was computed from, and puts `seed` in its slot. Nil after misuse.
    init?(_ function: StaticString, from root: Variable, seed: Variable) {
        self.root = root.operation
        var layout = Layout(function: function)
        let rootSlot = layout.follow(root)
        guard !misuseIsPending else { return nil }
        // An operation was recorded after those whose results it used: by their numbers they are in topological order.
        swap(&order, &layout.found)
        order.sort { $0.number > $1.number }
        swap(&otherSlots, &layout.otherSlots)
        leaves = layout.leaves
        gradients = layout.emptySlots
        gradients[rootSlot] = seed
    }

    /// The next operation takes its turn: its rule pushes to its inputs. False when all have had theirs.
    ///
    /// - Parameter lettingGo: Whether the values that the rule read are let go.
    mutating func advance(lettingGo: Bool = false) -> Bool {
        guard position < order.count, !misuseIsPending else { return false }
        let turn = order[position]
        turn.withOperation { operation in
            if operation.more != nil || !collected.isEmpty { show(operation, Int(turn.firstOutput)) }
            operation.run(&self)
            if lettingGo { operation.release() }
        }
        position += 1
        return true
    }

    /// What arrived at an output of the operation whose turn it is, nil if nothing did: moved out of its slot.
    @inline(__always)
    mutating func takeUpstream(_ output: Int) -> Variable? {
        gradients[Int(order[position].firstOutput) + output].take()
    }

    /// Adds a contribution to the gradient of an input. It is not computed for an input that wants none; another shape than
    /// the input's is misuse. The first is moved; others are added with `+`, in place only where nobody else can see it.
    @inline(__always)
    public mutating func push(_ contribution: @autoclosure () -> Variable, to input: Int) {
        if wants(input) { receive(contribution(), for: input, summing: false) }
    }

    /// The same for an input that was broadcast: the contribution is summed over the axes along which it stretched.
    @inline(__always)
    public mutating func pushSummed(_ contribution: @autoclosure () -> Variable, to input: Int) {
        if wants(input) { receive(contribution(), for: input, summing: true) }
    }

    func wants(_ input: Int) -> Bool { slot(input) >= 0 }

    func slot(_ input: Int) -> Int { slot(input, of: position) }

    func fits(_ contribution: Variable) -> Bool { order[position].withOperation { $0.isFitting(contribution) } }

    mutating func receive(_ whole: consuming Variable, for input: Int, summing: Bool) {
        let slot = slot(input)
        if log == nil && fits(whole) { return gradients[slot].gather(whole) }
        guard let summed = order[position].withOperation({ $0.fitted(whole, to: input, summing) }) else { return }
        guard log != nil else { return gradients[slot].gather(summed) }
        let before = gradients[slot]
        gradients[slot].gather(summed)
        log?.append(.init(input: input, whole: whole, summed: summed, before: before, after: gradients[slot] ?? summed))
    }

    /// Gradients of results that asked for theirs.
    var kept: [(watch: GradientWatch, gradient: Variable)] = []

    /// The slots whose gradients the caller wants, and those gradients once they are whole.
    var collected: [Int: Variable?] = [:]
}
