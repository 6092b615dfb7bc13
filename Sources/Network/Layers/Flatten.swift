import GradusAutograd

/// Several axes made one, in row-major order; without arguments all but the batch: `[batch, channels, height, width]` to
/// `[batch, channels · height · width]`.
public struct Flatten: Layer, Sendable {
    /// The first axis that is merged.
    public let first: Int
    /// The last axis that is merged.
    public let last: Int

    /// The axes from `first` through `last`; negative ones count from the end.
    public init(from first: Int = 1, through last: Int = -1) { (self.first, self.last) = (first, last) }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { x.flattened(from: first, through: last) }
}
