import GradusAutograd
import GradusTensor

/// Encoder blocks one after the other, and a normalization behind the last if they normalize first. `[batch, time, features]` to
/// the same. With `causal: true` it is the body of a language model.
public struct TransformerEncoder: Layer, Sendable {
    /// The blocks, the first one first.
    public let blocks: [TransformerEncoderBlock]
    /// What the last block's output goes through, if anything.
    public let norm: LayerNorm?

    /// A stack of these blocks.
    public init(blocks: [TransformerEncoderBlock], norm: LayerNorm? = nil) { (self.blocks, self.norm) = (blocks, norm) }

    /// So many blocks of one kind; see ``TransformerEncoderBlock``.
    public init(
        layers: Int, features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        blocks = (0..<max(layers, 0)).map { _ in
            TransformerEncoderBlock(
                features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout,
                activation: activation, normalizingFirst: normalizingFirst, as: elementType, using: &generator)
        }
        norm = normalizingFirst ? LayerNorm([features], as: elementType) : nil
    }

    /// The same from the default generator.
    public init(
        layers: Int, features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            layers: layers, features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout,
            activation: activation, normalizingFirst: normalizingFirst, as: elementType, using: &random)
    }

    /// The output, every place attending to all.
    public func callAsFunction(_ x: Variable) -> Variable { self(x, mask: nil) }

    /// The output; mask and `causal` as in ``MultiHeadAttention``.
    public func callAsFunction(_ x: Variable, mask: Tensor?, causal: Bool = false) -> Variable {
        let h = blocks.reduce(x) { $1($0, mask: mask, causal: causal) }
        return norm?(h) ?? h
    }
}

/// Decoder blocks one after the other, and a normalization behind the last if they normalize first. `[batch, time, features]` to
/// the same.
public struct TransformerDecoder: Parameterized, Sendable {
    /// The blocks, the first one first.
    public let blocks: [TransformerDecoderBlock]
    /// What the last block's output goes through, if anything.
    public let norm: LayerNorm?

    /// A stack of these blocks.
    public init(blocks: [TransformerDecoderBlock], norm: LayerNorm? = nil) { (self.blocks, self.norm) = (blocks, norm) }

    /// So many blocks of one kind; see ``TransformerDecoderBlock``.
    public init(
        layers: Int, features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32, using generator: inout some RandomNumberGenerator
    ) {
        blocks = (0..<max(layers, 0)).map { _ in
            TransformerDecoderBlock(
                features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout,
                activation: activation, normalizingFirst: normalizingFirst, as: elementType, using: &generator)
        }
        norm = normalizingFirst ? LayerNorm([features], as: elementType) : nil
    }

    /// The same from the default generator.
    public init(
        layers: Int, features: Int, heads: Int, hiddenFeatures: Int? = nil, dropout: Double = 0,
        activation: FeedForward.Activation = .relu, normalizingFirst: Bool = false,
        as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            layers: layers, features: features, heads: heads, hiddenFeatures: hiddenFeatures, dropout: dropout,
            activation: activation, normalizingFirst: normalizingFirst, as: elementType, using: &random)
    }

    /// The output; masks and `causal` as in ``TransformerDecoderBlock``.
    public func callAsFunction(
        _ x: Variable, memory: Variable, mask: Tensor? = nil, memoryMask: Tensor? = nil, causal: Bool = true
    ) -> Variable {
        let h = blocks.reduce(x) { $1($0, memory: memory, mask: mask, memoryMask: memoryMask, causal: causal) }
        return norm?(h) ?? h
    }
}
