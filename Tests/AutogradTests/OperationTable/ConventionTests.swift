import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// One spelling of a function, at a point where convention decides: Docs/Conventions.md, row by row.
struct Spelling: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [[Double]]
    let value: [Double]
    /// One gradient for each input.
    let gradients: [[Double]]
    let function: @Sendable ([Variable]) -> Variable
    var testDescription: String { name }

    init(
        _ name: String, _ inputs: [Double]..., value: [Double], gradients: [[Double]],
        _ function: @escaping @Sendable ([Variable]) -> Variable
    ) {
        (self.name, self.inputs, self.value, self.gradients) = (name, inputs, value, gradients)
        self.function = function
    }
}

private let (nan, infinity) = (Double.nan, Double.infinity)

@Suite struct ConventionTests {
    /// Value and gradient of the sum, in either precision, with and without a graph of the gradient.
    private func expect(_ one: Spelling) {
        for type in [ElementType.float64, .float32] {
            for recordingGraph in [false, true] {
                let inputs = one.inputs.map { Variable($0, as: type) }
                let y = one.function(inputs)
                let relative = type == .float32 ? 1e-6 : 1e-14
                expectClose(y.value, one.value, relative: relative, absolute: 0, "\(one.name)")
                let upstream = Variable.constant(.ones(like: y.value))
                let found =
                    y.wantsGradient
                    ? gradients(of: y, at: inputs, upstream: upstream, recordingGraph: recordingGraph)
                    : inputs.map { _ in nil }
                for (gradient, expected) in zip(found, one.gradients) {
                    expectClose(
                        gradient?.value ?? .zeros([expected.count], as: type), expected, relative: relative,
                        absolute: 0,
                        "the gradient of \(one.name)")
                }
            }
        }
    }

    // MARK: - Kinks

