import GradusTensor
import Testing
import _TestSupport

@Suite struct MatmulTests {
    @Test func closedForms() {
        let a = Tensor([[1, 2], [3, 4]]), b = Tensor([5, 6])
        #expect(matmul(a, b) == Tensor([17, 39]))
        #expect(matmul(a, b, transposingFirst: true) == Tensor([23, 34]))
        #expect(matmul(b, a) == Tensor([23, 34]))
        #expect(matmul(b, a, transposingSecond: true) == Tensor([17, 39]))
        #expect(matmul(a, a) == Tensor([[7, 10], [15, 22]]))
        #expect(matmul(a, a, transposingFirst: true, transposingSecond: true) == Tensor([[7, 15], [10, 22]]))
        #expect(matmul(b, b) == Tensor(61) && dot(b, b) == Tensor(61))
        #expect(outer(Tensor([1, 2, 3]), b) == Tensor([[5, 6], [10, 12], [15, 18]]))
        #expect(outer(Tensor([1, 2] as [Int]), Tensor([3] as [Int])) == Tensor([3, 6] as [Int]).reshaped(2, 1))
    }

    /// Three loops, over index arithmetic of its own.
    private func reference(_ a: Tensor, _ b: Tensor, _ transposingA: Bool, _ transposingB: Bool) -> Tensor {
        var sizesA = Array(a.shape), sizesB = Array(b.shape)
        if a.rank == 1 { sizesA.insert(1, at: 0) }
        if b.rank == 1 { sizesB.append(1) }
        let rank = max(sizesA.count, sizesB.count)
        sizesA = [Int](repeating: 1, count: rank - sizesA.count) + sizesA
        sizesB = [Int](repeating: 1, count: rank - sizesB.count) + sizesB
        let stack = (0..<rank - 2).map { sizesA[$0] == 1 ? sizesB[$0] : sizesA[$0] }
        let (rowsA, columnsA) = (sizesA[rank - 2], sizesA[rank - 1])
        let (rowsB, columnsB) = (sizesB[rank - 2], sizesB[rank - 1])
        let m = transposingA ? columnsA : rowsA, k = transposingA ? rowsA : columnsA
        let n = transposingB ? rowsB : columnsB
        let valuesA = a.array(of: Double.self), valuesB = b.array(of: Double.self)
        var result: [Double] = []
        for matrix in 0..<stack.reduce(1, *) {
            var rest = matrix, startA = 0, startB = 0, scaleA = 1, scaleB = 1
            for axis in stack.indices.reversed() {
                let index = rest % stack[axis]
                rest /= stack[axis]
                startA += (sizesA[axis] == 1 ? 0 : index) * scaleA
                startB += (sizesB[axis] == 1 ? 0 : index) * scaleB
                scaleA *= sizesA[axis]
                scaleB *= sizesB[axis]
            }
            for i in 0..<m {
                for j in 0..<n {
                    var sum = 0.0
                    for p in 0..<k {
                        let x = startA * rowsA * columnsA + (transposingA ? p * columnsA + i : i * columnsA + p)
                        let y = startB * rowsB * columnsB + (transposingB ? j * columnsB + p : p * columnsB + j)
                        sum += valuesA[x] * valuesB[y]
                    }
                    result.append(sum)
                }
            }
        }
        var shape = stack
        if a.rank > 1 { shape.append(m) }
        if b.rank > 1 { shape.append(n) }
        return Tensor(result, shape: Shape(shape), as: a.elementType)
    }

