import Gradus

// Training steps: forward, loss, backward, update, and the loss read as a number.

extension Workload {
    static var training: [Workload] {
        [
            Workload(name: "mlp") {
                let (x, y) = (Variable.constant(.normal([128, 784])), labels([128], below: 10))
                return step(MLP(), SGD(learningRate: 0.01, momentum: 0.9)) { crossEntropy($0(x), y) }
            },
            Workload(name: "lenet5") {
                let (x, y) = (Variable.constant(.normal([128, 1, 28, 28])), labels([128], below: 10))
                return step(LeNet5(), Adam()) { crossEntropy($0(x), y) }
            },
            Workload(name: "resnet20", prepare: resnet20),
            Workload(name: "vgg_small") {
                let (x, y) = (Variable.constant(.normal([64, 3, 32, 32])), labels([64], below: 10))
                return step(VGGSmall(), SGD(learningRate: 0.01, momentum: 0.9)) { crossEntropy($0(x), y) }
            },
            Workload(name: "charlstm") {
                let (x, y) = (labels([32, 64], below: 65), labels([32, 64], below: 65))
                return step(CharacterLSTM(), Adam(), clippingTo: 5) { crossEntropy($0(x), y) }
            },
            Workload(name: "gpt") {
                let (x, y) = (labels([16, 128], below: 65), labels([16, 128], below: 65))
                return step(GPT(), AdamW(learningRate: 3e-4)) { crossEntropy($0(x), y) }
            },
            Workload(name: "vae") {
                let x = Variable.constant(.uniform([128, 784]))
                return step(VAE(), Adam()) { $0.loss(x) }
            },
        ]
    }

    static func resnet20() -> () -> Void {
        let (x, y) = (Variable.constant(.normal([64, 3, 32, 32])), labels([64], below: 10))
        return step(ResNet20(), SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4)) { crossEntropy($0(x), y) }
    }

    private static func step<Model: Parameterized>(
        _ model: Model, _ optimizer: some Optimizer, clippingTo bound: Double? = nil,
        _ loss: @escaping (Model) -> Variable
    ) -> () -> Void {
        let parameters = model.parameters
        return {
            let loss = loss(model)
            loss.backward()
            if let bound { clipGradients(of: parameters, toNorm: bound) }
            optimizer.step(parameters)
            _ = loss.item
        }
    }

    /// Random classes.
    private static func labels(_ shape: Shape, below classes: Int) -> Tensor {
        Tensor((0..<shape.count).map { _ in Int.random(in: 0..<classes) }, shape: shape)
    }
}
