import GradusTensor

/// Where an input came from: the operation that computed it, or the leaf that it is, or neither for a constant.
public struct Edge {
    private enum Origin {
        case constant
        case leaf(Variable)
        case operation(Operation)
    }
    private var origin = Origin.constant
    package private(set) var output = 0

    init() {}

    @inline(__always)
    init(_ variable: Variable) {
        if variable.operation == nil {
            if variable.wantsGradient { origin = .leaf(variable.isRestored ? variable.origin ?? variable : variable) }
        } else if let operation = variable.operation {
            (origin, output) = (.operation(operation), variable.output)
        }
    }

    /// The operation that computed the input.
    @inline(__always)
    package var operation: Operation? { if case .operation(let operation) = origin { operation } else { nil } }

    /// The leaf that the input is.
    @inline(__always)
    package var leaf: Variable? { if case .leaf(let leaf) = origin { leaf } else { nil } }

    // The same without holding on to them, for a walk that passes by.
    @inline(__always)
    var unretainedOperation: Unmanaged<Operation>? {
        if case .operation(let operation) = origin { .passUnretained(operation) } else { nil }
    }
    @inline(__always)
    var unretainedLeaf: Unmanaged<Variable>? {
        if case .leaf(let leaf) = origin { .passUnretained(leaf) } else { nil }
    }

    /// Whether a gradient flows along this edge.
    public var wantsGradient: Bool { operation?.wantsGradient ?? (leaf != nil) }

    /// The shape of the input; nil for a constant.
    var shape: Shape? { operation?.outputShape(output) ?? leaf?.shape }

    /// Moves the operation out of the edge.
    @inline(__always)
    fileprivate mutating func unlink(into orphans: inout [Operation]) {
        if case .operation(let operation) = origin { orphans.append(operation) }
        origin = .constant
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
        switch inputCount {
        case 0: edge0 = Edge(input)
        case 1: edge1 = Edge(input)
        default: having().edges.append(Edge(input))
        }
        inputCount += 1
    }

    /// Moves the operations that this one was computed from out of the edges.
    @inline(__always)
    final func unlink(into orphans: inout [Operation]) {
        edge0.unlink(into: &orphans)
        edge1.unlink(into: &orphans)
        guard let more else { return }
        for index in more.edges.indices { more.edges[index].unlink(into: &orphans) }
    }
}
