// Five generations of nets, small enough for 8 by 8 pixels: what LeNet, VGG, GoogLeNet, ResNet and ViT are made of.
//
//     swift run -c release DigitsZoo

import ExampleSupport
import Gradus

let example = Example("DigitsZoo", "Trains small nets after LeNet, VGG, GoogLeNet, ResNet and ViT on the digits.")
let digits = example.digits()

/// 5×5 filters, a pooling, fully connected layers.
struct LeNetStyle: Layer {
    let first: Conv2D, second: Conv2D, hidden: Linear, output: Linear
    init(using random: inout Random) {
        first = Conv2D(inChannels: 1, outChannels: 16, kernel: 5, padding: 2, using: &random)
        second = Conv2D(inChannels: 16, outChannels: 32, kernel: 3, padding: 1, using: &random)
        hidden = Linear(inFeatures: 32 * 2 * 2, outFeatures: 64, using: &random)
        output = Linear(inFeatures: 64, outFeatures: 10, using: &random)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let h = maxPool2D(relu(second(maxPool2D(relu(first(x)), kernel: 2))), kernel: 2)
        return output(relu(hidden(h.flattened(from: 1))))
    }
}

/// Pairs of 3×3 filters, twice as many after each pooling.
struct VGGStyle: Layer {
    let blocks: [[Conv2D]], output: Linear
    init(using random: inout Random) {
        blocks = [(1, 16), (16, 32)].map { inChannels, outChannels in
            [
                Conv2D(inChannels: inChannels, outChannels: outChannels, kernel: 3, padding: 1, using: &random),
                Conv2D(inChannels: outChannels, outChannels: outChannels, kernel: 3, padding: 1, using: &random),
            ]
        }
        output = Linear(inFeatures: 32 * 2 * 2, outFeatures: 10, using: &random)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        var h = x
        for block in blocks {
            for convolution in block { h = relu(convolution(h)) }
            h = maxPool2D(h, kernel: 2)
        }
        return output(h.flattened(from: 1))
    }
}

/// Views of several sizes side by side, and no large fully connected layer.
struct InceptionStyle: Layer {
    let stem: ConvNormRelu, first: Inception, second: Inception, output: Linear
    init(using random: inout Random) {
        stem = ConvNormRelu(1, 16, kernel: 3, padding: 1, using: &random)
        first = Inception(16, one: 8, three: (8, 16), five: (4, 8), pooled: 8, using: &random)
        second = Inception(40, one: 16, three: (16, 32), five: (8, 16), pooled: 16, using: &random)
        output = Linear(inFeatures: 80, outFeatures: 10, using: &random)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let h = second(maxPool2D(first(stem(x)), kernel: 2))
        return output(h.mean(along: [2, 3]))
    }
}

/// Every block adds to what it gets.
struct ResidualStyle: Layer {
    let stem: ConvNormRelu, blocks: [BasicBlock], output: Linear
    init(using random: inout Random) {
        stem = ConvNormRelu(1, 16, kernel: 3, padding: 1, using: &random)
        blocks = [(16, 16, 1), (16, 32, 2), (32, 32, 1)].map {
            BasicBlock($0, $1, stride: $2, projecting: true, using: &random)
        }
        output = Linear(inFeatures: 32, outFeatures: 10, using: &random)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        output(blocks.reduce(stem(x)) { $1($0) }.mean(along: [2, 3]))
    }
}

/// Sixteen patches of 2 by 2 pixels, each a word that looks at all others.
func transformerStyle(using random: inout Random) -> VisionTransformer {
    VisionTransformer(
        .init(inChannels: 1, side: 8, patch: 2, classes: 10, features: 48, layers: 2, heads: 4, hiddenFeatures: 96),
        using: &random)
}

func accuracy(_ model: some Layer, _ data: Dataset) -> Double {
    evaluate { accuracy(model(.constant(data.inputs)), data.labels) }
}

/// Trains a net, and gives the accuracy on the test digits after each epoch. Nothing is chosen by it.
func train(_ model: some Layer, epochs: Int, rate: Double = 3e-3, warmUp: Int = 0) -> [Double] {
    var random = Random(seed: 1)
    let parameters = model.parameters
    let adam = Adam()
    var step = 0
    return (0..<epochs).map { epoch in
        let batches = digits.training.batches(of: 32, shuffledBy: &random)
            .augmented(by: .translation(upTo: 1), using: &random)
        for batch in batches {
            step += 1
            let warmth = min(1, Double(step) / Double(max(warmUp, 1)))
            adam.learningRate = warmth * rate * (1 - Double(epoch) / Double(epochs))
            crossEntropy(model(batch.inputs), batch.labels).backward()
            adam.step(parameters)
        }
        return accuracy(model, digits.test)
    }
}

var random = Random(seed: 1)
let zoo: [(name: String, model: any Layer)] = [
    ("LeNet-style", LeNetStyle(using: &random)), ("VGG-style", VGGStyle(using: &random)),
    ("inception", InceptionStyle(using: &random)), ("residual", ResidualStyle(using: &random)),
    ("transformer", transformerStyle(using: &random)),
]
let epochs = example.isQuick ? 1 : 12
// That neighbouring pixels belong together is built into the others; the transformer has to find it out, which takes it longer.
let patience = 3
print(
    "\(epochs) epochs each, \(patience * epochs) for the transformer, the digits moved by up to a pixel:\n")
print("  \(column("net", 14))parameters  training  test")
var curves: [LinePlot.Line] = []
var worst = 1.0
for (name, model) in zoo {
    let curve =
        model is VisionTransformer
        ? train(model, epochs: patience * epochs, rate: 6e-3, warmUp: 100) : train(model, epochs: epochs)
    let count = "\(Parameters(of: model).count)"
    print(
        "  \(column(name, 14))\(column(count, 12))\(column(decimals(accuracy(model, digits.training)), 10))"
            + decimals(curve[curve.count - 1]))
    curves.append(.init(name, curve.enumerated().map { (Double($0 + 1), $1) }))
    worst = min(worst, curve[curve.count - 1])
}
print("")
example.draw(
    LinePlot(curves, title: "Accuracy on the test digits", xLabel: "epoch", yLabel: "accuracy"), "accuracy")
print("every net reaches a test accuracy of \(decimals(worst))")
