import GradusTensor

// The rules of softmax and its logarithm have a kernel for when the gradient's own graph is not wanted.

final class LogSumExp: Reduction {
    override func forward(_ x: Tensor) -> Tensor { x.logSumExp(along: axes, keepingAxes: keepingAxes) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // The gradient is the softmax over the axes taken out. That does not change with what is taken off x first; the value
        // itself makes the powers add up to 1 but for rounding, which the quotient then undoes. Where x is -∞ alone, 0 is taken
        // off, the powers are 0, and their sum must not be divided by.
        let value = result.value.reshaped(to: kept)
        let powers = exp(first - .constant(select(value .== -.infinity, 0, value)))
        let sum = powers.sum(along: axes, keepingAxes: true)
        let divisor = select(sum .== 0, 1, sum)
        walk.push(aligned(upstream) * (powers / divisor), to: 0)
    }
}

final class Softmax: UnaryOperation {
    let axis: Int
    init(along axis: Int) { self.axis = axis }

    override func forward(_ x: Tensor) -> Tensor { x.softmax(along: axis) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        guard isRecording else {
            return walk.push(.constant(softmaxGradient(result.value, upstream.value, along: axis)), to: 0)
        }
        // As the results add up to 1, the rule does not change with what is taken off the upstream. The mean under the results,
        // off by its rounding, leaves numbers small enough for the gradient of a result that is 1 but for 10⁻¹⁸.
        let mean = (result.value * upstream.value).sum(along: axis, keepingAxes: true)
        let upstream = upstream - .constant(mean)
        walk.push(result * (upstream - (result * upstream).sum(along: axis, keepingAxes: true)), to: 0)
    }
}

final class LogSoftmax: UnaryOperation {
    let axis: Int
    init(along axis: Int) { self.axis = axis }

    override func forward(_ x: Tensor) -> Tensor { x.logSoftmax(along: axis) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        guard isRecording else {
            let gradient = softmaxGradient(result.value, upstream.value, along: axis, logarithm: true)
            return walk.push(.constant(gradient), to: 0)
        }
        walk.push(upstream - exp(result) * upstream.sum(along: axis, keepingAxes: true), to: 0)
    }
}

extension Variable {
    /// log Σ exp(x), a smooth maximum; large elements do not overflow.
    ///
    ///     Variable([0, 0]).logSumExp()         // 0.6931
    ///     Variable([1000, 1000]).logSumExp()   // 1000.6931
    ///
    /// The gradient is the softmax. Of -∞ alone (an event that no path leads to) the value is -∞ and the gradient 0, whatever is
    /// upstream; with ∞ among the elements the gradient is NaN.
    public func logSumExp(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        LogSumExp(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The logarithm of the sum of exponentials along one axis.
    public func logSumExp(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        logSumExp(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }

    /// exp(x) divided by the sum of exp(x) along an axis: positive numbers that add up to 1.
    ///
    ///     Variable([0, 0, 0]).softmax()  // [0.3333, 0.3333, 0.3333]
    ///
    /// A line with NaN or ∞, or of -∞ alone, is NaN, as is its gradient. An axis that is not there is misuse.
    public func softmax(along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Softmax(along: axis)(self, file: file, line: line)
    }

    /// The logarithm of ``softmax(along:file:line:)``, precise where that is too small for its own.
    public func logSoftmax(along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        LogSoftmax(along: axis)(self, file: file, line: line)
    }
}
