import GradusTensor
import Testing
import _TestSupport

@Suite struct SortingTests {
    @Test func closedForms() {
        let x = Tensor([3, 1, 4, 1, 5])
        let (up, upFrom) = x.sorted(), (down, downFrom) = x.sorted(descending: true)
        #expect(up == Tensor([1, 1, 3, 4, 5]) && upFrom == Tensor([1, 3, 0, 2, 4] as [Int]))
        #expect(down == Tensor([5, 4, 3, 1, 1]) && downFrom == Tensor([4, 2, 0, 1, 3] as [Int]))
        #expect(x.topK(2).values == Tensor([5, 4]) && x.topK(2).indices == Tensor([4, 2] as [Int]))
        #expect(x.topK(3, largest: false).indices == Tensor([1, 3, 0] as [Int]))
        #expect(x.topK(0).values.shape == [0])
        let y = Tensor([[1, 5, 5], [7, 2, 1]])
        #expect(y.argmax(along: 1) == Tensor([1, 0] as [Int]) && y.argmin(along: 0) == Tensor([0, 1, 1] as [Int]))
        #expect(y.argmax(along: -1, keepingAxes: true).shape == [2, 1])
        #expect(y.maxWithIndex(along: 0).values == Tensor([7, 5, 5]))
        #expect(y.minWithIndex(along: 1).values == Tensor([1, 1]))
    }

