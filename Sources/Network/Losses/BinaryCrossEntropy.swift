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

/// The same from probabilities rather than logits, as behind a `sigmoid` that is a part of the model: −t log p − (1 − t) log(1 − p).
///
///     binaryCrossEntropy(probabilities: Variable([0.5]), Tensor([1]))  // 0.6931
///
/// Each logarithm counts as −100 at least, as in PyTorch, and sends no gradient back where it does; PyTorch's gradient is 10¹² there.
/// From logits it is more accurate, and learns where a model is sure and wrong.
///
/// Shapes that differ are misuse. Probabilities outside 0 to 1 give NaN.
public func binaryCrossEntropy(
    probabilities: Variable, _ targets: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    guard areAlike("binaryCrossEntropy", probabilities, .constant(targets)) else { return .inert }
    return located(file, line) {
        let yes = Variable.constant(targets)
        return reduction(-(yes * boundedLog(probabilities) + (1 - yes) * boundedLog(1 - probabilities)))
    }
}

/// log x, or −100 where that is less. The choice comes first: the gradient of log 0 would be infinite, and NaN times 0.
private func boundedLog(_ x: Variable) -> Variable {
    let isTiny = (x.value .>= 0) .& (x.value .< 3.720075976020836e-44)  // e⁻¹⁰⁰
    return select(isTiny, -100, log(select(isTiny, 1, x)))
}
