import GradusAutograd
import GradusTensor

/// Normalizes by a learnt mixture of instance, layer and batch statistics (P. Luo et al., "Differentiable learning-to-normalize
/// via switchable normalization", 2019, section 2.2).
///
/// Inputs and outputs are `[batch, channels, height, width]`. Means and variances are mixed by weights of their own, the softmax of
/// ``meanWeight`` and ``varianceWeight``, in the order instance, layer, batch. The batch's part follows modes as in ``BatchNorm``.
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
        guard x.rank == 4 && x.shape[1] == weight.count else {
            return misuse(
                "SwitchableNorm: an input of shape \(x.shape); it is [batch, \(weight.count) channels, height, width]")
        }
        // The statistics of each plane; those of larger sets are made of them, the variances by the mean of squares.
        let mean = x.mean(along: [2, 3], keepingAxes: true)
        let variance = x.variance(along: [2, 3], correction: 0, keepingAxes: true)
        let squares = variance + square(mean)
        let layerMean = mean.mean(along: 1, keepingAxes: true)
        let layerVariance = squares.mean(along: 1, keepingAxes: true) - square(layerMean)
        let (batchMean, batchVariance) = batchStatistics(mean, squares, values: x.shape.count / max(x.shape[1], 1))
        func mixed(_ parts: [Variable], _ weight: Variable) -> Variable {
            let shares = weight.softmax().split(into: 3)
            return zip(parts, shares).map { $0 * $1 }.reduce(nil) { sum, part in sum.map { $0 + part } ?? part }
                ?? .inert  // there are three
        }
        let center = mixed([mean, layerMean, batchMean], meanWeight)
        let spread = mixed([variance, layerVariance, batchVariance], varianceWeight)
        let perChannel: Shape = [1, weight.count, 1, 1]
        return (x - center) * rsqrt(spread + epsilon) * weight.reshaped(to: perChannel)
            + bias.reshaped(to: perChannel)
    }

    private func batchStatistics(
        _ mean: Variable, _ squares: Variable, values: Int
    ) -> (mean: Variable, variance: Variable) {
        let shape: Shape = [1, weight.count, 1, 1]
        if isEvaluating {
            return (
                .constant(runningMean.value.reshaped(to: shape)), .constant(runningVariance.value.reshaped(to: shape))
            )
        }
        let batchMean = mean.mean(along: 0, keepingAxes: true)
        let variance = squares.mean(along: 0, keepingAxes: true) - square(batchMean)
        if !isReplaying {
            runningMean.follow(batchMean.value.flattened(), share: momentum)
            let unbiased = values > 1 ? Double(values) / Double(values - 1) : 1
            runningVariance.follow(variance.value.flattened() * unbiased, share: momentum)
        }
        return (batchMean, variance)
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
