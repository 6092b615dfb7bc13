import CGradusKernels
import GradusTensor
import Synchronization

/// A value in a computation that records itself.
///
/// Made by hand, a variable is a *leaf*: it wants its gradient, and ``backward(upstream:keepingGraph:recordingGraph:)`` of a
/// result computed from it fills in ``gradient``. What an operation returns is a variable too, and knows the ``operation`` it
/// came from.
///
///     let x = Variable(3)
///     let y = x * x + 1
///     y.backward()
///     print(x.gradient!)  // 6
///
/// Leaves may be shared among threads that only read them; a graph belongs to the thread that recorded it, and walking it from
/// another is misuse.
public final class Variable: @unchecked Sendable {
    // @unchecked: a leaf's state is read and written under `lock`; a result's value never changes, and its graph is walked
    // by the thread that recorded it; a constant is read by many threads or written by one.

    /// The operation that computed this value; nil for a leaf and for a constant.
    public let operation: Operation?

    /// Which of the operation's outputs this is.
    let output: Int32

    /// Whether others may give it a value while it is read.
    private let isGuarded: Bool

    /// Whether a gradient flows to this variable: true for leaves, and for results computed from one while recording.
    public let wantsGradient: Bool

    /// Whether it is a saved value of a leaf.
    let isRestored: Bool

    private let lock = Mutex(())

    /// Where the last walk that met this leaf put it among its leaves: a guess for the next one, which looks whether it holds.
    /// Walks of several threads may overwrite each other's.
    private let lastPlace = Atomic<Int32>(0)

    @exclusivity(unchecked) private var storedValue: Tensor
    @exclusivity(unchecked) private var notes: Notes?

    /// What few variables have: a name; who waits for the gradient; and, in a saved value that a rule sees again, the leaf it
    /// was read from, where its gradient goes.
    private final class Notes {
        var name: String?
        var watch: GradientWatch?
        var origin: Variable?
    }

    /// The leaf then; otherwise this variable.
    @inline(never)
    var origin: Variable { isRestored ? lock.withLock { _ in notes?.origin } ?? self : self }

    var place: Int {
        get { Int(lastPlace.load(ordering: .relaxed)) }
        set { lastPlace.store(Int32(truncatingIfNeeded: newValue), ordering: .relaxed) }
    }

    @inline(__always)
    private init(
        _ value: consuming Tensor, name: String?, wantsGradient: Bool, operation: Operation? = nil, output: Int = 0,
        origin: Variable? = nil
    ) {
        self.storedValue = value
        self.wantsGradient = wantsGradient
        self.operation = operation
        self.output = Int32(output)
        isGuarded = wantsGradient && operation == nil
        isRestored = origin != nil
        if let name { noting().name = name }
        if let origin { noting().origin = origin }
    }

    /// A leaf: a parameter, or an input whose gradient is wanted. Integers and bools have no gradient, so asking for one is
    /// misuse: use ``constant(_:name:)``.
    public convenience init(_ value: Tensor, name: String? = nil) {
        let floating = value.elementType.isFloatingPoint
        if !floating {
            misuse("Variable: \(value.elementType) has no gradient; use Variable.constant, or convert to float32")
        }
        self.init(value, name: name, wantsGradient: floating)
    }

    /// A value that wants no gradient: data, labels, masks.
    public static func constant(_ value: Tensor, name: String? = nil) -> Variable {
        Variable(value, name: name, wantsGradient: false)
    }

    /// The same without a name: what rules make many of.
    @inline(__always)
    static func constant(_ value: consuming Tensor) -> Variable { Variable(value, name: nil, wantsGradient: false) }

    /// A result of an operation that was recorded.
    @inline(__always)
    convenience init(_ value: consuming Tensor, from operation: Operation, output: Int = 0) {
        self.init(value, name: nil, wantsGradient: operation.wantsGradient, operation: operation, output: output)
    }

    /// A saved value, attached again to where it came from.
    convenience init(_ value: Tensor, attachedTo edge: Edge) {
        self.init(
            value, name: edge.leaf?.name, wantsGradient: edge.wantsGradient, operation: edge.operation,
            output: edge.output, origin: edge.leaf)
    }

    /// The numbers.
    ///
    /// A leaf's may be assigned (an optimizer does so); graphs recorded before keep the values they saw. Assigning to the
    /// result of an operation, or another shape or element type, is misuse.
    public var value: Tensor {
        get { isGuarded ? lock.withLock { _ in storedValue } : storedValue }
        set {
            if let operation { return misuse("value: a result (of \(operation.name)) is not assigned to; a leaf is") }
            guard newValue.shape == shape && newValue.elementType == elementType else {
                return misuse(
                    "value: \(elementType) of shape \(shape) cannot become \(newValue.elementType) of \(newValue.shape)"
                )
            }
            guard !misuseIsPending else { return }
            lock.withLock { _ in storedValue = newValue }
        }
    }

