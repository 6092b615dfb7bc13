import Foundation
import GradusAutograd
import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite(.seeded()) struct TrainerTests {
    /// Everything that a checkpoint must hold: a buffer, dropout by the default generator, an optimizer that remembers.
    private struct Model: Layer {
        let hidden: Linear, norm: BatchNorm, output: Linear
        init() {
            var random = Random(seed: 1)
            hidden = Linear(inFeatures: 2, outFeatures: 6, using: &random)
            norm = BatchNorm(channels: 6)
            output = Linear(inFeatures: 6, outFeatures: 3, using: &random)
        }
        func callAsFunction(_ x: Variable) -> Variable {
            output(dropout(relu(norm(hidden(x))), probability: 0.2))
        }
    }

    private let data: Dataset = {
        var random = Random(seed: 2)
        return .spiral(classes: 3, pointsPerClass: 9, using: &random)
    }()

    private struct Killed: Error {}

    private func state(_ trainer: Trainer) -> [Tensor] {
        trainer.parameters.map(\.value) + trainer.parameters.buffers.map(\.buffer.value)
    }

    private func trainer(_ checkpoint: String?) -> (trainer: Trainer, model: Model) {
        let model = Model()
        let trainer = Trainer(model.parameters, by: Adam(learningRate: 0.05), seed: 3)
        trainer.schedule = .cosine(over: 12)
        trainer.isScheduledBySteps = true
        trainer.clippingNorm = 1
        trainer.showsProgress = false
        trainer.stopping = EarlyStopping(watching: "error", patience: 2)
        (trainer.checkpoint, trainer.checkpointSteps) = (checkpoint, 1)
        return (trainer, model)
    }

    /// Three epochs of four steps each; `death` is the step at which it is killed.
    private func run(
        _ trainer: Trainer, _ model: Model, death: Int = .max, epochs: Int = 3
    ) throws -> TrainingHistory {
        var step = 0
        return try trainer.run(
            epochs: epochs,
            batches: { random in
                data.batches(of: 7, shuffledBy: &random).map(using: &random) { batch, random in
                    let noise = Tensor.normal(batch.inputs.shape, standardDeviation: 0.01, using: &random)
                    return Batch(inputs: batch.inputs + .constant(noise), labels: batch.labels)
                }
            },
            loss: { batch in
                step += 1
                if step == death { throw Killed() }
                return crossEntropy(model(batch.inputs), batch.labels)
            },
            validation: {
                let scores = evaluate { model(.constant(data.inputs)) }
                return ["error": crossEntropy(scores, data.labels).item, "accuracy": accuracy(scores, data.labels)]
            })
    }

    private func withFile<R>(_ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradus-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appendingPathComponent("run.safetensors").path)
    }

    /// The loop that one would write by hand comes to the same bits.
    @Test func itIsThePlainLoop() throws {
        let (trainer, model) = trainer(nil)
        trainer.stopping = nil
        let history = try withSeed(5) { try run(trainer, model) }

        let other = Model()
        let (parameters, adam) = (other.parameters, Adam(learningRate: 0.05))
        let schedule = Schedule.cosine(over: 12)
        var random = Random(seed: 3)
        var losses: [Double] = []
        withSeed(5) {
            for epoch in 0..<3 {
                var sum = 0.0
                let batches = data.batches(of: 7, shuffledBy: &random).map(using: &random) { batch, random in
                    let noise = Tensor.normal(batch.inputs.shape, standardDeviation: 0.01, using: &random)
                    return Batch(inputs: batch.inputs + .constant(noise), labels: batch.labels)
                }
                for (step, batch) in batches.enumerated() {
                    let loss = crossEntropy(other(batch.inputs), batch.labels)
                    loss.backward()
                    clipGradients(of: parameters, toNorm: 1)
                    adam.learningRate = 0.05 * schedule(4 * epoch + step)
                    adam.step(parameters)
                    sum += loss.item * Double(batch.count)
                }
                losses.append(sum / 27)
            }
        }
        #expect(history.values("loss") == losses)
        #expect(history.end == .finished && history.epochs.map(\.number) == [1, 2, 3])
        for (a, b) in zip(trainer.parameters, parameters) { expectIdentical(a.value, b.value) }
    }

    /// Killed at each of its steps and begun again, from a program that knows nothing any more, it comes to the same bits.
    @Test func whereverItIsKilledItGoesOnToTheSameBits() throws {
        let (whole, model) = trainer(nil)
        let history = try withSeed(5) { try run(whole, model) }
        for death in 1...12 {
            let (trainer, resumed) = try withFile { path in try killedAndResumed(at: death, path) }
            #expect(resumed == history, "killed at step \(death)")
            for (a, b) in zip(state(trainer), state(whole)) { expectIdentical(a, b, "killed at step \(death)") }
        }
    }

    private func killedAndResumed(at death: Int, _ path: String) throws -> (Trainer, TrainingHistory) {
        let (first, model) = trainer(path)
        do {
            _ = try withSeed(5) { try run(first, model, death: death) }
            Issue.record("it lived")
        } catch is Killed {}
        let (second, again) = trainer(path)
        // The default generator is elsewhere in the new program; only before the first checkpoint it is where it was.
        return (second, try withSeed(death == 1 ? 5 : 99) { try run(second, again) })
    }

    @Test func whatIsFinishedStaysAsItIs() throws {
        try withFile { path in
            let (first, model) = trainer(path)
            let history = try run(first, model)
            let (second, again) = trainer(path)
            #expect(try run(second, again, death: 1) == history)
            for (a, b) in zip(state(first), state(second)) { expectIdentical(a, b) }
            // More epochs are more epochs.
            second.stopping = nil
            #expect(try run(second, again, epochs: 5).epochs.count == 5)
        }
    }

    @Test func aDamagedOrForeignFileIsRefusedAndNothingChanged() throws {
        try withFile { path in
            let (first, model) = trainer(path)
            _ = try run(first, model, epochs: 1)
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            let (second, again) = trainer(path)
            let before = state(second)
            for damaged in [Array(bytes.dropLast()), bytes.map { $0 ^ 1 }, []] {
                try Data(damaged).write(to: URL(fileURLWithPath: path))
                #expect(throws: DataError.self) { try run(second, again) }
            }
            for (a, b) in zip(state(second), before) { expectIdentical(a, b) }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let other = Linear(inFeatures: 2, outFeatures: 3)
            let third = Trainer(other.parameters, by: Adam())
            third.checkpoint = path
            #expect(throws: (any Error).self) { try third.resume() }
            // A file of a model alone is no trainer's.
            try other.parameters.archive.write(to: path)
            #expect(throws: DataError.self) { try third.resume() }
        }
    }

    @Test func itStopsEarlyWithTheBest() throws {
        let w = Variable([1.0])
        struct One: Parameterized { let w: Variable }
        let trainer = Trainer(One(w: w).parameters, by: SGD(learningRate: 1))
        trainer.showsProgress = false
        trainer.stopping = EarlyStopping(watching: "distance", patience: 3)
        // Each step takes 1 away; the distance from −2.5 is least after the third or fourth.
        let history = try trainer.run(
            epochs: 20, batches: { _ in [Batch(inputs: .constant(.ones([1, 1])), labels: .zeros([1]))] },
            loss: { _ in w.sum() }, validation: { ["distance": abs(w.value.item + 2.5)] })
        #expect(history.end == .stoppedEarly)
        #expect(history.values("distance") == [2.5, 1.5, 0.5, 0.5, 1.5, 2.5])
        expectIdentical(w.value, Tensor([-2]))
        #expect(trainer.stopping?.best == 0.5 && trainer.stopping?.isOver == true)
    }

    @Test func aLossThatIsNoNumberEndsItBeforeTheStep() throws {
        let w = Variable([1.0])
        struct One: Parameterized { let w: Variable }
        let trainer = Trainer(One(w: w).parameters, by: SGD(learningRate: 1))
        trainer.showsProgress = false
        var step = 0
        let batch = Batch(inputs: .constant(.ones([1, 1])), labels: .zeros([1]))
        let history = try trainer.run(
            epochs: 2, batches: { _ in [batch, batch] },
            loss: { _ in
                step += 1
                return step == 3 ? w.sum() * .nan : w.sum()
            })
        #expect(history.end == .diverged && history.epochs.count == 1)
        expectIdentical(w.value, Tensor([-1]))
        #expect(history.epochs[0]["loss"] == 0.5 && history.epochs[0]["accuracy"] == nil)
        #expect(
            misuseMessage { try? trainer.run(epochs: 0, batches: { _ in [batch] }, loss: { _ in w.sum() }) }
                == "Trainer: 0 epochs; there is one at least")
    }

    @Test func aMetricThatThereIsNotIsMisuse() {
        let w = Variable([1.0])
        struct One: Parameterized { let w: Variable }
        let trainer = Trainer(One(w: w).parameters, by: SGD(learningRate: 1))
        trainer.showsProgress = false
        trainer.stopping = EarlyStopping(watching: "accuracy", patience: 1)
        let batch = Batch(inputs: .constant(.ones([1, 1])), labels: .zeros([1]))
        let message = misuseMessage {
            _ = try? trainer.run(
                epochs: 1, batches: { _ in [batch] }, loss: { _ in w.sum() }, validation: { ["error": 1] })
        }
        #expect(message == "Trainer: stopping watches \"accuracy\", and there are loss, error")
    }
}

