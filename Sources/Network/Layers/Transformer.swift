import GradusAutograd
import GradusTensor

// The blocks of "Attention is all you need" (A. Vaswani et al., 2017, section 3.1). Each part of a block is added to what went
// in; it is normalized behind the sum, as in the paper, or in front of the part (`normalizingFirst`: R. Xiong et al., "On layer
// normalization in the transformer architecture", 2020), which trains without a warm-up.

/// What a block does to every place by itself: a wide layer and back. `[…, features]` to `[…, features]`.
public struct FeedForward: Layer, Sendable {
    /// The two layers.
    public let first: Linear, second: Linear
    /// What stands between them.
    public let activation: Activation
    /// Dropout behind the activation.
    public let dropout: Dropout

    /// What bends the wide layer.
    public typealias Activation = GradusTensor.Activation

    /// Two layers that fit.
    public init(first: Linear, second: Linear, activation: Activation = .relu, dropout: Double = 0) {
        (self.first, self.second) = (first, second)
        (self.activation, self.dropout) = (activation, Dropout(probability: dropout))
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { second(dropout(first(x, activation: activation))) }

    init(
        _ features: Int, _ hiddenFeatures: Int, _ activation: Activation, _ dropout: Double, _ type: ElementType,
        _ generator: inout some RandomNumberGenerator
    ) {
        self.init(
            first: .xavier(features, hiddenFeatures, true, type, &generator),
            second: .xavier(hiddenFeatures, features, true, type, &generator), activation: activation, dropout: dropout)
    }
}

/// A part of a block: what it adds to its input, dropout, and the normalization that goes with it.
private func residual(
    _ x: Variable, _ norm: LayerNorm, _ dropout: Dropout, first: Bool, _ part: (Variable) -> Variable
) -> Variable {
    first ? x + dropout(part(norm(x))) : norm(x + dropout(part(x)))
}

/// A block of a transformer's encoder: self-attention, then a feed-forward part. `[batch, time, features]` to the same. With
/// `causal: true` it is a block of a language model.
public struct TransformerEncoderBlock: Layer, Sendable {
    /// The first part.
    public let attention: MultiHeadAttention
    /// The second part.
    public let feedForward: FeedForward
    /// The normalization of each part.
    public let attentionNorm: LayerNorm, feedForwardNorm: LayerNorm
    /// Dropout of what each part adds.
    public let dropout: Dropout
    /// Whether parts are normalized in front rather than behind.
    public let normalizingFirst: Bool

    /// A block of these parts.
    public init(
        attention: MultiHeadAttention, feedForward: FeedForward, attentionNorm: LayerNorm, feedForwardNorm: LayerNorm,
        dropout: Double = 0, normalizingFirst: Bool = false
    ) {
        (self.attention, self.feedForward) = (attention, feedForward)
        (self.attentionNorm, self.feedForwardNorm) = (attentionNorm, feedForwardNorm)
        (self.dropout, self.normalizingFirst) = (Dropout(probability: dropout), normalizingFirst)
    }

    /// Weights by Xavier's uniform initialization. `hiddenFeatures` is the width of the feed-forward part, four times the features
    /// unless given.
    public init(
        features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        self.init(
            attention: MultiHeadAttention(
                features: features, heads: heads, dropout: dropout, as: elementType, using: &generator),
            feedForward: FeedForward(
                features, hiddenFeatures ?? 4 * features, activation, dropout, elementType, &generator),
            attentionNorm: LayerNorm([features], as: elementType),
            feedForwardNorm: LayerNorm([features], as: elementType), dropout: dropout,
            normalizingFirst: normalizingFirst)
    }

    /// The same from the default generator.
    public init(
        features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout, activation: activation,
            normalizingFirst: normalizingFirst, as: elementType, using: &random)
    }

    /// The block's output, every place attending to all.
    public func callAsFunction(_ x: Variable) -> Variable { self(x, mask: nil) }

    /// The block's output; mask and `causal` as in ``MultiHeadAttention``.
    public func callAsFunction(_ x: Variable, mask: Tensor?, causal: Bool = false) -> Variable {
        let h = residual(x, attentionNorm, dropout, first: normalizingFirst) {
            attention($0, mask: mask, causal: causal)
        }
        return residual(h, feedForwardNorm, dropout, first: normalizingFirst) { feedForward($0) }
    }
}

/// A block of a transformer's decoder: causal self-attention, attention to what the encoder made, then a feed-forward part.
/// `[batch, time, features]` to the same.
public struct TransformerDecoderBlock: Parameterized, Sendable {
    /// The first part, and the second.
    public let selfAttention: MultiHeadAttention, crossAttention: MultiHeadAttention
    /// The third part.
    public let feedForward: FeedForward
    /// The normalization of each part.
    public let selfAttentionNorm: LayerNorm, crossAttentionNorm: LayerNorm, feedForwardNorm: LayerNorm
    /// Dropout of what each part adds.
    public let dropout: Dropout
    /// Whether parts are normalized in front rather than behind.
    public let normalizingFirst: Bool

    /// A block of these parts.
    public init(
        selfAttention: MultiHeadAttention, crossAttention: MultiHeadAttention, feedForward: FeedForward,
        selfAttentionNorm: LayerNorm, crossAttentionNorm: LayerNorm, feedForwardNorm: LayerNorm, dropout: Double = 0,
        normalizingFirst: Bool = false
    ) {
        (self.selfAttention, self.crossAttention) = (selfAttention, crossAttention)
        (self.feedForward, self.feedForwardNorm) = (feedForward, feedForwardNorm)
        (self.selfAttentionNorm, self.crossAttentionNorm) = (selfAttentionNorm, crossAttentionNorm)
        (self.dropout, self.normalizingFirst) = (Dropout(probability: dropout), normalizingFirst)
    }

    /// Weights by Xavier's uniform initialization.
    public init(
        features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        func attention() -> MultiHeadAttention {
            MultiHeadAttention(features: features, heads: heads, dropout: dropout, as: elementType, using: &generator)
        }
        func norm() -> LayerNorm { LayerNorm([features], as: elementType) }
        self.init(
            selfAttention: attention(), crossAttention: attention(),
            feedForward: FeedForward(
                features, hiddenFeatures ?? 4 * features, activation, dropout, elementType, &generator),
            selfAttentionNorm: norm(), crossAttentionNorm: norm(), feedForwardNorm: norm(), dropout: dropout,
            normalizingFirst: normalizingFirst)
    }

    /// The same from the default generator.
    public init(
        features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout, activation: activation,
            normalizingFirst: normalizingFirst, as: elementType, using: &random)
    }

    /// The block's output for what the decoder has so far, and the encoder's memory `[batch, sources, features]`.
    ///
    /// - `mask`: Which places of `x` each may attend to, beside the causal order.
    /// - `memoryMask`: Which places of the memory each may attend to.
    /// - `causal`: Whether places of `x` attend to those up to them only, as when they are written one by one.
    public func callAsFunction(
        _ x: Variable, memory: Variable, mask: Tensor? = nil, memoryMask: Tensor? = nil, causal: Bool = true
    ) -> Variable {
        let h = residual(x, selfAttentionNorm, dropout, first: normalizingFirst) {
            selfAttention($0, mask: mask, causal: causal)
        }
        let g = residual(h, crossAttentionNorm, dropout, first: normalizingFirst) {
            crossAttention($0, memory, memory, mask: memoryMask)
        }
        return residual(g, feedForwardNorm, dropout, first: normalizingFirst) { feedForward($0) }
    }
}
