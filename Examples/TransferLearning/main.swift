// What a net has learnt of the digits 0 to 4 helps it with 5 to 9, of which it sees only a few: how much, depends on how few. The
// digits lie anywhere on a larger paper; that they are the same wherever they lie takes many examples to learn, of any digits.
//
//     swift run -c release TransferLearning

import ExampleSupport
import Gradus

let example = Example(
    "TransferLearning",
    "Learns 0 to 4 from many examples, then 5 to 9 from few: anew, with frozen layers, and fine-tuned.")
let digits = example.digits()
let (counts, draws) = example.isQuick ? ([3], 3) : ([1, 2, 3, 5, 10, 20], 5)
seed(1)

/// The digits of five classes from one on, with labels from 0.
func part(_ data: Dataset, from first: Int) -> Dataset {
    let labels = data.labels.array(of: Int.self)
    let taken = data.taking(Tensor(labels.indices.filter { first..<first + 5 ~= labels[$0] }))
    return Dataset(inputs: taken.inputs, labels: taken.labels - Double(first))
}
/// Each image somewhere on a paper of 14 by 14 pixels.
func scattered(_ data: Dataset, using random: inout Random) -> Dataset {
    let images = (0..<data.count).map { place in
        let (down, right) = (Int(random.next() % 7), Int(random.next() % 7))
        return data.inputs[place...place].padded([0, 0, down, right], [0, 0, 6 - down, 6 - right])
    }
    return Dataset(inputs: concatenate(images), labels: data.labels)
}
/// So many of each class, another choice with each generator.
func few(_ data: Dataset, perClass: Int, using random: inout Random) -> Dataset {
    let order = Tensor.permutation(data.count, using: &random).array(of: Int.self)
    let labels = data.labels.array(of: Int.self)
    return data.taking(Tensor((0..<5).flatMap { label in order.filter { labels[$0] == label }.prefix(perClass) }))
}
let many = part(digits.training, from: 0), manyTest = part(digits.test, from: 0)
let others = part(digits.training, from: 5), othersTest = part(digits.test, from: 5)
var places = Random(seed: 4)
let manyTestScattered = scattered(manyTest, using: &places), othersTestScattered = scattered(othersTest, using: &places)

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
        return maxPool2D(relu(third(maxPool2D(h, kernel: 2))), kernel: 3).flattened(from: 1)
    }
    /// Other features that begin with the same numbers.
    func copy() -> Features {
        let copy = Features()
        for (new, old) in zip(copy.parameters, parameters) { new.value = old.value }
        return copy
    }
}
func lastLayer() -> Linear { Linear(inFeatures: 32, outFeatures: 5) }

func accuracy(_ features: Features, _ output: Linear, _ data: Dataset) -> Double {
    evaluate { accuracy(output(features(.constant(data.inputs))), data.labels) }
}

/// Steps over all examples at once: a rate for the features, none if they are frozen, and one for the last layer.
func train(
    _ features: Features, _ output: Linear, on data: Dataset, steps: Int, featuresRate: Double?, rate: Double,
    test: Dataset
) -> Double {
    let adam = Adam(learningRate: rate)
    var trained = Array(output.parameters)
    if let featuresRate {
        adam.group(features.parameters, rateFactor: featuresRate / rate)
        trained += features.parameters
    }
    let x = Variable.constant(data.inputs)
    // Frozen: no graph is recorded of them, and no gradient flows back.
    let seen = withoutRecording { features(x) }
    for _ in 0..<steps {
        crossEntropy(output(featuresRate == nil ? seen : features(x)), data.labels).backward()
        adam.step(trained)
    }
    return accuracy(features, output, test)
}

let learnt = Features(), source = lastLayer()
let sourceParameters = Array(learnt.parameters) + Array(source.parameters)
let sourceAdam = Adam(learningRate: 2e-3)
var order = Random(seed: 2)
for _ in 0..<(example.isQuick ? 6 : 20) {
    for batch in scattered(many, using: &order).batches(of: 32, shuffledBy: &order) {
        crossEntropy(source(learnt(batch.inputs)), batch.labels).backward()
        sourceAdam.step(sourceParameters)
    }
}
print("0 to 4 from \(many.count) examples: test accuracy \(decimals(accuracy(learnt, source, manyTestScattered)))\n")

print("5 to 9, test accuracy, the mean of \(draws) choices of examples:\n")
print("  examples each   anew    frozen  fine-tuned")
var results: [(anew: Double, frozen: Double, tuned: Double)] = []
for count in counts {
    var sum = (anew: 0.0, frozen: 0.0, tuned: 0.0)
    var choice = Random(seed: 3)
    for _ in 0..<draws {
        let data = scattered(few(others, perClass: count, using: &choice), using: &choice)
        sum.anew += train(
            Features(), lastLayer(), on: data, steps: 60, featuresRate: 2e-3, rate: 2e-3, test: othersTestScattered)
        // The last layer alone, from what the frozen ones see; then all, the features at a twentieth of its rate.
        let tuned = learnt.copy(), output = lastLayer()
        sum.frozen += train(
            tuned, output, on: data, steps: 200, featuresRate: nil, rate: 1e-2, test: othersTestScattered)
        sum.tuned += train(
            tuned, output, on: data, steps: 60, featuresRate: 5e-4, rate: 1e-2, test: othersTestScattered)
    }
    let n = Double(draws)
    results.append((sum.anew / n, sum.frozen / n, sum.tuned / n))
    let row = results[results.count - 1]
    print(
        "  \(column("\(count)", 16))\(column(decimals(row.anew), 8))\(column(decimals(row.frozen), 8))"
            + decimals(row.tuned))
}
print("")
func line(_ name: String, _ values: [Double]) -> LinePlot.Line {
    .init(name, zip(counts, values).map { (Double($0), $1) })
}
example.draw(
    LinePlot(
        [
            line("anew", results.map(\.anew)), line("frozen", results.map(\.frozen)),
            line("fine-tuned", results.map(\.tuned)),
        ], title: "5 to 9, with and without what was learnt of 0 to 4", xLabel: "examples of each digit",
        yLabel: "test accuracy"), "accuracy")
let row = results[counts.firstIndex(of: 3) ?? 0]
print(
    "from 3 of each, \(decimals(row.anew)) are right anew; what was learnt before adds \(decimals(row.tuned - row.anew))"
)
