import GradusTensor

extension Walk {
    /// The lists of a walk. One that is over leaves them to the next: whoever asks the allocator for a large block has it put
    /// together again all the small ones that graphs before have let go.
    struct Room {
        var order: [Turn] = []
        /// What has arrived so far: a slot for each output of each operation, and one for each leaf; perhaps more.
        var gradients: [Variable?] = []
        /// How many of them are this walk's.
        private(set) var slots = 0
        private var sorted: [Turn] = []
        private var places: [Int32] = []

        private static let left = Lock(Room?.none)

        static func taken() -> Room { left.withLock { $0.take() } ?? Room() }

        /// Leaves the lists to the next walk, without what they hold: some 12 MB at most. Those of more operations go back to the
        /// allocator.
        mutating func leave() {
            guard order.capacity <= 1 << 17 else { return }
            order.removeAll(keepingCapacity: true)
            for slot in 0..<slots where gradients[slot] != nil { gradients[slot] = nil }
            Room.left.withLock { $0 = self }
            self = Room()
        }

        /// Makes room for the gradients.
        mutating func makeSlots(_ count: Int) {
            slots = count
            // (Of `repeatElement` each nil would be retained.)
            for _ in 0..<max(count - gradients.count, 0) { gradients.append(nil) }
        }

        /// The last one first: an operation was recorded after those whose results it used, so by their numbers they are in
        /// topological order.
        mutating func sort() {
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
}
