// Training that may be ended at any moment, and begun again as if nothing had happened.
//
//     swift run -c release Checkpoints --checkpoint run.safetensors
//
// Press Ctrl-C, pull the plug, kill it; the same command goes on, and comes to the same numbers, to the bit.

import ExampleSupport
import Gradus

let example = Example(
    "Checkpoints", "Trains a small net on the digits with a trainer that saves as it goes.",
    options: [
        ("--checkpoint", "PATH", "the file to save to and to go on from (default: none is written)"),
        ("--epochs", "N", "how often to go through the digits (default 12)"),
    ])
let digits = example.digits()

// Chance enters everywhere: in the first weights, the order of the digits, their displacements, the dropout.
seed(1)
let model = Sequential(
    Conv2D(inChannels: 1, outChannels: 8, kernel: 3, padding: 1), BatchNorm(channels: 8), Function { relu($0) },
    MaxPool2D(kernel: 2), Flatten(), Dropout(probability: 0.2), Linear(inFeatures: 128, outFeatures: 10))
let parameters = model.parameters

let trainer = Trainer(parameters, by: Adam(learningRate: 3e-3), seed: 2)
guard let epochs = Int(example.values["--epochs"] ?? (example.isQuick ? "3" : "12")), epochs >= 1 else {
    Example.stop("Checkpoints: --epochs takes a whole number from 1", code: 2)
}
trainer.schedule = .cosine(over: epochs)
trainer.stopping = EarlyStopping(watching: "accuracy", patience: 6, higherIsBetter: true)
trainer.checkpoint = example.values["--checkpoint"]
trainer.checkpointSteps = 5

do {
    let history = try trainer.run(
        epochs: epochs,
        batches: { random in
            digits.training.batches(of: 64, shuffledBy: &random)
                .augmented(by: .translation(upTo: 1), using: &random).preparedAhead()
        },
        loss: { batch in crossEntropy(model(batch.inputs), batch.labels) },
        validation: {
            ["accuracy": evaluate { accuracy(model(.constant(digits.test.inputs)), digits.test.labels) }]
        })
    if history.end == .interrupted {
        print("\ninterrupted; \(trainer.checkpoint.map { "what was done is in \($0)" } ?? "nothing was saved")")
    } else {
        example.draw(
            LinePlot(Tensor(history.values("loss")), title: "Training loss", xLabel: "epoch", yLabel: "cross-entropy"),
            "loss")
        // All bits of all parameters and statistics in one number.
        let state = parameters.map(\.value) + parameters.buffers.map(\.buffer.value)
        let bits = state.flatMap { $0.array(of: Double.self).map(\.bitPattern) }
        let digest = bits.reduce(0) { ($0 ^ $1) &* 0x9E37_79B9_7F4A_7C15 }
        print("after \(history.epochs.count) epochs, all bits of the model come to \(digest)")
        print("test accuracy \(decimals(history.values("accuracy").max() ?? .nan))")
    }
} catch { Example.stop("Checkpoints: \(error)", code: 1) }
