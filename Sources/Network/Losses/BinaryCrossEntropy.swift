import GradusAutograd
import GradusTensor

/// How badly scores explain yes and no: −t log σ(x) − (1 − t) log(1 − σ(x)), averaged over all elements.
///
///     binaryCrossEntropy(Variable([0]), Variable([1]))  // 0.6931
///
/// Logits and targets have one shape; a target is 1 for yes, 0 for no, or a probability. Computed from the logits by `softplus`, so
/// that scores of ±1000 are no trouble. PyTorch calls it `binary_cross_entropy_with_logits`.
///
/// - `positiveWeight`: What the part of the positive target counts, broadcast: more than 1 where yes is rare.
///
/// Shapes that differ are misuse.
public func binaryCrossEntropy(
    _ logits: Variable, _ targets: Variable, positiveWeight: Tensor? = nil, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("binaryCrossEntropy", logits, targets) else { return .inert }
    return located(file, line) {
        let yes = targets * softplus(-logits)
        let weighted = positiveWeight.map { .constant($0) * yes } ?? yes
        return reduction(weighted + (1 - targets) * softplus(logits))
    }
}

/// The same with targets that want no gradient.
public func binaryCrossEntropy(
    _ logits: Variable, _ targets: Tensor, positiveWeight: Tensor? = nil, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    binaryCrossEntropy(
        logits, .constant(targets), positiveWeight: positiveWeight, reduction: reduction, file: file, line: line)
}
