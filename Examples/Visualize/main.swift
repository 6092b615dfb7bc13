// Looking into a convolutional net: its filters, what they make of a digit, which pixels it looks at, what it dreams of.
//
//     swift run -c release Visualize

import ExampleSupport
import Gradus

let example = Example("Visualize", "Trains a small net on the digits and shows what it has learnt.")
let digits = example.digits()
var random = Random(seed: 1)

struct Net: Layer {
    let first: Conv2D, second: Conv2D, hidden: Linear, output: Linear
    init(using random: inout Random) {
        first = Conv2D(inChannels: 1, outChannels: 16, kernel: 3, padding: 1, using: &random)
        second = Conv2D(inChannels: 16, outChannels: 32, kernel: 3, padding: 1, using: &random)
        hidden = Linear(inFeatures: 32 * 4 * 4, outFeatures: 32, using: &random)
        output = Linear(inFeatures: 32, outFeatures: 10, using: &random)
    }
    func maps(_ x: Variable) -> (first: Variable, second: Variable) {
        let h = relu(first(x))
        return (h, relu(second(maxPool2D(h, kernel: 2))))
    }
    func features(_ x: Variable) -> Variable { relu(hidden(maps(x).second.flattened(from: 1))) }
    func callAsFunction(_ x: Variable) -> Variable { output(features(x)) }
}

let net = Net(using: &random)
let parameters = net.parameters
let adam = Adam(learningRate: 2e-3)
var losses: [Double] = []
for _ in 0..<(example.isQuick ? 3 : 15) {
    let batches = digits.training.batches(of: 64, shuffledBy: &random)
        .augmented(by: .translation(upTo: 1), using: &random)
    for batch in batches {
        let loss = crossEntropy(net(batch.inputs), batch.labels)
        loss.backward()
        adam.step(parameters)
        losses.append(loss.item)
    }
}
let scores = evaluate { net(.constant(digits.test.inputs)).value }
let share = accuracy(scores, digits.test.labels)
print("test accuracy \(decimals(share))\n")
example.draw(LinePlot(Tensor(losses), title: "Learning", xLabel: "step", yLabel: "cross-entropy"), "loss")
example.draw(
    ConfusionPlot(scores, digits.test.labels, title: "Rows: what it is; columns: what it was taken for"), "confusion")

// 1. The filters of the first layer, which look at pixels and can be looked at like pixels.
example.draw(
    ImageGrid(net.first.weight.value, map: .diverging, columns: 8, pixel: 16, title: "Filters of the first layer"),
    "filters")

// 2. What they make of one digit.
let digit = digits.test.inputs[0...0]
let maps = evaluate { net.maps(.constant(digit)) }
example.draw(
    ImageGrid(
        maps.first.value.reshaped(16, 8, 8), map: .viridis, columns: 8,
        title: "A \(Int(digits.test.labels[0].item)), as each filter of the first layer sees it"), "maps-1")
example.draw(
    ImageGrid(maps.second.value.reshaped(32, 4, 4), map: .viridis, columns: 8, title: "And those of the second"),
    "maps-2")

// 3. Saliency: how the right score would change with each pixel (K. Simonyan et al., 2014, section 3).
let ten = (0..<10).map { label in digits.test.labels.array(of: Int.self).firstIndex(of: label) ?? 0 }
let shown = digits.test.taking(Tensor(ten))
let pixels = Variable(shown.inputs, name: "pixels")
let right = net(pixels).gathered(shown.labels.expanded(at: 1), along: 1).sum()
guard let slope = gradients(of: right, at: [pixels])[0] else { Example.stop("no gradient", code: 1) }
let saliency = abs(slope.value)
let scaled = saliency / saliency.max(along: [1, 2, 3], keepingAxes: true)
example.draw(
    ImageGrid(
        concatenate([shown.inputs, scaled]), in: 0...1, map: .ink, columns: 10, captions: [],
        title: "Digits, and the pixels that their scores hang on"), "saliency")

// 4. Ascent: from grey paper uphill on the score of a class, staying small and smooth (the same, section 2).
let paper = Variable(.full([10, 1, 8, 8], 0.2), name: "paper")
let classes = Tensor.arange(10)
let ascent = Adam(learningRate: 0.05)
ascent.isAscending = true
for _ in 0..<(example.isQuick ? 60 : 200) {
    let wish = net(paper).gathered(classes.expanded(at: 1), along: 1).sum()
    let rough =
        square(paper.slice(along: 2, from: 1) - paper.slice(along: 2, from: 0, to: -1)).sum()
        + square(paper.slice(along: 3, from: 1) - paper.slice(along: 3, from: 0, to: -1)).sum()
    (wish - rough - 0.5 * square(paper).sum()).backward(into: [paper])
    ascent.step([paper])
    paper.value = clamp(paper.value, lower: 0, upper: 1)
}
let dreamt = evaluate { net(paper).value }.argmax(along: 1)
example.draw(
    ImageGrid(paper.value, in: 0...1, map: .ink, columns: 10, title: "What it would most like to see as 0 to 9"),
    "ascent")

// 5. The last hidden layer in two dimensions.
let features = evaluate { net.features(.constant(digits.test.inputs)).value }
let components = PrincipalComponents(of: features, count: 2)
example.draw(
    ScatterPlot(
        components(features), labels: digits.test.labels, names: (0..<10).map { "\($0)" },
        title: "The last hidden layer, along its first two principal components", xLabel: "first component",
        yLabel: "second component"), "features")
print("two components of 32 hold \(decimals(components.explained.sum().item)) of the variance")
print(
    "images grown by ascent that are taken for their class: \((dreamt .== classes).converted(to: .float64).mean().item)"
)
