import GradusAutograd
import GradusNetwork
import GradusTensor

/// Small whole numbers without a pattern to the eye.
private func numbers(_ shape: Shape, _ factor: Int) -> Tensor {
    Tensor((0..<shape.count).map { Double($0 * factor % 7 - 3) }).reshaped(to: shape)
}

extension WorkedExample {
    /// Lessons on vectors, matrices, images and a network.
    static let tensors: [WorkedExample] = [
        WorkedExample(
            "broadcast", "Undoing a broadcast",
            "A row of biases is added to every row of a matrix: going back, what arrives at its copies is summed."
        ) {
            let x = Variable([[1, 2, 3], [4, 5, 6]], name: "x"), b = Variable([0.5, -1, 2], name: "b")
            let y = (x + b).named("y")
            return (y * y).sum().named("loss")
        },
        WorkedExample(
            "matrices", "A matrix product",
            "D = W·X with W of 5×10 and X of 10×3, and a gradient dD given: dW = dD·Xᵀ and dX = Wᵀ·dD, the only products whose shapes fit.",
            upstream: numbers([5, 3], 5)
        ) {
            let w = Variable(numbers([5, 10], 3), name: "W"), x = Variable(numbers([10, 3], 4), name: "X")
            return matmul(w, x).named("D")
        },
        WorkedExample(
            "softmax", "Softmax and cross-entropy",
            "Scores whose probabilities are 0.2, 0.3 and 0.5, and class 1 is true: the gradient of the scores is the probabilities less the truth, [0.2, −0.7, 0.5]."
        ) {
            let scores = Variable(log(Tensor([[0.2, 0.3, 0.5]], as: .float64)), name: "scores")
            return crossEntropy(scores, Tensor([1], as: .int64)).named("loss")
        },
        WorkedExample(
            "svm", "Multiclass SVM",
            "Scores 13, −7 and 11, class 0 is true, and the margin is 10: whoever comes within the margin of the true score costs what is missing. The loss is 8."
        ) {
            let scores = Variable([13, -7, 11], name: "scores")
            let parts = scores.split(sizes: [1, 2], along: 0)
            let margins = (parts[1] - parts[0] + 10).named("margins")
            return relu(margins).sum().named("loss")
        },
        WorkedExample(
            "convolution", "A convolution",
            "A filter of 3×3 slides over an image of 5×5: choose an element of the result, and what it was computed from lights up."
        ) {
            let image = Variable(numbers([1, 1, 5, 5], 3), name: "image")
            let filter = Variable(numbers([1, 1, 3, 3], 4), name: "filter")
            let map = conv2D(image, filter, bias: Variable([0.5], name: "bias")).named("map")
            return relu(map).named("active").sum().named("sum")
        },
        WorkedExample(
            "lenet", "A LeNet",
            "Two convolutions and three linear layers on an image of 28×28 (after Y. LeCun et al., 1998, with relu and max pooling). Its layers are folded; any of them can be opened."
        ) {
            var random = Random(seed: 1)
            let net = LeNet(using: &random)
            _ = Parameters(of: net)  // gives the parameters their paths for names
            let image = Variable.constant(.normal([1, 1, 28, 28], using: &random), name: "image")
            return crossEntropy(net(image).named("scores"), Tensor([3], as: .int64)).named("loss")
        },
    ]
}

private struct LeNet: Layer {
    let conv1: Conv2D, conv2: Conv2D
    let fc1: Linear, fc2: Linear, fc3: Linear

    init(using random: inout Random) {
        conv1 = Conv2D(inChannels: 1, outChannels: 6, kernel: 5, padding: 2, using: &random)
        conv2 = Conv2D(inChannels: 6, outChannels: 16, kernel: 5, using: &random)
        fc1 = Linear(inFeatures: 400, outFeatures: 120, using: &random)
        fc2 = Linear(inFeatures: 120, outFeatures: 84, using: &random)
        fc3 = Linear(inFeatures: 84, outFeatures: 10, using: &random)
    }

    func callAsFunction(_ x: Variable) -> Variable {
        let first = scope("conv1") { maxPool2D(relu(conv1(x)), kernel: 2) }
        let second = scope("conv2") { maxPool2D(relu(conv2(first)), kernel: 2) }
        let flat = second.flattened(from: 1)
        let h1 = scope("fc1") { relu(fc1(flat)) }
        let h2 = scope("fc2") { relu(fc2(h1)) }
        return scope("fc3") { fc3(h2) }
    }
}
