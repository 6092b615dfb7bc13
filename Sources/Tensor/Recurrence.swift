import CGradusKernels

/// yᵢ = bᵢ + aᵢ yᵢ₋₁ along an axis, beginning from b's first element; from the last one backwards, with yᵢ₊₁, if `reversed`.
///
/// Floating-point types only; shapes or element types that differ, and an axis that is not there, are misuse.
package func linearRecurrence(_ a: Tensor, _ b: Tensor, along axis: Int, reversed: Bool = false) -> Tensor {
    let (shape, type) = (b.shape, b.elementType)
    guard a.shape == shape && a.elementType == type && type.isFloatingPoint else {
        return misuse(
            "linearRecurrence: \(a.elementType) of shape \(a.shape) and \(type) of \(shape); shapes and float types are the same",
            inert: .inert(shape))
    }
    guard let axis = shape.axis(axis, for: "linearRecurrence") else { return .inert(shape, type) }
    let (outer, n, inner) = shape.around(axis)
    return Tensor.make(shape, type) { y in
        a.withPointer { a in
            b.withPointer { b in
                parallelFor(outer * inner, grain: lineGrain(cost: n, inner: inner)) { lines in
                    gradus_linear_recurrence(
                        type.code, reversed, Int64(n), Int64(inner), a, b, y, Int64(lines.lowerBound),
                        Int64(lines.upperBound))
                }
            }
        }
    }
}
