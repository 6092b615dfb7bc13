/// The elements of a tensor, and what is needed to read them: shape, element type, where they lie.
///
/// Up to 64 bytes lie in the object itself, behind its header; more come from the ``MemoryPool``. A view (a reshape, a slice
/// of leading axes) has a header of its own and keeps the storage that owns the elements alive.
package final class Storage: ManagedBuffer<Storage.Header, Storage.Block> {
    package struct Header {
        package var shape: Shape
        package var elementType: ElementType
        package var pointer: UnsafeMutableRawPointer
        package var pooledBytes: Int
        package var owner: Storage?
    }

    /// The header, without the check of exclusive access that `header` makes. Good while the storage is held.
    @inline(__always)
    package var head: UnsafeMutablePointer<Header> { withUnsafeMutablePointerToHeader { $0 } }

    /// What inline elements are counted in. An alignment of 16 would have every object come from the slow aligned allocator, and no
    /// kernel asks for it: a slice may begin anywhere.
    package typealias Block = UInt64
    package static let inlineBytes = 64

    /// Storage with elements of no particular value, or nil where memory does not suffice.
    package static func uninitialized(_ shape: Shape, _ elementType: ElementType) -> Storage? {
        let (bytes, overflow) = shape.count.multipliedReportingOverflow(by: elementType.size)
        guard !overflow else { return nil }
        if bytes <= inlineBytes {
            let blocks = (bytes + MemoryLayout<Block>.size - 1) / MemoryLayout<Block>.size
            return unsafeDowncast(
                create(minimumCapacity: blocks) { buffer in
                    let elements = buffer.withUnsafeMutablePointerToElements { UnsafeMutableRawPointer($0) }
                    return Header(shape: shape, elementType: elementType, pointer: elements, pooledBytes: 0, owner: nil)
                }, to: Storage.self)
        }
        guard let pointer = MemoryPool.shared.take(bytes) else { return nil }
        return unsafeDowncast(
            create(minimumCapacity: 0) { _ in
                Header(shape: shape, elementType: elementType, pointer: pointer, pooledBytes: bytes, owner: nil)
            }, to: Storage.self)
    }

    /// The elements of `self` from `offset` on, seen as `shape`.
    package func view(as shape: Shape, offset: Int) -> Storage {
        let own = head.pointee
        let header = Header(
            shape: shape, elementType: own.elementType, pointer: own.pointer + offset * own.elementType.size,
            pooledBytes: 0, owner: own.owner ?? self)
        return unsafeDowncast(Storage.create(minimumCapacity: 0) { _ in header }, to: Storage.self)
    }

    deinit {
        let bytes = head.pointee.pooledBytes
        if bytes > 0 { MemoryPool.shared.give(head.pointee.pointer, bytes) }
    }
}
