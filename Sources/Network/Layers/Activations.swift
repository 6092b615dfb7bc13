import GradusAutograd
import GradusTensor

/// A rectifier whose slope below 0 is learnt, one for all channels or one for each. See `prelu`.
public struct PRelu: Layer, Sendable {
    /// The slope, `[1]` or `[channels]`.
    public let slope: Variable

    /// A slope of 0.25 at first, as in the paper; one for all unless a number of channels is given.
    public init(channels: Int = 1, slope: Double = 0.25, as elementType: ElementType = .float32) {
        self.slope = Variable(.full([channels], slope, as: elementType))
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { prelu(x, slope: slope) }
}

/// A fully connected layer each of whose outputs is the largest of several sums. See `maxout`.
///
/// `[…, inFeatures]` to `[…, outFeatures]`.
public struct Maxout: Layer, Sendable {
    /// The sums: `pieces` for each output, side by side.
    public let linear: Linear
    /// How many sums an output is chosen from.
    public let pieces: Int

    /// Weights by He's normal initialization, zeros as bias.
    public init(
        inFeatures: Int, outFeatures: Int, pieces: Int = 2, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        self.pieces = pieces
        linear = Linear(inFeatures: inFeatures, outFeatures: outFeatures * pieces, as: elementType, using: &generator)
    }

    /// The same from the default generator.
    public init(inFeatures: Int, outFeatures: Int, pieces: Int = 2, as elementType: ElementType = .float32) {
        var random = DefaultRandom()
        self.init(
            inFeatures: inFeatures, outFeatures: outFeatures, pieces: pieces, as: elementType, using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { maxout(linear(x), pieces: pieces) }
}
