import GradusAutograd
import GradusTensor

/// Averages over as many windows as the output has places, whatever the input's size. See `adaptiveAveragePool2D`.
///
/// `[batch, channels, height, width]` to `[batch, channels, outputSize]`.
public struct AdaptiveAveragePool2D: Layer, Sendable {
    /// Height and width of the output.
    public let outputSize: Pair

    /// Pooling to this size; 1 averages whole planes.
    public init(outputSize: Pair) { self.outputSize = outputSize }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { adaptiveAveragePool2D(x, outputSize: outputSize) }
}

/// The largest number in each of as many windows as the output has places, whatever the input's size. See
/// `adaptiveMaxPool2D`.
///
/// `[batch, channels, height, width]` to `[batch, channels, outputSize]`.
public struct AdaptiveMaxPool2D: Layer, Sendable {
    /// Height and width of the output.
    public let outputSize: Pair

    /// Pooling to this size.
    public init(outputSize: Pair) { self.outputSize = outputSize }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { adaptiveMaxPool2D(x, outputSize: outputSize) }
}

/// The average of each whole plane: `[batch, channels, height, width]` to `[batch, channels]` (M. Lin et al., "Network in network",
/// 2014, section 3.2). Takes any number of axes behind the channels.
public struct GlobalAveragePool: Layer, Sendable {
    /// Pooling over all axes behind the second.
    public init() {}

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { x.rank <= 2 ? x : x.mean(along: Array(2..<x.rank)) }
}

/// The largest number of each whole plane: `[batch, channels, height, width]` to `[batch, channels]`. Ties share the gradient evenly.
public struct GlobalMaxPool: Layer, Sendable {
    /// Pooling over all axes behind the second.
    public init() {}

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { x.rank <= 2 ? x : x.max(along: Array(2..<x.rank)) }
}
