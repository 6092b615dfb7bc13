import GradusAutograd
import GradusTensor

/// The largest number in each window of an image. See `maxPool2D`.
///
/// `[batch, channels, height, width]` to `[batch, channels, outHeight, outWidth]`.
public struct MaxPool2D: Layer, Sendable {
    /// The size of the window.
    public let kernel: Pair
    /// How far the window moves at a step.
    public let stride: Pair
    /// How many rows and columns are added on each side.
    public let padding: Pair

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Pair, stride: Pair? = nil, padding: Pair = 0) {
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        maxPool2D(x, kernel: kernel, stride: stride, padding: padding)
    }
}

/// The mean of each window of an image. See `averagePool2D`.
///
/// `[batch, channels, height, width]` to `[batch, channels, outHeight, outWidth]`.
public struct AveragePool2D: Layer, Sendable {
    /// The size of the window.
    public let kernel: Pair
    /// How far the window moves at a step.
    public let stride: Pair
    /// How many rows and columns are added on each side.
    public let padding: Pair

    /// Whether zeros of the padding count as numbers that are averaged.
    public let countingPadding: Bool

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Pair, stride: Pair? = nil, padding: Pair = 0, countingPadding: Bool = true) {
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
        self.countingPadding = countingPadding
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        averagePool2D(x, kernel: kernel, stride: stride, padding: padding, countingPadding: countingPadding)
    }
}
