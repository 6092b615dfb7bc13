import CGradusKernels

/// What an upstream gradient becomes on its way back through `softmax(along:)`, or `logSoftmax(along:)`, whose result was `y`:
/// the derivative rule in one pass over each line, without the tensors in between. The axis is one that the forward run took.
package func softmaxGradient(_ y: Tensor, _ upstream: Tensor, along axis: Int, logarithm: Bool = false) -> Tensor {
    let (shape, type) = (y.shape, y.elementType)
    guard upstream.shape == shape && upstream.elementType == type && type.isFloatingPoint else {
        return misuse(
            "softmaxGradient: \(type) of shape \(shape) and \(upstream.elementType) of \(upstream.shape); "
                + "shapes and float types are the same", inert: .inert(shape))
    }
    guard let axis = shape.axis(axis, for: "softmaxGradient") else { return .inert(shape, type) }
    let (outer, n, inner) = shape.around(axis)
    return Tensor.make(shape, type) { x in
        y.withPointer { y in
            upstream.withPointer { upstream in
                parallelFor(outer * inner, grain: lineGrain(cost: n, inner: inner, perElement: 2)) { lines in
                    gradus_softmax_gradient(
                        type.code, logarithm, Int64(n), Int64(inner), y, upstream, x, Int64(lines.lowerBound),
                        Int64(lines.upperBound))
                }
            }
        }
    }
}
