import GradusAutograd
import GradusTensor

/// Normalizes by a mixture of instance, layer and batch statistics (P. Luo et al., "Differentiable learning-to-normalize via
/// switchable normalization", 2019, section 2.2).
///
/// `x` is `[batch, channels, height, width]`, weight and bias `[channels]`. Means and variances are mixed by the softmax of
/// `meanWeight` and `varianceWeight`, both `[3]`, in the order instance, layer, batch. Anything else, a negative ε and an
/// input without values are misuse.
public func switchableNorm(
    _ x: Variable, weight: Variable, bias: Variable, meanWeight: Variable, varianceWeight: Variable,
    epsilon: Double = 1e-5, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    switchableNorm(x, weight, bias, meanWeight, varianceWeight, epsilon, batch: nil, file, line).output
}

/// The same with a mean and a variance `[channels]` in place of the batch's, as running statistics are in evaluation.
public func switchableNorm(
    _ x: Variable, mean: Tensor, variance: Tensor, weight: Variable, bias: Variable, meanWeight: Variable,
    varianceWeight: Variable, epsilon: Double = 1e-5, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    for (what, shape) in [("mean", mean.shape), ("variance", variance.shape)] where shape != weight.shape {
        return misuse("switchableNorm: a \(what) of shape \(shape); it is \(weight.shape) here")
    }
    return switchableNorm(
        x, weight, bias, meanWeight, varianceWeight, epsilon, batch: (mean, variance), file, line
    ).output
}

/// The output, and the batch's statistics `[1, channels, 1, 1]`.
private func switchableNorm(
    _ x: Variable, _ weight: Variable, _ bias: Variable, _ meanWeight: Variable, _ varianceWeight: Variable,
    _ epsilon: Double, batch: (mean: Tensor, variance: Tensor)?, _ file: StaticString, _ line: UInt
) -> (output: Variable, mean: Tensor, variance: Tensor) {
    var inert: (Variable, Tensor, Tensor) { (.constant(.inert(x.shape, x.elementType)), .inert, .inert) }
    guard x.rank == 4 && weight.shape == [x.shape[1]] && bias.shape == weight.shape else {
        return misuse(
            "switchableNorm: an input of shape \(x.shape), a weight of \(weight.shape), a bias of \(bias.shape); "
                + "they are [batch, channels, height, width] and [channels]", inert: inert)
    }
    guard x.shape.count > 0 || batch != nil else {
        return misuse("switchableNorm: no values, in shape \(x.shape); a mean needs one", inert: inert)
    }
    guard meanWeight.shape == [3] && varianceWeight.shape == [3] && epsilon >= 0 else {
        return misuse(
            "switchableNorm: shares of shape \(meanWeight.shape) and \(varianceWeight.shape), epsilon \(epsilon); "
                + "shares are [3], epsilon is 0 or more", inert: inert)
    }
    return located(file, line) {
        // The statistics of each plane; those of larger sets are made of them, the variances by the mean of squares.
        let mean = x.mean(along: [2, 3], keepingAxes: true)
        let variance = x.variance(along: [2, 3], correction: 0, keepingAxes: true)
        let squares = variance + square(mean)
        let layerMean = mean.mean(along: 1, keepingAxes: true)
        let layerVariance = squares.mean(along: 1, keepingAxes: true) - square(layerMean)
        let perChannel: Shape = [1, weight.count, 1, 1]
        let batchMean =
            batch.map { .constant($0.mean.converted(to: x.elementType).reshaped(to: perChannel)) }
            ?? mean.mean(along: 0, keepingAxes: true)
        let batchVariance =
            batch.map { .constant($0.variance.converted(to: x.elementType).reshaped(to: perChannel)) }
            ?? squares.mean(along: 0, keepingAxes: true) - square(batchMean)
        let means = meanWeight.softmax().split(into: 3), variances = varianceWeight.softmax().split(into: 3)
        let center = mean * means[0] + layerMean * means[1] + batchMean * means[2]
        let spread = variance * variances[0] + layerVariance * variances[1] + batchVariance * variances[2]
        let output =
            (x - center) * rsqrt(spread + epsilon) * weight.reshaped(to: perChannel) + bias.reshaped(to: perChannel)
        return (output, batchMean.value, batchVariance.value)
    }
}

/// Normalizes by a learnt mixture of instance, layer and batch statistics. See `switchableNorm`.
///
/// Inputs and outputs are `[batch, channels, height, width]`. The batch's part follows modes as in ``BatchNorm``.
public struct SwitchableNorm: Layer, Sendable {
    /// `[channels]`, ones and zeros at first.
    public let weight: Variable, bias: Variable
    /// `[3]`: what becomes the shares of instance, layer and batch; ones at first.
    public let meanWeight: Variable, varianceWeight: Variable
    /// `[channels]`: what stands for the batch in evaluation.
    public let runningMean: Buffer, runningVariance: Buffer
    /// What is added to the variance.
    public let epsilon: Double
    /// How far a batch moves the running statistics.
    public let momentum: Double

    /// Equal shares at first.
    public init(
        channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, as elementType: ElementType = .float32
    ) {
        if !(momentum >= 0 && momentum <= 1) { misuse("SwitchableNorm: a momentum of \(momentum) is outside 0 to 1") }
        weight = Variable(.ones([channels], as: elementType))
        bias = Variable(.zeros([channels], as: elementType))
        meanWeight = Variable(.ones([3], as: elementType))
        varianceWeight = Variable(.ones([3], as: elementType))
        runningMean = Buffer(.zeros([channels], as: elementType))
        runningVariance = Buffer(.ones([channels], as: elementType))
        (self.epsilon, self.momentum) = (epsilon, momentum)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        let running = isEvaluating ? (mean: runningMean.value, variance: runningVariance.value) : nil
        let normalized = switchableNorm(
            x, weight, bias, meanWeight, varianceWeight, epsilon, batch: running, #fileID, #line)
        if !isEvaluating && !isReplaying && !misuseIsPending {
            runningMean.follow(normalized.mean.flattened(), share: momentum)
            let values = x.shape.count / x.shape[1]
            let unbiased = values > 1 ? Double(values) / Double(values - 1) : 1
            runningVariance.follow(normalized.variance.flattened() * unbiased, share: momentum)
        }
        return normalized.output
    }
}

extension Buffer {
    /// Moves a running mean by a share towards a new number, in double precision.
    func follow(_ statistic: Tensor, share: Double) {
        let old = value
        value = ((1 - share) * old.converted(to: .float64) + share * statistic.converted(to: .float64))
            .converted(to: old.elementType)
    }
}
