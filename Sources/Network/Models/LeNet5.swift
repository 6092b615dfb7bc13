import GradusAutograd
import GradusTensor

/// LeNet-5: the first convolutional net that read cheques (Y. LeCun et al., "Gradient-based learning applied to document
/// recognition", 1998, section II), in today's form: ReLU for tanh, the largest of four for their mean.
///
///     let model = LeNet5()
///     let scores = model(images)  // [batch, 1, 28, 28] to [batch, 10]
///
/// 61,706 parameters for 28 by 28 pixels and ten classes. Sides are multiples of 4, from 16 on.
public struct LeNet5: Layer, Sendable {
    public let first: Conv2D
    public let second: Conv2D
    public let third: Linear
    public let fourth: Linear
    public let output: Linear

    /// `side` is the height and width of the images. One that is no multiple of 4, or below 16, is misuse.
    public init(
        inChannels: Int = 1, side: Int = 28, classes: Int = 10, using generator: inout some RandomNumberGenerator
    ) {
        if side < 16 || side % 4 != 0 { misuse("LeNet5: images of \(side) by \(side); multiples of 4 from 16 on") }
        let left = max(side, 16) / 4 - 2  // of each side, after two poolings and an unpadded convolution
        first = Conv2D(inChannels: inChannels, outChannels: 6, kernel: 5, padding: 2, using: &generator)
        second = Conv2D(inChannels: 6, outChannels: 16, kernel: 5, using: &generator)
        third = Linear(inFeatures: 16 * left * left, outFeatures: 120, using: &generator)
        fourth = Linear(inFeatures: 120, outFeatures: 84, using: &generator)
        output = Linear(inFeatures: 84, outFeatures: classes, using: &generator)
    }

    /// The same from the default generator.
    public init(inChannels: Int = 1, side: Int = 28, classes: Int = 10) {
        var random = DefaultRandom()
        self.init(inChannels: inChannels, side: side, classes: classes, using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, side, side]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        let edges = maxPool2D(relu(first(x)), kernel: 2)  // [batch, 6, 14, 14]
        let parts = maxPool2D(relu(second(edges)), kernel: 2)  // [batch, 16, 5, 5]
        return output(relu(fourth(relu(third(parts.flattened(from: 1))))))
    }
}
