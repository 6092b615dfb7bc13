import GradusAutograd
import GradusTensor

/// A convolution, normalized over the batch, and its ReLU.
public struct ConvNormRelu: Layer, Sendable {
    public let convolution: Conv2D
    public let norm: BatchNorm

    /// A convolution without bias, as the normalization has one.
    public init(
        _ inChannels: Int, _ outChannels: Int, kernel: Pair, stride: Pair = 1, padding: Pair = 0,
        using generator: inout some RandomNumberGenerator
    ) {
        convolution = Conv2D(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            bias: false, using: &generator)
        norm = BatchNorm(channels: outChannels)
    }

    public func callAsFunction(_ x: Variable) -> Variable { norm(convolution(x), activation: .relu) }
}

/// Four views of the same picture, side by side: 1×1, 3×3 and larger convolutions, and a pooling; the costly ones behind a 1×1
/// that makes them cheap (C. Szegedy et al., "Going deeper with convolutions", 2015, figure 2b).
///
/// `[batch, inChannels, height, width]` to as many channels as the branches have together, of the same size.
public struct Inception: Layer, Sendable {
    public let one: ConvNormRelu
    public let threeReduction: ConvNormRelu
    public let three: ConvNormRelu
    public let fiveReduction: ConvNormRelu
    public let five: ConvNormRelu
    public let pooled: ConvNormRelu

    /// Channels as in table 1 of the paper: "#1×1", "#3×3 reduce", "#3×3", "#5×5 reduce", "#5×5", "pool proj". The large kernel is
    /// odd: 5 in the paper, 3 in torchvision.
    public init(
        _ inChannels: Int, one: Int, three: (reduction: Int, out: Int), five: (reduction: Int, out: Int), pooled: Int,
        largeKernel: Int = 5, using generator: inout some RandomNumberGenerator
    ) {
        if largeKernel < 1 || largeKernel % 2 == 0 { misuse("Inception: a large kernel of \(largeKernel); it is odd") }
        self.one = ConvNormRelu(inChannels, one, kernel: 1, using: &generator)
        threeReduction = ConvNormRelu(inChannels, three.reduction, kernel: 1, using: &generator)
        self.three = ConvNormRelu(three.reduction, three.out, kernel: 3, padding: 1, using: &generator)
        fiveReduction = ConvNormRelu(inChannels, five.reduction, kernel: 1, using: &generator)
        self.five = ConvNormRelu(
            five.reduction, five.out, kernel: Pair(largeKernel), padding: Pair(largeKernel / 2), using: &generator)
        self.pooled = ConvNormRelu(inChannels, pooled, kernel: 1, using: &generator)
    }

    public func callAsFunction(_ x: Variable) -> Variable {
        concatenate(
            [
                one(x), three(threeReduction(x)), five(fiveReduction(x)),
                pooled(maxPool2D(x, kernel: 3, stride: 1, padding: 1)),
            ], along: 1)
    }
}

/// GoogLeNet: nine inception modules, and no large fully connected layer (C. Szegedy et al., 2015, table 1), without the auxiliary
/// heads and with batch normalization, as torchvision has it. 6,624,904 parameters with a large kernel of 3 as there; with the
/// paper's 5 some 7.0 M.
///
///     let model = GoogLeNet()
///     let scores = model(images)  // [batch, 3, 224, 224] to [batch, 1000]
///
/// Any size of image from 32 on: the last layer sees the mean over all places. Where a pooling does not come out even, a last
/// row and column of zeros is thought (torchvision's `ceil_mode`); behind a ReLU that changes no maximum.
public struct GoogLeNet: Layer, Sendable {
    public let stem: [ConvNormRelu]
    /// The modules 3a and 3b, 4a to 4e, 5a and 5b.
    public let stages: [[Inception]]
    public let dropout: Dropout
    public let output: Linear

    /// All channels are divided by `divisor`, for a small net of the same kind.
    public init(
        inChannels: Int = 3, classes: Int = 1000, divisor: Int = 1, largeKernel: Int = 3, dropout: Double = 0.2,
        using generator: inout some RandomNumberGenerator
    ) {
        func c(_ channels: Int) -> Int { max(channels / max(divisor, 1), 1) }
        stem = [
            ConvNormRelu(inChannels, c(64), kernel: 7, stride: 2, padding: 3, using: &generator),
            ConvNormRelu(c(64), c(64), kernel: 1, using: &generator),
            ConvNormRelu(c(64), c(192), kernel: 3, padding: 1, using: &generator),
        ]
        // #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj
        let table = [
            [[64, 96, 128, 16, 32, 32], [128, 128, 192, 32, 96, 64]],
            [
                [192, 96, 208, 16, 48, 64], [160, 112, 224, 24, 64, 64], [128, 128, 256, 24, 64, 64],
                [112, 144, 288, 32, 64, 64], [256, 160, 320, 32, 128, 128],
            ],
            [[256, 160, 320, 32, 128, 128], [384, 192, 384, 48, 128, 128]],
        ]
        var channels = c(192)
        stages = table.map { stage in
            stage.map { n in
                defer { channels = c(n[0]) + c(n[2]) + c(n[4]) + c(n[5]) }
                return Inception(
                    channels, one: c(n[0]), three: (c(n[1]), c(n[2])), five: (c(n[3]), c(n[4])), pooled: c(n[5]),
                    largeKernel: largeKernel, using: &generator)
            }
        }
        self.dropout = Dropout(probability: dropout)
        output = Linear(inFeatures: channels, outFeatures: classes, using: &generator)
    }

    /// The same from the default generator.
    public init(inChannels: Int = 3, classes: Int = 1000, divisor: Int = 1, largeKernel: Int = 3, dropout: Double = 0.2)
    {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, classes: classes, divisor: divisor, largeKernel: largeKernel, dropout: dropout,
            using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, height, width]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        var h = pooled(stem[0](x))
        h = pooled(stem[2](stem[1](h)))
        for (place, stage) in stages.enumerated() {
            for module in stage { h = module(h) }
            if place < stages.count - 1 { h = pooled(h) }
        }
        return output(dropout(h.mean(along: [2, 3])))
    }

    /// The largest of 3 by 3 at every second place, the last ones where the image ends in between.
    private func pooled(_ x: Variable) -> Variable {
        let (down, right) = (1 - x.shape[2] % 2, 1 - x.shape[3] % 2)
        return maxPool2D(x.padded([0, 0, 0, 0], [0, 0, down, right]), kernel: 3, stride: 2)
    }
}
