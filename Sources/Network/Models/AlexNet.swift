import GradusAutograd
import GradusTensor

/// AlexNet: five convolutions and three fully connected layers, the net that won ImageNet in 2012 (A. Krizhevsky, I. Sutskever and
/// G. E. Hinton, "ImageNet classification with deep convolutional neural networks"), in one column.
///
///     let model = AlexNet()
///     let scores = model(images)  // [batch, 3, 227, 227] to [batch, 1000]
///
/// The form of torchvision (after A. Krizhevsky's "One weird trick", 2014) has 61,100,840 parameters and takes 224 or 227 pixels a
/// side; the one of 2012 has 96 filters first, normalizes the responses of its first two layers, and takes 227.
public struct AlexNet: Layer, Sendable {
    /// Which of the two.
    public enum Form: Sendable, CaseIterable {
        /// 64, 192, 384, 256 and 256 channels, without normalization.
        case torchvision
        /// 96, 256, 384, 384 and 256 channels, with local response normalization. The paper splits them in two columns, for two
        /// graphics cards; here they are one.
        case original
    }

    public let form: Form
    public let convolutions: [Conv2D]
    public let first: Linear
    public let second: Linear
    public let output: Linear
    /// What of the two hidden layers is dropped in training.
    public let dropout: Dropout

    /// All channels and hidden units are divided by `divisor`, for a small net of the same kind. A side below 63, or 67 for
    /// the form of 2012, is misuse.
    public init(
        _ form: Form = .torchvision, inChannels: Int = 3, side: Int = 227, classes: Int = 1000, divisor: Int = 1,
        dropout: Double = 0.5, using generator: inout some RandomNumberGenerator
    ) {
        let least = form == .torchvision ? 63 : 67
        if side < least { misuse("AlexNet: images of \(side) by \(side); \(least) are the least") }
        let padding = form == .torchvision ? 2 : 0
        let all = form == .torchvision ? [64, 192, 384, 256, 256] : [96, 256, 384, 384, 256]
        let channels = [inChannels] + all.map { max($0 / max(divisor, 1), 1) }
        let sizes: [(kernel: Int, stride: Int, padding: Int)] = [
            (11, 4, padding), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1),
        ]
        convolutions = sizes.enumerated().map { place, size in
            Conv2D(
                inChannels: channels[place], outChannels: channels[place + 1], kernel: Pair(size.kernel),
                stride: Pair(size.stride), padding: Pair(size.padding), using: &generator)
        }
        let afterFirst = (max(side, least) + 2 * padding - 11) / 4 + 1
        let left = (0..<3).reduce(afterFirst) { size, _ in (size - 3) / 2 + 1 }
        let hidden = max(4096 / max(divisor, 1), 1)
        first = Linear(inFeatures: channels[5] * left * left, outFeatures: hidden, using: &generator)
        second = Linear(inFeatures: hidden, outFeatures: hidden, using: &generator)
        output = Linear(inFeatures: hidden, outFeatures: classes, using: &generator)
        (self.form, self.dropout) = (form, Dropout(probability: dropout))
    }

    /// The same from the default generator.
    public init(
        _ form: Form = .torchvision, inChannels: Int = 3, side: Int = 227, classes: Int = 1000, divisor: Int = 1,
        dropout: Double = 0.5
    ) {
        var random = DefaultRandom()
        self.init(
            form, inChannels: inChannels, side: side, classes: classes, divisor: divisor, dropout: dropout,
            using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, side, side]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        var h = x
        for (place, convolution) in convolutions.enumerated() {
            h = relu(convolution(h))
            if form == .original && place < 2 { h = localResponseNorm(h, size: 5, alpha: 5e-4, beta: 0.75, k: 2) }
            if [0, 1, 4].contains(place) { h = maxPool2D(h, kernel: 3, stride: 2) }
        }
        h = dropout(relu(first(h.flattened(from: 1))))
        h = dropout(relu(second(h)))
        return output(h)
    }
}
