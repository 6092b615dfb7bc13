import GradusAutograd
import GradusTensor

/// Attention by several heads at once, each over its own share of the features (A. Vaswani et al., "Attention is all you need",
/// 2017, section 3.2.2).
///
///     let attention = MultiHeadAttention(features: 64, heads: 4)
///     let h = attention(x, causal: true)       // every place of x attends to those up to it
///     let g = attention(x, memory, memory)     // every place of x attends to all of memory
///
/// Queries are `[batch, targets, features]`, keys and values `[batch, sources, features]`, the result is
/// `[batch, targets, features]`.
public struct MultiHeadAttention: Layer, Sendable {
    /// What makes queries of targets, keys and values of sources.
    public let query: Linear, key: Linear, value: Linear
    /// What mixes the heads' results.
    public let output: Linear
    /// How many heads there are.
    public let heads: Int
    /// The probability with which an attention weight is dropped in training.
    public let dropout: Double

    /// Heads over these projections. Heads that do not divide the features are misuse at the first call.
    public init(query: Linear, key: Linear, value: Linear, output: Linear, heads: Int, dropout: Double = 0) {
        (self.query, self.key, self.value, self.output) = (query, key, value, output)
        (self.heads, self.dropout) = (heads, dropout)
    }

    /// Weights by Xavier's uniform initialization, zeros as biases. Heads that do not divide the features are misuse.
    public init(
        features: Int, heads: Int, dropout: Double = 0, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        if heads < 1 || features % heads != 0 {
            misuse("MultiHeadAttention: \(heads) heads of \(features) features; heads divide them evenly")
        }
        func projection() -> Linear { .xavier(features, features, bias, elementType, &generator) }
        self.init(
            query: projection(), key: projection(), value: projection(), output: projection(), heads: heads,
            dropout: dropout)
    }

    /// The same from the default generator.
    public init(
        features: Int, heads: Int, dropout: Double = 0, bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            features: features, heads: heads, dropout: dropout, bias: bias, as: elementType, using: &random)
    }

    /// Self-attention without a mask.
    public func callAsFunction(_ x: Variable) -> Variable { self(x, x, x) }

    /// Self-attention: targets, sources and what is averaged are one.
    public func callAsFunction(_ x: Variable, mask: Tensor? = nil, causal: Bool = false) -> Variable {
        self(x, x, x, mask: mask, causal: causal)
    }

    /// The values averaged by attention.
    ///
    /// - `mask`: Which source each target may attend to, a bool tensor: `[targets, sources]` for all, `[batch, targets, sources]`,
    ///   or with an axis for the heads `[batch, heads, targets, sources]`, as that of `paddingMask`.
    /// - `causal`: Targets attend to sources up to their own place only.
    ///
    /// Misuse: inputs of other than three axes, and whatever does not fit.
    public func callAsFunction(
        _ query: Variable, _ key: Variable, _ value: Variable, mask: Tensor? = nil, causal: Bool = false
    ) -> Variable {
        let (q, k, v) = (self.query(query), self.key(key), self.value(value))
        guard isDivided(q) && isDivided(k) && isDivided(v) else { return .inert }
        return output(
            scaledDotProductAttention(q, k, v, heads: heads, mask: perHead(mask), causal: causal, dropout: dropout))
    }

    /// How much each target attends to each source in each head, `[batch, heads, targets, sources]`: to look at.
    public func weights(_ query: Variable, _ key: Variable, mask: Tensor? = nil, causal: Bool = false) -> Variable {
        let (q, k) = (self.query(query), self.key(key))
        guard isDivided(q) && isDivided(k) else { return .inert }
        return attentionWeights(divided(q), divided(k), mask: perHead(mask), causal: causal)
    }

    /// Whether heads divide what a projection made, which is misuse otherwise.
    private func isDivided(_ x: Variable) -> Bool {
        if x.rank == 3 && heads > 0 && x.shape[2] % heads == 0 { return true }
        misuse(
            "MultiHeadAttention: \(heads) heads of an input that projects to \(x.shape); "
                + "inputs are [batch, count, features], and heads divide the features")
        return false
    }

    /// `[batch, count, features]` as `[batch, heads, count, features / heads]`.
    private func divided(_ x: Variable) -> Variable {
        x.reshaped(to: [x.shape[0], x.shape[1], heads, x.shape[2] / heads]).transposed(1, 2)
    }

    private func perHead(_ mask: Tensor?) -> Tensor? { mask.map { $0.rank == 3 ? $0.expanded(at: 1) : $0 } }
}

extension Linear {
    /// Weights by Xavier's uniform initialization, zeros as bias.
    static func xavier(
        _ inFeatures: Int, _ outFeatures: Int, _ bias: Bool, _ elementType: ElementType,
        _ generator: inout some RandomNumberGenerator
    ) -> Linear {
        Linear(
            weight: Variable(.xavierUniform([inFeatures, outFeatures], as: elementType, using: &generator)),
            bias: bias ? Variable(.zeros([outFeatures], as: elementType)) : nil)
    }
}
