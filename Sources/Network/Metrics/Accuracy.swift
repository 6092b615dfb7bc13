import GradusAutograd
import GradusTensor

/// The share of examples whose highest score is that of their label; NaN of no examples.
///
///     accuracy(Tensor([[1, 3], [2, 0]]), Tensor([1, 1], as: .int64))  // 0.5
///
/// Logits (or probabilities) are `[…, classes]`, labels `int64` of the shape without the last axis. Of equal scores the first
/// wins. Labels that are no class, and other shapes, are misuse.
public func accuracy(_ logits: Tensor, _ labels: Tensor) -> Double {
    guard let labels = ClassLabels("accuracy", labels, of: logits.shape)?.indices else { return .nan }
    return Double((logits.argmax(along: -1) .== labels).countNonZero()) / Double(labels.count)
}

/// The same for a model's output.
public func accuracy(_ logits: Variable, _ labels: Tensor) -> Double { accuracy(logits.value, labels) }
