// What a net has learnt of the digits 0 to 4 helps it with 5 to 9, of which it sees only a few.
//
//     swift run -c release TransferLearning

import ExampleSupport
import Gradus

let example = Example(
    "TransferLearning",
    "Learns 0 to 4 from many examples, then 5 to 9 from few: anew, with frozen layers, and fine-tuned.")
let digits = example.digits()
let perClass = 5
seed(1)

/// The digits of five classes from one on, with labels from 0.
func part(_ data: Dataset, from first: Int, most: Int = .max) -> Dataset {
    let labels = data.labels.array(of: Int.self)
    let places = (first..<first + 5).flatMap { label in labels.indices.filter { labels[$0] == label }.prefix(most) }
    let taken = data.taking(Tensor(places))
    return Dataset(inputs: taken.inputs, labels: taken.labels - Double(first))
}
let many = part(digits.training, from: 0), manyTest = part(digits.test, from: 0)
let few = part(digits.training, from: 5, most: perClass), fewTest = part(digits.test, from: 5)
print("0 to 4: \(many.count) examples; 5 to 9: \(few.count) to learn from, \(fewTest.count) to be tested on\n")

/// The part that sees, apart from the part that decides.
struct Features: Layer {
    let first: Conv2D, second: Conv2D, third: Conv2D
    init() {
        first = Conv2D(inChannels: 1, outChannels: 16, kernel: 3, padding: 1)
        second = Conv2D(inChannels: 16, outChannels: 32, kernel: 3, padding: 1)
        third = Conv2D(inChannels: 32, outChannels: 32, kernel: 3, padding: 1)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let h = relu(second(maxPool2D(relu(first(x)), kernel: 2)))
        return relu(third(h)).flattened(from: 1)
    }
    /// Other features that begin with the same numbers.
    func copy() -> Features {
        let copy = Features()
        for (new, old) in zip(copy.parameters, parameters) { new.value = old.value }
        return copy
    }
}
func lastLayer() -> Linear { Linear(inFeatures: 512, outFeatures: 5) }

func accuracy(_ features: Features, _ output: Linear, _ data: Dataset) -> Double {
    evaluate { accuracy(output(features(.constant(data.inputs))), data.labels) }
}

/// A rate for the features, none if they are frozen, and one for the last layer.
func train(
    _ features: Features, _ output: Linear, on data: Dataset, featuresRate: Double?, rate: Double, epochs: Int,
    test: Dataset
) -> [Double] {
    let slow = featuresRate.map { (adam: Adam(learningRate: $0), parameters: features.parameters) }
    let fast = Adam(learningRate: rate)
    let outputParameters = output.parameters
    var order = Random(seed: 2)
    return (0..<epochs).map { _ in
        for batch in data.batches(of: 32, shuffledBy: &order) {
            // Frozen: no graph is recorded of them, and no gradient flows back.
            let seen = slow == nil ? withoutRecording { features(batch.inputs) } : features(batch.inputs)
            crossEntropy(output(seen), batch.labels).backward()
            fast.step(outputParameters)
            slow?.adam.step(slow?.parameters ?? outputParameters)
        }
        return accuracy(features, output, test)
    }
}

let (sourceEpochs, epochs) = example.isQuick ? (2, 10) : (12, 40)
let learnt = Features()
let source = train(
    learnt, lastLayer(), on: many, featuresRate: 2e-3, rate: 2e-3, epochs: sourceEpochs, test: manyTest)
print("0 to 4, \(sourceEpochs) epochs: test accuracy \(decimals(source[sourceEpochs - 1]))\n")

print("5 to 9 from \(perClass) examples each, \(epochs) epochs:")
let fresh = train(
    Features(), lastLayer(), on: few, featuresRate: 2e-3, rate: 2e-3, epochs: epochs, test: fewTest)
print("  anew                               \(decimals(fresh[epochs - 1]))")
let tuned = learnt.copy(), output = lastLayer()
let frozen = train(tuned, output, on: few, featuresRate: nil, rate: 2e-3, epochs: epochs, test: fewTest)
print("  all frozen but the last layer      \(decimals(frozen[epochs - 1]))")
let fine = train(tuned, output, on: few, featuresRate: 2e-4, rate: 2e-4, epochs: epochs, test: fewTest)
print("  then fine-tuned at a tenth the rate \(decimals(fine[epochs - 1]))\n")

example.draw(
    LinePlot(
        [
            .init("anew", fresh.enumerated().map { (Double($0 + 1), $1) }),
            .init("frozen", frozen.enumerated().map { (Double($0 + 1), $1) }),
            .init("fine-tuned", fine.enumerated().map { (Double(epochs + $0 + 1), $1) }),
        ], title: "5 to 9, from \(perClass) examples each", xLabel: "epoch", yLabel: "accuracy on others"), "accuracy")
print("fine-tuned, against anew: \(decimals(fresh[epochs - 1])) becomes \(decimals(fine[epochs - 1]))")
