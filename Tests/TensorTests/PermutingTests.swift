import GradusTensor
import Testing
import _TestSupport

@Suite struct PermutingTests {
    @Test(arguments: ElementType.allCases)
    func permutingMovesEveryIndex(_ type: ElementType) {
        var generator = TensorGenerator(seed: 11)
        for _ in 0..<60 {
            let shape = generator.anyShape()
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let order = generator.order(shape.rank)
            let expected = PlainTensor(order.map { plain.shape[$0] }) { index in
                var source = [Int](repeating: 0, count: shape.rank)
                for (axis, from) in order.enumerated() { source[from] = index[axis] }
                return plain[source]
            }
            let axes = order.map { generator.spelling($0, of: shape.rank) }
            expectPlain(expected, type, "\(shape) \(axes)") { x.permuted(axes) }

            // The inverse order is the adjoint, and brings everything back.
            var inverse = order
            for (axis, from) in order.enumerated() { inverse[from] = axis }
            expectIdentical(x.permuted(order).permuted(inverse), x)
        }
    }

    @Test func transposingSizesAboutTheBlock() {
        for rows in [1, 2, 15, 16, 17, 31, 33, 50] {
            for columns in [1, 2, 15, 16, 17, 32, 47] {
                for type in [ElementType.float32, .float64, .bool] {
                    let x = Tensor.arange(2 * rows * columns).reshaped(2, rows, columns)
                    let converted = x.converted(to: .float64).converted(to: type)
                    let plain = PlainTensor(converted)
                    let expected = PlainTensor([2, columns, rows]) { plain[[$0[0], $0[2], $0[1]]] }
                    expectPlain(expected, type) { converted.transposed() }
                }
            }
        }
        let large = Tensor.arange(300 * 701).reshaped(300, 701)
        let transposed = large.transposed()
        #expect(transposed.shape == [701, 300])
        #expect(transposed[at: [700, 299]] == 299 * 701 + 700)
        #expect(transposed[at: [123, 45]] == 45 * 701 + 123)
        #expect(transposed.transposed() == large)
        #expect(large.reshaped(300, 701, 1).transposed(0, -2).reshaped(701, 300) == transposed)
    }

    @Test(arguments: ElementType.allCases)
    func broadcastingRepeats(_ type: ElementType) {
        var generator = TensorGenerator(seed: 12)
        for _ in 0..<60 {
            let target = generator.anyShape()
            let x = generator.whole(generator.broadcastable(with: target), as: type)
            let plain = PlainTensor(x)
            let missing = target.rank - x.rank
            let expected = PlainTensor(Array(target)) { index in
                plain[index.dropFirst(missing).enumerated().map { plain.shape[$0.offset] == 1 ? 0 : $0.element }]
            }
            expectPlain(expected, type, "\(x.shape) \(target)") { x.broadcast(to: target) }
            if type == .float64 {
                let y = generator.whole(target, as: type)
                expectAdjoint(x.broadcast(to: target), y, x, y.sum(to: x.shape))
            }
        }
        #expect(Tensor.zeros([1]).broadcast(to: [0]).shape == [0])
        #expect(Tensor(2).broadcast(to: [2, 2]).array(of: Int.self) == [2, 2, 2, 2])
    }

    @Test(arguments: ElementType.allCases)
    func flippingAndRolling(_ type: ElementType) {
        var generator = TensorGenerator(seed: 13)
        for _ in 0..<60 {
            let shape = generator.anyShape()
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let axes = Array(generator.order(shape.rank).prefix(generator.index(below: shape.rank + 1)))
            let spelled = axes.map { generator.spelling($0, of: shape.rank) }
            expectPlain(
                PlainTensor(plain.shape) { index in
                    plain[
                        index.enumerated().map {
                            axes.contains($0.offset) ? plain.shape[$0.offset] - 1 - $0.element : $0.element
                        }]
                }, type, "flipped \(shape) \(axes)"
            ) { x.flipped(along: spelled) }

            let places = axes.map { _ in generator.index(below: 21) - 10 }
            let rolled = PlainTensor(plain.shape) { index in
                var source = index
                for (axis, places) in zip(axes, places) {
                    let size = plain.shape[axis]
                    source[axis] = ((index[axis] - places) % size + size) % size
                }
                return plain[source]
            }
            expectPlain(rolled, type, "rolled \(shape) \(axes) \(places)") { x.rolled(by: places, along: spelled) }
            expectIdentical(x.rolled(by: places, along: axes).rolled(by: places.map { -$0 }, along: axes), x)
        }
        #expect(Tensor([1, 2, 3]).rolled(by: [.min], along: [0]).array(of: Int.self) == [3, 1, 2])
        #expect(Tensor.arange(4).rolled(by: [.max], along: [0]).array(of: Int.self) == [1, 2, 3, 0])
    }

