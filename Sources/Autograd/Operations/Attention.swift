import GradusTensor

/// Attention without a tensor of its weights: they are computed again for the gradient, some targets at a time.
final class Attention: TernaryOperation {
    private let form: AttentionForm
    init(_ form: AttentionForm) { self.form = form }

    override func forward(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor { form.attend(q, k, v) }
    override func needs(for input: Int) -> Needs { [.first, .second, .third] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        guard isRecording else {
            let (q, k, v) = form.gradients(first.value, second.value, third.value, upstream.value)
            walk.push(.constant(q), to: 0)
            walk.push(.constant(k), to: 1)
            return walk.push(.constant(v), to: 2)
        }
        let (q, k, v, u) = (divided(first), divided(second), divided(third), divided(upstream))
        let weights = attentionWeights(q, k, mask: form.mask, causal: form.isCausal, scale: form.scale)
        let toWeights = matmul(u, v, transposingSecond: true)
        let toScores = form.scale * weights * (toWeights - (weights * toWeights).sum(along: -1, keepingAxes: true))
        walk.push(joined(matmul(toScores, k)), to: 0)
        walk.push(joined(matmul(toScores, q, transposingFirst: true)), to: 1)
        walk.push(joined(matmul(weights, u, transposingFirst: true)), to: 2)
    }

    private func divided(_ x: Variable) -> Variable { form.abreast.map { heads($0, of: x) } ?? x }
    private func joined(_ x: Variable) -> Variable { form.abreast == nil ? x : headsAbreast(x) }
}

/// `[…, count, heads * width]` as `[…, heads, count, width]`.
private func heads(_ heads: Int, of x: Variable) -> Variable {
    x.reshaped(to: Shape(x.shape[..<(x.rank - 1)] + [heads, x.shape[-1] / heads])).transposed(-3, -2)
}

/// And back.
private func headsAbreast(_ x: Variable) -> Variable { x.transposed(-3, -2).flattened(from: -2) }

/// Values averaged by how well their keys answer a query: softmax(Q Kᵀ / √d) V (A. Vaswani et al., "Attention is all you need",
/// 2017, section 3.2.1).
///
/// Queries are `[…, targets, d]`, keys `[…, sources, d]`, values `[…, sources, e]`, and the result `[…, targets, e]`. What is in
/// front, `[batch, heads]` as a rule, broadcasts as in `matmul`.
///
/// - `mask`: Which source each target may attend to, a bool tensor that broadcasts to `[…, targets, sources]`. A target that may
///   attend to nothing gets zeros and sends no gradient back.
/// - `causal`: Target i may attend to source j only if j ≤ i; together with a mask both must allow it.
/// - `bias`: What is added to the scores before the softmax: relative positions, slopes.
/// - `scale`: What scores are multiplied with, 1/√d unless given.
/// - `dropout`: The probability with which a weight is dropped in training, drawn from the default generator.
///
/// Without bias, dropout and axes that stretch, weights are held for some targets at a time only, forward and backward: memory does not
/// grow with targets × sources. Keys and values that are infinite or NaN may then spare some of the targets that do not attend to them.
///
/// Misuse: fewer than two axes, a mask that is not bool, and shapes that do not fit.
public func scaledDotProductAttention(
    _ query: Variable, _ key: Variable, _ value: Variable, mask: Tensor? = nil, causal: Bool = false,
    bias: Variable? = nil, scale: Double? = nil, dropout probability: Double = 0, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    let factor = scale ?? 1 / Double(max(query.rank > 0 ? query.shape[-1] : 1, 1)).squareRoot()
    if bias == nil, probability == 0,
        let form = AttentionForm(
            query.value, key.value, value.value, mask: mask, causal: causal, scale: factor)
    {
        return Attention(form)(query, key, value, file: file, line: line)
    }
    return located(file, line) {
        var weights = attentionWeights(query, key, mask: mask, causal: causal, bias: bias, scale: scale)
        if probability != 0 { weights = dropout(weights, probability: probability) }
        return matmul(weights, value)
    }
}

/// The same of heads that lie side by side, as projections leave them: queries are `[…, targets, heads * d]`, keys
/// `[…, sources, heads * d]`, values `[…, sources, heads * e]`, the result `[…, targets, heads * e]`, and what a mask broadcasts to
/// is `[…, heads, targets, sources]`. The caller knows that heads divide the features.
package func scaledDotProductAttention(
    _ query: Variable, _ key: Variable, _ value: Variable, heads count: Int, mask: Tensor? = nil, causal: Bool = false,
    dropout probability: Double = 0, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    if probability == 0,
        let form = AttentionForm(
            query.value, key.value, value.value, abreast: count, mask: mask, causal: causal)
    {
        return Attention(form)(query, key, value, file: file, line: line)
    }
    return located(file, line) {
        headsAbreast(
            scaledDotProductAttention(
                heads(count, of: query), heads(count, of: key), heads(count, of: value), mask: mask, causal: causal,
                dropout: probability))
    }
}

/// How much each target attends to each source, `[…, targets, sources]`: the softmax in
/// ``scaledDotProductAttention(_:_:_:mask:causal:bias:scale:dropout:file:line:)``, to look at.
public func attentionWeights(
    _ query: Variable, _ key: Variable, mask: Tensor? = nil, causal: Bool = false, bias: Variable? = nil,
    scale: Double? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard query.rank >= 2 && key.rank >= 2 else {
        return misuse(
            "attention: queries of shape \(query.shape), keys of \(key.shape); they are […, count, features]")
    }
    if let mask, mask.elementType != .bool {
        return misuse("attention: a mask of \(mask.elementType); it is bool, true where attention is allowed")
    }
    let (targets, sources) = (query.shape[-2], key.shape[-2])
    var allowed = mask
    if causal {
        let order = Tensor.arange(sources) .<= Tensor.arange(targets).expanded(at: -1)
        allowed = allowed.map { $0 .& order } ?? order
    }
    return located(file, line) {
        // The queries are scaled, which are fewer numbers than the scores.
        let factor = scale ?? 1 / Double(max(query.shape[-1], 1)).squareRoot()
        var scores = matmul(factor * query, key, transposingSecond: true)
        if let bias { scores = scores + bias }
        guard let allowed, sources > 0 else { return scores.softmax() }
        // A target without any source attends to all of them first, and to nothing afterwards: a softmax of -∞ alone is NaN.
        let any = allowed.converted(to: .float32).max(along: -1, keepingAxes: true) .> 0
        if any.all() { return select(allowed, scores, -.infinity).softmax() }
        return select(any, select(allowed .| (any .== 0), scores, -.infinity).softmax(), 0)
    }
}

/// Which of the sources of each example are there: `[batch, 1, 1, count]`, true for the first `lengths[i]` of example i. The
/// mask of a batch of sequences that were padded to one length.
///
/// A length below 0 or above `count` is misuse.
public func paddingMask(lengths: [Int], count: Int) -> Tensor {
    if let wrong = lengths.first(where: { $0 < 0 || $0 > count }) {
        return misuse("paddingMask: a length of \(wrong) among sequences of \(count)")
    }
    let lengths = Tensor(lengths, shape: [lengths.count, 1, 1, 1])
    return Tensor.arange(count) .< lengths
}

/// Sines and cosines of a position, each pair of features at its own wavelength from 2π to 10000 · 2π (A. Vaswani et al., 2017,
/// section 3.5): `[length, features]`, sines at even features, cosines at odd ones.
///
///     positionalEncoding(length: 1, features: 4)  // [[0, 1, 0, 1]]
public func positionalEncoding(length: Int, features: Int, as elementType: ElementType = .float32) -> Tensor {
    guard length >= 0 && features >= 0 else {
        return misuse("positionalEncoding: \(length) positions of \(features) features; neither is below 0")
    }
    let pairs = (features + 1) / 2
    let logOf10000 = 9.210340371976184
    let rates = exp(
        Tensor.arange(0, Double(pairs), as: .float64) * (-2 * logOf10000 / Double(max(features, 1))))
    let angles = Tensor.arange(0, Double(length), as: .float64).expanded(at: 1) * rates
    let both = stack([sin(angles), cos(angles)], along: 2).reshaped(to: [length, 2 * pairs])
    return both.slice(along: 1, from: 0, to: features).converted(to: elementType)
}
