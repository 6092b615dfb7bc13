import GradusTensor

/// Ends training when a number has not become better for a while.
///
///     trainer.stopping = EarlyStopping(watching: "accuracy", patience: 5, higherIsBetter: true)
public struct EarlyStopping: Sendable, Equatable {
    /// The name of the metric; `loss` is the training loss of the epoch.
    public let metric: String
    /// How many epochs in a row may be no better than the best.
    public let patience: Int
    /// How much better an epoch must be to count as better.
    public let leastChange: Double
    /// Whether the metric is to rise.
    public let higherIsBetter: Bool

    /// The best number so far; nil before the first.
    public internal(set) var best: Double?
    /// How many epochs there were since the best.
    public internal(set) var epochsSinceBest = 0

    /// A patience below 1, and a least change that is negative or not finite, are misuse.
    public init(watching metric: String, patience: Int, leastChange: Double = 0, higherIsBetter: Bool = false) {
        if patience < 1 || !(leastChange >= 0 && leastChange.isFinite) {
            misuse("EarlyStopping: a patience of \(patience), a least change of \(leastChange); 1 or more, 0 or more")
        }
        (self.metric, self.patience) = (metric, patience)
        (self.leastChange, self.higherIsBetter) = (leastChange, higherIsBetter)
    }

    /// Takes the number of one more epoch, and says whether it is the best so far. NaN never is.
    package mutating func isBest(_ value: Double) -> Bool {
        let isBetter = best.map { higherIsBetter ? value > $0 + leastChange : value < $0 - leastChange } ?? !value.isNaN
        (best, epochsSinceBest) = isBetter ? (value, 0) : (best, epochsSinceBest + 1)
        return isBetter
    }

    /// Whether patience is at its end.
    public var isOver: Bool { epochsSinceBest >= patience }
}