    @Test(arguments: ElementType.allCases)
    func tilingRepeatsTheWhole(_ type: ElementType) {
        var generator = TensorGenerator(seed: 14)
        for _ in 0..<60 {
            let x = generator.whole(generator.anyShape(), as: type)
            let plain = PlainTensor(x)
            let repeats = (0..<generator.index(below: 5)).map { _ in generator.index(below: 12) % 4 }
            let rank = max(x.rank, repeats.count)
            let sizes = [Int](repeating: 1, count: rank - x.rank) + plain.shape
            let times = [Int](repeating: 1, count: rank - repeats.count) + repeats
            let expected = PlainTensor(zip(sizes, times).map(*)) { index in
                plain[Array(zip(index, sizes).map { $0 % $1 }.suffix(x.rank))]
            }
            expectPlain(expected, type, "\(x.shape) \(repeats)") { x.tiled(repeats) }
        }
        #expect(Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 2]).tiled([2, 2, 2, 2, 2, 2, 2, 2]).count == 512)
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        expectMisuse("permuted: axes [0] for shape [2, 3], which has 2; each is named once") { x.permuted(0) }
        expectMisuse("permuted: axes [1, -1] of shape [2, 3] name axis 1 twice") { x.permuted(1, -1) }
        expectMisuse("permuted: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.permuted([0, 2]) }
        expectMisuse("transposed: shape [3]; two axes at least are wanted") { x[0].transposed() }
        expectMisuse("transposed: axis -3 of shape [2, 3]; its axes are -2 to 1") { x.transposed(0, -3) }
        expectMisuse("broadcast: shape [2, 3] does not broadcast to [3]") { x.broadcast(to: [3]) }
        expectMisuse("broadcast: shape [2, 3] does not broadcast to [2, 2]") { x.broadcast(to: [2, 2]) }
        expectMisuse("broadcast: shape [2, 3] does not broadcast to [1, 3]") { x.broadcast(to: [1, 3]) }
        expectMisuse("broadcast: shape [2, 3] does not broadcast to []") { x.broadcast(to: []) }
        expectMisuse("flipped: axes [0, -2] of shape [2, 3] name axis 0 twice") { x.flipped(along: [0, -2]) }
        expectMisuse("flipped: axis 0 of shape []; its axes are none") { Tensor(1).flipped(along: [0]) }
        let limits = "repeats are 0 or more, axes at most 8, elements at most \(Int.max)"
        expectMisuse("tiled: shape [2, 3] by [-1, 2]; \(limits)") { x.tiled([-1, 2]) }
        expectMisuse("tiled: shape [2, 3] by [\(Int.max), 1]; \(limits)") { x.tiled([.max, 1]) }
        expectMisuse("tiled: shape [2, 3] by [\(Int.max / 2), 1]; \(limits)") { x.tiled([.max / 2, 1]) }
        expectMisuse("tiled: shape [2, 3] by [1, 1, 1, 1, 1, 1, 1, 1, 1]; \(limits)") {
            x.tiled([1, 1, 1, 1, 1, 1, 1, 1, 1])
        }
        expectMisuse("rolled: by [1] along [0, 1]; one number an axis is wanted") { x.rolled(by: [1], along: [0, 1]) }
        expectMisuse("rolled: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.rolled(by: [1], along: [2]) }
        expectMisuse("rolled: axes [0, 0] of shape [2, 3] name axis 0 twice") {
            x.rolled(by: [1, 1], along: [0, 0])
        }
    }
}
