import GradusTensor

/// One pass of gradients through a graph, from a result back to what it was computed from.
///
/// The graph is laid out once, as a list in reverse topological order; then the rules run along the list, and gradients live
/// in its slots. Nothing that a walk notes on an operation is read after the layout, so walks may be abandoned, interleaved
/// and nested.
public struct Walk {
    /// The operations in their order, and the gradients.
    var room = Room()
    private let root: Operation?
    private(set) var position = 0
    /// Whether what an operation saved is let go after its turn, so that its rule may take it over.
    var isLettingGo = false

    /// The slots of inputs beyond the second.
    var otherSlots: [Int32] = []

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
        swap(&otherSlots, &layout.otherSlots)
        leaves = layout.leaves
        layout.finish()
        swap(&room, &layout.room)  // not copied, or the first change would copy the lists
        gradients[rootSlot] = seed
    }

    /// The next operation takes its turn: its rule pushes to its inputs. False when all have had theirs.
    mutating func advance() -> Bool {
        guard position < order.count, !misuseIsPending else { return false }
        let turn = order[position]
        turn.withOperation { operation in
            if operation.more != nil || !collected.isEmpty { show(operation, Int(turn.firstOutput)) }
            operation.run(&self)
            if isLettingGo { operation.release() }
        }
        position += 1
        return true
    }

    /// What arrived at an output of the operation whose turn it is, nil if nothing did: moved out of its slot.
    @inline(__always)
    mutating func takeUpstream(_ output: Int) -> Variable? {
        gradients[Int(order[position].firstOutput) + output].take()
    }

    /// The same at the first output, left in its slot, which holds it.
    @inline(__always)
    var lentUpstream: Unmanaged<Variable>? {
        gradients[Int(order[position].firstOutput)].map { .passUnretained($0) }
    }

    @inline(__always)
    mutating func dropUpstream() { if lentUpstream != nil { _ = takeUpstream(0) } }

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

    @inline(__always)
    func slot(_ input: Int) -> Int { slot(input, of: position) }

    @inline(__always)
    func fits(_ contribution: Variable) -> Bool { order[position].withOperation { $0.isFitting(contribution) } }

    mutating func receive(_ whole: consuming Variable, for input: Int, summing: Bool) {
        if log == nil && fits(whole) { return gradients[slot(input)].gather(whole) }
        receiveOther(whole, for: input, summing)
    }

    @inline(never)  // what is rare, so that the rest takes few registers
    private mutating func receiveOther(_ whole: Variable, for input: Int, _ summing: Bool) {
        let slot = slot(input)
        guard let summed = order[position].withOperation({ $0.fitted(whole, to: input, summing) }) else { return }
        guard log != nil else { return gradients[slot].gather(summed) }
        let before = gradients[slot]
        gradients[slot].gather(summed)
        let after = gradients[slot] ?? summed
        log?.append(.init(input: input, whole: whole, summed: summed, before: before, after: after))
    }

    /// Gradients of results that asked for theirs.
    var kept: [(watch: GradientWatch, gradient: Variable)] = []

    /// The slots whose gradients the caller wants, and those gradients once they are whole.
    var collected: [Int: Variable?] = [:]
}
