import GradusTensor

/// −log softmax(x)[label] for each row of scores; of label smoothing ε that share of it is the mean over all classes. Ignored labels
/// are below 0, and lose 0.
///
/// The logarithm of each row's sum is an output too: what the rule computes probabilities with, and has derivatives itself.
final class CrossEntropy: SplittingOperation {
    private let labels: Tensor
    private let smoothing: Double
    init(_ labels: Tensor, smoothing: Double) { (self.labels, self.smoothing) = (labels, smoothing) }

    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (losses, logSums) = crossEntropyLosses(inputs[0], labels, smoothing: smoothing)
        return [losses, logSums]
    }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func keeps(output: Int) -> Bool { output == 1 }

    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        // An upstream of the logarithms there is only where the rule's own graph was recorded.
        if !isRecording, upstreams[1] == nil, let upstream = upstreams[0] {
            let gradient = crossEntropyGradient(
                input(0).value, labels, logSums: result(1).value, upstream.value, smoothing: smoothing)
            return walk.push(.constant(gradient), to: 0)
        }
        // Probability minus target; in double precision, as the logarithms are.
        let x = input(0), classes = x.shape[-1]
        let probabilities = exp(x.converted(to: .float64) - result(1).expanded(at: -1))
        var gradient: Variable?
        if let upstream = upstreams[0] {
            let counts = (labels .>= 0).expanded(at: -1)
            let label = Tensor.oneHot(select(labels .>= 0, labels, 0), classes: classes, as: .float64)
            let target = (1 - smoothing) * label + smoothing / Double(classes)
            let slope = select(counts, probabilities - .constant(target), 0)
            gradient = upstream.converted(to: .float64).expanded(at: -1) * slope
        }
        if let upstream = upstreams[1] {
            let part = upstream.expanded(at: -1) * probabilities
            gradient = gradient.map { $0 + part } ?? part
        }
        if let gradient { walk.push(gradient.converted(to: x.elementType), to: 0) }
    }
}

/// The losses of labels `int64` that were looked at: of the scores' shape `[…, classes]` without the last axis, and each below 0, for
/// one that does not count, or less than `classes`.
package func crossEntropyLosses(
    _ scores: Variable, _ labels: Tensor, smoothing: Double, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    CrossEntropy(labels, smoothing: smoothing)([scores], file: file, line: line)[0]
}
