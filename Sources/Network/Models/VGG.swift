import GradusAutograd
import GradusTensor

/// VGG-16: nothing but 3×3 convolutions, in blocks between poolings (K. Simonyan and A. Zisserman, "Very deep convolutional
/// networks for large-scale image recognition", 2015, table 1, column D). 138,357,544 parameters at its full size.
///
///     let model = VGG16()
///     let scores = model(images)  // [batch, 3, 224, 224] to [batch, 1000]
///
/// Two 3×3 convolutions see what one 5×5 sees, three what one 7×7 sees, with fewer weights and more ReLUs.
public struct VGG16: Layer, Sendable {
    /// Five blocks of two or three convolutions each.
    public let blocks: [[Conv2D]]
    public let first: Linear
    public let second: Linear
    public let output: Linear
    /// What of the two hidden layers is dropped in training.
    public let dropout: Dropout

    /// `width` is the number of channels of the first block, `hidden` that of the fully connected units: smaller ones make a
    /// small net of the same kind. A side that is no multiple of 32 is misuse.
    public init(
        inChannels: Int = 3, side: Int = 224, classes: Int = 1000, width: Int = 64, hidden: Int = 4096,
        dropout: Double = 0.5, using generator: inout some RandomNumberGenerator
    ) {
        if side < 32 || side % 32 != 0 { misuse("VGG16: images of \(side) by \(side); multiples of 32") }
        var channels = inChannels
        blocks = [(2, 1), (2, 2), (3, 4), (3, 8), (3, 8)].map { count, factor in
            (0..<count).map { _ in
                defer { channels = factor * width }
                return Conv2D(
                    inChannels: channels, outChannels: factor * width, kernel: 3, padding: 1, using: &generator)
            }
        }
        let left = max(side, 32) / 32
        first = Linear(inFeatures: channels * left * left, outFeatures: hidden, using: &generator)
        second = Linear(inFeatures: hidden, outFeatures: hidden, using: &generator)
        output = Linear(inFeatures: hidden, outFeatures: classes, using: &generator)
        self.dropout = Dropout(probability: dropout)
    }

    /// The same from the default generator.
    public init(
        inChannels: Int = 3, side: Int = 224, classes: Int = 1000, width: Int = 64, hidden: Int = 4096,
        dropout: Double = 0.5
    ) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, side: side, classes: classes, width: width, hidden: hidden, dropout: dropout,
            using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, side, side]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        var h = x
        for block in blocks {
            for convolution in block { h = relu(convolution(h)) }
            h = maxPool2D(h, kernel: 2)
        }
        h = dropout(relu(first(h.flattened(from: 1))))
        h = dropout(relu(second(h)))
        return output(h)
    }
}
