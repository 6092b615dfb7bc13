import GradusAutograd
import GradusTensor

/// How badly scores explain the classes: the mean of −log softmax(logits)[label].
///
///     crossEntropy(Variable([[0, 0]]), Tensor([1], as: .int64))  // 0.6931: two classes, nothing known
///
/// Logits are `[batch, classes]`, or `[…, classes]` with any axes in front; labels are `int64` of the shape without the last
/// axis. Scores of ±1000 are no trouble, and losses near 0 keep their digits.
///
/// - `ignoredLabel`: Examples of this label have no loss and do not count in the mean: padding, unknown pixels. Any number,
///   also one that is no class. If every label is ignored, or there is none, the mean is NaN.
/// - `labelSmoothing`: ε, the share of the target spread evenly over all classes: the loss is (1 − ε) of the above and ε of
///   the mean of −log softmax over the classes (C. Szegedy et al., "Rethinking the Inception architecture", 2016, section
///   7).
/// - `reduction`: The mean over the examples, their sum, or a loss for each, of the labels' shape (0 where ignored).
///
/// Misuse: a label that is neither a class nor ignored, labels of another type or shape, ε outside 0 to 1.
public func crossEntropy(
    _ logits: Variable, _ labels: Tensor, ignoredLabel: Int? = nil, labelSmoothing: Double = 0,
    reduction: Reduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let labels = ClassLabels("crossEntropy", labels, of: logits.shape, ignored: ignoredLabel),
        isShare("crossEntropy", labelSmoothing)
    else { return .inert }
    return located(file, line) {
        let losses = labels.losses(of: logits, smoothing: labelSmoothing)
        guard let counts = labels.counts, reduction == .mean else { return reduction(losses) }
        return losses.sum() / Double(counts.countNonZero())
    }
}

/// The same for targets that are distributions over the classes: −Σ target · log softmax(logits), of the logits' shape.
///
/// The target may want its gradient. It is not checked to sum to one.
public func crossEntropy(
    _ logits: Variable, _ targets: Variable, labelSmoothing: Double = 0, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard logits.shape == targets.shape && logits.rank > 0 else {
        return misuse(
            "crossEntropy: logits of shape \(logits.shape), targets of \(targets.shape); they are equal, classes last")
    }
    guard isShare("crossEntropy", labelSmoothing) else { return .inert }
    return located(file, line) {
        let classes = Double(logits.shape[-1])
        let smooth = labelSmoothing == 0 ? targets : (1 - labelSmoothing) * targets + labelSmoothing / classes
        return reduction(-(smooth * logits.logSoftmax(along: -1)).sum(along: -1))
    }
}

/// Labels that were looked at: every one is a class, or ignored.
struct ClassLabels {
    /// The labels, and 0 for those that are ignored.
    let indices: Tensor

    /// Which of them count; nil if all do.
    let counts: Tensor?

    /// −log softmax(logits)[label], each, and 0 where ignored.
    func losses(of logits: Variable, smoothing: Double = 0) -> Variable {
        crossEntropyLosses(logits, counts.map { select($0, indices, -1) } ?? indices, smoothing: smoothing)
    }

    /// Nil after misuse: labels that are not `int64`, not of the logits' shape without the last axis, or no class.
    init?(_ name: StaticString, _ labels: Tensor, of logits: Shape, ignored: Int? = nil) {
        guard labels.elementType == .int64 else {
            misuse("\(name): labels are int64; these are \(labels.elementType)")
            return nil
        }
        guard logits.rank > 0, labels.shape == logits.removing(logits.rank - 1) else {
            misuse(
                "\(name): logits of shape \(logits) and labels of \(labels.shape); labels have all axes but the last")
            return nil
        }
        let classes = logits[-1]
        let (wrong, anyIgnored) = labels.withElements(as: Int.self) { labels in
            (
                labels.firstIndex { ($0 < 0 || $0 >= classes) && $0 != ignored },
                ignored.map { labels.contains($0) } ?? false
            )
        }
        if let wrong {
            let label = Int(labels.number(at: wrong))
            misuse("\(name): label \(label) (label \(wrong)) is outside 0..<\(classes)")
            return nil
        }
        guard anyIgnored, let ignored else {
            (indices, counts) = (labels, nil)
            return
        }
        let counts = labels .!= Double(ignored)
        indices = select(counts, labels, 0)
        self.counts = counts
    }
}

func isShare(_ name: StaticString, _ labelSmoothing: Double) -> Bool {
    guard labelSmoothing >= 0 && labelSmoothing <= 1 else {
        return misuse("\(name): label smoothing of \(labelSmoothing) is outside 0 to 1")
    }
    return true
}
