import GradusAutograd
import GradusTensor

/// Normalizes each channel over the batch and all places, then scales and moves it. See `batchNorm`.
///
///     let norm = BatchNorm(channels: 16)
///     let h = relu(norm(convolution(x)))        // the batch's statistics, which also move the running ones
///     let g = norm(convolution(x), activation: .relu)  // the same in one pass
///     let p = evaluate { norm(convolution(x)) } // the running statistics
///
/// Inputs and outputs are `[batch, channels, …]`: features, sequences or images. In training the running mean and variance
/// follow those of the batches, the variance as the unbiased estimate, m / (m − 1) times that of the m values (S. Ioffe and C.
/// Szegedy, 2015, algorithm 2); in `evaluate { … }` they are what the input is normalized by. `recomputed` and gradient checks,
/// which run a model again, do not move them twice.
///
/// In training, fewer than two values a channel are misuse.
public struct BatchNorm: Layer, Sendable {
    /// `[channels]`, ones at first; or none.
    public let weight: Variable?
    /// `[channels]`, zeros at first; or none.
    public let bias: Variable?

    /// `[channels]`: zeros at first. Saved with the model, and not trained.
    public let runningMean: Buffer
    /// `[channels]`: ones at first.
    public let runningVariance: Buffer
    /// How many batches the running statistics have seen, `int64`.
    public let batchCount: Buffer

    /// What is added to the variance.
    public let epsilon: Double
    /// How far a batch moves the running statistics, PyTorch's way round; nil for their mean over all batches.
    public let momentum: Double?
    /// Whether the running statistics are read in training too, and stay as they are: for fine-tuning with small batches.
    public let isFrozen: Bool

    /// Ones as weight, zeros as bias. A momentum outside 0 to 1 and a negative number of channels or ε are misuse.
    public init(
        channels: Int, epsilon: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true, isFrozen: Bool = false,
        as elementType: ElementType = .float32
    ) {
        if let momentum, !(momentum >= 0 && momentum <= 1) {
            misuse("BatchNorm: a momentum of \(momentum) is outside 0 to 1")
        }
        weight = affine ? Variable(.ones([channels], as: elementType)) : nil
        bias = affine ? Variable(.zeros([channels], as: elementType)) : nil
        runningMean = Buffer(.zeros([channels], as: elementType))
        runningVariance = Buffer(.ones([channels], as: elementType))
        batchCount = Buffer(.zeros([], as: .int64))
        (self.epsilon, self.momentum, self.isFrozen) = (epsilon, momentum, isFrozen)
    }

    /// A layer of these parameters, `[channels]` both, and statistics of its own.
    public init(weight: Variable, bias: Variable?, epsilon: Double = 1e-5, momentum: Double? = 0.1) {
        let statistics = BatchNorm(
            channels: weight.count, epsilon: epsilon, momentum: momentum, affine: false, as: weight.elementType)
        (self.weight, self.bias, isFrozen) = (weight, bias, false)
        (runningMean, runningVariance) = (statistics.runningMean, statistics.runningVariance)
        (batchCount, self.epsilon, self.momentum) = (statistics.batchCount, epsilon, momentum)
    }

    private init(frozen layer: BatchNorm) {
        (weight, bias) = (layer.weight, layer.bias)
        (runningMean, runningVariance) = (layer.runningMean, layer.runningVariance)
        (batchCount, epsilon, momentum, isFrozen) = (layer.batchCount, layer.epsilon, layer.momentum, true)
    }

    /// This layer, parameters and statistics shared, with ``isFrozen``.
    public func frozen() -> BatchNorm { BatchNorm(frozen: self) }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { normalized(x, nil) }

    /// The same with an activation behind it, relu in one pass: `norm(x, activation: .relu)` is `relu(norm(x))`.
    public func callAsFunction(_ x: Variable, activation: Activation) -> Variable { normalized(x, activation) }

    private func normalized(_ x: Variable, _ activation: Activation?) -> Variable {
        if isEvaluating || isFrozen {
            return batchNorm(
                x, mean: runningMean.value, variance: runningVariance.value, weight: weight, bias: bias,
                epsilon: epsilon, activation: activation)
        }
        guard x.rank >= 2 && x.shape[1] == runningMean.value.count else {
            return misuse(
                "BatchNorm: an input of shape \(x.shape); it is [batch, \(runningMean.value.count) channels, …]")
        }
        let normalized = batchNormWithStatistics(
            x, weight: weight, bias: bias, epsilon: epsilon, activation: activation, file: #fileID, line: #line)
        if !isReplaying { follow(normalized, count: x.shape.count / max(x.shape[1], 1)) }
        return normalized.output
    }

    private func follow(_ batch: Normalized, count: Int) {
        guard !misuseIsPending else { return }
        batchCount.value = Tensor(Double(batchCount.value.item) + 1, as: .int64)
        let share = momentum ?? 1 / batchCount.value.item
        runningMean.follow(batch.mean, share: share)
        runningVariance.follow(batch.variance * (Double(count) / Double(count - 1)), share: share)
    }
}
