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

/// The share of examples whose label is among the k highest scores; NaN of no examples.
///
///     topKAccuracy(Tensor([[1, 3, 2], [2, 0, 1]]), Tensor([2, 1], as: .int64), k: 2)  // 0.5
///
/// As `accuracy`, which is this with k = 1. Of equal scores the first win. A k below 1 or above the number of classes is misuse.
public func topKAccuracy(_ logits: Tensor, _ labels: Tensor, k: Int) -> Double {
    guard let labels = ClassLabels("topKAccuracy", labels, of: logits.shape)?.indices else { return .nan }
    guard k >= 1 && k <= logits.shape[-1] else {
        return misuse("topKAccuracy: k of \(k) among \(logits.shape[-1]) classes")
    }
    // Those that come before the label: higher scores, and equal ones of classes before it.
    let places = labels.expanded(at: -1)
    let own = logits.gathered(places, along: -1)
    let before = (logits .> own) .| ((logits .== own) .& (Tensor.arange(logits.shape[-1]) .< places))
    let ranks = before.converted(to: .float64).sum(along: -1)
    return Double((ranks .< Double(k)).countNonZero()) / Double(labels.count)
}

/// The same for a model's output.
public func topKAccuracy(_ logits: Variable, _ labels: Tensor, k: Int) -> Double {
    topKAccuracy(logits.value, labels, k: k)
}
