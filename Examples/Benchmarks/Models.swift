import Gradus

// The models, written as a user writes them.

struct MLP: Layer {
    let first = Linear(inFeatures: 784, outFeatures: 512)
    let second = Linear(inFeatures: 512, outFeatures: 512)
    let third = Linear(inFeatures: 512, outFeatures: 10)
    func callAsFunction(_ x: Variable) -> Variable { third(relu(second(relu(first(x))))) }
}

struct LeNet5: Layer {
    let conv1 = Conv2D(inChannels: 1, outChannels: 6, kernel: 5, padding: 2)
    let conv2 = Conv2D(inChannels: 6, outChannels: 16, kernel: 5)
    let pool = AveragePool2D(kernel: 2)
    let linear1 = Linear(inFeatures: 400, outFeatures: 120)
    let linear2 = Linear(inFeatures: 120, outFeatures: 84)
    let linear3 = Linear(inFeatures: 84, outFeatures: 10)
    func callAsFunction(_ x: Variable) -> Variable {
        let features = pool(tanh(conv2(pool(tanh(conv1(x))))))
        return linear3(tanh(linear2(tanh(linear1(features.flattened(from: 1))))))
    }
}

/// A convolution without bias, and a normalization behind it.
struct NormalizedConv2D: Layer {
    let conv: Conv2D
    let norm: BatchNorm
    init(_ inChannels: Int, _ outChannels: Int, kernel: Pair, stride: Pair, padding: Pair) {
        conv = Conv2D(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            bias: false)
        norm = BatchNorm(channels: outChannels)
    }
    func callAsFunction(_ x: Variable) -> Variable { norm(conv(x)) }
    func callAsFunction(_ x: Variable, activation: Activation) -> Variable { norm(conv(x), activation: activation) }
}

struct ResidualBlock: Layer {
    let first: NormalizedConv2D, second: NormalizedConv2D
    /// Where the shape changes: x made to fit.
    let shortcut: NormalizedConv2D?
    init(_ inChannels: Int, _ outChannels: Int, stride: Pair) {
        first = NormalizedConv2D(inChannels, outChannels, kernel: 3, stride: stride, padding: 1)
        second = NormalizedConv2D(outChannels, outChannels, kernel: 3, stride: 1, padding: 1)
        let fits = inChannels == outChannels && stride == 1
        shortcut = fits ? nil : NormalizedConv2D(inChannels, outChannels, kernel: 1, stride: stride, padding: 0)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        relu(second(first(x, activation: .relu)) + (shortcut.map { $0(x) } ?? x))
    }
}

struct ResNet20: Layer {
    let stem = NormalizedConv2D(3, 16, kernel: 3, stride: 1, padding: 1)
    let blocks: [ResidualBlock]
    let head = Linear(inFeatures: 64, outFeatures: 10)
    init() {
        var (blocks, channels) = ([ResidualBlock](), 16)
        for (outChannels, stride) in [(16, 1), (32, 2), (64, 2)] {
            for index in 0..<3 {
                blocks.append(ResidualBlock(channels, outChannels, stride: index == 0 ? Pair(stride) : 1))
                channels = outChannels
            }
        }
        self.blocks = blocks
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let features = blocks.reduce(stem(x, activation: .relu)) { $1($0) }
        return head(features.mean(along: [2, 3]))
    }
}

struct VGGSmall: Layer {
    let convolutions: [Conv2D]
    let pool = MaxPool2D(kernel: 2)
    let head = Linear(inFeatures: 256 * 4 * 4, outFeatures: 10)
    init() {
        convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)].map {
            Conv2D(inChannels: $0, outChannels: $1, kernel: 3, padding: 1)
        }
    }
    func callAsFunction(_ x: Variable) -> Variable {
        var h = x
        for (index, conv) in convolutions.enumerated() {
            h = relu(conv(h))
            if index % 2 == 1 { h = pool(h) }
        }
        return head(h.flattened(from: 1))
    }
}

struct CharacterLSTM: Parameterized {
    let embedding = Embedding(tokens: 65, features: 128)
    let lstm = LSTM(inFeatures: 128, hiddenFeatures: 256)
    let head = Linear(inFeatures: 256, outFeatures: 65)
    func callAsFunction(_ tokens: Tensor) -> Variable { head(lstm(embedding(tokens))) }
}

struct GPT: Parameterized {
    let tokens = Embedding(tokens: 65, features: 128)
    let positions = LearnedPositions(length: 128, features: 128)
    let blocks = (0..<4).map { _ in
        TransformerEncoderBlock(features: 128, heads: 4, activation: .gelu, normalizingFirst: true)
    }
    let norm = LayerNorm([128])
    let head = Linear(inFeatures: 128, outFeatures: 65)
    func callAsFunction(_ x: Tensor) -> Variable {
        head(norm(blocks.reduce(positions(tokens(x))) { $1($0, mask: nil, causal: true) }))
    }
}

struct VAE: Parameterized {
    let encoder = Linear(inFeatures: 784, outFeatures: 400)
    let mean = Linear(inFeatures: 400, outFeatures: 20)
    let logVariance = Linear(inFeatures: 400, outFeatures: 20)
    let decoder = Linear(inFeatures: 20, outFeatures: 400)
    let output = Linear(inFeatures: 400, outFeatures: 784)

    /// The negative lower bound of the evidence, for one image on average.
    func loss(_ x: Variable) -> Variable {
        let h = relu(encoder(x))
        let (m, v) = (mean(h), logVariance(h))
        let z = m + .constant(.normal(m.shape)) * exp(0.5 * v)
        let reconstruction = binaryCrossEntropy(output(relu(decoder(z))), x, reduction: .sum)
        return (reconstruction - 0.5 * (1 + v - m * m - exp(v)).sum()) / Double(x.shape[0])
    }
}
