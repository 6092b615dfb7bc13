import GradusAutograd
import GradusTensor

/// Cross-entropy in which classes count differently, as where some are rare: −w[label] · log softmax(logits)[label], and the mean
/// is that by the weights, Σ losses / Σ w[label].
///
///     crossEntropy(logits, labels, classWeights: [1, 1, 5])
///
/// Logits are `[…, classes]`, labels `int64` of the shape without the last axis, the weights `[classes]`. With `labelSmoothing` ε
/// every class has its own weight in the share spread over all: (1 − ε) · w[label] · (−log p[label]) + ε / classes · Σ w · (−log p),
/// and the mean is still by the labels' weights, as in PyTorch. The rest is as without weights. If what counts weighs 0 in all,
/// the mean is NaN.
///
/// Misuse: weights of another shape, and what is misuse without them.
public func crossEntropy(
    _ logits: Variable, _ labels: Tensor, classWeights: Tensor, ignoredLabel: Int? = nil, labelSmoothing: Double = 0,
    reduction: Reduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let labels = ClassLabels("crossEntropy", labels, of: logits.shape, ignored: ignoredLabel),
        isShare("crossEntropy", labelSmoothing), areOfClasses(classWeights, logits)
    else { return .inert }
    return located(file, line) {
        let weights = classWeights.converted(to: logits.elementType)
        let own = weights.taking(labels.indices)
        let counted = labels.counts.map { select($0, own, 0) } ?? own
        var losses = .constant(own) * labels.losses(of: logits)
        if labelSmoothing > 0 {
            let logs = logits.logSoftmax(along: -1)
            losses = (1 - labelSmoothing) * losses - labelSmoothing * (.constant(weights) * logs).mean(along: -1)
        }
        // Chosen rather than multiplied by 0, which would leave the NaN of an infinite loss.
        if let counts = labels.counts { losses = select(counts, losses, 0) }
        return reduction == .mean ? losses.sum() / counted.sum().item : reduction(losses)
    }
}

/// The same for targets that are distributions over the classes: −Σ w · target · log softmax(logits), of the logits' shape. The
/// mean is over the examples, whatever they weigh, as in PyTorch.
public func crossEntropy(
    _ logits: Variable, _ targets: Variable, classWeights: Tensor, labelSmoothing: Double = 0,
    reduction: Reduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard logits.shape == targets.shape && logits.rank > 0 else {
        return misuse(
            "crossEntropy: logits of shape \(logits.shape), targets of \(targets.shape); they are equal, classes last")
    }
    guard isShare("crossEntropy", labelSmoothing), areOfClasses(classWeights, logits) else { return .inert }
    return located(file, line) {
        let weights = Variable.constant(classWeights.converted(to: logits.elementType))
        let classes = Double(logits.shape[-1])
        let smooth = labelSmoothing == 0 ? targets : (1 - labelSmoothing) * targets + labelSmoothing / classes
        return reduction(-(weights * smooth * logits.logSoftmax(along: -1)).sum(along: -1))
    }
}

private func areOfClasses(_ weights: Tensor, _ logits: Variable) -> Bool {
    guard logits.rank > 0, weights.shape == [logits.shape[-1]] else {
        return misuse(
            "crossEntropy: weights of shape \(weights.shape) for logits of \(logits.shape); there is one for each class"
        )
    }
    return true
}
