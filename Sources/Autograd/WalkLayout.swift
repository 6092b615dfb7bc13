import GradusTensor

/// What the first pass of a walk finds out: which operations and leaves there are, and a slot for each.
struct Layout {
    let function: StaticString
    private let thread = Mode.current.threadID
    private var slots: Int32 = 0
    var room = Walk.Room.taken()
    var leaves: [(leaf: Variable, slot: Int)] = []
    private var leafIndices: [ObjectIdentifier: Int] = [:]
    /// The slots of inputs beyond the second.
    var otherSlots: [Int32] = []

    init(function: StaticString) { self.function = function }

    /// Goes from the root to all that it was computed from, and gives the root's slot.
    mutating func follow(_ root: Variable) -> Int {
        let rootSlot = withExtendedLifetime(root) { slot(Edge(root).passing) }
        var next = 0
        while next < room.order.count {
            // Unretained, as the root holds them all.
            room.order[next].unretained._withUnsafeGuaranteedRef { operation in
                room.order[next].slots = (slot(operation.edge0.passing), slot(operation.edge1.passing))
                guard let more = operation.more else { return }
                room.order[next].others = Int32(otherSlots.count)
                for edge in more.edges { otherSlots.append(slot(edge.passing)) }
            }
            next += 1
        }
        return Int(rootSlot)
    }

    /// Where the gradient gathers of what an edge leads to, which gets a slot if this walk meets it for the first time; -1 where
    /// none is wanted.
    @inline(__always)
    private mutating func slot(_ edge: Edge.Passing) -> Int32 {
        switch edge {
        case .constant: -1
        case .leaf(let leaf): leaf._withUnsafeGuaranteedRef { slot($0) }
        case .operation(let operation, let output):
            operation._withUnsafeGuaranteedRef { $0.wantsGradient ? firstSlot($0) + Int32(output) : -1 }
        }
    }

    @inline(__always)
    private mutating func firstSlot(_ operation: Operation) -> Int32 {
        let place = Int(operation.lastPlace)
        if place < room.order.count, room.order[place].isOf(operation) { return room.order[place].firstOutput }
        guard operation.canBeWalked(function, by: thread) else { return 0 }
        operation.lastPlace = Int32(room.order.count)
        room.order.append(Walk.Turn(operation, firstOutput: slots))
        defer { slots += Int32(operation.outputCount) }
        return slots
    }

    /// Puts in order what was found, and makes room for the gradients.
    mutating func finish() {
        room.sort()
        room.makeSlots(Int(slots))
    }

    private mutating func slot(_ leaf: Variable) -> Int32 {
        // It is where the last walk left word of it, unless another thread's came in between.
        let place = leaf.place
        if place < leaves.count, leaves[place].leaf === leaf { return Int32(leaves[place].slot) }
        if let index = leafIndices[ObjectIdentifier(leaf)] { return Int32(leaves[index].slot) }
        leafIndices[ObjectIdentifier(leaf)] = leaves.count
        leaf.place = leaves.count
        leaves.append((leaf, Int(slots)))
        slots += 1
        return slots - 1
    }
}

extension Walk {
    /// An operation's place in the walk: where the gradients of its outputs gather, and those of its inputs.
    struct Turn {
        let unretained: Unmanaged<Operation>  // the walk holds the root, which holds all
        let number: UInt64
        let firstOutput: Int32
        /// For the first two inputs, the slot where the gradient gathers; -1 where none is wanted.
        var slots: (Int32, Int32) = (-1, -1)
        /// Where the others' stand in ``Walk/otherSlots``.
        var others: Int32 = 0

        init(_ operation: Operation, firstOutput: Int32) {
            unretained = .passUnretained(operation)
            (number, self.firstOutput) = (operation.number, firstOutput)
        }

        var operation: Operation { unretained.takeUnretainedValue() }

        /// The same without holding on to it.
        @inline(__always)
        func withOperation<R>(_ body: (Operation) -> R) -> R { unretained._withUnsafeGuaranteedRef(body) }

        @inline(__always)
        func isOf(_ operation: Operation) -> Bool {
            unretained.toOpaque() == Unmanaged.passUnretained(operation).toOpaque()
        }
    }

    /// Where the gradient of an operation's input gathers, the operation given by its place in the order.
    @inline(__always)
    func slot(_ input: Int, of place: Int) -> Int {
        switch input {
        case 0: Int(order[place].slots.0)
        case 1: Int(order[place].slots.1)
        default: Int(otherSlots[Int(order[place].others) + input - 2])
        }
    }

    mutating func setSlot(_ input: Int, of place: Int, _ slot: Int) {
        switch input {
        case 0: order[place].slots.0 = Int32(slot)
        case 1: order[place].slots.1 = Int32(slot)
        default: otherSlots[Int(order[place].others) + input - 2] = Int32(slot)
        }
    }
}
