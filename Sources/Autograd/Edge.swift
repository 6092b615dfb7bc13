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

    /// Moves the operation out of the edge, if there is one.
    @inline(__always)
    fileprivate mutating func unlink(into orphans: inout [Operation]) {
        guard case .operation(let operation, _) = passing else { return }
        // What the edge held the list holds from here on, so it is neither retained nor released on the way.
        withUnsafeMutablePointer(to: &origin) { $0.initialize(to: .constant) }
        orphans.append(operation.takeRetainedValue())
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

    /// Moves the operations that this one was computed from out of the edges.
    @inline(__always)
    final func unlink(into orphans: inout [Operation]) {
        edge0.unlink(into: &orphans)
        edge1.unlink(into: &orphans)
        guard let more else { return }
        for index in more.edges.indices { more.edges[index].unlink(into: &orphans) }
    }
}
