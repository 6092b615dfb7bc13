import GradusAutograd
import GradusData
import GradusTensor

/// Says of an example what most of the examples say that lie nearest to it (T. Cover and P. Hart, "Nearest neighbor pattern
/// classification", 1967). Nothing is trained: it remembers.
///
///     let neighbours = NearestNeighbours(training, distance: .euclidean)
///     let predictions = neighbours.predictions(for: test.inputs, k: 3)
public struct NearestNeighbours: Sendable {
    /// How far two examples are from one another.
    public enum Distance: String, Sendable, CaseIterable {
        /// L1: the sum of the magnitudes of all differences.
        case manhattan
        /// L2: the root of the sum of their squares.
        case euclidean
    }

    /// How distance is measured.
    public let distance: Distance
    private let examples: Tensor  // [n, features]
    private let labels: Tensor

    /// Remembers examples `[n, …]` of floating point with labels `[n]` of `int64`, 0 or more. Others, and no examples at all, are
    /// misuse.
    public init(_ training: Dataset, distance: Distance = .euclidean) {
        if training.count == 0 || !training.inputs.elementType.isFloatingPoint {
            misuse("NearestNeighbours: inputs of shape \(training.inputs.shape) and \(training.inputs.elementType)")
        }
        if training.labels.elementType != .int64 || training.labels.rank != 1 || training.labels.min().item < 0 {
            misuse("NearestNeighbours: labels are [n] of int64, 0 or more")
        }
        self.distance = distance
        examples = training.inputs.flattened(from: 1)
        labels = training.labels
    }

    /// How far each of m inputs `[m, …]` is from each of the n examples: `[m, n]`. Inputs of other sizes than the examples are
    /// misuse.
    public func distances(to inputs: Tensor) -> Tensor {
        guard inputs.rank >= 1, inputs.count == inputs.shape[0] * examples.shape[1] else {
            return misuse(
                "NearestNeighbours: inputs of shape \(inputs.shape), examples of \(examples.shape[1]) numbers")
        }
        let queries = inputs.flattened(from: 1)
        switch distance {
        case .manhattan:
            // One query at a time: all at once would be m · n · features numbers.
            return stack((0..<queries.shape[0]).map { abs(examples - queries[$0]).sum(along: 1) })
        case .euclidean:
            // |a − b|² = |a|² − 2ab + |b|², in double precision, as two long vectors may lie near one another.
            let (a, b) = (queries.converted(to: .float64), examples.converted(to: .float64))
            let squares = square(a).sum(along: 1, keepingAxes: true) + square(b).sum(along: 1)
            let products = matmul(a, b, transposingSecond: true)
            return sqrt(maximum(squares - 2 * products, 0)).converted(to: inputs.elementType)
        }
    }

    /// The positions of the k nearest examples of each input, the nearest first: `[m, k]` of `int64`. Of equally near ones the
    /// first comes first. k below 1 or above the number of examples is misuse.
    public func neighbours(of inputs: Tensor, k: Int) -> Tensor {
        guard k >= 1 && k <= examples.shape[0] else {
            return misuse("NearestNeighbours: \(k) neighbours among \(examples.shape[0]) examples")
        }
        return distances(to: inputs).topK(k, along: 1, largest: false).indices
    }

    /// The class of most of the k nearest examples; where several have as many, that of the nearest among them. `[m]` of `int64`.
    public func predictions(for inputs: Tensor, k: Int) -> Tensor { predictions(for: inputs, k: [k])[0] }

    /// The same for several k at once, for which the neighbours are looked for only once.
    public func predictions(for inputs: Tensor, k choices: [Int]) -> [Tensor] {
        guard let most = choices.max(), choices.allSatisfy({ $0 >= 1 }) else {
            return misuse(
                "NearestNeighbours: k of \(choices); 1 or more are wanted", inert: choices.map { _ in Tensor.inert })
        }
        let nearest = neighbours(of: inputs, k: most)
        guard !misuseIsPending else { return choices.map { _ in .inert([inputs.shape[0]], .int64) } }
        let found = labels.taking(nearest).array(of: Int.self)
        return choices.map { k in
            Tensor(
                (0..<inputs.shape[0]).map { row in
                    NearestNeighbours.winner(found[row * most..<row * most + k])
                })
        }
    }

    /// The label that comes most often; of several, the one that comes first.
    private static func winner(_ labels: ArraySlice<Int>) -> Int {
        var votes: [Int: Int] = [:]
        for label in labels { votes[label, default: 0] += 1 }
        let most = votes.values.max() ?? 0
        return labels.first { votes[$0] == most } ?? 0
    }
}
