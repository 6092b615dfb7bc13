// Linear classifiers on the digits: one template a class, learnt by four losses and kept small by three penalties.
//
//     swift run -c release LinearClassifiers

import ExampleSupport
import Gradus

let example = Example(
    "LinearClassifiers", "Learns linear classifiers of digits by four losses, with three kinds of regularization.")
let digits = example.digits()
let scaling = FeatureScaling.subtractingMean(of: digits.training.inputs.flattened(from: 1), each: .feature)
func prepared(_ data: Dataset) -> Dataset {
    scaling(Dataset(inputs: data.inputs.flattened(from: 1), labels: data.labels))
}
let (training, test) = (prepared(digits.training), prepared(digits.test))

// The loss of a score list, as on the lecture's slide: a cat with scores 437.9, 61.95 and, for cat, −96.8.
let slide = Variable([[-96.8, 437.9, 61.95]], as: .float64)
print("hinge of the slide's example: \(decimals(hinge(slide, Tensor([0], as: .int64)).item, 2))\n")

/// A way to judge scores `[n, 10]` by labels `[n]`.
struct Loss {
    let name: String
    let function: (Variable, Tensor) -> Variable
}
/// One classifier for each digit against all others: targets are 1 and −1.
func signs(_ labels: Tensor) -> Tensor { 2 * Tensor.oneHot(labels, classes: 10) - 1 }
let losses = [
    Loss(name: "softmax") { crossEntropy($0, $1) },
    Loss(name: "SVM, hinge") { hinge($0, $1) },
    Loss(name: "SVM, squared hinge") { hinge($0, $1, squared: true) },
    Loss(name: "logistic regression") { 10 * logisticLoss($0, signs($1)) },
]

/// Trains a linear classifier, and gives it with the loss of each epoch.
func train(
    _ loss: Loss, penalty: (Variable) -> Variable, epochs: Int
) -> (model: Linear, curve: [Double]) {
    var random = Random(seed: 1)
    let weight = Tensor.normal([64, 10], standardDeviation: 0.01, using: &random)
    let model = Linear(weight: Variable(weight), bias: Variable(.zeros([10])))
    let parameters = model.parameters
    let descent = SGD(learningRate: 0.05, momentum: 0.9)
    var curve: [Double] = []
    for epoch in 0..<epochs {
        descent.learningRate = 0.05 * (1 - Double(epoch) / Double(epochs))
        var sum = 0.0
        for batch in training.batches(of: 64, shuffledBy: &random) {
            let value = loss.function(model(batch.inputs), batch.labels) + penalty(model.weight)
            value.backward()
            descent.step(parameters)
            sum += value.item * Double(batch.count)
        }
        curve.append(sum / Double(training.count))
    }
    return (model, curve)
}

func accuracy(_ model: Linear, _ data: Dataset) -> Double {
    evaluate { accuracy(model(.constant(data.inputs)), data.labels) }
}

let epochs = example.isQuick ? 3 : 40
print("Four losses, each with ½·0.001·Σw²:\n")
print("  \(column("loss", 22))\(column("first", 9))\(column("last", 9))training  test")
var curves: [LinePlot.Line] = []
var best = 0.0
for loss in losses {
    let result = train(loss, penalty: { 0.0005 * l2Penalty([$0]) }, epochs: epochs)
    let shares = (accuracy(result.model, training), accuracy(result.model, test))
    best = max(best, shares.1)
    let (first, last) = (decimals(result.curve[0]), decimals(result.curve[epochs - 1]))
    print(
        "  \(column(loss.name, 22))\(column(first, 9))\(column(last, 9))\(decimals(shares.0))     \(decimals(shares.1))"
    )
    curves.append(.init(loss.name, result.curve.enumerated().map { (Double($0 + 1), $1) }))
}

print("\nThree penalties on softmax, and what they leave of 640 weights:\n")
print("  \(column("penalty", 26))\(column("below 0.001", 14))\(column("largest", 10))test")
let penalties: [(name: String, function: (Variable) -> Variable)] = [
    ("none", { 0 * $0.sum() }),
    ("L2, 0.01", { 0.01 * l2Penalty([$0]) }),
    ("L1, 0.01", { 0.01 * l1Penalty([$0]) }),
    ("elastic net, 0.01, halves", { 0.01 * elasticNetPenalty([$0], ratio: 0.5) }),
]
var templates: [Tensor] = []
for penalty in penalties {
    let model = train(losses[0], penalty: penalty.function, epochs: epochs).model
    let sizes = abs(model.weight.value)
    let small = (sizes .< 0.001).countNonZero()
    print(
        "  \(column(penalty.name, 26))\(column("\(small)", 14))\(column(decimals(sizes.max().item), 10))"
            + decimals(accuracy(model, test)))
    // A row of templates, on a scale of its own.
    templates.append(model.weight.value.transposed().reshaped(10, 8, 8) / sizes.max())
}
print("")
example.draw(LinePlot(curves, title: "Four losses", xLabel: "epoch", yLabel: "training loss"), "loss")
example.draw(
    ImageGrid(
        concatenate(templates), in: -1...1, map: .diverging, columns: 10,
        title: "Templates of 0 to 9: no penalty, L2, L1, elastic net"), "templates")
print("best test accuracy \(decimals(best))")