    /// Values with many ties and NaNs, in every type, against the standard library's sort by value and then by place.
    @Test(arguments: [ElementType.float32, .float64, .int64]) func randomShapes(_ type: ElementType) {
        var generator = TensorGenerator(seed: 30)
        for _ in 0..<120 {
            let shape = generator.shapeForReduction()
            guard shape.rank > 0 else { continue }
            let axis = generator.index(below: 2 * shape.rank) - shape.rank, n = shape[axis]
            let spread = [3, 10, 100_000][generator.index(below: 3)]
            let values = (0..<shape.count).map { _ in
                type != .int64 && generator.index(below: 9) == 0 ? .nan : Double(generator.index(below: spread))
            }
            let x = Tensor(values, shape: shape, as: type)
            let what = "\(shape) along \(axis)"
            let lines = lines(of: x, along: [axis])
            for descending in [false, true] {
                let order = lines.map { line in
                    line.indices.sorted { i, j in
                        let (a, b) = (line[i], line[j])
                        if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? i < j : b.isNaN }
                        return a == b ? i < j : descending ? a > b : a < b
                    }
                }
                let sorted = zip(lines, order).map { line, order in order.map { line[$0] } }
                let (values, indices) = x.sorted(along: axis, descending: descending)
                expectIdentical(values, tensor(of: sorted, along: axis, shape, as: type), what)
                let places = order.map { $0.map(Double.init) }
                expectIdentical(indices, tensor(of: places, along: axis, shape, as: .int64), what)

                let k = generator.index(below: n + 1)
                let (top, from) = x.topK(k, along: axis, largest: descending)
                let short = Shape(shape.indices.map { $0 == (axis + shape.rank) % shape.rank ? k : shape[$0] })
                expectIdentical(top, tensor(of: sorted.map { Array($0.prefix(k)) }, along: axis, short, as: type), what)
                expectIdentical(
                    from, tensor(of: places.map { Array($0.prefix(k)) }, along: axis, short, as: .int64), what)

                guard n > 0 else { continue }
                let first = lines.map { line in
                    line.firstIndex(where: \.isNaN)
                        ?? line.indices.reduce(0) { best, i in
                            (descending ? line[i] > line[best] : line[i] < line[best]) ? i : best
                        }
                }
                let place = descending ? x.argmax(along: axis) : x.argmin(along: axis)
                let left = TensorTests.shape(shape, without: [axis], keeping: false)
                expectIdentical(place, Tensor(first, shape: left), what)
                let extreme = descending ? x.maxWithIndex(along: axis) : x.minWithIndex(along: axis)
                expectIdentical(extreme.indices, place, what)
                expectIdentical(extreme.values, descending ? x.max(along: axis) : x.min(along: axis), what)
            }
        }
    }

    @Test func cumulativeClosedForms() {
        let x = Tensor([1, 2, 3])
        #expect(x.cumulativeSum(along: 0) == Tensor([1, 3, 6]))
        #expect(x.cumulativeSum(along: 0, reversed: true) == Tensor([6, 5, 3]))
        #expect(x.cumulativeProduct(along: 0) == Tensor([1, 2, 6]))
        #expect(x.cumulativeProduct(along: -1, reversed: true) == Tensor([6, 6, 3]))
        #expect(Tensor.zeros([2, 0]).cumulativeSum(along: 1).shape == [2, 0])
        #expect(Tensor([1, .nan, 2]).cumulativeSum(along: 0)[at: [0]] == 1)
    }

    @Test(arguments: [ElementType.float32, .float64, .int64]) func cumulative(_ type: ElementType) {
        var generator = TensorGenerator(seed: 31)
        for _ in 0..<120 {
            let shape = generator.shapeForReduction()
            guard shape.rank > 0 else { continue }
            let axis = generator.index(below: 2 * shape.rank) - shape.rank
            let x = type == .int64 ? generator.labels(shape, below: 3) - 1 : generator.tensor(shape, as: type)
            let lines = lines(of: x, along: [axis])
            func running(_ line: [Double], _ initial: Double, _ combine: (Double, Double) -> Double) -> [Double] {
                var total = initial
                return line.map { value in
                    total = combine(total, value)
                    return total
                }
            }
            func expect(_ actual: Tensor, _ reference: ([Double]) -> [Double]) {
                let expected = tensor(of: lines.map(reference), along: axis, shape, as: type)
                expectClose(actual, expected, relative: 1e-6, absolute: 1e-30, "\(shape) along \(axis)")
            }
            expect(x.cumulativeSum(along: axis)) { running($0, 0, +) }
            expect(x.cumulativeSum(along: axis, reversed: true)) { running($0.reversed(), 0, +).reversed() }
            expect(x.cumulativeProduct(along: axis)) { running($0, 1, *) }
            expect(x.cumulativeProduct(along: axis, reversed: true)) { running($0.reversed(), 1, *).reversed() }
        }
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 0]), mask = Tensor.zeros([2], as: .bool)
        #expect(misuseMessage { x.argmax(along: 1) } == "argmax: axis 1 of shape [2, 0] has no elements to choose from")
        #expect(x.argmin(along: 0).shape == [0])
        #expect(misuseMessage { x.argmin(along: 2) } == "argmin: axis 2 of shape [2, 0]; its axes are -2 to 1")
        #expect(misuseMessage { Tensor(1).sorted() } == "sorted: axis -1 of shape []; its axes are none")
        #expect(misuseMessage { mask.sorted() } == "sorted: not defined on bool; convert first")
        #expect(misuseMessage { mask.argmax(along: 0) } == "argmax: not defined on bool; convert first")
        #expect(misuseMessage { Tensor.zeros([4, 3]).topK(4) } == "topK: 4 of the 3 along axis 1 of shape [4, 3]")
        #expect(misuseMessage { Tensor.zeros([3]).topK(-1) } == "topK: -1 of the 3 along axis 0 of shape [3]")
        #expect(misuseMessage { mask.cumulativeSum(along: 0) } == "cumulativeSum: not defined on bool; convert first")
        #expect(
            misuseMessage { x.cumulativeProduct(along: -3) }
                == "cumulativeProduct: axis -3 of shape [2, 0]; its axes are -2 to 1")
    }

    @Test func theSameAtAnyThreadCount() {
        var generator = TensorGenerator(seed: 32)
        for (shape, axis) in [([40, 500], 1), ([300, 60], 0), ([20_000], 0)] as [(Shape, Int)] {
            let x = generator.tensor(shape, .ties, as: .float32)
            func results() -> [Tensor] {
                [
                    x.sorted(along: axis).indices, x.topK(7, along: axis).indices, x.argmax(along: axis),
                    x.cumulativeSum(along: axis),
                ]
            }
            let alone = results()
            let several = atThreadCounts { results() }
            for several in several {
                for (a, b) in zip(several, alone) { expectIdentical(a, b, "\(shape) along \(axis)") }
            }
        }
    }
}
