import CGradusKernels

/// An array of numbers with a shape: `[3]` three numbers, `[2, 3]` a matrix of two rows, `[]` one number.
///
/// A value type: a copy is independent of the original, and costs nothing until one of them is changed. Elements lie
/// contiguously in row-major order, always. Up to 8 axes, of `float32` (the default), `float64`, `int64` or `bool`.
///
///     let a = Tensor([[1, 2], [3, 4]])
///     print(a + Tensor([10, 20]))  // [[11., 22.],
///                                  //  [13., 24.]]
public struct Tensor: @unchecked Sendable {
    // @unchecked: storage is changed only while this struct holds the one reference to it.
    @usableFromInline package var storage: Storage

    @inlinable @inline(__always)
    package init(storage: Storage) { self.storage = storage }

    /// A tensor whose elements have no particular value yet.
    package init(uninitialized shape: Shape, _ elementType: ElementType) {
        if let storage = Storage.uninitialized(shape, elementType) {
            self.storage = storage
        } else {
            self = misuse("a tensor of shape \(shape) and \(elementType) needs more memory than there is")
        }
    }

    /// The sizes along each axis.
    public var shape: Shape {
        @inline(__always) get { withExtendedLifetime(storage) { storage.head.pointee.shape } }
    }

    /// Whether it has the shape of `other`: `shape == other.shape` without copies.
    @inlinable @inline(__always)
    package func hasShape(of other: Tensor) -> Bool {
        withExtendedLifetime(storage) {  // one in the other: two in a tuple are retained
            withExtendedLifetime(other.storage) { storage.head.pointee.shape == other.storage.head.pointee.shape }
        }
    }

    /// The same for a shape.
    @inlinable @inline(__always)
    package func hasShape(_ other: Shape) -> Bool {
        withExtendedLifetime(storage) { storage.head.pointee.shape == other }
    }

    /// What the elements are.
    public var elementType: ElementType { withExtendedLifetime(storage) { storage.head.pointee.elementType } }

    /// The number of axes.
    public var rank: Int { withExtendedLifetime(storage) { storage.head.pointee.shape.rank } }

    /// The number of elements.
    public var count: Int { withExtendedLifetime(storage) { storage.head.pointee.count } }
}

// MARK: - Pointers, for as long as a closure runs

extension Tensor {
    /// The elements, to read. The pointer is good inside the closure only: past the last use of the tensor its storage may
    /// already be another's.
    @inline(__always)
    package func withPointer<R>(_ body: (UnsafeRawPointer) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) { try body(UnsafeRawPointer(storage.elements)) }
    }

    /// The elements, to read and write. Elements that somebody else sees too are copied first.
    @inline(__always)
    package mutating func withMutablePointer<R>(_ body: (UnsafeMutableRawPointer) throws -> R) rethrows -> R {
        makeUnique()
        return try withExtendedLifetime(storage) { try body(storage.elements) }
    }

    /// The elements as Swift values. `T` is the element type's own: `Float` for `float32` and so on.
    package func withElements<T: TensorElement, R>(
        as type: T.Type, _ body: (UnsafeBufferPointer<T>) throws -> R
    ) rethrows -> R {
        assert(T.elementType == elementType)
        return try withPointer {
            try body(UnsafeBufferPointer(start: $0.assumingMemoryBound(to: T.self), count: count))
        }
    }

    package mutating func withMutableElements<T: TensorElement, R>(
        as type: T.Type, _ body: (UnsafeMutableBufferPointer<T>) throws -> R
    ) rethrows -> R {
        assert(T.elementType == elementType)
        let count = count
        return try withMutablePointer {
            try body(UnsafeMutableBufferPointer(start: $0.assumingMemoryBound(to: T.self), count: count))
        }
    }

    /// Whether nobody else sees these elements, neither as a copy nor through a view.
    package var isUnique: Bool {
        mutating get {
            guard isKnownUniquelyReferenced(&storage) else { return false }
            if storage.head.pointee.owner == nil { return true }
            return isKnownUniquelyReferenced(&storage.head.pointee.owner!)  // just seen not to be nil
        }
    }

    package mutating func makeUnique() {
        if isUnique { return }
        if let number = storage.repeated {
            storage = .repeating(number, shape, elementType)
            return
        }
        // No inert value will do here: whoever asks is about to write to every element.
        guard let copy = Storage.uninitialized(shape, elementType) else {
            fatalError("no memory to copy a tensor of shape \(shape) and \(elementType) before it is changed")
        }
        copy.elements.copyMemory(from: storage.elements, byteCount: count * elementType.size)
        storage = copy
    }

    /// A new tensor filled in by `body`, which gets the elements' address. Does not run for a tensor of no elements, nor
    /// while misuse is pending: the result is inert then.
    @inline(__always)
    package static func make(
        _ shape: Shape, _ elementType: ElementType, _ body: (UnsafeMutableRawPointer) -> Void
    ) -> Tensor {
        // Nothing is computed any more, and what nobody computes must not be read by chance.
        guard !misuseIsPending else { return inert(shape, elementType) }
        guard let storage = Storage.uninitialized(shape, elementType) else {
            return misuse("a tensor of shape \(shape) and \(elementType) needs more memory than there is")
        }
        if storage.head.pointee.count > 0 { withExtendedLifetime(storage) { body(storage.elements) } }
        return Tensor(storage: storage)
    }
}

extension Tensor: Inert {
    /// One NaN: comparisons with it are false, so loops that wait for a small loss end.
    package static var inert: Tensor { inert([]) }

    /// NaNs of a known shape (one NaN if there is no memory for them).
    package static func inert(_ shape: Shape, _ elementType: ElementType = .float32) -> Tensor {
        guard let storage = Storage.uninitialized(shape, elementType) ?? Storage.uninitialized([], elementType) else {
            fatalError("no memory for one number")
        }
        let (pointer, count) = (storage.elements, storage.head.pointee.count)
        if elementType == .bool {
            gradus_fill(elementType.code, Int64(count), 0, pointer)
        } else {
            gradus_poison(pointer, Int64(count * elementType.size))
        }
        return Tensor(storage: storage)
    }
}
