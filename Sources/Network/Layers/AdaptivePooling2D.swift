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
/// 2014, section 3.2).
///
/// Takes any number of axes behind the channels; without any, and with fewer than two axes in all, nothing is done.
public func globalAveragePool(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    located(file, line) { x.rank <= 2 ? x : x.mean(along: Array(2..<x.rank)) }
}

/// The largest number of each whole plane, as `globalAveragePool` has their average. Ties share the gradient evenly, where
/// `adaptiveMaxPool2D(x, outputSize: 1)`, and PyTorch's, give it to the first.
public func globalMaxPool(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    located(file, line) { x.rank <= 2 ? x : x.max(along: Array(2..<x.rank)) }
}

/// The average of each whole plane, `[batch, channels, height, width]` to `[batch, channels]`. See `globalAveragePool`.
public struct GlobalAveragePool: Layer, Sendable {
    /// Pooling over all axes behind the second.
    public init() {}

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { globalAveragePool(x) }
}

/// The largest number of each whole plane, `[batch, channels, height, width]` to `[batch, channels]`. See `globalMaxPool`.
public struct GlobalMaxPool: Layer, Sendable {
    /// Pooling over all axes behind the second.
    public init() {}

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { globalMaxPool(x) }
}
