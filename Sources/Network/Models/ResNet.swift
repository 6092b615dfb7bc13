import GradusAutograd
import GradusTensor

/// Two 3×3 convolutions and a way around them (K. He et al., "Deep residual learning for image recognition", 2016, figure 5 left).
public struct BasicBlock: Layer, Sendable {
    public let first: ConvNormRelu
    public let second: Conv2D
    public let norm: BatchNorm
    public let shortcut: Shortcut

    /// A stride of 2 halves height and width.
    public init(
        _ inChannels: Int, _ outChannels: Int, stride: Int, projecting: Bool,
        using generator: inout some RandomNumberGenerator
    ) {
        first = ConvNormRelu(inChannels, outChannels, kernel: 3, stride: Pair(stride), padding: 1, using: &generator)
        second = Conv2D(
            inChannels: outChannels, outChannels: outChannels, kernel: 3, padding: 1, bias: false, using: &generator)
        norm = BatchNorm(channels: outChannels)
        shortcut = Shortcut(inChannels, outChannels, stride: stride, projecting: projecting, using: &generator)
    }

    public func callAsFunction(_ x: Variable) -> Variable { relu(norm(second(first(x))) + shortcut(x)) }
}

/// A 1×1 convolution that makes the picture thin, a 3×3 and a 1×1 that makes it four times as thick, and a way around them (the
/// same, figure 5 right). The stride is in the 3×3, as in torchvision.
public struct BottleneckBlock: Layer, Sendable {
    public let first: ConvNormRelu
    public let second: ConvNormRelu
    public let third: Conv2D
    public let norm: BatchNorm
    public let shortcut: Shortcut

    /// A stride of 2 halves height and width.
    public init(
        _ inChannels: Int, _ width: Int, stride: Int, using generator: inout some RandomNumberGenerator
    ) {
        first = ConvNormRelu(inChannels, width, kernel: 1, using: &generator)
        second = ConvNormRelu(width, width, kernel: 3, stride: Pair(stride), padding: 1, using: &generator)
        third = Conv2D(inChannels: width, outChannels: 4 * width, kernel: 1, bias: false, using: &generator)
        norm = BatchNorm(channels: 4 * width)
        shortcut = Shortcut(inChannels, 4 * width, stride: stride, projecting: true, using: &generator)
    }

    public func callAsFunction(_ x: Variable) -> Variable {
        relu(norm(third(second(first(x)))) + shortcut(x))
    }
}

/// The way around: the input itself where its shape fits; else a 1×1 convolution (option B of the paper) or, without parameters,
/// every second place and zeros for the channels that are missing (option A).
public struct Shortcut: Layer, Sendable {
    public let projection: Conv2D?
    public let norm: BatchNorm?
    private let stride: Int
    private let missing: Int

    init(
        _ inChannels: Int, _ outChannels: Int, stride: Int, projecting: Bool,
        using generator: inout some RandomNumberGenerator
    ) {
        let projects = projecting && (stride != 1 || inChannels != outChannels)
        projection =
            projects
            ? Conv2D(
                inChannels: inChannels, outChannels: outChannels, kernel: 1, stride: Pair(stride), bias: false,
                using: &generator) : nil
        norm = projects ? BatchNorm(channels: outChannels) : nil
        (self.stride, missing) = (stride, projects ? 0 : outChannels - inChannels)
    }

    public func callAsFunction(_ x: Variable) -> Variable {
        if let projection, let norm { return norm(projection(x)) }
        if stride == 1 && missing == 0 { return x }
        let thinned = x.slice(along: 2, by: stride).slice(along: 3, by: stride)
        return thinned.padded([0, missing / 2, 0, 0], [0, missing - missing / 2, 0, 0])
    }
}

