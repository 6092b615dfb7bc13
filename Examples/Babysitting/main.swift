// How to bring up a network, step by step, and what to look at on the way.
//
//     swift run -c release Babysitting

import ExampleSupport
import Foundation
import Gradus

let example = Example("Babysitting", "Brings up a small network on the digits by the seven-step recipe.")
let digits = example.digits()
var random = Random(seed: 1)

print("1. Prepare the data. The mean is taken of the training part alone.")
let parts = digits.training.split(shares: [0.8, 0.2], stratified: true, using: &random)
let centre = FeatureScaling.meanImage(of: parts[0].inputs)
let (training, validation, test) = (centre(parts[0]), centre(parts[1]), centre(digits.test))
print("   \(training.count) to learn from, \(validation.count) to choose by, \(test.count) for the end")

print("\n2. Choose an architecture: 64 pixels, 50 hidden units, 10 classes.")
struct Net: Layer {
    let hidden: Linear
    let output: Linear
    init(using random: inout Random) {
        hidden = Linear(inFeatures: 64, outFeatures: 50, using: &random)
        // Small, so that at first no class is preferred.
        let weight = Tensor.normal([50, 10], standardDeviation: 0.01, using: &random)
        output = Linear(weight: Variable(weight), bias: Variable(.zeros([10])))
    }
    func callAsFunction(_ x: Variable) -> Variable { output(relu(hidden(x.flattened(from: 1)))) }
}

/// Cross-entropy, and ½λ|W|² of the weights.
func loss(_ net: Net, _ batch: Batch, decay: Double = 0) -> Variable {
    let data = crossEntropy(net(batch.inputs), batch.labels)
    if decay == 0 { return data }
    return data + 0.5 * decay * (square(net.hidden.weight).sum() + square(net.output.weight).sum())
}

func everything(_ data: Dataset) -> Batch { data.batches(of: data.count)[0] }
func accuracy(_ net: Net, _ data: Dataset) -> Double {
    evaluate { accuracy(net(.constant(data.inputs)), data.labels) }
}

print("\n3. Look at the first loss: it should be that of a guess, ln 10 = 2.303, and rise with regularization.")
let fresh = Net(using: &random)
let first = loss(fresh, everything(training)).item
print("   without \(decimals(first)), with λ = 0.1 \(decimals(loss(fresh, everything(training), decay: 0.1).item))")

print("\n4. Overfit twenty examples: if that does not work, something is broken.")
let few = everything(training.taking(.arange(20)))
let small = Net(using: &random)
let quick = SGD(learningRate: 0.5)
for step in 0...200 {
    let value = loss(small, few)
    if step % 50 == 0 {
        print(
            "   step \(column("\(step)", 4)) loss \(decimals(value.item, 4))  accuracy \(decimals(accuracy(small(few.inputs), few.labels), 2))"
        )
    }
    value.backward()
    quick.step(small.parameters)
}

print("\n5. Find a learning rate: let it grow at every step, and see where the loss falls fastest, and where it leaps.")
let batches = Array(training.batches(of: 64, shuffledBy: &random))
let sweep = LearningRateSweep(of: fresh.parameters, by: SGD(learningRate: 1, momentum: 0.9), rates: 1e-5...10) {
    loss(fresh, batches[$0 % batches.count])
}
print("   steepest at \(digits3(sweep.suggestion)); the loss left all bounds at \(digits3(sweep.rates.last ?? .nan))")
example.draw(
    LinePlot(
        [
            .init("loss of a batch", zip(sweep.rates, sweep.losses).map { (log10($0), min($1, 5)) }),
            .init("smoothed", zip(sweep.rates, sweep.smoothedLosses).map { (log10($0), min($1, 5)) }),
        ], title: "The loss while the learning rate grows", xLabel: "learning rate, power of ten",
        yLabel: "cross-entropy"),
    "learning-rate")

/// Trains a net, and tells what came of each epoch.
func train(
    _ net: Net, rate: Double, decay: Double, epochs: Int,
    each: (Int, Double, [(path: String, ratio: Double)]) -> Void = { _, _, _ in }
) {
    var order = Random(seed: 2)
    let sgd = SGD(learningRate: rate, momentum: 0.9)
    let parameters = net.parameters
    for epoch in 1...epochs {
        var sum = 0.0
        var ratios: [(path: String, ratio: Double)] = []
        for (step, batch) in training.batches(of: 64, shuffledBy: &order).enumerated() {
            let value = loss(net, batch, decay: decay)
            value.backward()
            sum += value.item * Double(batch.count)
            if step == 0 {
                ratios = updateRatios(of: parameters) { sgd.step(parameters) }
            } else {
                sgd.step(parameters)
            }
        }
        each(epoch, sum / Double(training.count), ratios)
    }
}

let (trials, shortRun, longRun) = example.isQuick ? (4, 1, 2) : (24, 5, 40)
print("\n6. Search at random, first coarsely, then finely: \(trials) times \(shortRun) epochs each.")
func score(_ settings: [String: Double]) -> Double {
    var start = Random(seed: 3)
    let net = Net(using: &start)
    train(net, rate: settings["learning rate", default: 0], decay: settings["decay", default: 0], epochs: shortRun)
    return accuracy(net, validation)
}
let coarse = RandomSearch(["learning rate": .logUniform(1e-5...1), "decay": .logUniform(1e-6...1e-1)])
    .run(trials: trials, using: &random, score: score)
let fine = coarse.narrowed(to: 0.3).run(trials: trials, using: &random, score: score)
for (name, results) in [("coarse", coarse), ("fine", fine)] {
    for trial in results.trials.prefix(3) {
        let settings = trial.settings.sorted { $0.key > $1.key }.map { "\($0.key) \(digits3($0.value))" }
        print("   \(column(name, 7)) accuracy \(decimals(trial.score))   \(settings.joined(separator: ", "))")
    }
    for warning in results.warnings { print("   warning: \(warning)") }
}
let best = [coarse.best, fine.best].max { $0.score < $1.score } ?? fine.best

print("\n7. Train longer with the best, and watch the curves. Updates should be about a thousandth of the weights.")
var final = Random(seed: 4)
let net = Net(using: &final)
var curves: [(training: Double, validation: Double)] = []
train(net, rate: best.settings["learning rate", default: 0], decay: best.settings["decay", default: 0], epochs: longRun)
{ epoch, _, ratios in
    curves.append((accuracy(net, training), accuracy(net, validation)))
    guard epoch == 1 || epoch % 10 == 0 else { return }
    let weights = ratios.filter { $0.path.hasSuffix("weight") }.map { "\($0.path) \(digits3($0.ratio))" }
    print(
        "   epoch \(column("\(epoch)", 3)) training \(decimals(curves[epoch - 1].training)), validation "
            + "\(decimals(curves[epoch - 1].validation)); update / weight: \(weights.joined(separator: ", "))")
}
example.draw(
    LinePlot(
        Tensor([curves.map(\.training), curves.map(\.validation)]), names: ["training", "validation"],
        title: "Accuracy", xLabel: "epoch", yLabel: "accuracy"), "accuracy")
example.draw(
    ImageGrid(
        net.hidden.weight.value.transposed().reshaped(50, 8, 8), map: .diverging, columns: 10,
        title: "What the hidden units look for"), "hidden-units")

print(
    "\nfirst loss \(decimals(first)), twenty examples \(decimals(loss(small, few).item)), test accuracy \(decimals(accuracy(net, test)))"
)
