import GradusAutograd
import GradusTensor

/// How far a distribution is from its target: target · (log target − log probability), summed and divided by the batch (S. Kullback
/// and R. Leibler, "On information and sufficiency", 1951).
///
///     klDivergence(logits.logSoftmax(), targets)
///
/// Takes logarithms of probabilities, `[batch, …]`, and target probabilities of the same shape. A target of 0 contributes nothing.
/// The default reduction is the divergence itself, `.batchMean`; PyTorch's averages over all elements, which is `.mean`. Shapes
/// that differ are misuse.
public func klDivergence(
    _ logProbabilities: Variable, _ targets: Variable, reduction: Reduction = .batchMean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("klDivergence", logProbabilities, targets) else { return .inert }
    return located(file, line) {
        let safe = select(targets.value .== 0, 1, targets)  // 0 log 0 is 0
        return reduction(targets * (log(safe) - logProbabilities))
    }
}

/// The same with targets that want no gradient.
public func klDivergence(
    _ logProbabilities: Variable, _ targets: Tensor, reduction: Reduction = .batchMean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    klDivergence(logProbabilities, .constant(targets), reduction: reduction, file: file, line: line)
}