@Suite struct EarlyStoppingTests {
    @Test func patienceRunsOutAndBeginsAnew() {
        var stopping = EarlyStopping(watching: "accuracy", patience: 2, leastChange: 0.1, higherIsBetter: true)
        #expect([0.5, 0.55, 0.7, 0.7].map { stopping.isBest($0) } == [true, false, true, false])
        #expect(!stopping.isOver && stopping.best == 0.7)
        #expect(!stopping.isBest(.nan) && stopping.isOver)
        var first = EarlyStopping(watching: "loss", patience: 1)
        #expect(!first.isBest(.nan) && first.best == nil)
        #expect(misuseMessage { EarlyStopping(watching: "loss", patience: 0) } != nil)
    }
}

@Suite struct ProgressBarTests {
    @Test func theLineSaysHowFarAndHowLong() {
        let bar = ProgressBar(total: 200, done: 0, isTerminal: true)
        #expect(bar.line(0, "", spent: 0) == "[                        ] 0 %, …  ")
        #expect(bar.line(50, "loss 1", spent: 10) == "[=====>                  ] 25 %, 30 s left  loss 1")
        #expect(bar.line(200, "", spent: 61) == "[========================] 100 %, 1 min 1 s  ")
        // What was done before does not count for the time that is left.
        let resumed = ProgressBar(total: 200, done: 100, isTerminal: true)
        #expect(resumed.line(150, "", spent: 50).contains("75 %, 50 s left"))
        #expect(resumed.line(300, "", spent: 1).contains("100 %"))
        #expect(ProgressBar(total: 0, done: 0, isTerminal: false).line(0, "", spent: 1).contains("0 %"))
    }

    @Test func durationsAndNumbersAreShort() {
        #expect(
            [0.4, 59.4, 75, 3700, .infinity].map(ProgressBar.duration) == [
                "0 s", "59 s", "1 min 15 s", "1 h 1 min", "…",
            ])
        #expect(ProgressBar.number(0.123456) == "0.1235" && ProgressBar.number(12.3456) == "12.35")
        #expect(
            ProgressBar.number(.nan) == "nan" && ProgressBar.number(0) == "0.0"
                && ProgressBar.number(-3.00001) == "-3.0")
    }
}
