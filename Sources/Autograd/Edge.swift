import GradusTensor

/// Where an input came from: the operation that computed it, or the leaf that it is, or neither for a constant.
public struct Edge {
    private enum Origin {
        case constant
        case leaf(Variable)
        case operation(Operation)
    }
    private var origin = Origin.constant
    private var index: Int32 = 0
    package var output: Int { Int(index) }

    init() {}

    @inline(__always)
    init(_ variable: Variable) {
        if let operation = variable.operation {
            (origin, index) = (.operation(operation), variable.output)
        } else if variable.wantsGradient {
            origin = .leaf(variable.isRestored ? variable.origin : variable)
        }
    }

    /// The operation that computed the input.
    @inline(__always)
    package var operation: Operation? { if case .operation(let operation) = origin { operation } else { nil } }

    /// The leaf that the input is.
    @inline(__always)
    package var leaf: Variable? { if case .leaf(let leaf) = origin { leaf } else { nil } }

    /// The same without holding on to them, for a walk that passes by.
    enum Passing {
        case constant
        case leaf(Unmanaged<Variable>)
        case operation(Unmanaged<Operation>, output: Int)
    }
    @inline(__always)
    var passing: Passing {
        switch origin {
        case .constant: .constant
        case .leaf(let leaf): .leaf(.passUnretained(leaf))
        case .operation(let operation): .operation(.passUnretained(operation), output: output)
        }
    }

    /// Whether a gradient flows along this edge.
    public var wantsGradient: Bool { operation?.wantsGradient ?? (leaf != nil) }

    /// The shape of the input; nil for a constant.
    var shape: Shape? { operation?.outputShape(output) ?? leaf?.shape }

    @inline(__always)
    var isOperation: Bool { if case .operation = passing { true } else { false } }

    /// Moves the operation out of the edge. Nil if there is none, or if others hold it too: then it is theirs alone.
    @inline(__always)
    fileprivate mutating func takeOrphan() -> Operation? {
        guard case .operation(let operation, _) = passing else { return nil }
        // What the edge held the caller holds from here on, so it is neither retained nor released on the way.
        withUnsafeMutablePointer(to: &origin) { $0.initialize(to: .constant) }
        var orphan = operation.takeRetainedValue()
        return isKnownUniquelyReferenced(&orphan) ? orphan : nil
    }
}

extension Operation {
    /// Where an input came from.
    @inline(__always)
    public final func edge(_ input: Int) -> Edge {
        input == 0 ? edge0 : input == 1 ? edge1 : more?.edges[input - 2] ?? Edge()
    }

    /// Notes where another input came from.
    @inline(__always)
    final func attach(_ input: Variable) {
        // Nothing is let go that was in the first two: they were constants.
        switch inputCount {
        case 0: withUnsafeMutablePointer(to: &edge0) { $0.initialize(to: Edge(input)) }
        case 1: withUnsafeMutablePointer(to: &edge1) { $0.initialize(to: Edge(input)) }
        default: having().edges.append(Edge(input))
        }
        inputCount += 1
    }

    /// The same for the first two at once.
    @inline(__always)
    final func attach(_ first: Variable, _ second: Variable) {
        withUnsafeMutablePointer(to: &edge0) { $0.initialize(to: Edge(first)) }
        withUnsafeMutablePointer(to: &edge1) { $0.initialize(to: Edge(second)) }
        inputCount = 2
    }

    @inline(__always)
    final var hasInputOperations: Bool { edge0.isOperation || edge1.isOperation || more != nil }

    /// Lets the operations go that this one was computed from, where nobody else holds them, and theirs.
    @inline(never)
    final func letInputsGo() {
        var others: [Operation] = []  // none in a chain
        var next = takeOrphans(&others)
        while let operation = next.take() ?? others.popLast() { next = operation.takeOrphans(&others) }
    }

    /// Moves them out of the edges, all but one into a list.
    @inline(__always)
    private final func takeOrphans(_ others: inout [Operation]) -> Operation? {
        if let orphan = edge1.takeOrphan() { others.append(orphan) }
        for index in more?.edges.indices ?? 0..<0 {
            if let orphan = more?.edges[index].takeOrphan() { others.append(orphan) }
        }
        return edge0.takeOrphan()
    }
}
