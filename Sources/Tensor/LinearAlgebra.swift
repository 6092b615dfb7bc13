import CGradusKernels

/// The product of two matrices, or of stacks of matrices.
///
///     let a = Tensor([[1, 2], [3, 4]]), b = Tensor([5, 6])
///     matmul(a, b)                            // [17, 39]
///     matmul(a, b, transposingFirst: true)    // [23, 34]
///
/// Shapes are `[..., m, k]` and `[..., k, n]`, and the result's `[..., m, n]`; the axes in front are broadcast. A vector counts
/// as one row on the left and as one column on the right, and its axis is missing from the result: `[k]` by `[k]` is a
/// number. A transposed operand is read as if its last two axes were exchanged, and not copied. If k is 0 the result is 0.
///
/// Floating-point types only. Misuse: no axes at all, inner sizes that differ, axes in front that do not broadcast, element
/// types that differ, transposing a vector.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposingFirst: Bool = false, transposingSecond: Bool = false
) -> Tensor {
    let type = a.elementType
    guard type == b.elementType else {
        return misuse(
            "matmul: element types \(type) and \(b.elementType) do not mix; convert one with converted(to:)")
    }
    guard type.isFloatingPoint else { return misuse("matmul: not defined on \(type); convert first") }
    guard let product = MatrixProduct(a.shape, b.shape, transposingFirst, transposingSecond) else { return .inert }
    if a.rank == 1 && b.rank == 1 { return dot(a, b) }
    return product(a, b)
}

/// The sum of the products of two vectors' elements: `[k]` and `[k]` make a number, 0 if k is 0. Products are added in double
/// precision. Floating-point types only; other ranks than 1, lengths or element types that differ are misuse.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
    let type = a.elementType
    guard type == b.elementType else {
        return misuse("dot: element types \(type) and \(b.elementType) do not mix; convert one with converted(to:)")
    }
    guard type.isFloatingPoint else { return misuse("dot: not defined on \(type); convert first") }
    guard a.rank == 1 && b.rank == 1 && a.shape == b.shape else {
        return misuse("dot: shapes \(a.shape) and \(b.shape); two vectors of one length are wanted", inert: .inert([]))
    }
    let blocks = (a.count + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK
    let parts = Tensor.make([blocks], .float64) { out in
        let out = out.assumingMemoryBound(to: Double.self)
        a.withPointer { a0 in
            b.withPointer { b0 in
                parallelFor(blocks, grain: elementwiseGrain / GRADUS_REDUCTION_BLOCK) { range in
                    gradus_dot(
                        type.code, Int64(a.count), a0, b0, out, Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
    }
    return parts.sum().converted(to: type)
}

/// Every element of one vector times every element of another: `[m]` and `[n]` make `[m, n]`. Floats and `int64`. Other ranks
/// than 1, and element types that differ, are misuse.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.rank == 1 && b.rank == 1 else {
        return misuse("outer: shapes \(a.shape) and \(b.shape); two vectors are wanted")
    }
    let column = Tensor(storage: a.storage.view(as: [a.count, 1], offset: 0))
    return Tensor.binary("outer", GRADUS_MULTIPLY, column, b)
}
