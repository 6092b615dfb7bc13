import GradusAutograd
import GradusData
import GradusTensor

/// The usual loop, with what surrounds it: a line that shows how far it is, validation, early stopping, checkpoints, Ctrl-C.
///
///     let trainer = Trainer(model.parameters, by: Adam(), seed: 1)
///     trainer.schedule = .cosine(over: 30)
///     trainer.checkpoint = "digits.gradus"   // goes on from there if the file is there
///     let history = try trainer.run(
///         epochs: 30,
///         batches: { random in digits.training.batches(of: 64, shuffledBy: &random) },
///         loss: { batch in crossEntropy(model(batch.inputs), batch.labels) },
///         validation: { ["accuracy": evaluate { accuracy(model(.constant(test.inputs)), test.labels) }] })
///
/// It does nothing that one could not write in ten lines, and whoever wants another loop writes it:
///
///     for epoch in 0..<30 {
///         for batch in digits.training.batches(of: 64, shuffledBy: &random) {
///             let loss = crossEntropy(model(batch.inputs), batch.labels)
///             loss.backward()
///             adam.step(parameters)
///         }
///     }
///
/// A run that was ended at any moment and is begun again with the same checkpoint comes to the same numbers, to the bit: parameters
/// and buffers, the optimizer's memory, both random generators, epoch and step are in it. What a layer keeps to itself is not
/// (a `Dropout` made with a seed of its own).
public final class Trainer {
    /// What is trained.
    public let parameters: Parameters
    /// What moves it.
    public let optimizer: RuleOptimizer

    /// How the learning rate goes, as factors of what it was when the trainer was made; nil to leave it alone.
    public var schedule: Schedule?
    /// Whether the schedule counts steps, and not epochs.
    public var isScheduledBySteps = false
    /// When to end early; afterwards parameters and buffers are those of the best epoch.
    public var stopping: EarlyStopping?
    /// To which norm gradients are cut before each step.
    public var clippingNorm: Double?
    /// Whether a line shows how far it is.
    public var showsProgress = true
    /// The file to save to after each epoch and when interrupted, and to go on from if it is there.
    public var checkpoint: String?
    /// After how many steps to save too, for long epochs.
    public var checkpointSteps: Int?

    private let firstRate: Double
    var progress: Progress
    private var bar: ProgressBar?
    /// Where the generators were when the checkpoint was written, while the epoch's batches are drawn anew.
    private var resumed: (random: Random, shared: [UInt64])?

    /// A trainer whose batches are shuffled by a generator that begins at `seed`.
    public init(_ parameters: Parameters, by optimizer: RuleOptimizer, seed: UInt64 = 0) {
        (self.parameters, self.optimizer) = (parameters, optimizer)
        firstRate = optimizer.learningRate
        progress = Progress(random: Random(seed: seed))
    }

    /// How far training is: all that a checkpoint holds beside the model and the optimizer.
    struct Progress {
        /// Epochs done, steps done in all and in this epoch.
        var epoch = 0, step = 0, stepInEpoch = 0
        /// The loss of the examples of this epoch so far, and their number.
        var sum = 0.0, count = 0
        /// What shuffles the batches; and what it was at the epoch's start, for an epoch to be gone into again.
        var random: Random
        var epochStart: (random: [UInt64], shared: [UInt64])?
        var records: [EpochRecord] = []
        /// The best epoch's parameters and buffers.
        var best: [Tensor]?

        init(random: Random) { self.random = random }
    }

    /// Goes through the examples until all epochs are done, or `stopping` says so, or Ctrl-C is pressed: that ends it after the
    /// step, with a checkpoint if there is a path for one; pressed twice it ends the program.
    ///
    /// - `batches`: The batches of an epoch, in an order drawn from the generator.
    /// - `loss`: The mean loss of a batch.
    /// - `validation`: What is to be measured after each epoch; ``EarlyStopping`` looks for its metric there.
    ///
    /// Throws what the closures throw, and `DataError` or ``ArchiveMismatch`` if the checkpoint cannot be read, is another model's, or cannot be written. Fewer than 1 epoch is
    /// misuse.
    @discardableResult
    public func run<Examples: Sequence<Batch>>(
        epochs: Int, batches: (inout Random) throws -> Examples, loss: (Batch) throws -> Variable,
        validation: () throws -> KeyValuePairs<String, Double> = { [:] }
    ) throws -> TrainingHistory {
        guard epochs >= 1 else { return misuse("Trainer: \(epochs) epochs; there is one at least", inert: .init()) }
        try resume()
        return try Interruption.catching {
            var history = TrainingHistory()
            while progress.epoch < epochs && !(stopping?.isOver ?? false) {
                history.end = try runEpoch(epochs, batches, loss)
                guard history.end == .finished else { break }
                try finishEpoch(epochs, validation())
            }
            if stopping?.isOver ?? false { history.end = .stoppedEarly }
            if history.end != .interrupted { useBest() }
            history.epochs = progress.records
            return history
        }
    }