/// Residual nets: each block adds to what it gets, so that gradients have a way past all of them (K. He et al., 2016, table 1 and
/// section 4.2).
///
///     let model = ResNet.eighteen()
///     let scores = model(images)  // [batch, 3, 224, 224] to [batch, 1000]
///
/// | model | parameters |
/// | --- | --- |
/// | ``eighteen(inChannels:classes:width:using:)`` | 11,689,512 |
/// | ``thirtyFour(inChannels:classes:width:using:)`` | 21,797,672 |
/// | ``fifty(inChannels:classes:width:using:)`` | 25,557,032 |
/// | ``twenty(inChannels:classes:width:using:)``, for 32 by 32 pixels | 269,722 |
///
/// Any size of image: the last layer sees the mean over all places.
public struct ResNet: Layer, Sendable {
    public let stem: ConvNormRelu
    /// Whether a pooling follows the first layer, as it does for large images.
    public let isPoolingFirst: Bool
    public let stages: [[any Layer & Sendable]]
    public let output: Linear

    /// ResNet-18. `width` is the number of channels of the first stage: fewer make a small net of the same kind.
    public static func eighteen(
        inChannels: Int = 3, classes: Int = 1000, width: Int = 64, using generator: inout some RandomNumberGenerator
    ) -> ResNet {
        ResNet(large: [2, 2, 2, 2], inChannels, classes, width, bottleneck: false, &generator)
    }

    /// ResNet-34.
    public static func thirtyFour(
        inChannels: Int = 3, classes: Int = 1000, width: Int = 64, using generator: inout some RandomNumberGenerator
    ) -> ResNet {
        ResNet(large: [3, 4, 6, 3], inChannels, classes, width, bottleneck: false, &generator)
    }

    /// ResNet-50.
    public static func fifty(
        inChannels: Int = 3, classes: Int = 1000, width: Int = 64, using generator: inout some RandomNumberGenerator
    ) -> ResNet {
        ResNet(large: [3, 4, 6, 3], inChannels, classes, width, bottleneck: true, &generator)
    }

    /// ResNet-20 for CIFAR: a 3×3 convolution, then three stages of three blocks, with shortcuts without parameters.
    public static func twenty(
        inChannels: Int = 3, classes: Int = 10, width: Int = 16, using generator: inout some RandomNumberGenerator
    ) -> ResNet {
        var channels = width
        let stem = ConvNormRelu(inChannels, width, kernel: 3, padding: 1, using: &generator)
        let stages = (0..<3).map { stage in
            (0..<3).map { block in
                defer { channels = width << stage }
                let stride = stage > 0 && block == 0 ? 2 : 1
                return BasicBlock(channels, width << stage, stride: stride, projecting: false, using: &generator)
            }
        }
        return ResNet(
            stem: stem, isPoolingFirst: false, stages: stages,
            output: Linear(inFeatures: 4 * width, outFeatures: classes, using: &generator))
    }

    /// A net of these parts.
    public init(stem: ConvNormRelu, isPoolingFirst: Bool, stages: [[any Layer & Sendable]], output: Linear) {
        (self.stem, self.isPoolingFirst, self.stages, self.output) = (stem, isPoolingFirst, stages, output)
    }

    private init(
        large counts: [Int], _ inChannels: Int, _ classes: Int, _ width: Int, bottleneck: Bool,
        _ generator: inout some RandomNumberGenerator
    ) {
        var channels = width
        stem = ConvNormRelu(inChannels, width, kernel: 7, stride: 2, padding: 3, using: &generator)
        isPoolingFirst = true
        stages = counts.enumerated().map { stage, count in
            (0..<count).map { block -> any Layer & Sendable in
                let (thickness, stride) = (width << stage, stage > 0 && block == 0 ? 2 : 1)
                defer { channels = bottleneck ? 4 * thickness : thickness }
                if bottleneck { return BottleneckBlock(channels, thickness, stride: stride, using: &generator) }
                return BasicBlock(channels, thickness, stride: stride, projecting: true, using: &generator)
            }
        }
        output = Linear(inFeatures: channels, outFeatures: classes, using: &generator)
    }

    /// What the last layer sees: `[batch, features]` of images `[batch, inChannels, height, width]`.
    public func features(_ x: Variable) -> Variable {
        var h = stem(x)
        if isPoolingFirst { h = maxPool2D(h, kernel: 3, stride: 2, padding: 1) }
        for stage in stages { for block in stage { h = block(h) } }
        return h.mean(along: [2, 3])
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, height, width]`.
    public func callAsFunction(_ x: Variable) -> Variable { output(features(x)) }
}
