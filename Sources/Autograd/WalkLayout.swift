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
    mutating func slot(_ edge: Edge) -> Int {
        if let operation = edge.operation {
            guard operation.wantsGradient else { return -1 }
            meet(operation)
            return operation.slot + edge.output
        }
        guard let leaf = edge.leaf else { return -1 }
        // It is where the last walk left word of it, unless another thread's came in between.
        if leaves.indices.contains(leaf.place), leaves[leaf.place].leaf === leaf { return leaves[leaf.place].slot }
        if let index = leafIndices[ObjectIdentifier(leaf)] { return leaves[index].slot }
        leafIndices[ObjectIdentifier(leaf)] = leaves.count
        leaf.place = leaves.count
        leaves.append((leaf, slots))
        slots += 1
        return slots - 1
    }
}
