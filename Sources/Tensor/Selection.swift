import CGradusKernels

/// Element by element a where the condition is true, b elsewhere; all three broadcast together.
///
///     select(x .> 0, x, 0)
///
/// The condition is `bool`; a and b are of one element type, any.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    guard condition.elementType == .bool else {
        return misuse("select: the condition is a bool tensor, not \(condition.elementType)", inert: .inert(a.shape))
    }
    guard let values = Tensor.commonShape("select", a, b) else { return .inert }
    guard let shape = condition.shape.broadcast(with: values) else {
        return misuse("select: a condition of shape \(condition.shape) and values of \(values) do not broadcast")
    }
    let (condition, a, b) = (condition.broadcast(to: shape), a.broadcast(to: shape), b.broadcast(to: shape))
    let type = a.elementType
    return Tensor.make(shape, type) { out in
        condition.withPointer { condition in
            a.withPointer { a in
                b.withPointer { b in
                    parallelFor(shape.count, grain: elementwiseGrain) { range in
                        let offset = range.lowerBound * type.size
                        gradus_select(
                            type.code, Int64(range.count), condition + range.lowerBound, a + offset, b + offset,
                            out + offset)
                    }
                }
            }
        }
    }
}

/// The same with a number in place of b.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Double) -> Tensor {
    guard let b = a.scalar(b, for: "select") else { return .inert(a.shape) }
    return select(condition, a, b)
}

/// The same with a number in place of a.
public func select(_ condition: Tensor, _ a: Double, _ b: Tensor) -> Tensor {
    guard let a = b.scalar(a, for: "select") else { return .inert(b.shape) }
    return select(condition, a, b)
}

/// x times a factor where the mask is true, 0 elsewhere, in one pass. The mask is `bool` and of x's shape, which is the caller's care.
package func masked(_ x: Tensor, by mask: Tensor, factor: Double) -> Tensor {
    let type = x.elementType
    return Tensor.make(x.shape, type) { out in
        x.withPointer { x0 in
            mask.withPointer { mask in
                parallelFor(x.count, grain: elementwiseGrain) { range in
                    let offset = range.lowerBound * type.size
                    gradus_keep(
                        type.code, Int64(range.count), factor, mask + range.lowerBound, x0 + offset, out + offset)
                }
            }
        }
    }
}

/// x, no lower than one bound and no higher than the other; without a bound that side is open. NaN stays NaN.
///
/// Floating-point types only. Bounds of NaN, or a lower bound above the upper, are misuse.
public func clamp(_ x: Tensor, lower: Double? = nil, upper: Double? = nil) -> Tensor {
    let type = x.elementType
    guard type.isFloatingPoint else {
        return misuse("clamp: not defined on \(type); convert first", inert: .inert(x.shape))
    }
    let (low, high) = (lower ?? -.infinity, upper ?? .infinity)
    guard low <= high else {
        return misuse(
            "clamp: lower bound \(low), upper bound \(high); the lower is not above the upper", inert: .inert(x.shape))
    }
    return Tensor.make(x.shape, type) { out in
        x.withPointer { x0 in
            parallelFor(x.count, grain: elementwiseGrain) { range in
                let offset = range.lowerBound * type.size
                gradus_clamp(type.code, Int64(range.count), low, high, x0 + offset, out + offset)
            }
        }
    }
}
