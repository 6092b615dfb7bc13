import GradusAutograd
import GradusTensor

/// A picture read as a sentence: cut into patches, each a word, for a transformer's encoder (A. Dosovitskiy et al., "An image is
/// worth 16x16 words: transformers for image recognition at scale", 2021, section 3.1).
///
///     let model = VisionTransformer(.base16)
///     let scores = model(images)  // [batch, 3, 224, 224] to [batch, 1000]
///
/// ViT-B/16 has 86,567,656 parameters, as torchvision's, whose normalizations have an ε of 10⁻⁶ where these have 10⁻⁵. Nothing but the cutting and the learnt positions knows that a picture has two dimensions: such
/// a model wants more examples than a convolutional one of its size.
public struct VisionTransformer: Layer, Sendable {
    /// How large a model is, and for which pictures.
    public struct Size: Sendable, Equatable {
        public var inChannels, side, patch, classes: Int
        /// The numbers of a word, how many blocks, the heads of each, and the units of its wide layer.
        public var features, layers, heads, hiddenFeatures: Int

        /// `hiddenFeatures` is four times the features unless given.
        public init(
            inChannels: Int = 3, side: Int, patch: Int, classes: Int, features: Int, layers: Int, heads: Int,
            hiddenFeatures: Int? = nil
        ) {
            (self.inChannels, self.side, self.patch, self.classes) = (inChannels, side, patch, classes)
            (self.features, self.layers, self.heads) = (features, layers, heads)
            self.hiddenFeatures = hiddenFeatures ?? 4 * features
        }

        /// ViT-B/16 for ImageNet (table 1 of the paper): patches of 16 by 16, 768 features, 12 blocks of 12 heads.
        public static let base16 = Size(side: 224, patch: 16, classes: 1000, features: 768, layers: 12, heads: 12)

        /// ViT-L/16: 1024 features, 24 blocks of 16 heads.
        public static let large16 = Size(side: 224, patch: 16, classes: 1000, features: 1024, layers: 24, heads: 16)

        /// How many patches a picture is cut into.
        public var patches: Int { patch < 1 ? 0 : (side / patch) * (side / patch) }

        /// How many numbers a model of this size learns, without making one.
        public var parameterCount: Int {
            func linear(_ inFeatures: Int, _ outFeatures: Int) -> Int { (inFeatures + 1) * outFeatures }
            let norm = 2 * features
            let block =
                4 * linear(features, features) + linear(features, hiddenFeatures) + linear(hiddenFeatures, features)
                + 2 * norm
            let words = linear(inChannels * patch * patch, features) + features + (patches + 1) * features
            return words + layers * block + norm + linear(features, classes)
        }
    }

    /// Makes each patch a word: a convolution whose windows lie side by side.
    public let embedding: Conv2D
    /// The word in front of all others, `[1, 1, features]`, whose place the answer is read from.
    public let classToken: Variable
    /// What is added to each place, to tell it from the others.
    public let positions: LearnedPositions
    /// Dropout of words with their positions, in training.
    public let dropout: Dropout
    /// Blocks that normalize first, and a normalization behind the last.
    public let encoder: TransformerEncoder
    public let output: Linear

    /// Patches that do not cover the picture evenly, heads that do not divide the features, and sizes below 1 are misuse.
    public init(
        _ size: Size, dropout: Double = 0, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        if size.patch < 1 || size.side < size.patch || size.side % size.patch != 0 || size.layers < 1 {
            misuse(
                "VisionTransformer: patches of \(size.patch) by \(size.patch) in images of \(size.side) by \(size.side), "
                    + "\(size.layers) blocks; patches cover an image evenly, and there is a block")
        }
        embedding = Conv2D(
            inChannels: size.inChannels, outChannels: size.features, kernel: Pair(size.patch),
            stride: Pair(size.patch), as: elementType, using: &generator)
        classToken = Variable(.zeros([1, 1, size.features], as: elementType))
        positions = LearnedPositions(
            length: size.patches + 1, features: size.features, as: elementType, using: &generator)
        self.dropout = Dropout(probability: dropout)
        encoder = TransformerEncoder(
            layers: size.layers, features: size.features, heads: size.heads, hiddenFeatures: size.hiddenFeatures,
            dropout: dropout, activation: .gelu, normalizingFirst: true, as: elementType, using: &generator)
        output = Linear(inFeatures: size.features, outFeatures: size.classes, as: elementType, using: &generator)
    }

    /// The same from the default generator.
    public init(_ size: Size, dropout: Double = 0, as elementType: ElementType = .float32) {
        var random = DefaultRandom()
        self.init(size, dropout: dropout, as: elementType, using: &random)
    }

    /// Scores `[batch, classes]` of images `[batch, inChannels, side, side]`.
    public func callAsFunction(_ x: Variable) -> Variable {
        output(encoder(words(x)).slice(along: 1, from: 0, to: 1).squeezed(1))
    }

    /// What the encoder reads: the class token and the patches, row by row, each with its position.
    /// `[batch, patches + 1, features]`.
    public func words(_ x: Variable) -> Variable {
        let patches = embedding(x).flattened(from: 2).transposed(1, 2)
        let token = classToken.broadcast(to: [patches.shape[0], 1, classToken.shape[2]])
        return dropout(positions(concatenate([token, patches], along: 1)))
    }
}
