import CGradusKernels

/// How badly each row of scores `[…, classes]` explains its label, −log softmax(x)[label], and log Σ exp(x) of the row, a `float64`;
/// both of the labels' shape. `smoothing` of the loss is its mean over all classes. A label below 0 is ignored, and its loss 0.
///
/// Labels are `int64`, of the scores' shape without the last axis and less than the number of classes, which is the caller's care.
package func crossEntropyLosses(
    _ x: Tensor, _ labels: Tensor, smoothing: Double
) -> (losses: Tensor, logSums: Tensor) {
    let (type, classes, shape) = (x.elementType, x.shape[-1], labels.shape)
    func nothing() -> (losses: Tensor, logSums: Tensor) { (.inert(shape), .inert(shape, .float64)) }
    guard type.isFloatingPoint else {
        return misuse("crossEntropy: not defined on \(type); convert first", inert: nothing())
    }
    guard !misuseIsPending else { return nothing() }
    var losses = Tensor.zeros(labels.count == 0 ? shape : [], as: type)
    let logSums = Tensor.make(shape, .float64) { logSums in
        losses = Tensor.make(shape, type) { losses in
            x.withPointer { x in
                labels.withPointer { labels in
                    parallelFor(shape.count, grain: lineGrain(cost: classes, inner: 1, perElement: 4)) { rows in
                        gradus_cross_entropy(
                            type.code, Int64(classes), smoothing, x, labels.assumingMemoryBound(to: Int64.self), losses,
                            logSums.assumingMemoryBound(to: Double.self), Int64(rows.lowerBound), Int64(rows.upperBound)
                        )
                    }
                }
            }
        }
    }
    return (losses, logSums)
}

/// What the upstream gradients of the losses become on their way back to the scores: one pass over these.
package func crossEntropyGradient(
    _ x: Tensor, _ labels: Tensor, logSums: Tensor, _ upstream: Tensor, smoothing: Double
) -> Tensor {
    let (type, classes, rows) = (x.elementType, x.shape[-1], labels.count)
    return Tensor.make(x.shape, type) { gradient in
        x.withPointer { x in
            upstream.withPointer { upstream in
                logSums.withPointer { logSums in
                    labels.withPointer { labels in
                        parallelFor(rows, grain: lineGrain(cost: classes, inner: 1, perElement: 2)) { rows in
                            gradus_cross_entropy_gradient(
                                type.code, Int64(classes), smoothing, x, labels.assumingMemoryBound(to: Int64.self),
                                logSums.assumingMemoryBound(to: Double.self), upstream, gradient,
                                Int64(rows.lowerBound), Int64(rows.upperBound))
                        }
                    }
                }
            }
        }
    }
}
