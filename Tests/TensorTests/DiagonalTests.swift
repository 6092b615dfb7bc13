import GradusTensor
import Testing
import _TestSupport

@Suite struct DiagonalTests {
    @Test(arguments: ElementType.allCases)
    func trianglesKeepOneSide(_ type: ElementType) {
        var generator = TensorGenerator(seed: 41)
        for _ in 0..<60 {
            let x = generator.whole(generator.anyShape(minimumRank: 2), as: type)
            let plain = PlainTensor(x)
            let (rows, columns) = (plain.shape[x.rank - 2], plain.shape[x.rank - 1])
            let diagonal = generator.index(below: rows + columns + 3) - rows - 1
            func kept(_ condition: @escaping (Int) -> Bool) -> PlainTensor {
                PlainTensor(plain.shape) { condition($0[$0.count - 1] - $0[$0.count - 2]) ? plain[$0] : 0 }
            }
            expectPlain(kept { $0 <= diagonal }, type, "lower \(x.shape) \(diagonal)") {
                x.lowerTriangle(diagonal: diagonal)
            }
            expectPlain(kept { $0 >= diagonal }, type, "upper \(x.shape) \(diagonal)") {
                x.upperTriangle(diagonal: diagonal)
            }
        }
        let x = Tensor.ones([2, 3])
        for far in [Int.min, Int.max] {
            #expect(x.lowerTriangle(diagonal: far).sum().item == (far > 0 ? 6 : 0))
            #expect(x.upperTriangle(diagonal: far).sum().item == (far > 0 ? 0 : 6))
        }
    }

    @Test func whatIsNotKeptIsZeroWhateverItWas() {
        let x = Tensor.full([2, 2], .nan)
        #expect(x.lowerTriangle(diagonal: -1).array(of: Double.self)[..<2] == [0, 0])
        #expect(x.upperTriangle(diagonal: 2) == Tensor.zeros([2, 2]))
    }

    @Test(arguments: [ElementType.float32, .float64, .int64])
    func diagonalAndItsAdjoint(_ type: ElementType) {
        var generator = TensorGenerator(seed: 42)
        for _ in 0..<80 {
            let x = generator.whole(generator.anyShape(minimumRank: 2), as: type)
            let plain = PlainTensor(x)
            let (rows, columns) = (plain.shape[x.rank - 2], plain.shape[x.rank - 1])
            let k = generator.index(below: rows + columns + 3) - rows - 1
            let length = (0..<rows).count { $0 + k >= 0 && $0 + k < columns }
            let expected = PlainTensor(plain.shape.dropLast(2) + [length]) { index in
                let i = index[index.count - 1]
                return plain[index.dropLast() + [k < 0 ? i - k : i, k < 0 ? i : i + k]]
            }
            expectPlain(expected, type, "\(x.shape) \(k)") { x.diagonal(k) }
            let y = generator.whole(x.diagonal(k).shape, as: type)
            expectAdjoint(x.diagonal(k), y, x, y.embeddedDiagonal(in: x.shape, k))
            let back = y.embeddedDiagonal(in: x.shape, k)
            expectIdentical(back.diagonal(k), y)
            #expect(back.countNonZero() == y.countNonZero())
        }
        for far in [Int.min, Int.max] { #expect(Tensor.ones([2, 3]).diagonal(far).shape == [0]) }
    }

    @Test func misuse() {
        let x = Tensor.zeros([3])
        expectMisuse("lowerTriangle: shape [3]; two axes at least are wanted") { x.lowerTriangle() }
        expectMisuse("upperTriangle: shape []; two axes at least are wanted") { Tensor(1).upperTriangle() }
        expectMisuse("diagonal: shape [3]; two axes at least are wanted") { x.diagonal() }
        expectMisuse("embeddedDiagonal: shape [3] is not that of diagonal 1 of [3, 3]") {
            x.embeddedDiagonal(in: [3, 3], 1)
        }
        expectMisuse("embeddedDiagonal: shape [3] is not that of diagonal 0 of [3]") { x.embeddedDiagonal(in: [3]) }
    }
}
