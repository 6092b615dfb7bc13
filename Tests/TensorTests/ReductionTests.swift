import GradusTensor
import Testing
import _TestSupport

@Suite struct ReductionTests {
    /// Two numbers of a long row are added as they are: their sum may be too large for float32 where the row's is not.
    @Test func rowsOfLargeNumbersHaveTheSumThatTheyHave() {
        for count in [64, 100, 1000, 5000] {
            let signs: [Float] = (0..<count).map { $0 % 32 < 16 ? 3e38 : -3e38 }
            let whole = count / 32 * 32
            let x = Tensor(signs[..<whole] + [1])
            #expect(x.sum().item == 1 && x.converted(to: .float64).sum().item == 1)
            #expect(Tensor(signs[..<whole] + [.infinity]).sum().item == .infinity)
            #expect(Tensor(signs[..<whole] + [.nan]).sum().item.isNaN)
            #expect(Tensor([.infinity, -.infinity] + signs).sum().item.isNaN)
        }
    }

    /// Eight rows are summed together, or blocks of one: to the bit as each by itself, whatever the others hold.
    @Test(arguments: [64, 100, 128, 4096, 4097, 32_768, 40_000, 70_001]) func rowsSumAsTheyDoAlone(_ n: Int) {
        let x = Tensor.normal([19, n])
        var rows = (0..<19).map { x[$0] }
        rows[2] = Tensor((0..<n).map { $0 % 32 < 16 ? 3e38 : -3e38 } as [Float])
        rows[5] = concatenate([rows[5][0..<n - 1], Tensor([.infinity])])
        rows[11] = concatenate([Tensor([.nan]), rows[11][1..<n]])
        expectIdentical(stack(rows).sum(along: 1), stack(rows.map { $0.sum() }), "rows of \(n)")
    }

    /// Against double, within a rounding of each two and one of the result.
    @Test(arguments: [1, 63, 64, 65, 127, 128, 1000, 4096, 4097, 10_000, 32_768, 40_000, 70_001])
    func sumsOfRowsAreAsNearAsTheirPairs(_ n: Int) {
        let x = Tensor.normal([3, n])
        let (sum, wide) = (x.sum(along: 1), x.converted(to: .float64))
        let (exact, size) = (wide.sum(along: 1), abs(wide).sum(along: 1))
        for row in 0..<3 {
            let error = Swift.abs(sum.number(at: row) - exact.number(at: row))
            #expect(error <= 0x1p-24 * (size.number(at: row) + Swift.abs(exact.number(at: row))))
        }
    }

    @Test func closedForms() {
        let x = Tensor([[1, 2], [3, 4]])
        #expect(x.sum() == Tensor(10))
        #expect(x.sum(along: 0) == Tensor([4, 6]))
        #expect(x.sum(along: -1, keepingAxes: true) == Tensor([[3], [7]]))
        #expect(x.sum(along: [1, 0], keepingAxes: true) == Tensor([[10]]))
        #expect(x.sum(along: []) == x)
        #expect(x.mean(along: 0) == Tensor([2, 3]))
        #expect(x.product() == Tensor(24))
        #expect(x.max(along: 1) == Tensor([2, 4]))
        #expect(x.min(along: 0) == Tensor([1, 2]))
        #expect(Tensor(7).sum() == Tensor(7) && Tensor(7).max() == Tensor(7) && Tensor(7).mean() == Tensor(7))
    }

