import GradusAutograd
import GradusTensor
import Synchronization

/// In training, sets each number to 0 with some probability and scales the others up; in `evaluate { … }` it does nothing.
/// See `dropout`.
///
/// With ``scalesInTraining`` off, it is the evaluation that scales, by 1 − probability, and training leaves what is kept as it is:
/// the form of N. Srivastava et al., 2014, section 4. What is expected of both is equal but for that factor.
///
/// It draws from the default generator, which `seed(_:)` starts anew and `recomputed` and gradient checks restore; or, if made
/// with a seed, from one of its own, which nothing else draws from; its state is a buffer, saved with the model.
public struct Dropout: Layer, Sendable {
    /// The share of numbers that is set to 0.
    public let probability: Double

    /// Whether training scales up what is kept, rather than evaluation down what there is.
    public let scalesInTraining: Bool

    private let generator: Generator?

    /// Draws from the default generator. A probability outside 0 to 1 is misuse at the first call.
    public init(probability: Double, scalesInTraining: Bool = true) {
        (self.probability, self.scalesInTraining, generator) = (probability, scalesInTraining, nil)
    }

    /// Draws from a generator of its own, started at this seed. Copies of the layer share it.
    public init(probability: Double, seed: UInt64, scalesInTraining: Bool = true) {
        (self.probability, self.scalesInTraining) = (probability, scalesInTraining)
        generator = Generator(seed: seed)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        // Of either form the other is a multiple, in both modes.
        scalesInTraining || probability == 0 ? dropped(x) : (1 - probability) * dropped(x)
    }

    private func dropped(_ x: Variable) -> Variable {
        guard let generator else { return dropout(x, probability: probability) }
        return generator.draw { dropout(x, probability: probability, using: &$0) }
    }

    /// Its state lies in a buffer, so that it is saved with the model.
    private final class Generator: Sendable {
        let state: Buffer
        private let isDrawing = Mutex(())

        init(seed: UInt64) { state = Buffer(Tensor(Random(seed: seed).state.map { Int(bitPattern: UInt($0)) })) }

        func draw(_ body: (inout Random) -> Variable) -> Variable {
            isDrawing.withLock { _ in
                let words = state.value.array(of: Int.self).map { UInt64(UInt(bitPattern: $0)) }
                guard var random = Random(state: words) else {
                    return misuse("Dropout: \(words) is no state of a generator; it is four words, not all of them 0")
                }
                let result = body(&random)
                state.value = Tensor(random.state.map { Int(bitPattern: UInt($0)) })
                return result
            }
        }
    }
}
