import GradusAutograd
import GradusTensor

/// Adds to each place of a sequence the sines and cosines of its position. See `positionalEncoding`.
///
/// `[batch, time, features]` to the same, for any time; nothing is learnt.
public struct SinusoidalPositions: Layer, Sendable {
    /// Dropout of the sum, in training.
    public let dropout: Dropout

    /// With a probability of dropout, 0.1 in the paper.
    public init(dropout: Double = 0) { self.dropout = Dropout(probability: dropout) }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        guard x.rank >= 2 else {
            return misuse("SinusoidalPositions: an input of shape \(x.shape); it is [batch, time, features]")
        }
        return dropout(x + .constant(positionalEncoding(length: x.shape[-2], features: x.shape[-1], as: x.elementType)))
    }
}

/// Adds to each place of a sequence a vector that is learnt for its position. `[batch, time, features]` to the same, up to a
/// longest time; a longer sequence is misuse.
public struct LearnedPositions: Layer, Sendable {
    /// `[length, features]`.
    public let weight: Variable

    /// Vectors drawn from a normal distribution.
    public init(
        length: Int, features: Int, standardDeviation: Double = 0.02, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        weight = Variable(
            .normal([length, features], standardDeviation: standardDeviation, as: elementType, using: &generator))
    }

    /// The same from the default generator.
    public init(
        length: Int, features: Int, standardDeviation: Double = 0.02, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            length: length, features: features, standardDeviation: standardDeviation, as: elementType, using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        guard x.rank >= 2 && x.shape[-2] <= weight.shape[0] else {
            return misuse(
                "LearnedPositions: an input of shape \(x.shape); it is [batch, time, features], "
                    + "of up to \(weight.shape[0]) steps")
        }
        return x + weight[..<x.shape[-2]]
    }
}
