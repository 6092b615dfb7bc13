import GradusAutograd
import GradusTensor

/// The loss of a multiclass support vector machine: over the wrong classes, how far each score comes within a margin of the right
/// one's, Σ max(0, s − s_label + margin) (J. Weston and C. Watkins, "Multi-class support vector machines", 1998), averaged over
/// the examples.
///
///     hinge(Variable([[-96.8, 437.9, 61.95]]), Tensor([0], as: .int64))  // 695.45
///
/// Scores are `[…, classes]`, labels `int64` of the shape without the last axis. `squared` squares each term, which hurts large
/// ones more. At the kink the gradient is 0. PyTorch's `multi_margin_loss` divides by the number of classes as well.
///
/// Misuse: labels that are no class, or of another type or shape.
public func hinge(
    _ scores: Variable, _ labels: Tensor, margin: Double = 1, squared: Bool = false, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let labels = ClassLabels("hinge", labels, of: scores.shape)?.indices else { return .inert }
    return located(file, line) {
        let places = labels.expanded(at: -1)
        let gaps = relu(scores - scores.gathered(places, along: -1) + margin)
        let isWrong = Tensor.arange(scores.shape[-1]) .!= places
        let terms = select(isWrong, squared ? square(gaps) : gaps, 0)
        return reduction(terms.sum(along: -1))
    }
}

/// The loss of a two-class support vector machine: max(0, 1 − target · score), or its square, averaged over all elements.
///
/// Targets are 1 and −1, of the scores' shape; another shape is misuse.
public func binaryHinge(
    _ scores: Variable, _ targets: Tensor, squared: Bool = false, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let targets = Variable.constant(targets)
    guard areAlike("binaryHinge", scores, targets) else { return .inert }
    return located(file, line) {
        let gaps = relu(1 - targets * scores)
        return reduction(squared ? square(gaps) : gaps)
    }
}

/// The loss of logistic regression with targets 1 and −1: log(1 + exp(−target · score)), averaged over all elements.
///
///     logisticLoss(Variable([0]), Tensor([1]))  // 0.6931
///
/// The same as `binaryCrossEntropy` with targets 1 and 0. Shapes that differ are misuse.
public func logisticLoss(
    _ scores: Variable, _ targets: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    let targets = Variable.constant(targets)
    guard areAlike("logisticLoss", scores, targets) else { return .inert }
    return located(file, line) { reduction(softplus(-(targets * scores))) }
}
