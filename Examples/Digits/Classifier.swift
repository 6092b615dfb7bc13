import Gradus

/// Two convolutions and a linear layer: images `[batch, 1, 8, 8]` to scores `[batch, 10]`.
struct Classifier: Layer {
    let first: Conv2D
    let second: Conv2D
    let output: Linear

    init(using random: inout Random) {
        first = Conv2D(inChannels: 1, outChannels: 16, kernel: 3, padding: 1, using: &random)
        second = Conv2D(inChannels: 16, outChannels: 64, kernel: 3, padding: 1, using: &random)
        output = Linear(inFeatures: 64 * 4 * 4, outFeatures: Digits.classes, using: &random)
    }

    func callAsFunction(_ images: Variable) -> Variable {
        let edges = maxPool2D(relu(first(images)), kernel: 2)  // [batch, 16, 4, 4]
        let shapes = relu(second(edges))  // [batch, 64, 4, 4]
        return output(shapes.flattened(from: 1))
    }
}
