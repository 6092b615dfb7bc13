import GradusAutograd
import GradusTensor

// Losses that say which embeddings are to be near to each other. Embeddings are `[…, features]`.

/// The cosine of the angle between vectors along an axis: 1 for one direction, −1 for opposite ones.
///
///     cosineSimilarity(Variable([1, 0]), Variable([1, 1]))  // 0.7071
///
/// Each norm counts as ε at least, so that a vector of zeros has a similarity of 0. The gradient is that of this; PyTorch's, for a
/// vector shorter than ε, is not. Shapes that differ are misuse.
public func cosineSimilarity(
    _ a: Variable, _ b: Variable, along axis: Int = -1, epsilon: Double = 1e-8, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    guard areAlike("cosineSimilarity", a, b) else { return .inert }
    return located(file, line) {
        let (left, right) = (maximum(a.norm(along: axis), epsilon), maximum(b.norm(along: axis), epsilon))
        return (a * b).sum(along: axis) / (left * right)
    }
}

/// 1 − cosine for pairs that belong together, max(0, cosine − margin) for others, averaged over the pairs.
///
/// Embeddings are `[…, features]`, targets of the shape without the last axis: 1 for pairs that belong together, −1 for others.
/// Anything else is misuse.
public func cosineEmbeddingLoss(
    _ a: Variable, _ b: Variable, _ targets: Tensor, margin: Double = 0, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("cosineEmbeddingLoss", a, b), arePairs("cosineEmbeddingLoss", a, targets) else { return .inert }
    return located(file, line) {
        let cosine = cosineSimilarity(a, b)
        return reduction(select(targets .> 0, 1 - cosine, relu(cosine - margin)))
    }
}

/// ½ d² for pairs that belong together, ½ max(0, margin − d)² for others, with the Euclidean distance d (R. Hadsell et al.,
/// "Dimensionality reduction by learning an invariant mapping", 2006, section 2.1), averaged over the pairs.
///
/// Embeddings are `[…, features]`, targets of the shape without the last axis: 1 for pairs that belong together, 0 for others (in
/// the paper it is the other way round). Anything else is misuse.
public func contrastiveLoss(
    _ a: Variable, _ b: Variable, _ targets: Tensor, margin: Double = 1, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("contrastiveLoss", a, b), arePairs("contrastiveLoss", a, targets) else { return .inert }
    return located(file, line) {
        let distance = (a - b).norm(along: -1)
        return reduction(select(targets .> 0, 0.5 * square(distance), 0.5 * square(relu(margin - distance))))
    }
}

/// How much nearer than a margin the wrong one is: max(0, d(anchor, positive) − d(anchor, negative) + margin), with the Euclidean
/// distance d (F. Schroff et al., "FaceNet", 2015, section 3.1, with its squares left out as in PyTorch), averaged over the
/// triplets.
///
/// All are `[…, features]`. The gradient of a distance of 0 is 0; PyTorch adds 10⁻⁶ to each difference in place of that. Shapes
/// that differ are misuse.
public func tripletLoss(
    anchor: Variable, positive: Variable, negative: Variable, margin: Double = 1, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("tripletLoss", anchor, positive), areAlike("tripletLoss", anchor, negative) else { return .inert }
    return located(file, line) {
        let (near, far) = ((anchor - positive).norm(along: -1), (anchor - negative).norm(along: -1))
        return reduction(relu(near - far + margin))
    }
}

private func arePairs(_ name: StaticString, _ embeddings: Variable, _ targets: Tensor) -> Bool {
    guard embeddings.rank > 0, targets.shape == embeddings.shape.removing(embeddings.rank - 1) else {
        return misuse(
            "\(name): embeddings of shape \(embeddings.shape), targets of \(targets.shape); targets have all axes but the last"
        )
    }
    return true
}
