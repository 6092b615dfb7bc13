import GradusAutograd
import GradusTensor

/// A weight whose filters each have mean 0 and variance 1 over all they read (S. Qiao et al., "Micro-batch training with
/// batch-channel normalization and weight standardization", 2019, section 3): what a convolution is given in place of its weight.
///
///     conv2D(x, weightStandardized(layer.weight), bias: layer.bias)
///
/// The weight is `[outChannels, …]`. The variance is that of the filter's own numbers, and ε is added to it; the paper adds it to
/// the deviation. A weight of fewer than two axes is misuse.
public func weightStandardized(
    _ weight: Variable, epsilon: Double = 1e-5, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard weight.rank >= 2 else {
        return misuse("weightStandardized: a weight of shape \(weight.shape); it is [outChannels, …]")
    }
    let filter = Shape(weight.shape.dropFirst())
    return layerNorm(weight, over: filter, epsilon: epsilon, file: file, line: line)
}
