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

    /// Puts in order what was found, the last one first, and makes room for the gradients. An operation was recorded after those
    /// whose results it used: by their numbers they are in topological order.
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
    /// The lists of a walk. One that is over leaves them to the next: whoever asks the allocator for a large block has it put
    /// together again all the small ones that graphs before have let go.
    struct Room {
        var order: [Turn] = []
        /// What has arrived so far: a slot for each output of each operation, and one for each leaf; perhaps more.
        var gradients: [Variable?] = []
        /// How many they are.
        private(set) var slots = 0
        private var sorted: [Turn] = []
        private var places: [Int32] = []

        private static let left = Lock(Room?.none)

        static func taken() -> Room { left.withLock { $0.take() } ?? Room() }

        /// Leaves the lists to the next walk, without what they hold. Those of very many operations go back to the allocator.
        fileprivate mutating func leave() {
            guard order.capacity <= 1 << 17 else { return }
            order.removeAll(keepingCapacity: true)
            for slot in 0..<slots where gradients[slot] != nil { gradients[slot] = nil }
            Room.left.withLock { $0 = self }
            self = Room()
        }

        fileprivate mutating func makeSlots(_ count: Int) {
            slots = count
            // (Of `repeatElement` each nil would be retained.)
            for _ in 0..<max(count - gradients.count, 0) { gradients.append(nil) }
        }

        fileprivate mutating func sort() {
            guard let last = order.first?.number else { return }  // the root was recorded last
            var (least, before, isSorted) = (last, UInt64.max, true)
            for turn in order {
                isSorted = isSorted && turn.number < before
                before = turn.number
                least = min(least, before)
            }
            if isSorted { return }
            let span = last - least + 1
            guard span <= 4 * UInt64(order.count) else { return order.sort { $0.number > $1.number } }
            // The numbers of one run of a program, which are close together, are places in a list themselves.
            places.append(contentsOf: repeatElement(-1, count: Int(span)))
            for (place, turn) in order.enumerated() { places[Int(last - turn.number)] = Int32(place) }
            for place in places where place >= 0 { sorted.append(order[Int(place)]) }
            swap(&order, &sorted)
            sorted.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
    }

    /// Leaves the lists to the next walk, once all operations have had their turn.
    mutating func end() {
        guard position == order.count && !misuseIsPending else { return }
        room.leave()
    }

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

    /// The operations, the last one first: every one stands before those whose results it used.
    var order: [Turn] {
        @inline(__always) get { room.order }
        @inline(__always) _modify { yield &room.order }
    }

    /// What has arrived so far.
    var gradients: [Variable?] {
        @inline(__always) get { room.gradients }
        @inline(__always) _modify { yield &room.gradients }
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
