import CGradusKernels

/// Which numbers share a mean and a variance, and which a weight and a bias: an input seen as `[batch, outer, groups, channels,
/// span]`. A line is one (outer, group) pair, normalized by itself; a parameter is one (group, channel) pair.
package struct NormalizationForm: Sendable {
    package let batch: Int
    package let outer: Int
    package let groups: Int
    package let channels: Int
    package let span: Int
    package let epsilon: Double

    package init(batch: Int = 1, outer: Int = 1, groups: Int = 1, channels: Int = 1, span: Int = 1, epsilon: Double) {
        (self.batch, self.outer, self.groups) = (batch, outer, groups)
        (self.channels, self.span, self.epsilon) = (channels, span, epsilon)
    }

    /// The input's numbers under these five axes.
    package var shape: Shape { [batch, outer, groups, channels, span] }
    /// How many lines there are, and how many numbers each has.
    package var lines: Int { outer * groups }
    package var lineCount: Int { batch * channels * span }
    /// How many weights there are.
    package var parameters: Int { groups * channels }

    fileprivate var kernel: gradus_normalization {
        gradus_normalization(
            batch: Int64(batch), outer: Int64(outer), groups: Int64(groups), channels: Int64(channels),
            span: Int64(span), epsilon: epsilon)
    }
}

/// (x − mean) / √(variance + ε), times the weight and plus the bias where there are some, and each line's mean and variance
/// (the sum of squared deviations by their number), which are `float64` and of shape `[lines]`. NaN for lines of no numbers.
///
/// Shapes are the caller's care; element types that differ are misuse.
package func normalized(
    _ name: StaticString, _ x: Tensor, weight: Tensor?, bias: Tensor?, _ form: NormalizationForm
) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    let (shape, type) = (x.shape, x.elementType)
    let nothing = (y: Tensor.inert(shape, type), mean: Tensor.inert([form.lines]), variance: Tensor.inert([form.lines]))
    for other in [x, weight, bias].compactMap({ $0 }) where other.elementType != type || !type.isFloatingPoint {
        misuse("\(name): \(type) beside \(other.elementType); all are of one floating-point type")
        return nothing
    }
    guard !misuseIsPending else { return nothing }
    if x.count == 0 {
        return (x, .full([form.lines], .nan, as: .float64), .full([form.lines], .nan, as: .float64))
    }
    var variance = Tensor.zeros([form.lines], as: .float64)
    var y = Tensor.zeros([0])
    let mean = Tensor.make([form.lines], .float64) { mean in
        variance.withMutablePointer { variance in
            y = Tensor.make(shape, type) { y in
                withPointers(x, weight, bias) { x, weight, bias in
                    withUnsafePointer(to: form.kernel) { kernel in
                        parallelFor(form.lines, grain: lineGrain(cost: form.lineCount, inner: 1, perElement: 4)) {
                            gradus_normalize(
                                type.code, kernel, x, weight, bias, y, mean.assumingMemoryBound(to: Double.self),
                                variance.assumingMemoryBound(to: Double.self), Int64($0.lowerBound),
                                Int64($0.upperBound))
                        }
                    }
                }
            }
        }
    }
    return (y, mean, variance)
}

/// What an upstream gradient becomes on its way back to the input of ``normalized(_:_:weight:bias:_:)``.
package func normalizedGradient(
    _ x: Tensor, weight: Tensor?, _ upstream: Tensor, mean: Tensor, variance: Tensor, _ form: NormalizationForm
) -> Tensor {
    let type = x.elementType
    return Tensor.make(x.shape, type) { gradient in
        withPointers(x, weight, upstream) { x, weight, upstream in
            mean.withElements(as: Double.self) { mean in
                variance.withElements(as: Double.self) { variance in
                    withUnsafePointer(to: form.kernel) { kernel in
                        parallelFor(form.lines, grain: lineGrain(cost: form.lineCount, inner: 1, perElement: 4)) {
                            gradus_normalize_gradient(
                                type.code, kernel, x, weight, upstream, mean.baseAddress, variance.baseAddress,
                                gradient, Int64($0.lowerBound), Int64($0.upperBound))
                        }
                    }
                }
            }
        }
    }
}

/// The gradients in weight and bias, both of shape `[parameters]`.
package func normalizedParameterGradients(
    _ x: Tensor, _ upstream: Tensor, mean: Tensor, variance: Tensor, _ form: NormalizationForm
) -> (weight: Tensor, bias: Tensor) {
    let (type, shape) = (x.elementType, Shape([form.parameters]))
    if x.count == 0 { return (.zeros(shape, as: type), .zeros(shape, as: type)) }
    var bias = Tensor.zeros(shape, as: type)
    let weight = Tensor.make(shape, type) { weight in
        bias.withMutablePointer { bias in
            withPointers(x, nil, upstream) { x, _, upstream in
                mean.withElements(as: Double.self) { mean in
                    variance.withElements(as: Double.self) { variance in
                        withUnsafePointer(to: form.kernel) { kernel in
                            let cost = form.batch * form.outer * form.span
                            parallelFor(form.parameters, grain: lineGrain(cost: cost, inner: 64, perElement: 2)) {
                                gradus_normalize_parameter_gradients(
                                    type.code, kernel, x, upstream, mean.baseAddress, variance.baseAddress, weight,
                                    bias, Int64($0.lowerBound), Int64($0.upperBound))
                            }
                        }
                    }
                }
            }
        }
    }
    return (weight, bias)
}

private func withPointers(
    _ a: Tensor, _ b: Tensor?, _ c: Tensor?,
    _ body: (UnsafeRawPointer, UnsafeRawPointer?, UnsafeRawPointer?) -> Void
) {
    func withOptional(_ tensor: Tensor?, _ body: (UnsafeRawPointer?) -> Void) {
        if let tensor { tensor.withPointer { body($0) } } else { body(nil) }
    }
    a.withPointer { a in withOptional(b) { b in withOptional(c) { c in body(a, b, c) } } }
}
