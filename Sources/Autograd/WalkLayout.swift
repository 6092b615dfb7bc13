import GradusTensor

/// What the first pass of a walk finds out: which operations and leaves there are, and a slot for each.
struct Layout {
    let number: UInt64
    let function: StaticString
    var slots = 0
    var found: [Unmanaged<Operation>] = []
    var leaves: [(leaf: Variable, slot: Int)] = []
    private var leafIndices: [ObjectIdentifier: Int] = [:]

    init(number: UInt64, function: StaticString) { (self.number, self.function) = (number, function) }

    /// Gives an operation slots for its outputs, if this walk has not met it before and may walk it.
    @inline(__always)
    mutating func meet(_ operation: Operation) {
        guard operation.mark != number && operation.canBeWalked(function) else { return }
        operation.mark = number
        operation.slot = slots
        slots += operation.outputCount
        found.append(.passUnretained(operation))
    }

    /// Where the gradient of an input gathers; -1 where none is wanted.
    @inline(__always)
    mutating func slot(_ operation: Operation, _ input: Int) -> Int {
        switch input {
        case 0: slot(operation.edge0)
        case 1: slot(operation.edge1)
        default: slot(operation.edge(input))
        }
    }

    @inline(__always)
    mutating func slot(_ edge: borrowing Edge) -> Int {
        let output = edge.output
        if let operation = edge.unretainedOperation {
            return operation._withUnsafeGuaranteedRef { operation in
                guard operation.wantsGradient else { return -1 }
                meet(operation)
                return operation.slot + output
            }
        }
        return edge.unretainedLeaf?._withUnsafeGuaranteedRef { slot($0) } ?? -1
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
