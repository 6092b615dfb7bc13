import CGradusKernels

extension Tensor {
    /// The running sum along an axis: element i of the result is the sum of the elements up to and with i, or from i on if
    /// `reversed`. The shape stays.
    ///
    ///     Tensor([1, 2, 3]).cumulativeSum(along: 0)                  // [1, 3, 6]
    ///     Tensor([1, 2, 3]).cumulativeSum(along: 0, reversed: true)  // [6, 5, 3]
    ///
    /// Floats are added in double precision; `int64` wraps around. `bool`, and an axis that is not there, are misuse.
    public func cumulativeSum(along axis: Int, reversed: Bool = false) -> Tensor {
        running("cumulativeSum", GRADUS_SUM, axis, reversed)
    }

    /// The running product along an axis, from the last element backwards if `reversed`. Types and misuse are those of
    /// ``cumulativeSum(along:reversed:)``.
    public func cumulativeProduct(along axis: Int, reversed: Bool = false) -> Tensor {
        running("cumulativeProduct", GRADUS_PRODUCT, axis, reversed)
    }

    private func running(_ name: StaticString, _ op: gradus_reduction_op, _ axis: Int, _ reversed: Bool) -> Tensor {
        let type = elementType
        guard type != .bool else {
            return misuse("\(name): not defined on \(type); convert first", inert: .inert(shape))
        }
        guard let axis = shape.axis(axis, for: name) else { return .inert(shape, type) }
        let (outer, n, inner) = shape.around(axis)
        return Tensor.make(shape, type) { out in
            withPointer { x in
                parallelFor(outer * inner, grain: lineGrain(cost: n, inner: inner)) { lines in
                    gradus_running(
                        op, type.code, reversed, Int64(n), Int64(inner), x, out, Int64(lines.lowerBound),
                        Int64(lines.upperBound))
                }
            }
        }
    }
}