    @Test(arguments: [
        Spelling("relu", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0, 1]]) { relu($0[0]) },
        Spelling("leakyRelu of slope 0", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0, 1]]) {
            leakyRelu($0[0], slope: 0)
        },
        Spelling("elu of α 0", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0, 1]]) { elu($0[0], alpha: 0) },
        Spelling("select(x > 0, x, 0)", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0, 1]]) {
            select($0[0] .> 0, $0[0], 0)
        },
        Spelling("relu6", [-1, 0, 2, 6, 7], value: [0, 0, 2, 6, 6], gradients: [[0, 0, 1, 0, 0]]) { relu6($0[0]) },
        // On purpose not 0: of two that tie each has half, and a clamped value at its bound is still inside.
        Spelling("maximum(x, 0)", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0.5, 1]]) { maximum($0[0], 0) },
        Spelling("maximum(0, x)", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0.5, 1]]) { maximum(0, $0[0]) },
        Spelling("-minimum(-x, 0)", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0.5, 1]]) { -minimum(-$0[0], 0) },
        Spelling("(x + |x|) / 2", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 0.5, 1]]) { ($0[0] + abs($0[0])) / 2 },
        Spelling("clamp(x, lower: 0)", [-1, 0, 2], value: [0, 0, 2], gradients: [[0, 1, 1]]) { clamp($0[0], lower: 0) },
        Spelling("clamp to 0 ... 6", [-1, 0, 2, 6, 7], value: [0, 0, 2, 6, 6], gradients: [[0, 1, 1, 1, 0]]) {
            clamp($0[0], lower: 0, upper: 6)
        },
    ])
    func rectifiers(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("abs", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) { abs($0[0]) },
        Spelling("maximum(x, -x)", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) { maximum($0[0], -$0[0]) },
        Spelling("x · sign(x)", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) { $0[0] * sign($0[0]) },
        Spelling("relu(x) + relu(-x)", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) {
            relu($0[0]) + relu(-$0[0])
        },
        Spelling(
            "leakyRelu of slope -1 is the negative side's", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, -1, 1]]
        ) {
            leakyRelu($0[0], slope: -1)
        },
        Spelling("norm of each", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) {
            $0[0].reshaped(3, 1).norm(along: 1)
        },
        Spelling("norm of order 1 of each", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) {
            $0[0].reshaped(3, 1).norm(order: 1, along: 1)
        },
        Spelling("norm of order ∞ of each", [-2, 0, 3], value: [2, 0, 3], gradients: [[-1, 0, 1]]) {
            $0[0].reshaped(3, 1).norm(order: .infinity, along: 1)
        },
        Spelling("sign", [-2, 0, 3], value: [-1, 0, 1], gradients: [[0, 0, 0]]) { sign($0[0]) },
    ])
    func magnitudes(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("leakyRelu", [0, -1, 1], value: [0, -0.25, 1], gradients: [[0.25, 0.25, 1]]) {
            leakyRelu($0[0], slope: 0.25)
        },
        Spelling("elu", [0, 1], value: [0, 1], gradients: [[0.5, 1]]) { elu($0[0], alpha: 0.5) },
        Spelling("selu", [0], value: [0], gradients: [[1.7580993408473769]]) { selu($0[0]) },
    ])
    func negativeSides(_ one: Spelling) { expect(one) }

    // MARK: - Ties

    @Test(arguments: [
        Spelling("maximum", [1, 2], [1, 0], value: [1, 2], gradients: [[0.5, 1], [0.5, 0]]) { maximum($0[0], $0[1]) },
        Spelling("minimum", [1, 2], [1, 3], value: [1, 2], gradients: [[0.5, 1], [0.5, 0]]) { minimum($0[0], $0[1]) },
        Spelling("max of the stack", [1, 2], [1, 0], value: [1, 2], gradients: [[0.5, 1], [0.5, 0]]) {
            stack($0).max(along: 0)
        },
        Spelling("min of the stack", [1, 2], [1, 3], value: [1, 2], gradients: [[0.5, 1], [0.5, 0]]) {
            stack($0).min(along: 0)
        },
        Spelling("-minimum(-a, -b)", [1, 2], [1, 0], value: [1, 2], gradients: [[0.5, 1], [0.5, 0]]) {
            -minimum(-$0[0], -$0[1])
        },
        Spelling("b + relu(a - b) gives the tie to b", [1, 2], [1, 0], value: [1, 2], gradients: [[0, 1], [1, 0]]) {
            $0[1] + relu($0[0] - $0[1])
        },
    ])
    func largerOfTwo(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("max", [3, 1, 3, 3], value: [3], gradients: [[1 / 3.0, 0, 1 / 3.0, 1 / 3.0]]) {
            $0[0].max().reshaped(1)
        },
        Spelling("max along", [3, 1, 3, 3], value: [3], gradients: [[1 / 3.0, 0, 1 / 3.0, 1 / 3.0]]) {
            $0[0].max(along: 0, keepingAxes: true)
        },
        Spelling("min", [3, 1, 1], value: [1], gradients: [[0, 0.5, 0.5]]) { $0[0].min().reshaped(1) },
        Spelling("norm of order ∞", [3, 1, -3], value: [3], gradients: [[0.5, 0, -0.5]]) {
            $0[0].norm(order: .infinity).reshaped(1)
        },
        Spelling("max with index", [3, 1, 3], value: [3], gradients: [[1, 0, 0]]) {
            $0[0].maxWithIndex(along: 0, keepingAxes: true).values
        },
        Spelling("min with index", [3, 1, 1], value: [1], gradients: [[0, 1, 0]]) {
            $0[0].minWithIndex(along: 0, keepingAxes: true).values
        },
        Spelling("topK", [1, 3, 3], value: [3], gradients: [[0, 1, 0]]) { $0[0].topK(1).values },
        Spelling("first of the sorted", [3, 1, 1], value: [1], gradients: [[0, 1, 0]]) { $0[0].sorted().values[0..<1] },
        Spelling("gathered by argmax", [1, 3, 3], value: [3], gradients: [[0, 1, 0]]) {
            $0[0].gathered($0[0].argmax(along: 0, keepingAxes: true), along: 0)
        },
    ])
    func extremesOverAxes(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("maxPool2D", [1, 3, 3, 3], value: [3], gradients: [[0, 1, 0, 0]]) {
            maxPool2D($0[0].reshaped(1, 1, 2, 2), kernel: 2).reshaped(1)
        },
        Spelling("maxPool1D", [1, 3, 3, 3], value: [3], gradients: [[0, 1, 0, 0]]) {
            maxPool1D($0[0].reshaped(1, 1, 4), kernel: 4).reshaped(1)
        },
        Spelling("adaptiveMaxPool2D", [1, 3, 3, 3], value: [3], gradients: [[0, 1, 0, 0]]) {
            adaptiveMaxPool2D($0[0].reshaped(1, 1, 2, 2), outputSize: 1).reshaped(1)
        },
    ])
    func pooling(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("clamp", [-1, 1, 0, 2], value: [-1, 1, 0, 1], gradients: [[1, 1, 1, 0]]) {
            clamp($0[0], lower: -1, upper: 1)
        },
        Spelling("clamp below, then above", [-1, 1, 0, 2], value: [-1, 1, 0, 1], gradients: [[1, 1, 1, 0]]) {
            clamp(clamp($0[0], lower: -1), upper: 1)
        },
        // Half at the bounds: of two that tie each has half.
        Spelling("minimum of maximum", [-1, 1, 0, 2], value: [-1, 1, 0, 1], gradients: [[0.5, 0.5, 1, 0]]) {
            minimum(maximum($0[0], -1), 1)
        },
    ])
    func clamping(_ one: Spelling) { expect(one) }

    // MARK: - Roots, norms, powers

    @Test(arguments: [
        Spelling("sqrt", [0], value: [0], gradients: [[infinity]]) { sqrt($0[0]) },
        Spelling("pow(x, 0.5)", [0], value: [0], gradients: [[infinity]]) { pow($0[0], 0.5) },
        Spelling("pow(x, y)", [0], [0.5], value: [0], gradients: [[infinity], [0]]) { pow($0[0], $0[1]) },
    ])
    func rootsOfZero(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("norm", [0, 0], value: [0], gradients: [[0, 0]]) { $0[0].norm(along: 0, keepingAxes: true) },
        Spelling("norm of order 1", [0, 0], value: [0], gradients: [[0, 0]]) {
            $0[0].norm(order: 1, along: 0, keepingAxes: true)
        },
        Spelling("norm of order 3", [0, 0], value: [0], gradients: [[0, 0]]) {
            $0[0].norm(order: 3, along: 0, keepingAxes: true)
        },
        Spelling("norm of order ∞", [0, 0], value: [0], gradients: [[0, 0]]) {
            $0[0].norm(order: .infinity, along: 0, keepingAxes: true)
        },
        Spelling("standardDeviation", [2, 2], value: [0], gradients: [[0, 0]]) {
            $0[0].standardDeviation(along: 0, keepingAxes: true)
        },
        // A root of a sum is no norm: ∞ times 0.
        Spelling("sqrt of the sum of squares", [0, 0], value: [0], gradients: [[nan, nan]]) {
            sqrt(square($0[0]).sum(along: 0, keepingAxes: true))
        },
    ])
    func normsOfZero(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("x⁰ by a number", [0, 2], value: [1, 1], gradients: [[0, 0]]) { pow($0[0], 0) },
        Spelling("x⁰ by a variable", [0], [0], value: [1], gradients: [[0], [0]]) { pow($0[0], $0[1]) },
        Spelling("0ʸ at 0 by a number", [0], value: [1], gradients: [[0]]) { pow(0, $0[0]) },
        Spelling("a fractional power below 0", [-2], value: [nan], gradients: [[nan]]) { pow($0[0], 0.5) },
        Spelling("the same by a variable", [-2], [0.5], value: [nan], gradients: [[nan], [nan]]) { pow($0[0], $0[1]) },
    ])
    func powers(_ one: Spelling) { expect(one) }

    // MARK: - NaN and infinity

    @Test(arguments: [
        Spelling("relu", [nan], value: [nan], gradients: [[nan]]) { relu($0[0]) },
        Spelling("relu6", [nan], value: [nan], gradients: [[nan]]) { relu6($0[0]) },
        Spelling("max", [1, nan], value: [nan], gradients: [[nan, nan]]) { $0[0].max(along: 0, keepingAxes: true) },
        Spelling("min", [1, nan], value: [nan], gradients: [[nan, nan]]) { $0[0].min(along: 0, keepingAxes: true) },
        Spelling("max with index", [1, nan], value: [nan], gradients: [[0, 1]]) {
            $0[0].maxWithIndex(along: 0, keepingAxes: true).values
        },
        Spelling("maximum", [nan], [1], value: [nan], gradients: [[0], [0]]) { maximum($0[0], $0[1]) },
        Spelling("minimum", [nan], [1], value: [nan], gradients: [[0], [0]]) { minimum($0[0], $0[1]) },
        Spelling("clamp", [nan], value: [nan], gradients: [[0]]) { clamp($0[0], lower: 0, upper: 1) },
        Spelling("maxPool1D", [1, nan], value: [nan], gradients: [[0, 1]]) {
            maxPool1D($0[0].reshaped(1, 1, 2), kernel: 2).reshaped(1)
        },
        Spelling("softmax of -∞", [-infinity, -infinity], value: [nan, nan], gradients: [[nan, nan]]) {
            $0[0].softmax()
        },
        Spelling("logSumExp of -∞", [-infinity, -infinity], value: [-infinity], gradients: [[0, 0]]) {
            $0[0].logSumExp(along: 0, keepingAxes: true)
        },
    ])
    func notANumber(_ one: Spelling) { expect(one) }

    @Test(arguments: [
        Spelling("softplus", [1000, -1000, 0], value: [1000, 0, 0.6931471805599453], gradients: [[1, 0, 0.5]]) {
            softplus($0[0])
        },
        Spelling("-logSigmoid(-x)", [1000, -1000, 0], value: [1000, 0, 0.6931471805599453], gradients: [[1, 0, 0.5]]) {
            -logSigmoid(-$0[0])
        },
        Spelling("logSumExp of x and 0", [0], value: [0.6931471805599453], gradients: [[0.5]]) {
            stack([$0[0], 0 * $0[0]]).logSumExp(along: 0)
        },
        Spelling("sigmoid", [40], value: [1], gradients: [[4.248354255291589e-18]]) { sigmoid($0[0]) },
        Spelling("1 - sigmoid(-x)", [40], value: [1], gradients: [[4.248354255291589e-18]]) { 1 - sigmoid(-$0[0]) },
        Spelling("tanh(x/2)/2 + 1/2", [40], value: [1], gradients: [[4.248354255291589e-18]]) {
            0.5 * tanh(0.5 * $0[0]) + 0.5
        },
    ])
    func tails(_ one: Spelling) { expect(one) }

    // MARK: - Nothing, and next to nothing

    @Test func nothing() {
        let none = Variable(.zeros([0, 2]))
        #expect(none.sum().item == 0 && none.product().item == 1 && none.mean().item.isNaN && none.norm().item == 0)
        #expect(none.sum(along: 0).value == Tensor([0, 0]) && none.product(along: 0).value == Tensor([1, 1]))
        #expect(none.logSumExp().item == -.infinity)
        for function in [
            { $0.max() }, { $0.min() }, { $0.max(along: 0) }, { .constant($0.argmax(along: 0)) },
            { .constant($0.argmin(along: 0)) },
        ]
            as [(Variable) -> Variable]
        {
            #expect(misuseMessage { function(none) } != nil)
        }
        let one = Variable([3])
        for y in [one.variance(), one.standardDeviation(), one.variance(along: 0)] {
            #expect(y.item.isNaN)
            #expect(gradients(of: y, at: [one])[0]?.item.isNaN == true)
        }
        let single = Variable(.ones([1, 3, 1]))
        for function in [{ batchNorm($0) }, { instanceNorm($0) }] as [(Variable) -> Variable] {
            #expect(misuseMessage { function(single) }?.hasSuffix("a variance needs two") == true)
        }
        let logits = Variable([[1, 2], [3, 4]])
        #expect(crossEntropy(logits, Tensor([9, 9], as: .int64), ignoredLabel: 9).item.isNaN)
        #expect(crossEntropy(logits, Tensor([9, 9], as: .int64), ignoredLabel: 9, reduction: .sum).item == 0)
    }

    @Test func anUnusedInputHasNoGradientAndAUselessOneZero() {
        let (used, useless, unused) = (Variable([1]), Variable([2]), Variable([3]))
        (used + 0 * useless).sum().backward()
        #expect(used.gradient?.item == 1 && useless.gradient?.item == 0 && unused.gradient == nil)
    }
}
