import CGradusKernels
import GradusTensor

/// A primitive at work in a graph: forward and derivative rule side by side (CS231n calls it a gate).
///
/// `forward` is a pure function of its inputs and of what the operation was made with. `backward` gets the upstream gradient
/// and pushes a contribution to each input; it is written in `Variable` arithmetic, so that its gradients have gradients.
/// Between the two, the operation keeps only the values that ``needs(for:)`` declares. Subclass ``UnaryOperation``,
/// ``BinaryOperation``, ``TernaryOperation``, ``VariadicOperation`` or ``SplittingOperation``, and call the instance:
///
///     final class Square: UnaryOperation {
///         override func forward(_ x: Tensor) -> Tensor { x * x }
///         override func needs(for input: Int) -> Needs { .first }
///         override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(2 * first * upstream, to: 0) }
///     }
///     let y = Square()(x)
///
/// An instance is called once; each call of a function makes its own.
open class Operation {
    /// The values of the forward run that a rule reads.
    public struct Needs: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The first input, or all inputs of an operation of any number.
        public static let first = Needs(rawValue: 1)
        /// The second input.
        public static let second = Needs(rawValue: 2)
        /// The third input.
        public static let third = Needs(rawValue: 4)
        /// The output, or all outputs.
        public static let output = Needs(rawValue: 8)
    }

    /// For subclasses, whose attributes are plain fields.
    public init() {}

    /// What it is called in messages and lessons: the type's name, beginning in lower case, unless overridden.
    open var name: String {
        let type = String(describing: type(of: self))
        return type.prefix(1).lowercased() + type.dropFirst()
    }

    /// Which values the contribution to an input is computed from. They are kept only if that input wants a gradient.
    open func needs(for input: Int) -> Needs { [] }

    /// The rule: pushes to each input what the upstream gradient becomes on the way through. An input that wants nothing is
    /// passed over by ``Walk/push(_:to:)`` itself.
    open func backward(_ upstream: Variable, _ walk: inout Walk) {
        misuse("\(name): has no derivative rule")
    }

    /// Which way an operation with kinks went: masks or indices that change where its derivative jumps. For gradient checks.
    open func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [] }

    // MARK: What the walk asks

    package final func outputShape(_ output: Int) -> Shape {
        output == 0 ? shape : more?.outputShapes[output - 1] ?? []
    }

    /// Runs the rule with what has arrived in `walk` at this operation's outputs.
    func run(_ walk: inout Walk) {
        // It stays in its slot, so that it need not be held here, until the rule has done with it.
        guard let upstream = walk.lentUpstream else { return }
        upstream._withUnsafeGuaranteedRef { backward($0, &walk) }
        walk.dropUpstream()
    }

    /// Runs `forward` again on other inputs: what a gradient check and a lesson do.
    package func replay(_ inputs: [Tensor]) -> [Tensor] { misuse("\(name): cannot be replayed") }

    /// Lets saved values and edges go.
    func release() { isReleased = true }

    // MARK: What recording fills in

    // What a walk reads comes first, side by side in memory, and with few gaps: a graph has many of these.

    /// Where the inputs came from. The first two are fields, as an array costs more than the rest of a small node.
    @exclusivity(unchecked) final var edge0 = Edge()
    /// Where the last walk that met this operation put it among those it found: a guess for a walk, which looks whether it holds.
    @exclusivity(unchecked) final var lastPlace: Int32 = 0
    @exclusivity(unchecked) final var edge1 = Edge()
    /// False only while everything is recorded, for an operation on constants.
    @exclusivity(unchecked) package final var wantsGradient = true
    @exclusivity(unchecked) package final var isReleased = false
    /// Whether every input is known to have the output's shape, as most have, so that the walk need not look at the edges.
    @exclusivity(unchecked) final var isUniform = false
    /// The element type of the outputs.
    @exclusivity(unchecked) package final var elementType = ElementType.float32

    /// The thread that recorded this, and the how-manieth operation of that thread it is.
    @exclusivity(unchecked) package final var number: UInt64 = 0
    @exclusivity(unchecked) package final var thread: UInt32 = 0

    @exclusivity(unchecked) private final var inputs: Int32 = 0

    /// How many inputs it has taken.
    public internal(set) final var inputCount: Int {
        @inline(__always) get { Int(inputs) }
        set { inputs = Int32(newValue) }
    }
    package final var outputCount: Int { 1 + (more?.outputShapes.count ?? 0) }

    /// What few operations have: more than two inputs, more than one output, annotations.
    @exclusivity(unchecked) final var more: More?

    /// The shape of the first output.
    @exclusivity(unchecked) package final var shape = Shape()

    final class More {
        var edges: [Edge] = []
        var outputShapes: [Shape] = []
        var annotations: Annotations?
    }

    final func having() -> More {
        let more = more ?? More()
        self.more = more
        return more
    }

    /// A chain of operations is let go from a work list: one `deinit` inside the next would need a stack as deep as the chain.
    deinit { if hasInputOperations { letInputsGo() } }
}

extension Operation {
    /// Stamps an operation that has run while recording, and wraps its result.
    @discardableResult @inline(__always)
    final func record(_ output: consuming Tensor, _ mode: Mode, wantsGradient: Bool) -> Variable {
        stamp(output, mode, wantsGradient: wantsGradient)
        return Variable(output, from: self)
    }

    @inline(__always)
    final func stamp(_ output: borrowing Tensor, _ mode: Mode, wantsGradient: Bool) {
        self.wantsGradient = wantsGradient
        shape = output.shape
        elementType = output.elementType
        (thread, number) = mode.stamp()
    }
}