    /// Every reduction against a plain loop, over many shapes and sets of axes.
    @Test(arguments: [ElementType.float64, .float32, .int64]) func randomShapes(_ type: ElementType) {
        var generator = TensorGenerator(seed: 1)
        for _ in 0..<400 {
            let shape = generator.shapeForReduction()
            let wide = type == .int64 ? generator.labels(shape, below: 100) : generator.tensor(shape, as: type)
            let x = type == .int64 ? wide - 50 : wide
            let axes = generator.axes(of: shape), keeping = generator.index(below: 2) == 0
            let lines = lines(of: x, along: axes)
            let result = TensorTests.shape(shape, without: axes, keeping: keeping)
            let tolerance = type == .float32 ? 1e-6 : 1e-12
            func expect(_ name: String, _ actual: Tensor, _ reference: ([Double]) -> Double) {
                let expected = Tensor(lines.map(reference), shape: result, as: type)
                let size = type == .float32 ? 1e-6 : 1e-11
                expectClose(
                    actual, expected, relative: tolerance, absolute: size, "\(name) of \(shape) along \(axes)")
            }
            expect("sum", x.sum(along: axes, keepingAxes: keeping)) { $0.reduce(0, +) }
            if type == .int64 {
                let signs = select(x .< 0, Tensor.full(like: x, -1), Tensor.ones(like: x))
                let products = TensorTests.lines(of: signs, along: axes).map { $0.reduce(1, *) }
                #expect(
                    signs.product(along: axes, keepingAxes: keeping) == Tensor(products, shape: result, as: .int64))
            } else {
                expect("product", x.product(along: axes, keepingAxes: keeping)) { $0.reduce(1, *) }
                expect("mean", x.mean(along: axes, keepingAxes: keeping)) { $0.reduce(0, +) / Double($0.count) }
            }
            if lines.allSatisfy({ !$0.isEmpty }) && shape.count > 0 {
                expect("max", x.max(along: axes, keepingAxes: keeping)) { $0.max() ?? .nan }
                expect("min", x.min(along: axes, keepingAxes: keeping)) { $0.min() ?? .nan }
            }
        }
    }

    @Test func allAxesUnlessGiven() {
        var generator = TensorGenerator(seed: 2)
        for _ in 0..<100 {
            let x = generator.tensor(generator.shapeForReduction())
            let all = Array(x.shape.indices)
            expectIdentical(x.sum(), x.sum(along: all))
            expectIdentical(x.sum(keepingAxes: true), x.sum(along: all, keepingAxes: true))
            #expect(x.sum(keepingAxes: true).shape == Shape(all.map { _ in 1 }))
        }
    }

    @Test func ofNothing() {
        let x = Tensor.zeros([0, 3])
        #expect(x.sum() == Tensor(0) && x.product() == Tensor(1) && x.mean().item.isNaN)
        #expect(x.sum(along: 0) == Tensor([0, 0, 0]) && x.product(along: 0) == Tensor([1, 1, 1]))
        #expect(x.sum(along: 1) == Tensor.zeros([0]) && x.max(along: 1).shape == [0])
        #expect(x.countNonZero() == 0)
        #expect(Tensor.zeros([0], as: .int64).sum() == Tensor(0, as: .int64))
        #expect(misuseMessage { x.max() } == "max: shape [0, 3] has no elements to choose from")
        #expect(misuseMessage { x.min(along: 0) } == "min: shape [0, 3] along [0] has no elements to choose from")
    }

    @Test func integersAndMasks() {
        let big = Tensor([1 << 60, 3, -5] as [Int])
        #expect(big.sum().withElements(as: Int.self) { $0[0] } == 1 << 60 - 2)
        #expect(Tensor([Int.max, 1] as [Int]).sum().withElements(as: Int.self) { $0[0] } == Int.min)
        #expect(Tensor([3, -7, 11] as [Int]).product() == Tensor([-231] as [Int])[0])
        #expect(Tensor([Int.min, Int.max] as [Int]).max() == Tensor([Int.max] as [Int])[0])
        let mask = Tensor([true, false, true, true])
        #expect(mask.sum() == Tensor(3, as: .int64))
        #expect(mask.countNonZero() == 3)
        #expect(Tensor([0, -0.0, 1, .nan, .infinity]).countNonZero() == 3)
        #expect(Tensor([0, 5, 0] as [Int]).countNonZero() == 1)
        #expect(Tensor.ones([100_000], as: .bool).countNonZero() == 100_000)
    }

    @Test(arguments: [1, 5, 7, 8, 9, 100, 5000]) func extremesPassNaNOn(_ n: Int) {
        for position in [0, n / 2, n - 1] {
            for inner in [1, 3] {
                var x = Tensor.arange(0, Double(n * inner)).reshaped(n, inner)
                x[at: [position, inner - 1]] = .nan
                let largest = x.max(along: 0).array(of: Double.self), smallest = x.min(along: 0).array(of: Double.self)
                #expect(largest[inner - 1].isNaN && smallest[inner - 1].isNaN)
                #expect(inner == 1 || largest[0] == Double((n - 1) * inner) && smallest[0] == 0)
                #expect(x.max().item.isNaN && x.min().item.isNaN)
            }
        }
        #expect(Tensor.full([n], -.infinity).max() == Tensor(-.infinity))
        #expect(Tensor.full([n], .infinity).min() == Tensor(.infinity))
    }

    /// 2²⁴ ones are where adding in float32 stops to count.
    @Test func manyOnes() {
        let n = (1 << 24) + 100
        let x = Tensor.ones([n])
        #expect(x.sum().array(of: Int.self) == [n])
        #expect(x.mean() == Tensor(1))
        #expect(x.reshaped(n / 4, 4).sum(along: 0) == Tensor.full([4], Double(n / 4)))
    }

    @Test func roundingStaysSmall() {
        var generator = TensorGenerator(seed: 3)
        let x = generator.tensor([100_000], in: 0...1)
        // Neumaier's sum, right to the last digit or two.
        var sum = 0.0, lost = 0.0
        for value in x.array(of: Double.self) {
            let next = sum + value
            lost += Swift.abs(sum) >= value ? (sum - next) + value : (value - next) + sum
            sum = next
        }
        expectClose(x.sum().item, sum + lost, relative: 1e-15, absolute: 0)
        expectClose(x.reshaped(50_000, 2).sum(along: 0).sum().item, sum + lost, relative: 4e-15, absolute: 0)
    }

    @Test func sumToShape() {
        var generator = TensorGenerator(seed: 4)
        for _ in 0..<300 {
            let shape = generator.shapeForReduction()
            let target = generator.broadcastable(with: shape)
            let x = generator.tensor(shape)
            let missing = shape.rank - target.rank
            let axes = shape.indices.filter { $0 < missing || target[$0 - missing] == 1 && shape[$0] != 1 }
            let expected = Tensor(lines(of: x, along: axes).map { $0.reduce(0, +) }, shape: target, as: .float64)
            expectClose(x.sum(to: target), expected, relative: 1e-12, absolute: 1e-11, "\(shape) to \(target)")
        }
        #expect(
            misuseMessage { Tensor.zeros([2, 3]).sum(to: [2]) } == "sum: shape [2] does not broadcast to [2, 3]")
        #expect(
            misuseMessage { Tensor.zeros([3]).sum(to: [1, 3]) } == "sum: shape [1, 3] does not broadcast to [3]")
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        #expect(misuseMessage { x.sum(along: 2) } == "sum: axis 2 of shape [2, 3]; its axes are -2 to 1")
        #expect(misuseMessage { x.mean(along: -3) } == "mean: axis -3 of shape [2, 3]; its axes are -2 to 1")
        #expect(misuseMessage { Tensor(1).max(along: 0) } == "max: axis 0 of shape []; its axes are none")
        #expect(
            misuseMessage { x.product(along: [1, -1]) }
                == "product: axes [1, -1] of shape [2, 3] name axis 1 twice")
        let whole = Tensor.zeros([2], as: .int64), mask = Tensor.zeros([2], as: .bool)
        #expect(misuseMessage { whole.mean() } == "mean: not defined on int64; convert first")
        #expect(misuseMessage { mask.product() } == "product: not defined on bool; convert first")
        #expect(misuseMessage { mask.max() } == "max: not defined on bool; convert first")
    }

    @Test func theSameAtAnyThreadCount() {
        var generator = TensorGenerator(seed: 5)
        let cases: [(Shape, [Int])] = [
            ([100_003], [0]), ([9000, 7], [0]), ([7, 9000], [1]), ([5, 40, 30], [0, 2]), ([300, 400], [0]),
            ([3, 5], []),
        ]
        for type in [ElementType.float32, .float64] {
            for (shape, axes) in cases {
                let x = generator.tensor(shape, .large, as: type)
                func expectSame(_ name: String, _ operation: () -> Tensor) {
                    let results = atThreadCounts { operation() } + [operation()]
                    for result in results { expectIdentical(result, results[0], "\(name) of \(shape)") }
                }
                expectSame("sum") { x.sum(along: axes) }
                expectSame("mean") { x.mean(along: axes) }
                expectSame("max") { x.max(along: axes) }
                expectSame("product") { x.product(along: axes) }
            }
        }
    }
}
