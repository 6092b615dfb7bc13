import GradusAutograd
import GradusTensor

/// ZFNet: AlexNet looked into, and mended where its filters were dead or blurred (M. D. Zeiler and R. Fergus, "Visualizing and
/// understanding convolutional networks", 2014, section 4.1, with the thicker 512, 1024 and 512 channels of their table 3).
///
///     let model = ZFNet()
///     let scores = model(images)  // [batch, 3, 224, 224] to [batch, 1000]
///
/// The first layer has 7×7 filters every 2 pixels, where AlexNet has 11×11 every 4. Responses are normalized as there.
public struct ZFNet: Layer, Sendable {
    public let convolutions: [Conv2D]
    public let first: Linear
    public let second: Linear
    public let output: Linear
    /// What of the two hidden layers is dropped in training.
    public let dropout: Dropout

    /// All channels and hidden units are divided by `divisor`, for a small net of the same kind. A side below 64 is misuse.
    public init(
        inChannels: Int = 3, side: Int = 224, classes: Int = 1000, divisor: Int = 1, dropout: Double = 0.5,
        using generator: inout some RandomNumberGenerator
    ) {
        if side < 64 { misuse("ZFNet: images of \(side) by \(side); 64 are the least") }
        let channels = [inChannels] + [96, 256, 512, 1024, 512].map { max($0 / max(divisor, 1), 1) }
        let sizes: [(kernel: Int, stride: Int, padding: Int)] = [(7, 2, 1), (5, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1)]
        convolutions = sizes.enumerated().map { place, size in
            Conv2D(
                inChannels: channels[place], outChannels: channels[place + 1], kernel: Pair(size.kernel),
                stride: Pair(size.stride), padding: Pair(size.padding), using: &generator)
        }
        func pooled(_ size: Int, padding: Int) -> Int { (size + 2 * padding - 3) / 2 + 1 }
        let afterFirst = pooled((max(side, 64) + 2 - 7) / 2 + 1, padding: 1)
        let left = pooled(pooled((afterFirst - 5) / 2 + 1, padding: 1), padding: 0)
        let hidden = max(4096 / max(divisor, 1), 1)
        first = Linear(inFeatures: channels[5] * left * left, outFeatures: hidden, using: &generator)
        second = Linear(inFeatures: hidden, outFeatures: hidden, using: &generator)
        output = Linear(inFeatures: hidden, outFeatures: classes, using: &generator)
        self.dropout = Dropout(probability: dropout)
    }

    /// The same from the default generator.
    public init(inChannels: Int = 3, side: Int = 224, classes: Int = 1000, divisor: Int = 1, dropout: Double = 0.5) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, side: side, classes: classes, divisor: divisor, dropout: dropout, using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, side, side]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        var h = x
        for (place, convolution) in convolutions.enumerated() {
            h = relu(convolution(h))
            if place < 2 {  // 110 to 55 and 26 to 13 a side, at full size
                h = localResponseNorm(
                    maxPool2D(h, kernel: 3, stride: 2, padding: 1), size: 5, alpha: 5e-4, beta: 0.75, k: 2)
            }
        }
        h = maxPool2D(h, kernel: 3, stride: 2)
        h = dropout(relu(first(h.flattened(from: 1))))
        h = dropout(relu(second(h)))
        return output(h)
    }
}
