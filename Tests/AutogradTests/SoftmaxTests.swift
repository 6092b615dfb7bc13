import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct SoftmaxTests {
    private func double(_ values: [Double]) -> Tensor { Tensor(values, as: .float64) }

    private static let functions: [(name: String, call: @Sendable (Variable, Int) -> Variable)] = [
        ("softmax", { $0.softmax(along: $1) }), ("logSoftmax", { $0.logSoftmax(along: $1) }),
    ]

    @Test(arguments: functions.indices)
    func gradientsAgreeWithDifferences(_ number: Int) {
        let function = SoftmaxTests.functions[number].call
        var generator = TensorGenerator(seed: 31)
        for (shape, axis) in [
            ([4], 0), ([2, 3], -1), ([3, 2], 0), ([2, 3, 2], 1), ([3, 1], 1), ([0, 3], 1), ([3, 0], 1),
        ]
            as [(Shape, Int)]
        {
            expectGradients(of: { function($0, axis) }, at: generator.tensor(shape), order: 2, "\(shape)")
        }
        expectGradients(of: { function($0, -1) }, at: generator.tensor([2, 3]), order: 3)
        expectGradients(of: { function($0, -1) }, at: generator.tensor([3], .ties), order: 2)
    }

    @Test(arguments: functions.indices)
    func singlePrecisionUpdatesAndThreads(_ number: Int) {
        let function = SoftmaxTests.functions[number].call
        var generator = TensorGenerator(seed: 32)
        let x = generator.tensor([3, 20, 2])
        expectSingleNearDouble(of: { function($0[0], 1) }, at: [x], relative: 4e-6)
        expectUnmovedByUpdates(of: { function($0[0], 1) }, at: [x])
        expectSameBitsAtAnyThreadCount(of: { function($0[0], 1) }, at: [x], order: 2)
        expectSameBitsAtAnyThreadCount(of: { function($0[0], 2) }, at: [x], order: 2)
    }

    @Test(arguments: functions.indices)
    func theKernelOfTheRuleIsTheRule(_ number: Int) {
        let function = SoftmaxTests.functions[number].call
        var generator = TensorGenerator(seed: 33)
        for (shape, axis) in [
            ([5], 0), ([3, 17], 1), ([3, 17], 0), ([2, 9, 3], 1), ([2, 3, 300], 1), ([3, 1], 1), ([3, 0], 1),
            ([0, 3], 1),
        ] as [(Shape, Int)] {
            for interest in [Interest.interior, .zeros, .large, .tiny] {
                let x = Variable(generator.tensor(shape, interest))
                let y = function(x, axis)
                let upstream = Variable(generator.tensor(shape))
                let kernel = gradients(of: y, at: [x], upstream: upstream)[0]!
                let rule = gradients(of: y, at: [x], upstream: upstream, recordingGraph: true)[0]!
                expectClose(kernel.value, rule.value, relative: 1e-12, absolute: 1e-15, "\(shape), \(interest)")
                // Order 2: the kernel once at the end, and the rule throughout.
                let direction = Variable(generator.tensor(shape))
                let points = [x, upstream]
                let last = gradients(of: rule, at: points, upstream: direction)
                let throughout = gradients(of: rule, at: points, upstream: direction, recordingGraph: true)
                for (last, throughout) in zip(last, throughout) {
                    guard let last, let throughout else { continue }
                    expectClose(last.value, throughout.value, relative: 1e-12, absolute: 1e-15, "\(shape), \(interest)")
                }
            }
        }
    }

    @Test func threadsDoNotChangeTheKernelsBits() {
        var generator = TensorGenerator(seed: 34)
        let (y, upstream) = (generator.tensor([5, 40, 30], as: .float32), generator.tensor([5, 40, 30], as: .float32))
        for axis in 0..<3 {
            for logarithm in [false, true] {
                let results = atThreadCounts { softmaxGradient(y, upstream, along: axis, logarithm: logarithm) }
                for other in results.dropFirst() { expectIdentical(other, results[0]) }
            }
        }
    }

    @Test func theTailIsNotLost() {
        // Two classes are a sigmoid of their difference: σ'(40) = 4.248354255291589e-18.
        let x = Variable(double([40, 0]))
        let slope = 4.248354255291589e-18
        for recordingGraph in [false, true] {
            let y = x.softmax().slice(along: 0, from: 0, to: 1)
            let found = gradients(of: y, at: [x], recordingGraph: recordingGraph)[0]!
            expectClose(found.value, double([slope, -slope]), relative: 1e-12, absolute: 0)
        }
    }

    @Test func minusInfinityAlone() {
        let x = double([-.infinity, -.infinity, 0, -.infinity]).reshaped(2, 2)
        let v = Variable(x)
        #expect(isNaN(v.softmax().value[0]).all())
        #expect(v.softmax().value[1] == double([1, 0]))
        #expect(isNaN(gradients(of: v.softmax().slice(along: 1, from: 0, to: 1).sum(), at: [v])[0]!.value[0]).all())

        let y = v.logSumExp(along: 1)
        #expect(y.value == double([-.infinity, 0]))
        let first = gradients(of: y, at: [v], upstream: .constant(double([3, 1])), recordingGraph: true)[0]!
        #expect(first.value == double([0, 0, 1, 0]).reshaped(2, 2))
        let second = gradients(of: (first * first).sum(), at: [v])[0]!
        #expect(second.value == double([0, 0, 0, 0]).reshaped(2, 2))
    }

    @Test func infinityMakesTheGradientNaN() {
        let x = Variable(double([.infinity, 0.5]))
        #expect(x.logSumExp().item == .infinity)
        #expect(isNaN(gradients(of: x.logSumExp(), at: [x])[0]!.value).all())
    }

    @Test func weightsOfLogSumExpAddUpToOneInSinglePrecision() {
        // The value near 10⁴ is rounded to 1/1000 in float32; the gradient must not be.
        let x = Variable([10000, 9999, 9998.5])
        let exact = Variable(x.value.converted(to: .float64))
        let found = gradients(of: x.logSumExp(), at: [x])[0]!.value
        expectClose(
            found.converted(to: .float64), gradients(of: exact.logSumExp(), at: [exact])[0]!.value, relative: 1e-6)
    }

    @Test func misuse() {
        let x = Variable([1, 2])
        for (name, function) in SoftmaxTests.functions {
            #expect(
                misuseMessage { function(x, 1).sum().backward() }
                    == "\(name): axis 1 of shape [2]; its axes are -1 to 0")
            #expect(
                misuseMessage { function(Variable(1), -1).backward() }
                    == "\(name): axis -1 of shape []; its axes are none")
        }
        #expect(x.gradient == nil)
        #expect(
            misuseMessage { softmaxGradient(x.value, Tensor([1]), along: 0) }
                == "softmaxGradient: float32 of shape [2] and float32 of [1]; shapes and float types are the same")
        #expect(
            misuseMessage { softmaxGradient(x.value, x.value, along: 1) }
                == "softmaxGradient: axis 1 of shape [2]; its axes are -1 to 0")
    }
}
