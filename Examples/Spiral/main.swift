// Three arms of a spiral: a line cannot part them, a hidden layer can. The gradients of the two-layer net are written out by hand,
// as in Stanford's CS231n, and compared with those of backward().
//
//     swift run -c release Spiral

import ExampleSupport
import Gradus

let example = Example(
    "Spiral", "A linear softmax and a two-layer net on a spiral, with gradients by hand and by autograd.")
var random = Random(seed: 0)
let spiral = Dataset.spiral(classes: 3, pointsPerClass: 100, using: &random)
let (points, labels) = (spiral.inputs, spiral.labels)
let names = ["arm 0", "arm 1", "arm 2"]
let regularization = 1e-3

/// The data loss, and ½λ|W|² of each weight.
func loss(_ scores: Variable, _ weights: [Variable]) -> Variable {
    weights.reduce(crossEntropy(scores, labels)) { $0 + 0.5 * regularization * square($1).sum() }
}

func predictions(_ model: (Variable) -> Variable, _ x: Tensor) -> Tensor {
    evaluate { model(.constant(x)) }.value.argmax(along: 1)
}

// 1. A linear softmax classifier.
let w = Variable(.normal([2, 3], standardDeviation: 0.01, using: &random), name: "W")
let b = Variable(.zeros([3]), name: "b")
func linear(_ x: Variable) -> Variable { matmul(x, w) + b }
let descent = SGD(learningRate: 1)
for _ in 0..<200 {
    loss(linear(.constant(points)), [w]).backward()
    descent.step([w, b])
}
let linearAccuracy = accuracy(linear(.constant(points)), labels)
print("linear softmax: training accuracy \(decimals(linearAccuracy, 2))")

// 2. A hidden layer of 100 units.
let w1 = Variable(.normal([2, 100], standardDeviation: 0.01, using: &random), name: "W1")
let b1 = Variable(.zeros([100]), name: "b1")
let w2 = Variable(.normal([100, 3], standardDeviation: 0.01, using: &random), name: "W2")
let b2 = Variable(.zeros([3]), name: "b2")
func net(_ x: Variable) -> Variable { matmul(relu(matmul(x, w1) + b1), w2) + b2 }

/// The same gradients without a graph: the chain rule, written out from the loss back.
func gradientsByHand() -> [Tensor] {
    let hidden = relu(matmul(points, w1.value) + b1.value)
    let scores = matmul(hidden, w2.value) + b2.value
    // Softmax with cross-entropy: the probabilities, less 1 at the right class.
    let dScores = (scores.softmax(along: 1) - .oneHot(labels, classes: 3)) / Double(points.shape[0])
    let dW2 = matmul(hidden, dScores, transposingFirst: true) + regularization * w2.value
    let db2 = dScores.sum(along: 0)
    let dHidden = matmul(dScores, w2.value, transposingSecond: true)
    let dSum = select(hidden .> 0, dHidden, 0)  // ReLU lets the gradient through where it let the value through
    let dW1 = matmul(points, dSum, transposingFirst: true) + regularization * w1.value
    return [dW1, dSum.sum(along: 0), dW2, db2]
}

loss(net(.constant(points)), [w1, w2]).backward()
print("\ngradients by hand and by backward(), largest difference:")
for (parameter, byHand) in zip([w1, b1, w2, b2], gradientsByHand()) {
    guard let gradient = parameter.gradient?.value else { Example.stop("no gradient", code: 1) }
    print("  \(column(parameter.name ?? "", 3)) \(digits3(abs(gradient - byHand).max().item))")
    parameter.gradient = nil
}

let steps = example.isQuick ? 500 : 10_000
print("\ntwo layers, \(steps) steps of gradient descent:")
var curve: [(x: Double, y: Double)] = []
for step in 0...steps {
    let value = loss(net(.constant(points)), [w1, w2])
    if step % 50 == 0 { curve.append((Double(step), value.item)) }
    if step % (steps / 5) == 0 { print("  step \(column("\(step)", 6)) loss \(decimals(value.item))") }
    value.backward()
    descent.step([w1, b1, w2, b2])
}
print("")
example.draw(
    ScatterPlot(points, labels: labels, names: names, title: "Linear softmax") { predictions(linear, $0) }, "linear")
example.draw(
    ScatterPlot(points, labels: labels, names: names, title: "A hidden layer of 100") { predictions(net, $0) },
    "two-layers")
example.draw(
    LinePlot([.init("loss", curve)], title: "The two-layer net learns", xLabel: "step", yLabel: "loss"), "loss")
print("training accuracy \(decimals(accuracy(net(.constant(points)), labels), 2))")