    @Test(arguments: [ElementType.float32, .float64]) func everyRankAndFlag(_ type: ElementType) {
        var generator = TensorGenerator(seed: 6)
        let sizes = [0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 17, 33]
        for round in 0..<600 {
            func size() -> Int { sizes[generator.index(below: sizes.count)] }
            let (m, n, k) = (size(), size(), size())
            let rankA = 1 + round % 4, rankB = 1 + round / 4 % 4
            let flagA = rankA > 1 && generator.index(below: 2) == 0
            let flagB = rankB > 1 && generator.index(below: 2) == 0
            let stack = (0..<2).map { _ in generator.index(below: 3) + 1 }
            func front(_ rank: Int) -> [Int] {
                stack.suffix(Swift.max(rank - 2, 0)).map { generator.index(below: 3) == 0 ? 1 : $0 }
            }
            let shapeA = rankA == 1 ? [k] : front(rankA) + (flagA ? [k, m] : [m, k])
            let shapeB = rankB == 1 ? [k] : front(rankB) + (flagB ? [n, k] : [k, n])
            let a = generator.tensor(Shape(shapeA), as: type), b = generator.tensor(Shape(shapeB), as: type)
            let product = matmul(a, b, transposingFirst: flagA, transposingSecond: flagB)
            expectClose(
                product, reference(a, b, flagA, flagB), relative: type == .float32 ? 1e-5 : 1e-12,
                absolute: type == .float32 ? 3e-5 : 1e-13, "\(shapeA) \(flagA) by \(shapeB) \(flagB)")
        }
    }

    /// Sizes around every border of tiles, panels and shares.
    @Test(arguments: [ElementType.float32, .float64]) func borders(_ type: ElementType) {
        var generator = TensorGenerator(seed: 7)
        let sizes: [(Int, Int, Int)] = [
            (1, 1, 1), (4, 8, 256), (5, 9, 257), (63, 129, 3), (64, 256, 2), (65, 257, 5), (3, 300, 511), (130, 1, 70),
            (1, 300, 40), (128, 128, 64), (2, 2, 1025), (67, 513, 2), (47, 259, 6), (48, 130, 258), (265, 33, 5),
            (133, 16, 9), (128, 65, 256), (300, 65, 40),
        ]
        for (m, n, k) in sizes {
            for (flagA, flagB) in [(false, false), (true, false), (false, true), (true, true)] {
                let a = generator.tensor(flagA ? [k, m] : [m, k], as: type)
                let b = generator.tensor(flagB ? [n, k] : [k, n], as: type)
                let product = matmul(a, b, transposingFirst: flagA, transposingSecond: flagB)
                expectClose(
                    product, reference(a, b, flagA, flagB), relative: type == .float32 ? 1e-5 : 1e-12,
                    absolute: type == .float32 ? 2e-4 : 1e-12, "\(m) \(n) \(k), \(flagA) \(flagB)")
            }
        }
    }

    /// So large that the second operand is packed once for all threads. A row by a matrix goes another way, and is the reference.
    @Test(arguments: [ElementType.float32, .float64]) func large(_ type: ElementType) {
        var generator = TensorGenerator(seed: 9)
        let (m, n, k) = (270, 1030, 520)
        for (flagA, flagB) in [(false, false), (true, false), (false, true), (true, true)] {
            let a = generator.tensor(flagA ? [k, m] : [m, k], as: type)
            let b = generator.tensor(flagB ? [n, k] : [k, n], as: type)
            let results = atThreadCounts([1, 2]) {
                matmul(a, b, transposingFirst: flagA, transposingSecond: flagB)
            }
            expectIdentical(results[0], results[1], "\(flagA) \(flagB)")
            let rows = flagA ? a.transposed() : a
            for i in [0, 1, 131, 132, 143, 144, 263, 264, 269] {  // around the borders of parts and tiles
                expectClose(
                    results[0][i], matmul(rows[i], b, transposingSecond: flagB),
                    relative: type == .float32 ? 1e-5 : 1e-12, absolute: type == .float32 ? 2e-4 : 1e-12, "row \(i)")
            }
        }
    }

