import CGradusKernels

extension Tensor {
    /// exp(x) divided by the sum of exp(x) along an axis: positive numbers that add up to 1.
    ///
    ///     Tensor([0, 0, log(2)]).softmax()  // [0.25, 0.25, 0.5]
    ///
    /// The largest element is taken off first, so that none overflows. A line with NaN or ∞, or of -∞ alone, is NaN.
    /// Floating-point types only; an axis that is not there is misuse.
    public func softmax(along axis: Int = -1) -> Tensor { softmax("softmax", axis, logarithm: false) }

    /// The logarithm of ``softmax(along:)``, precise where that is too small for its own: x - log(sum of exp(x)).
    public func logSoftmax(along axis: Int = -1) -> Tensor { softmax("logSoftmax", axis, logarithm: true) }

    private func softmax(_ name: StaticString, _ axis: Int, logarithm: Bool) -> Tensor {
        let type = elementType
        guard type.isFloatingPoint else {
            return misuse("\(name): not defined on \(type); convert first", inert: .inert(shape))
        }
        guard let axis = shape.axis(axis, for: name) else { return .inert(shape, type) }
        let (outer, n, inner) = shape.around(axis)
        return Tensor.make(shape, type) { out in
            withPointer { x in
                parallelFor(outer * inner, grain: lineGrain(cost: n, inner: inner, perElement: 4)) { lines in
                    gradus_softmax(
                        type.code, logarithm, Int64(n), Int64(inner), x, out, Int64(lines.lowerBound),
                        Int64(lines.upperBound))
                }
            }
        }
    }
}