    /// The rest of an epoch: all of it, or what was left where a checkpoint was written.
    private func runEpoch<Examples: Sequence<Batch>>(
        _ epochs: Int, _ batches: (inout Random) throws -> Examples, _ loss: (Batch) throws -> Variable
    ) throws -> TrainingHistory.End {
        let (examples, done) = try enterEpoch(batches)
        let steps = epochs * examples.underestimatedCount
        var iterator = examples.makeIterator()
        for _ in 0..<done { _ = iterator.next() }
        leaveEntrance()
        if bar == nil { bar = ProgressBar(total: steps, done: progress.step) }
        while let batch = iterator.next() {
            let value = try loss(batch)
            let number = value.item
            guard number.isFinite && !misuseIsPending else { return .diverged }
            value.backward()
            if let clippingNorm { clipGradients(of: parameters, toNorm: clippingNorm) }
            if let schedule {
                optimizer.learningRate = firstRate * schedule(isScheduledBySteps ? progress.step : progress.epoch)
            }
            optimizer.step(parameters)
            progress.sum += number * Double(batch.count)
            progress.count += batch.count
            progress.step += 1
            progress.stepInEpoch += 1
            if showsProgress { bar?.show(progress.step, "epoch \(progress.epoch + 1)/\(epochs)  \(lossText)") }
            if let checkpointSteps, progress.step % Swift.max(checkpointSteps, 1) == 0 { try save() }
            if Interruption.isWanted {
                try save()
                return .interrupted
            }
        }
        return .finished
    }

    private var lossText: String { "loss \(ProgressBar.number(progress.sum / Double(progress.count)))" }

    /// The batches of the epoch, and how many of them were done before; the generators are at its start for them to be drawn anew.
    private func enterEpoch<Examples: Sequence<Batch>>(
        _ batches: (inout Random) throws -> Examples
    ) throws -> (examples: Examples, done: Int) {
        let isResumed = progress.epochStart != nil
        if isResumed { resumed = (progress.random, DefaultRandom.state) }
        let start = progress.epochStart ?? (progress.random.state, DefaultRandom.state)
        progress.epochStart = start
        if isResumed {
            progress.random = Random(state: start.random) ?? progress.random
            DefaultRandom.state = start.shared
        }
        return (try batches(&progress.random), progress.stepInEpoch)
    }

    /// In the middle of a resumed epoch, the generators go on from where they were then.
    private func leaveEntrance() {
        if let resumed { (progress.random, DefaultRandom.state) = resumed }
        resumed = nil
    }

    /// Validates, notes, and makes ready for the next epoch.
    private func finishEpoch(_ epochs: Int, _ metrics: KeyValuePairs<String, Double>) throws {
        let record = EpochRecord(
            number: progress.epoch + 1, loss: progress.sum / Double(progress.count),
            learningRate: optimizer.learningRate, metrics: metrics.map { .init($0.key, $0.value) })
        if showsProgress {
            let numbers = record.metrics.map { "  \($0.name) \(ProgressBar.number($0.value))" }
            bar?.show(
                progress.step, "epoch \(record.number)/\(epochs)  \(lossText)\(numbers.joined())", isLine: true)
        }
        progress.records.append(record)
        (progress.epoch, progress.stepInEpoch, progress.sum, progress.count) = (record.number, 0, 0, 0)
        progress.epochStart = nil
        if let metric = stopping?.metric {
            guard let value = record[metric] else {
                return misuse(
                    "Trainer: stopping watches \"\(metric)\", and there are \((["loss"] + record.metrics.map(\.name)).joined(separator: ", "))"
                )
            }
            if stopping?.isBest(value) ?? false { progress.best = everything }
        }
        try save()
    }

    /// Parameters and buffers, as they are.
    private var everything: [Tensor] { parameters.map(\.value) + parameters.buffers.map(\.buffer.value) }

    private func useBest() {
        guard let best = progress.best, stopping != nil else { return }
        for (parameter, value) in zip(parameters, best) { parameter.value = value }
        for (place, value) in zip(parameters.buffers, best.dropFirst(parameters.named.count)) {
            place.buffer.value = value
        }
    }
}
