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
    /// Whether an input that the stride does not divide evenly is refused, rather than its end left unread.
    public let isExact: Bool

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Pair, stride: Pair? = nil, padding: Pair = 0, exact: Bool = false) {
        isExact = exact
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        if isExact && !fitsExactly(x.shape, kernel: kernel, stride: stride, padding: padding) { return .inert }
        return maxPool2D(x, kernel: kernel, stride: stride, padding: padding)
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
    /// Whether an input that the stride does not divide evenly is refused, rather than its end left unread.
    public let isExact: Bool

    /// Whether zeros of the padding count as numbers that are averaged.
    public let countingPadding: Bool

    /// Windows lie side by side unless a stride is given.
    public init(kernel: Pair, stride: Pair? = nil, padding: Pair = 0, countingPadding: Bool = true, exact: Bool = false)
    {
        isExact = exact
        (self.kernel, self.stride, self.padding) = (kernel, stride ?? kernel, padding)
        self.countingPadding = countingPadding
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        if isExact && !fitsExactly(x.shape, kernel: kernel, stride: stride, padding: padding) { return .inert }
        return averagePool2D(x, kernel: kernel, stride: stride, padding: padding, countingPadding: countingPadding)
    }
}
