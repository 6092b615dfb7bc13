import GradusAutograd
import GradusTensor

/// Examples and what is to be learnt of each, lying in memory.
///
///     let digits = try Digits.load()
///     var random = Random(seed: 1)
///     for batch in digits.training.batches(of: 64, shuffledBy: &random) {
///         let loss = crossEntropy(model(batch.inputs), batch.labels)
///     }
public struct Dataset: Sendable {
    /// One example after the other along the leading axis: `[n, …]`, for images `[n, channels, height, width]`.
    public let inputs: Tensor

    /// A label for each: `[n]` of `int64` for classes, or what else is to be learnt, `[n, …]`.
    public let labels: Tensor

    /// The number of examples.
    public var count: Int { inputs.rank > 0 ? inputs.shape[0] : 0 }

    /// Another number of labels than of inputs, or tensors of no axes, are misuse.
    public init(inputs: Tensor, labels: Tensor) {
        if inputs.rank == 0 || labels.rank == 0 || inputs.shape[0] != labels.shape[0] {
            misuse("Dataset: inputs of shape \(inputs.shape) and labels of \(labels.shape); the first sizes are equal")
        }
        (self.inputs, self.labels) = (inputs, labels)
    }

    /// The examples at these positions, an `int64` tensor `[m]`, in that order. A position out of range is misuse.
    public func taking(_ positions: Tensor) -> Dataset {
        Dataset(inputs: inputs.taking(positions), labels: labels.taking(positions))
    }

    /// Two parts without a common example, each in random order: `count` examples, and the others.
    ///
    /// A count below 0 or above the number of examples is misuse.
    public func split(
        _ count: Int, using generator: inout some RandomNumberGenerator
    ) -> (first: Dataset, second: Dataset) {
        guard count >= 0 && count <= self.count else {
            return misuse("split: \(count) of \(self.count) examples", inert: (self, self))
        }
        let order = Tensor.permutation(self.count, using: &generator)
        return (taking(order[..<count]), taking(order[count...]))
    }
}
