import GradusTensor

/// What the first pass of a walk finds out: which operations and leaves there are, and a slot for each.
struct Layout {
    let number: UInt64
    let function: StaticString
    var slots = 0
    var found: [Walk.Turn] = []
    var leaves: [(leaf: Variable, slot: Int)] = []
    private var leafIndices: [ObjectIdentifier: Int] = [:]

    init(number: UInt64, function: StaticString) { (self.number, self.function) = (number, function) }

    /// Goes from the root to all that it was computed from, and gives the slots of their inputs.
    mutating func follow(_ root: Operation?) -> [Int32] {
        if let root { meet(root) }
        var inputSlots: [Int32] = []
        var next = 0
        while next < found.count {
            found[next].firstInput = Int32(inputSlots.count)
            // Unretained, as the root holds them all.
            found[next].unretained._withUnsafeGuaranteedRef { operation in
                for input in 0..<operation.inputCount { inputSlots.append(Int32(slot(operation, input))) }
            }
            next += 1
        }
        return inputSlots
    }

    /// Gives an operation slots for its outputs, if this walk has not met it before and may walk it.
    @inline(__always)
    mutating func meet(_ operation: Operation) {
        guard operation.mark != number && operation.canBeWalked(function) else { return }
        operation.mark = number
        operation.slot = Int32(slots)
        found.append(Walk.Turn(operation, firstOutput: slots))
        slots += operation.outputCount
    }

    /// Where the gradient of an input gathers; -1 where none is wanted.
    @inline(__always)
    mutating func slot(_ operation: Operation, _ input: Int) -> Int {
        switch input {
        case 0: slot(operation.edge0.passing)
        case 1: slot(operation.edge1.passing)
        default: slot(operation.edge(input).passing)  // the operation holds on to what it leads to
        }
    }

    @inline(__always)
    mutating func slot(_ edge: Edge.Passing) -> Int {
        switch edge {
        case .constant: -1
        case .leaf(let leaf): leaf._withUnsafeGuaranteedRef { slot($0) }
        case .operation(let operation, let output):
            operation._withUnsafeGuaranteedRef { operation in
                guard operation.wantsGradient else { return -1 }
                meet(operation)
                return Int(operation.slot) + output
            }
        }
    }

    /// Room for the gradients. (Of `Array(repeating:count:)` each nil would be retained.)
    var emptySlots: [Variable?] {
        [Variable?](unsafeUninitializedCapacity: slots) { room, count in
            for slot in 0..<slots { room.initializeElement(at: slot, to: nil) }
            count = slots
        }
    }

    private mutating func slot(_ leaf: Variable) -> Int {
        // It is where the last walk left word of it, unless another thread's came in between.
        let place = leaf.place
        if place < leaves.count, leaves[place].leaf === leaf { return leaves[place].slot }
        if let index = leafIndices[ObjectIdentifier(leaf)] { return leaves[index].slot }
        leafIndices[ObjectIdentifier(leaf)] = leaves.count
        leaf.place = leaves.count
        leaves.append((leaf, slots))
        slots += 1
        return slots - 1
    }
}
