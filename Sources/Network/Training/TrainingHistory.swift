/// What one trip through the training examples came to.
public struct EpochRecord: Sendable, Equatable {
    /// Counted from 1.
    public let number: Int
    /// The mean loss over the epoch's examples, each before the step it had a part in.
    public let loss: Double
    /// The learning rate of its last step.
    public let learningRate: Double
    /// What the validation gave, in its order.
    public let metrics: [Metric]

    /// A number with a name.
    public struct Metric: Sendable, Equatable {
        /// What it is called.
        public let name: String
        /// The number.
        public let value: Double

        /// A number of that name.
        public init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
    }

    /// A metric by its name, or the loss as `loss`; nil if there is none of that name.
    public subscript(name: String) -> Double? {
        metrics.first { $0.name == name }?.value ?? (name == "loss" ? loss : nil)
    }
}

/// What a ``Trainer`` has done.
public struct TrainingHistory: Sendable, Equatable {
    /// Why training ended.
    public enum End: String, Sendable {
        /// All epochs were done.
        case finished
        /// The metric had not become better for long enough.
        case stoppedEarly
        /// Ctrl-C was pressed. What was done is in the checkpoint, if there is one.
        case interrupted
        /// The loss was no number any more; the parameters are those of before the step that would have spoilt them.
        case diverged
    }

    /// A record an epoch, those of a run that was resumed included.
    public internal(set) var epochs: [EpochRecord] = []
    /// Why it ended.
    public internal(set) var end = End.finished

    /// The values of a metric, or of `loss`, epoch by epoch; NaN where it is missing.
    public func values(_ name: String) -> [Double] { epochs.map { $0[name] ?? .nan } }
}
