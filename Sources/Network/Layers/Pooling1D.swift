import GradusAutograd
import GradusTensor

/// The largest number in each window along a sequence. See `maxPool1D`.
///
/// `[batch, channels, length]` to `[batch, channels, outLength]`.
public struct MaxPool1D: Layer, Sendable {
    /// The size of the window.
    public let kernel: Int
    /// How far the window moves at a step.
    public let stride: Int
    /// How many places are added on each side.
    public let padding: Int

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0) {
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        maxPool1D(x, kernel: kernel, stride: stride, padding: padding)
    }
}

/// The mean of each window along a sequence. See `averagePool1D`.
///
/// `[batch, channels, length]` to `[batch, channels, outLength]`.
public struct AveragePool1D: Layer, Sendable {
    /// The size of the window.
    public let kernel: Int
    /// How far the window moves at a step.
    public let stride: Int
    /// How many places are added on each side.
    public let padding: Int
    /// Whether zeros of the padding count as numbers that are averaged.
    public let countingPadding: Bool

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Int, stride: Int? = nil, padding: Int = 0, countingPadding: Bool = true) {
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
        self.countingPadding = countingPadding
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        averagePool1D(x, kernel: kernel, stride: stride, padding: padding, countingPadding: countingPadding)
    }
}