    @Test func nanIsNotLost() {
        var a = Tensor.zeros([5, 6])
        let b = Tensor.zeros([6, 9])
        a[at: [2, 3]] = .nan
        let product = matmul(a, b)
        for i in 0..<5 { #expect(product[i].sum().item.isNaN == (i == 2)) }
        var c = Tensor.zeros([6, 9])
        c[at: [1, 8]] = .infinity  // 0 * inf is NaN
        let columns = matmul(Tensor.zeros([5, 6]), c).sum(along: 0).array(of: Double.self)
        #expect(columns.map(\.isNaN) == (0..<9).map { $0 == 8 })
        #expect(matmul(Tensor.zeros([6]), c).array(of: Double.self)[8].isNaN)
        #expect(dot(Tensor([0, 1]), Tensor([.nan, 1])).item.isNaN)
    }

    @Test func ofNothing() {
        #expect(matmul(Tensor.ones([2, 0]), Tensor.ones([0, 3])) == Tensor.zeros([2, 3]))
        #expect(matmul(Tensor.ones([4, 2, 0]), Tensor.ones([0])) == Tensor.zeros([4, 2]))
        #expect(dot(Tensor.ones([0]), Tensor.ones([0])) == Tensor(0))
        #expect(matmul(Tensor.ones([0, 2]), Tensor.ones([2, 3])).shape == [0, 3])
        #expect(matmul(Tensor.ones([0, 2, 2]), Tensor.ones([2, 2])).shape == [0, 2, 2])
    }

    @Test func longDotIsExact() {
        let n = (1 << 24) + 5
        #expect(dot(Tensor.ones([n]), Tensor.ones([n])).item == Double(Float(n)))
    }

    @Test func misuse() {
        let a = Tensor.zeros([2, 3]), b = Tensor.zeros([4, 5])
        #expect(
            misuseMessage { matmul(a, b) } == "matmul: shapes [2, 3] and [4, 5]: the inner sizes, 3 and 4, differ")
        #expect(
            misuseMessage { matmul(a, b, transposingFirst: true, transposingSecond: true) }
                == "matmul: shapes [2, 3] transposed and [4, 5] transposed: the inner sizes, 2 and 5, differ")
        #expect(
            misuseMessage { matmul(Tensor.zeros([3]), b) }
                == "matmul: shapes [3] and [4, 5]: the inner sizes, 3 and 4, differ")
        #expect(
            misuseMessage { matmul(Tensor.zeros([2, 1, 4]), Tensor.zeros([3, 4, 1])) }
                == "matmul: shapes [2, 1, 4] and [3, 4, 1]: the axes in front of the matrices do not broadcast")
        #expect(
            misuseMessage { matmul(Tensor(1), a) } == "matmul: shapes [] and [2, 3]; each operand has at least one axis"
        )
        #expect(
            misuseMessage { matmul(a, Tensor.zeros([3]), transposingSecond: true) }
                == "matmul: shapes [2, 3] and [3]; a vector has no two axes to exchange")
        #expect(
            misuseMessage { matmul(a, a.converted(to: .float64)) }
                == "matmul: element types float32 and float64 do not mix; convert one with converted(to:)")
        let whole = Tensor.zeros([2, 2], as: .int64)
        #expect(misuseMessage { matmul(whole, whole) } == "matmul: not defined on int64; convert first")
        #expect(
            misuseMessage { dot(Tensor.zeros([2]), Tensor.zeros([3])) }
                == "dot: shapes [2] and [3]; two vectors of one length are wanted")
        #expect(misuseMessage { outer(a, b) } == "outer: shapes [2, 3] and [4, 5]; two vectors are wanted")
        #expect(
            misuseMessage { outer(Tensor.zeros([2]), Tensor.zeros([2], as: .float64)) }
                == "outer: element types float32 and float64 do not mix; convert one with converted(to:)")
    }

    @Test(arguments: [ElementType.float32, .float64]) func theSameAtAnyThreadCount(_ type: ElementType) {
        var generator = TensorGenerator(seed: 8)
        let shapes: [(Shape, Shape)] = [
            ([150, 300], [300, 270]), ([7, 3, 4], [7, 4, 5]), ([1, 500], [500, 300]), ([300, 500], [500]),
            ([20_000], [20_000]), ([3, 70, 5], [5, 9]), ([400, 128], [128, 300]), ([33, 40, 32], [33, 32, 40]),
        ]
        for (shapeA, shapeB) in shapes {
            let a = generator.tensor(shapeA, as: type), b = generator.tensor(shapeB, as: type)
            let results = atThreadCounts { matmul(a, b) } + [matmul(a, b)]
            for result in results { expectIdentical(result, results[0], "\(shapeA) by \(shapeB)") }
        }
    }
}
