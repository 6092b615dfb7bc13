import CGradusKernels

/// Tensors one behind the other along an axis they have.
///
///     concatenate([Tensor([1, 2]), Tensor([3])])  // [1, 2, 3]
///
/// They are of one element type and agree in all sizes but the axis's own. No tensors, tensors of no axes, an axis out of
/// range, and what does not agree are misuse.
public func concatenate(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    guard let first = tensors.first else { return misuse("concatenate: no tensors; one at least is wanted") }
    let type = first.elementType
    guard let axis = first.shape.axis(axis, for: "concatenate") else { return .inert(first.shape, type) }
    var total = 0
    for (i, tensor) in tensors.enumerated() {
        guard tensor.elementType == type else {
            return misuse(
                "concatenate: element types \(type) and \(tensor.elementType) (tensor \(i)) do not mix; convert one with converted(to:)",
                inert: .inert(first.shape, type))
        }
        guard tensor.rank == first.rank && tensor.shape.removing(axis) == first.shape.removing(axis) else {
            return misuse(
                "concatenate: shapes \(first.shape) and \(tensor.shape) (tensor \(i)) differ elsewhere than along axis \(axis)",
                inert: .inert(first.shape, type))
        }
        total = total.addingReportingOverflow(tensor.shape.size(axis)).partialValue
        guard total >= 0 else { return misuse("concatenate: the sizes along axis \(axis) sum to more than Int holds") }
    }
    if tensors.count == 1 { return first }
    var sizes = Array(first.shape)
    sizes[axis] = total
    guard let shape = Shape(exactly: sizes) else {
        return misuse("concatenate: shape \(sizes) is more elements than Int holds", inert: .inert(first.shape, type))
    }
    return Tensor.make(shape, type) { out in
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        var start = out
        for tensor in tensors where tensor.count > 0 {
            let columns = tensor.shape.size(axis) * inner
            let layout = gradus_layout(rows: outer, columns: columns, pitchA: columns, pitchB: total * inner)
            tensor.withPointer { layout.move(type, $0, start) }
            start += columns * type.size
        }
    }
}

/// Tensors of one shape side by side along a new axis, which is axis number `axis` of the result.
///
///     stack([Tensor([1, 2]), Tensor([3, 4])])  // [[1, 2], [3, 4]]
///
/// No tensors, different shapes or element types, and an axis out of range are misuse.
public func stack(_ tensors: [Tensor], along axis: Int = 0) -> Tensor {
    guard let first = tensors.first else { return misuse("stack: no tensors; one at least is wanted") }
    guard let shape = first.shape.expanded(at: axis, for: "stack") else {
        return .inert(first.shape, first.elementType)
    }
    for (i, tensor) in tensors.enumerated() {
        guard tensor.elementType == first.elementType else {
            return misuse(
                "stack: element types \(first.elementType) and \(tensor.elementType) (tensor \(i)) do not mix; convert one with converted(to:)",
                inert: .inert(shape, first.elementType))
        }
        guard tensor.shape == first.shape else {
            return misuse(
                "stack: shapes \(first.shape) and \(tensor.shape) (tensor \(i)) differ",
                inert: .inert(shape, first.elementType))
        }
    }
    return concatenate(tensors.map { $0.reshaped(to: shape) }, along: axis)
}

extension Tensor {
    /// The tensor cut along an axis into pieces of the given sizes: the inverse of ``concatenate(_:along:)``. Pieces of the
    /// leading axis share the elements.
    ///
    /// An axis out of range, negative sizes, and sizes that do not add up to the axis's are misuse.
    public func split(sizes: [Int], along axis: Int = 0) -> [Tensor] {
        guard let axis = shape.axis(axis, for: "split") else { return sizes.map { _ in .inert } }
        var rest = shape.size(axis)
        for size in sizes {
            guard size >= 0 && size <= rest else {
                rest = -1
                break
            }
            rest -= size
        }
        guard rest == 0 else {
            return misuse(
                "split: sizes \(sizes) along axis \(axis) of shape \(shape); they are 0 or more and add up to \(shape.size(axis))",
                inert: sizes.map { .inert(shape.replacing(axis, with: Swift.max(0, $0)), elementType) })
        }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return slice(along: axis, from: start, to: start + size)
        }
    }

    /// The tensor cut along an axis into so many pieces of one size. A count below 1, or one that leaves a rest, is misuse.
    public func split(into count: Int, along axis: Int = 0) -> [Tensor] {
        guard let sizes = shape.split(into: count, along: axis) else {
            // So many that code which goes on after a caught misuse finds the pieces it asked for.
            return [Tensor](repeating: .inert, count: Swift.min(Swift.max(count, 0), 4096))
        }
        return split(sizes: sizes, along: axis)
    }
}

extension Shape {
    /// The sizes of so many equal pieces; misuse as in `Tensor.split(into:along:)`.
    package func split(into count: Int, along axis: Int) -> [Int]? {
        guard let axis = self.axis(axis, for: "split") else { return nil }
        let size = size(axis)
        guard count >= 1 && size % count == 0 else {
            return misuse(
                "split: \(count) equal pieces along axis \(axis) of shape \(self), which has size \(size) there")
        }
        return [Int](repeating: size / count, count: count)
    }
}
