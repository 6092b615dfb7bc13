import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// Wrong gradients that other frameworks shipped, each held as what it would have shown here.

private func double(_ values: [Double]) -> Variable { Variable(values, as: .float64) }

/// The gradient of a function's sum, and the gradient of that one's sum.
private func orders(_ x: Variable, _ function: (Variable) -> Variable) -> (first: Tensor?, second: Tensor?) {
    let first = gradients(of: function(x).sum(), at: [x], recordingGraph: true)[0]
    let second = first.flatMap { $0.wantsGradient ? gradients(of: $0.sum(), at: [x])[0] : nil }
    return (first?.value, second?.value)
}

@Suite struct ShippedBugsTests {
    /// pytorch 59584: a rule wholly wrong passed a check along one positive direction. Rows are scaled to a norm of 1 at most.
    @Test func rowsOfLimitedNorm() {
        func limited(_ x: Variable) -> Variable {
            let norms = x.norm(along: 1, keepingAxes: true)
            return x * select(norms .> 1, 1 / norms, 1)
        }
        let x = Variable([[0.3, -0.2, 0.1], [1.5, -2, 0.5]], as: .float64)
        let report = checkRule(at: x, settings: GradientCheckSettings(order: 2)) { limited($0) }
        #expect(report.passed, "\(report)")
        // What was shipped there: the scale taken for a constant.
        let wrong = checkRule(at: x) { x in
            custom(x, forward: { limited(.constant($0)).value }) { x, _, upstream in
                let norms = x.norm(along: 1, keepingAxes: true)
                return upstream * select(norms .> 1, 1 / norms, 1)
            }
        }
        #expect(wrong.verdict == .fail)
    }

    /// pytorch 106789, tinygrad 17404, mlx 1167.
    @Test(arguments: [[2.0, 3, 4], [0, 3, 4], [0, 3, 0], [0, 0, 0]])
    func productsWithZerosToSecondOrder(values: [Double]) {
        let others = values.indices.map { i in values.indices.filter { $0 != i }.map { values[$0] } }
        let product = orders(double(values)) { $0.product() }
        #expect(product.first == Tensor(others.map { $0[0] * $0[1] }, as: .float64))
        // ∂² of xyz, summed over the second variable, is the sum of the two others.
        #expect(product.second == Tensor(others.map { $0[0] + $0[1] }, as: .float64))

        let (a, b, c) = (values[0], values[1], values[2])
        let running = orders(double(values)) { $0.cumulativeProduct(along: 0) }
        #expect(running.first == Tensor([1 + b + b * c, a + a * c, a * b], as: .float64))
        #expect(running.second == Tensor([(1 + c) + b, (1 + c) + a, b + a], as: .float64))
    }

    /// pytorch 186256, 76185: a normalization over a batch, wrong from the third order on.
    @Test func normalizationOverABatchToThirdOrder() {
        var generator = TensorGenerator(seed: 4)
        func normalized(_ x: Variable) -> Variable {
            let variance = x.variance(along: [0], correction: 0, keepingAxes: true)
            return x.centered(along: [0]) * rsqrt(variance + 1e-5)
        }
        func plain(_ x: Variable) -> Variable {
            let centered = x - x.mean(along: [0], keepingAxes: true)
            return centered / sqrt((centered * centered).mean(along: [0], keepingAxes: true) + 1e-5)
        }
        let x = generator.tensor([4, 2])
        expectGradients(of: { normalized($0) }, at: x, order: 3, sampling: 3)
        func third(_ function: (Variable) -> Variable) -> Tensor? {
            let x = Variable(x)
            var result = function(x)
            for _ in 1...3 {
                result = gradients(of: (result * result).sum() + result.sum(), at: [x], recordingGraph: true)[0] ?? x
            }
            return result.value
        }
        if let a = third(normalized), let b = third(plain) { expectClose(a, b, relative: 1e-8, absolute: 1e-6) }
    }

    /// pytorch 195527: 1 - σ(40) is 0 in floating-point numbers, the slope is not.
    @Test func sigmoidSlopeAt40() {
        expectClose(
            orders(double([40])) { sigmoid($0) }.first?.item ?? 0, 4.248354255291589e-18, relative: 1e-15, absolute: 0)
        expectClose(
            orders(double([40])) { sigmoid($0) }.second?.item ?? 0, -4.248354255291589e-18, relative: 1e-15, absolute: 0
        )
    }

    /// jax 2107: computed as max(x, 0) + log1p(exp(-|x|)), of which each part bends at 0.
    @Test func softplusSlopeAt0() {
        let found = orders(double([0])) { softplus($0) }
        #expect(found.first?.item == 0.5 && found.second?.item == 0.25)
    }

    /// jax 22398: the largest element is taken off first, and where all are equal that bends.
    @Test func logSumExpOfZeros() {
        let found = orders(double([0, 0])) { $0.logSumExp() }
        #expect(found.first == Tensor([0.5, 0.5], as: .float64))
        #expect(found.second == Tensor([0, 0], as: .float64))
        #expect(orders(double([0])) { $0.logSumExp() }.first?.item == 1)
    }

    /// mlx 610: gradients were zero after results had been looked at.
    @Test func evaluationBeforeBackward() {
        let x = double([1, 2])
        let h = x * x
        _ = h.value.description
        _ = evaluate { (h * 3).value }
        _ = withoutRecording { h.sum().item }
        let loss = (h * x).sum()
        #expect(loss.item == 9)
        loss.backward()
        #expect(x.gradient?.value == Tensor([3, 12], as: .float64))
    }

    /// tinygrad 9597: leaves of one value were taken for one.
    @Test func equalLeavesAreTwo() {
        let (a, b) = (double([2]), double([2]))
        (a * a * b).sum().backward()
        #expect(a.gradient?.item == 8 && b.gradient?.item == 4)
    }

    /// NNlib 205: a gradient that several windows have in common was overwritten.
    @Test func overlappingWindowsAdd() {
        let x = Variable(Tensor([1, 9, 2], shape: [1, 1, 3], as: .float64))
        maxPool1D(x, kernel: 2, stride: 1).sum().backward()
        #expect(x.gradient?.value == Tensor([0, 2, 0], shape: [1, 1, 3], as: .float64))
    }

    /// tinygrad 12296: the number of ties did not fit the type that counted them.
    @Test(arguments: [ElementType.float32, .float64])
    func seventyThousandTies(type: ElementType) {
        let x = Variable(Tensor.full([70_000], 3, as: type))
        x.max().backward()
        #expect(x.gradient?.value == Tensor.full([70_000], 1, as: type) / 70_000)
    }

    /// pytorch 63314.
    @Test(arguments: 1...3, 0...1)
    func transposedConvolutionOfStride(_ stride: Int, padding: Int) {
        for outputPadding in 0..<stride {
            expectBilinear(
                {
                    transposedConv2D(
                        $0, $1, stride: Pair(stride), padding: Pair(padding), outputPadding: Pair(outputPadding))
                },
                at: [2, 2, 3, 3], [2, 1, 3, 2], "output padding \(outputPadding)")
        }
    }

    /// jax 6452: the gradient of what was broadcast had the result's shape.
    @Test func gradientsHaveTheirInputsShape() {
        for shape in [[], [1], [3], [1, 3], [2, 1]] as [Shape] {
            let (a, b) = (Variable(.ones(shape)), Variable(.ones([2, 3])))
            (a * b + a).sum().backward()
            #expect(a.gradient?.shape == shape && b.gradient?.shape == [2, 3])
        }
    }
}
