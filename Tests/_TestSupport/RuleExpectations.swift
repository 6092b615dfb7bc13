import GradusAutograd
import GradusTensor
import Testing

// What is expected of every derivative rule beside agreeing with finite differences. Inputs that are not floating-point are
// handed on as they are.

/// Expects the same gradients, to the bit, whether or not the leaves are given other values between forward and backward.
public func expectUnmovedByUpdates(
    of function: ([Variable]) -> Variable, at inputs: [Tensor], _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    func gradients(updating: Bool) -> [Tensor] {
        let variables = inputs.map(variable)
        let leaves = variables.filter(\.wantsGradient)
        let y = function(variables)
        let sum = WeightedSum.of([y], [.constant(weights(for: y.value))])
        if updating { for leaf in leaves { leaf.value = 3 * leaf.value + 0.5 } }
        return analyticGradients(of: sum, at: leaves, recordingGraph: false).map(\.value)
    }
    for (a, b) in zip(gradients(updating: true), gradients(updating: false)) {
        expectIdentical(
            a, b, "an update of the leaves changes the gradient; \(comment())", sourceLocation: sourceLocation)
    }
}

/// Expects the value and the gradients, of the given order too, to be the same bits with 1, 2 and 8 threads.
public func expectSameBitsAtAnyThreadCount(
    of function: ([Variable]) -> Variable, at inputs: [Tensor], order: Int = 1,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let results = atThreadCounts { valueAndGradients(of: function, at: inputs, order: order) }
    for other in results.dropFirst() {
        for (a, b) in zip(other, results[0]) {
            expectIdentical(a, b, "the number of threads changes bits; \(comment())", sourceLocation: sourceLocation)
        }
    }
}

/// Expects value and gradients (at order 2 theirs too) computed in `float32` to be near to those in `float64` at the same
/// numbers: each to `relative` of its own magnitude and of the largest in its tensor.
///
/// - Parameter inputs: of `float64`; they are rounded to `float32` for both.
public func expectSingleNearDouble(
    of function: ([Variable]) -> Variable, at inputs: [Tensor], order: Int = 2, relative: Double = 2e-6,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    let single = inputs.map { $0.elementType == .float64 ? $0.converted(to: .float32) : $0 }
    let double = single.map { $0.elementType == .float32 ? $0.converted(to: .float64) : $0 }
    let rough = valueAndGradients(of: function, at: single, order: order)
    let sharp = valueAndGradients(of: function, at: double, order: order)
    for (a, b) in zip(rough, sharp) {
        let largest = b.array(of: Double.self).filter(\.isFinite).map(abs).max() ?? 0
        if a.elementType != .float32 {
            report("\(a.elementType) from float32; \(comment())", sourceLocation: sourceLocation)
        }
        expectClose(
            a.converted(to: .float64), b, relative: relative, absolute: relative * largest,
            "float32 against float64; \(comment())", sourceLocation: sourceLocation)
    }
}

/// The value, the gradients of its weighted sum, and up to the given order the gradients of theirs.
private func valueAndGradients(of function: ([Variable]) -> Variable, at inputs: [Tensor], order: Int) -> [Tensor] {
    let variables = inputs.map(variable)
    let leaves = variables.filter(\.wantsGradient)
    var results = [function(variables)]
    var all = results.map(\.value)
    for _ in 1...order {
        let sum = WeightedSum.of(results, results.map { .constant(weights(for: $0.value)) })
        results = analyticGradients(of: sum, at: leaves, recordingGraph: true)
        all += results.map(\.value)
    }
    return all
}

private func variable(_ tensor: Tensor) -> Variable {
    tensor.elementType.isFloatingPoint ? Variable(tensor) : .constant(tensor)
}

/// The same numbers for `float32` and `float64`.
private func weights(for value: Tensor) -> Tensor {
    var generator = TensorGenerator(seed: 7)
    return generator.tensor(value.shape, .interior, as: .float32).converted(to: value.elementType)
}