    /// Whether its numbers are still these, untouched since they were read from it.
    func holds(_ value: Tensor) -> Bool { withValue { $0.storage === value.storage } }

    /// Looks at the numbers, which are not retained if others cannot change them. `look` does not change them either.
    @inline(__always)
    func withValue<R>(_ look: (Tensor) -> R) -> R {
        isGuarded ? look(guardedValue) : numbers._withUnsafeGuaranteedRef { look(Tensor(storage: $0)) }
    }

    @inline(never)  // so that looking at others takes few registers
    private var guardedValue: Tensor { value }

    /// The same for whatever `compute` does: a result's numbers never change.
    @inline(__always)
    func reading<R>(_ compute: (Tensor) -> R) -> R { operation == nil ? compute(value) : withValue(compute) }

    /// The numbers, for as long as the variable is held and has them.
    @inline(__always)
    var numbers: Unmanaged<Storage> { .passUnretained(storedValue.storage) }

    /// Changes a leaf's numbers in place, unless somebody else sees them too: then in a copy. `change` keeps the shape, and
    /// does not look at this variable otherwise.
    @discardableResult @inline(__always)
    package func update<R>(_ change: (inout Tensor) -> R) -> R? {
        guard operation == nil && !misuseIsPending else { return nil }
        return isGuarded ? lock.withLock { _ in change(&storedValue) } : change(&storedValue)
    }

    /// Whether it is no more than numbers: to whoever holds it alone, as good as any other with the same.
    @inline(__always)
    var isPlainConstant: Bool { operation == nil && !wantsGradient && notes == nil }

    /// The sum of the gradients that came in since it was last nil. Nil means that none did, which is not the same as zero.
    ///
    /// Leaves keep theirs; a result keeps its own after ``keepingGradient()``.
    public var gradient: Variable? {
        get { lock.withLock { _ in notes?.watch?.gradient } }
        set {
            guard !misuseIsPending else { return }
            if let newValue, newValue.shape != shape {
                return misuse("gradient: shape \(newValue.shape) for a variable of shape \(shape)")
            }
            lock.withLock { _ in watching().gradient = newValue }
        }
    }

    /// Asks that the gradient of this result, which is otherwise let go once it has flowed on, be kept in ``gradient``.
    @discardableResult
    public func keepingGradient() -> Variable {
        lock.withLock { _ in watching().keeps = true }
        return self
    }

    /// Calls `hook` with the gradient of this variable once a walk has it whole, before it flows on; what the hook returns
    /// takes its place. Hooks run in the order they were added.
    public func onGradient(_ hook: @escaping (Variable) -> Variable) {
        lock.withLock { _ in watching().hooks.append(hook) }
    }

    /// A name for printing, lessons and reports.
    public var name: String? {
        get { lock.withLock { _ in notes?.name } }
        set {
            lock.withLock { _ in noting().name = newValue }
            operation?.annotate { $0.name = newValue }
        }
    }

    /// The same variable, given a name: `(w * x).sum().named("score")`.
    public func named(_ name: String) -> Variable {
        self.name = name
        return self
    }

    /// The same value without its past: no gradient flows through.
    public func detached() -> Variable { .constant(value, name: name) }

    /// What waits for this variable's gradient, if anything does.
    var watcher: GradientWatch? { lock.withLock { _ in notes?.watch } }

    /// Adds what a walk has brought to a leaf.
    func accumulate(_ contribution: Variable) {
        // A new sum is made without the lock, which it may want itself, and made again if another thread was faster.
        var done = lock.withLock { _ in watching().gradient.absorb(contribution) }
        while !done {
            let before = gradient
            let after = before?.gathering(contribution) ?? contribution
            done = lock.withLock { _ in
                guard notes?.watch?.gradient === before else { return false }
                watching().gradient = after
                return true
            }
        }
    }

    /// Called with the lock held, as the next is.
    private func noting() -> Notes {
        if let notes { return notes }
        let new = Notes()
        notes = new
        return new
    }

    private func watching() -> GradientWatch {
        if let watch = notes?.watch { return watch }
        let new = GradientWatch(keeps: operation == nil)
        noting().watch = new
        operation?.annotate { $0.watches[Int(output)] = new }
        return new
    }
}
