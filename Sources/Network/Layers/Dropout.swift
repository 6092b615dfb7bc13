import GradusAutograd
import GradusTensor
import Synchronization

/// In training, sets each number to 0 with some probability and scales the others up; in `evaluate { … }` it does nothing.
/// See `dropout`.
///
/// It draws from the default generator, which `seed(_:)` starts anew and `recomputed` and gradient checks restore; or, if made
/// with a seed, from one of its own, which nothing else draws from and nobody restores.
public struct Dropout: Layer, Sendable {
    /// The share of numbers that is set to 0.
    public let probability: Double

    private let generator: Generator?

    /// Draws from the default generator. A probability outside 0 to 1 is misuse at the first call.
    public init(probability: Double) { (self.probability, generator) = (probability, nil) }

    /// Draws from a generator of its own, started at this seed. Copies of the layer share it.
    public init(probability: Double, seed: UInt64) {
        (self.probability, generator) = (probability, Generator(seed: seed))
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        guard let generator else { return dropout(x, probability: probability) }
        return generator.random.withLock { dropout(x, probability: probability, using: &$0) }
    }

    private final class Generator: Sendable {
        let random: Mutex<Random>
        init(seed: UInt64) { random = Mutex(Random(seed: seed)) }
    }
}
