import GradusAutograd
import GradusTensor

/// Some examples together, as a training step takes them.
public struct Batch: Sendable {
    /// `[n, …]`: a constant, as nobody wants a gradient of the data.
    public let inputs: Variable

    /// `[n]` or `[n, …]`.
    public let labels: Tensor

    /// Inputs and the labels that belong to them.
    public init(inputs: Variable, labels: Tensor) { (self.inputs, self.labels) = (inputs, labels) }

    /// The number of examples.
    public var count: Int { inputs.rank > 0 ? inputs.shape[0] : 0 }
}

/// The batches of a data set, each gathered when it is asked for.
///
/// Going through them again gives the same batches: the order was drawn when they were asked of the data set.
public struct Batches: Sendable {
    private let dataset: Dataset
    private let order: Tensor?
    private let size: Int
    private var changes: [Change] = []

    /// What is done to each batch, and the seed that the batches' generators begin from.
    private struct Change {
        let seed: UInt64
        let apply: @Sendable (Batch, inout Random) -> Batch
    }

    /// The number of batches.
    public let count: Int

    fileprivate init(_ dataset: Dataset, size: Int, order: Tensor?, droppingLast: Bool) {
        let whole = dataset.count / size
        count = whole + (dataset.count % size > 0 && !droppingLast ? 1 : 0)
        (self.dataset, self.size, self.order) = (dataset, size, order)
    }
}

extension Dataset {
    /// All examples, in batches of `size`, in their order. The last batch has what is left over, or is dropped.
    ///
    /// A size below 1 is misuse.
    public func batches(of size: Int, droppingLast: Bool = false) -> Batches {
        Batches(self, size: checked(size), order: nil, droppingLast: droppingLast)
    }

    /// All examples, in batches of `size`, in an order drawn now: each once. The last batch has what is left over, or is
    /// dropped.
    ///
    /// The order depends on the generator alone, so a seed repeats a training run. A size below 1 is misuse.
    public func batches(
        of size: Int, shuffledBy generator: inout some RandomNumberGenerator, droppingLast: Bool = false
    ) -> Batches {
        let size = checked(size)
        let order = Tensor.permutation(count, using: &generator)
        return Batches(self, size: size, order: order, droppingLast: droppingLast)
    }

    private func checked(_ size: Int) -> Int {
        guard size >= 1 else { return misuse("batches: of \(size); a batch has at least one example", inert: 1) }
        return size
    }
}

extension Batches {
    /// The same batches, each changed by a function that may draw random numbers: augmentation.
    ///
    ///     batches.map(using: &random) { batch, random in
    ///         Batch(inputs: batch.inputs + .constant(.normal(batch.inputs.shape, using: &random)), labels: batch.labels)
    ///     }
    ///
    /// One number is drawn now, and each batch gets a generator of its own from it. So a batch is the same whenever, in
    /// whatever order and on whatever thread it is asked for.
    public func map(
        using generator: inout some RandomNumberGenerator,
        _ change: @escaping @Sendable (_ batch: Batch, _ random: inout Random) -> Batch
    ) -> Batches {
        var result = self
        result.changes.append(Change(seed: generator.next(), apply: change))
        return result
    }
}

extension Batches: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    /// A batch by its place in the order. One that is not there is misuse.
    public subscript(index: Int) -> Batch {
        guard index >= 0 && index < count else {
            return misuse(
                "batches: batch \(index) of \(count)", inert: Batch(inputs: .inert, labels: .inert))
        }
        let range = index * size..<Swift.min((index + 1) * size, dataset.count)
        // Neighbours share the data set's elements, others are gathered.
        let part = order.map { dataset.taking($0[range]) }
        var batch = Batch(
            inputs: .constant(part?.inputs ?? dataset.inputs[range]), labels: part?.labels ?? dataset.labels[range])
        for change in changes {
            var random = Random(seed: change.seed &+ UInt64(index))
            batch = change.apply(batch, &random)
        }
        return batch
    }
}
