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
    /// Whether relu follows, in the same pass: of lines of one channel only.
    package let isRectified: Bool

    package init(
        batch: Int = 1, outer: Int = 1, groups: Int = 1, channels: Int = 1, span: Int = 1, epsilon: Double,
        isRectified: Bool = false
    ) {
        (self.batch, self.outer, self.groups) = (batch, outer, groups)
        (self.channels, self.span, self.epsilon, self.isRectified) = (channels, span, epsilon, isRectified)
    }

    /// The input's numbers under these five axes.
    package var shape: Shape { [batch, outer, groups, channels, span] }
    /// How many lines there are, and how many numbers each has.
    package var lines: Int { outer * groups }
    package var lineCount: Int { batch * channels * span }
    /// How many weights there are.
    package var parameters: Int { groups * channels }

    /// How many lines are worth handing to another thread: where their pieces are single numbers, side by side, whole cache lines.
    fileprivate var grain: Int {
        lineGrain(cost: lineCount, inner: batch > 1 && channels * span == 1 ? lines : 1, perElement: 4)
    }

    fileprivate var kernel: gradus_normalization {
        gradus_normalization(
            batch: Int64(batch), outer: Int64(outer), groups: Int64(groups), channels: Int64(channels),
            span: Int64(span), epsilon: epsilon, rectified: isRectified)
    }
}

/// (x − mean) / √(variance + ε), times the weight and plus the bias where there are some, and each line's mean and variance
/// (the sum of squared deviations by their number), which are `float64` and of shape `[lines]`. NaN for lines of no numbers. y is
/// rectified where the form is.
///
/// Shapes are the caller's care; element types that differ are misuse.
package func normalized(
    _ name: StaticString, _ x: Tensor, weight: Tensor?, bias: Tensor?, _ form: NormalizationForm
) -> (y: Tensor, mean: Tensor, variance: Tensor) {
    let (shape, type) = (x.shape, x.elementType)
    // Made only where it is given back: it is as large as the result.
    func nothing() -> (y: Tensor, mean: Tensor, variance: Tensor) {
        (.inert(shape, type), .inert([form.lines]), .inert([form.lines]))
    }
    for other in [x, weight, bias].compactMap({ $0 }) where other.elementType != type || !type.isFloatingPoint {
        misuse("\(name): \(type) beside \(other.elementType); all are of one floating-point type")
        return nothing()
    }
    guard !misuseIsPending else { return nothing() }
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
                        // Lines whose pieces lie behind one another are taken several at a time, so that memory is read in
                        // longer runs.
                        let together = form.batch == 1 ? form.grain : max(form.grain, min(8, form.lines / 8))
                        parallelFor(form.lines, grain: together) {
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

/// What an upstream gradient becomes on its way back through ``normalized(_:_:weight:bias:_:)``: the gradients in the input and in
/// weight and bias, both of shape `[parameters]`, in one call. What is not asked for is not computed, and nil. The bias is read only
/// where the form is rectified.
package func normalizedGradients(
    _ x: Tensor, weight: Tensor?, bias: Tensor?, _ upstream: Tensor, mean: Tensor, variance: Tensor,
    _ form: NormalizationForm, ofInput: Bool, ofParameters: Bool
) -> (x: Tensor?, parameters: (weight: Tensor, bias: Tensor)?) {
    let (type, parameters) = (x.elementType, Shape([form.parameters]))
    if x.count == 0 || misuseIsPending {
        return (
            ofInput ? .zeros(x.shape, as: type) : nil,
            ofParameters ? (.zeros(parameters, as: type), .zeros(parameters, as: type)) : nil
        )
    }
    // Each range of lines has sums of its own, which are then added up: few ranges, as each has as many sums as there are
    // parameters.
    let grain = max(form.grain, (form.lines + 31) / 32)
    let ranges = (form.lines + grain - 1) / grain
    func run(_ gradient: UnsafeMutableRawPointer?, _ parts: UnsafeMutablePointer<Double>?) {
        withPointers(x, weight, bias) { x, weight, bias in
            mean.withElements(as: Double.self) { mean in
                variance.withElements(as: Double.self) { variance in
                    upstream.withPointer { upstream in
                        withUnsafePointer(to: form.kernel) { kernel in
                            parallelFor(ranges, grain: 1) { taken in
                                for range in taken {
                                    gradus_normalize_gradient(
                                        type.code, kernel, x, weight, bias, upstream, mean.baseAddress,
                                        variance.baseAddress, gradient, parts.map { $0 + range * 2 * form.parameters },
                                        Int64(range * grain), Int64(min((range + 1) * grain, form.lines)))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    func runInto(_ parts: UnsafeMutablePointer<Double>?) -> Tensor? {
        if ofInput { return Tensor.make(x.shape, type) { run($0, parts) } }
        run(nil, parts)
        return nil
    }
    guard ofParameters else { return (runInto(nil), nil) }
    var gradient: Tensor?
    let parts = Tensor.make([ranges, 2, form.parameters], .float64) {
        gradient = runInto($0.assumingMemoryBound(to: Double.self))
    }
    var bias = Tensor.zeros(parameters, as: type)
    let weight = Tensor.make(parameters, type) { weight in
        bias.withMutablePointer { bias in
            parts.withElements(as: Double.self) {
                gradus_normalize_parameter_gradients(
                    type.code, Int64(form.parameters), Int64(ranges), $0.baseAddress, weight, bias)
            }
        }
    }
    return (gradient, (weight, bias))
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
