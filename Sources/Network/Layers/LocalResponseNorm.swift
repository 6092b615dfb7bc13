import GradusAutograd
import GradusTensor

/// Each number divided by a power of the mean square of its neighbours in the channels around: x / (k + α · mean of squares)^β
/// (A. Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012, section 3.3).
///
/// `[batch, channels, …]` to the same. `size` channels count, the channel in the middle (one more before it if the size is even);
/// beyond the first and the last they count as 0. As in PyTorch it is the mean that α multiplies; in the paper it is the sum, so
/// that the paper's α of 10⁻⁴ for 5 channels is 5 · 10⁻⁴ here. A size below 1 and an input of fewer than two axes are misuse.
public func localResponseNorm(
    _ x: Variable, size: Int = 5, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard x.rank >= 2 && size > 0 else {
        return misuse(
            "localResponseNorm: an input of shape \(x.shape), \(size) channels; it is [batch, channels, …], and at least one counts"
        )
    }
    if x.count == 0 { return x }
    return located(file, line) {
        let planes: Shape = [x.shape[0], 1, x.shape[1], x.count / (x.shape[0] * x.shape[1])]
        let squares = square(x).reshaped(to: planes).padded([0, 0, size / 2, 0], [0, 0, (size - 1) / 2, 0])
        let mean = averagePool2D(squares, kernel: Pair(size, 1), stride: 1)
        return x / pow(k + alpha * mean.reshaped(to: x.shape), beta)
    }
}

/// Divides each number by a power of the mean square of its neighbours in the channels around. See `localResponseNorm`.
public struct LocalResponseNorm: Layer, Sendable {
    /// How many channels count.
    public let size: Int
    /// The numbers of the formula.
    public let alpha: Double, beta: Double, k: Double

    /// PyTorch's defaults; the paper has k = 2.
    public init(size: Int = 5, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1) {
        (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        localResponseNorm(x, size: size, alpha: alpha, beta: beta, k: k)
    }
}
