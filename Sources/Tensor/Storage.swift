import CGradusKernels

/// The elements of a tensor, and what is needed to read them: shape, element type, where they lie.
///
/// Up to 64 bytes lie in the object itself, behind its header; more come from the ``MemoryPool``. A view (a reshape, a slice
/// of leading axes) has a header of its own and keeps the storage that owns the elements alive.
///
/// Elements that are all one number, as the gradient of a sum is, have no place until somebody asks where they lie: see
/// ``repeating(_:_:_:)``.
@usableFromInline
package final class Storage: ManagedBuffer<Storage.Header, Storage.Block> {
    @usableFromInline package struct Header {
        @usableFromInline package var shape: Shape
        package var elementType: ElementType
        /// Whether the elements are a block of the pool's.
        package var isPooled: Bool
        /// Nil while the elements are all one number and have no place; set once.
        fileprivate var pointer: UnsafeMutableRawPointer?
        package var owner: Storage?
        /// The shape's count, which every operation asks for.
        package var count: Int
    }

    /// The header, without the check of exclusive access that `header` makes. Good while the storage is held.
    @inlinable @inline(__always)
    package var head: UnsafeMutablePointer<Header> { withUnsafeMutablePointerToHeader { $0 } }

    /// Where the elements lie.
    @inline(__always)
    package var elements: UnsafeMutableRawPointer { gradus_load_pointer(&head.pointee.pointer) ?? layOut() }

    /// The number that all elements are, while they have no place.
    package var repeated: Double? { gradus_load_pointer(&head.pointee.pointer) == nil ? number : nil }

    /// It stands where inline elements would.
    private var number: Double { withUnsafeMutablePointerToElements { Double(bitPattern: $0.pointee) } }

    /// What inline elements are counted in. An alignment of 16 would have every object come from the slow aligned allocator, and no
    /// kernel asks for it: a slice may begin anywhere.
    @usableFromInline package typealias Block = UInt64
    package static let inlineBytes = 64

    /// Storage with elements of no particular value, or nil where memory does not suffice.
    package static func uninitialized(_ shape: Shape, _ elementType: ElementType) -> Storage? {
        let count = shape.count
        let (bytes, overflow) = count.multipliedReportingOverflow(by: elementType.size)
        return overflow ? nil : uninitialized(shape, elementType, count, bytes)
    }

    /// The same for as many elements as another has, of its shape and type.
    @inline(__always)
    package static func uninitialized(like other: Storage) -> Storage? {
        let (type, count) = (other.head.pointee.elementType, other.head.pointee.count)
        return uninitialized(other.head.pointee.shape, type, count, count * type.size)
    }

    @inline(__always)
    private static func uninitialized(
        _ shape: Shape, _ elementType: ElementType, _ count: Int, _ bytes: Int
    ) -> Storage? {
        if bytes <= inlineBytes {
            let blocks = (bytes + MemoryLayout<Block>.size - 1) / MemoryLayout<Block>.size
            return unsafeDowncast(
                create(minimumCapacity: blocks) { buffer in
                    let elements = buffer.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
                    return Header(
                        shape: shape, elementType: elementType, isPooled: false, pointer: elements, owner: nil,
                        count: count)
                }, to: Storage.self)
        }
        guard let pointer = MemoryPool.shared.take(bytes) else { return nil }
        return unsafeDowncast(
            create(minimumCapacity: 0) { _ in
                Header(
                    shape: shape, elementType: elementType, isPooled: true, pointer: pointer, owner: nil, count: count)
            }, to: Storage.self)
    }

    /// Storage of elements that are all one number, which is a number of the element type. It costs no memory until
    /// ``elements`` is read: the first who does so, on whichever thread, writes them out.
    package static func repeating(_ number: Double, _ shape: Shape, _ elementType: ElementType) -> Storage {
        unsafeDowncast(
            create(minimumCapacity: 1) { buffer in
                buffer.withUnsafeMutablePointerToElements { $0.initialize(to: number.bitPattern) }
                return Header(
                    shape: shape, elementType: elementType, isPooled: false, pointer: nil, owner: nil,
                    count: shape.count)
            }, to: Storage.self)
    }

    private static let layingOut = Lock(())

    @inline(never)
    private func layOut() -> UnsafeMutableRawPointer {
        Storage.layingOut.withLock { _ in
            if let pointer = head.pointee.pointer { return pointer }  // somebody else was faster
            let (shape, count, type) = (head.pointee.shape, head.pointee.count, head.pointee.elementType)
            // No inert value will do here: whoever asks is about to read every element.
            guard let pointer = MemoryPool.shared.take(count * type.size) else {
                fatalError("no memory for the elements of a tensor of shape \(shape) and \(type)")
            }
            gradus_fill(type.code, Int64(count), number, pointer)
            head.pointee.isPooled = true
            gradus_store_pointer(&head.pointee.pointer, pointer)
            return pointer
        }
    }

    /// The elements of `self` from `offset` on, seen as `shape`.
    package func view(as shape: Shape, offset: Int) -> Storage {
        if let number = repeated { return .repeating(number, shape, head.pointee.elementType) }
        let own = head.pointee
        let header = Header(
            shape: shape, elementType: own.elementType, isPooled: false,
            pointer: elements + offset * own.elementType.size, owner: own.owner ?? self, count: shape.count)
        return unsafeDowncast(Storage.create(minimumCapacity: 0) { _ in header }, to: Storage.self)
    }

    deinit {
        guard head.pointee.isPooled else { return }
        MemoryPool.shared.give(elements, head.pointee.count * head.pointee.elementType.size)
    }
}
