import GradusTensor
import Testing
import _TestSupport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct StatisticsTests {
    @Test func closedForms() {
        let x = Tensor([[1, 2, 3], [4, 4, 4]])
        #expect(x.variance(along: 1) == Tensor([1, 0]))
        expectClose(x.variance(along: 1, correction: 0), [2.0 / 3, 0], relative: 1e-6)
        #expect(Tensor([0, 2, 0, 2]).standardDeviation(correction: 0) == Tensor(1))
        #expect(
            Tensor([3, -4]).norm() == Tensor(5) && Tensor([3, -4], as: .float64).norm() == Tensor(5, as: .float64))
        #expect(Tensor([3, -4]).norm(order: 1) == Tensor(7))
        #expect(Tensor([3, -4]).norm(order: .infinity) == Tensor(4))
        #expect(Tensor([[3, 4], [6, 8]]).norm(along: -1, keepingAxes: true) == Tensor([[5], [10]]))
        expectClose(Tensor([1000, 1000]).logSumExp().item, 1000 + log(2), relative: 1e-7)
    }

    @Test(arguments: [ElementType.float32, .float64]) func randomShapes(_ type: ElementType) {
        var generator = TensorGenerator(seed: 10)
        for _ in 0..<150 {
            let shape = generator.shapeForReduction()
            let x = generator.tensor(shape, as: type)
            let axes = generator.axes(of: shape), keeping = generator.index(below: 2) == 0
            let correction = generator.index(below: 3)
            let lines = lines(of: x, along: axes)
            let result = TensorTests.shape(shape, without: axes, keeping: keeping)
            func expect(_ name: String, _ actual: Tensor, _ reference: ([Double]) -> Double) {
                let expected = Tensor(lines.map(reference), shape: result, as: type)
                let tolerance = type == .float32 ? 1e-6 : 1e-12
                expectClose(
                    actual, expected, relative: tolerance, absolute: tolerance, "\(name) of \(shape) along \(axes)")
            }
            func variance(_ line: [Double]) -> Double {
                let mean = line.reduce(0, +) / Double(line.count), divisor = line.count - correction
                return divisor <= 0 ? .nan : line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(divisor)
            }
            expect("variance", x.variance(along: axes, correction: correction, keepingAxes: keeping), variance)
            expect("deviation", x.standardDeviation(along: axes, correction: correction, keepingAxes: keeping)) {
                variance($0).squareRoot()
            }
            for order in [0.5, 1, 2, 3, 7.5] {
                expect("norm \(order)", x.norm(order: order, along: axes, keepingAxes: keeping)) {
                    pow($0.reduce(0) { $0 + pow(Swift.abs($1), order) }, 1 / order)
                }
            }
            expect("norm infinity", x.norm(order: .infinity, along: axes, keepingAxes: keeping)) {
                $0.reduce(0) { max($0, Swift.abs($1)) }
            }
            expect("logSumExp", x.logSumExp(along: axes, keepingAxes: keeping)) { log($0.reduce(0) { $0 + exp($1) }) }
        }
    }

    /// A variance of 0.3 around a mean of 1e4, along one axis and along two that are apart.
    @Test func varianceBesideALargeMean() {
        var generator = TensorGenerator(seed: 11)
        let half = 3 * (0.3 as Double).squareRoot() / (3 as Double).squareRoot()  // uniform: half² / 3 is the variance
        let x = generator.tensor([8, 3, 5000], in: 1e4 - half...1e4 + half, as: .float32)
        for axes in [[2], [0, 2], [0, 1, 2]] {
            let expected = lines(of: x, along: axes).map { line in
                let mean = line.reduce(0, +) / Double(line.count)
                return line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(line.count - 1)
            }
            #expect(expected.allSatisfy { $0 > 0.25 })
            expectClose(x.variance(along: axes), expected, relative: 1e-6)
        }
        #expect(Tensor.full([1000], 1e4).variance() == Tensor(0))
        #expect(Tensor.full([7, 1000], 0.1).variance(along: 0) == Tensor.zeros([1000]))
    }

    @Test func edges() {
        #expect(Tensor([5]).variance().item.isNaN && Tensor([5]).variance(correction: 0) == Tensor(0))
        #expect(Tensor.zeros([0]).variance().item.isNaN)
        #expect(isNaN(Tensor.zeros([1, 3]).standardDeviation(along: 0)).all())
        #expect(
            Tensor.zeros([0]).norm() == Tensor(0) && Tensor.zeros([2, 0]).norm(order: 3, along: 1) == Tensor([0, 0]))
        #expect(Tensor([0, 0]).norm() == Tensor(0) && Tensor.zeros([2], as: .float64).norm().item == 0)
        for order in [1, 2, 3, .infinity] as [Double] {
            for type in [ElementType.float32, .float64] {
                #expect(Tensor([1, -.infinity, 2], as: type).norm(order: order).item == .infinity)
                #expect(Tensor([1, .nan, 2], as: type).norm(order: order).item.isNaN)
                #expect(Tensor([[1, .nan], [2, 3]], as: type).norm(order: order, along: 0)[at: [0]].isFinite)
            }
        }
    }

    @Test func normsNeitherOverflowNorVanish() {
        for size in [3e38, 1e-40] {
            let x = Tensor.full([4], size)
            #expect(x.norm(along: []) == x)
            expectClose((x / 4).norm().item, x[at: [0]] / 2, relative: 1e-4)
            expectClose((x / 4).norm(order: 3).item, x[at: [0]] / 4 * pow(4, 1.0 / 3), relative: 1e-4)
        }
        for size in [1e308, 3e-308, .leastNonzeroMagnitude] as [Double] {
            let x = Tensor([3 * (size / 8), 4 * (size / 8)], as: .float64)
            guard size > 1e-300 else {
                #expect(Tensor([size, 0], as: .float64).norm().item == size)
                #expect(Tensor([size, 0], as: .float64).norm(order: 20).item == size)
                continue
            }
            expectClose(x.norm().item, 5 * (size / 8), relative: 1e-14, absolute: 0)
            expectClose(x.norm(order: 50).item, 4 * (size / 8), relative: 1e-6, absolute: 0)
        }
    }

    @Test func logSumExpOfInfinities() {
        for type in [ElementType.float32, .float64] {
            func logSumExp(_ values: [Double]) -> Double { Tensor(values, as: type).logSumExp().item }
            #expect(logSumExp([]) == -.infinity)
            #expect(logSumExp([-.infinity, -.infinity]) == -.infinity)
            #expect(logSumExp([1, .infinity]) == .infinity && logSumExp([.infinity, -.infinity]) == .infinity)
            #expect(logSumExp([1, .nan]).isNaN && logSumExp([.infinity, .nan]).isNaN)
            expectClose(logSumExp([0, -.infinity]), 0)
            expectClose(logSumExp([-1e4, -1e4]), -1e4 + log(2), relative: 1e-7)
        }
        let long = Tensor.full([10_000], 1e4, as: .float64)
        expectClose(long.logSumExp().item, 1e4 + log(1e4), relative: 1e-15)
        #expect(Tensor.full([10_000], -.infinity).logSumExp().item == -.infinity)
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3]), whole = Tensor.zeros([2], as: .int64)
        #expect(misuseMessage { x.norm(order: 0) } == "norm: order 0.0; a number above 0, or infinity")
        #expect(misuseMessage { x.norm(order: .nan) } == "norm: order nan; a number above 0, or infinity")
        #expect(misuseMessage { x.variance(along: 2) } == "variance: axis 2 of shape [2, 3]; its axes are -2 to 1")
        #expect(
            misuseMessage { x.standardDeviation(along: [0, -2]) }
                == "standardDeviation: axes [0, -2] of shape [2, 3] name axis 0 twice")
        #expect(misuseMessage { whole.logSumExp() } == "logSumExp: not defined on int64; convert first")
        #expect(misuseMessage { whole.variance() } == "variance: not defined on int64; convert first")
        #expect(misuseMessage { whole.norm() } == "norm: not defined on int64; convert first")
    }

    @Test func theSameAtAnyThreadCount() {
        var generator = TensorGenerator(seed: 12)
        for (shape, axes) in [([50_000], [0]), ([9000, 5], [0]), ([5, 60, 70], [0, 2]), ([300, 200], [1])]
            as [(Shape, [Int])]
        {
            let x = generator.tensor(shape, as: .float32)
            func results() -> [Tensor] {
                [
                    x.variance(along: axes), x.norm(along: axes), x.norm(order: 3, along: axes),
                    x.logSumExp(along: axes),
                ]
            }
            let alone = results()
            let several = atThreadCounts { results() }
            for several in several {
                for (a, b) in zip(several, alone) { expectIdentical(a, b, "\(shape) along \(axes)") }
            }
        }
    }
}
