import GradusTensor
import Testing
import _TestSupport

@Suite struct JoiningTests {
    @Test(arguments: ElementType.allCases)
    func concatenatingAndSplittingAreInverse(_ type: ElementType) {
        var generator = TensorGenerator(seed: 31)
        for _ in 0..<60 {
            let shape = generator.anyShape(minimumRank: 1)
            let axis = generator.index(below: shape.rank)
            let sizes = (0...generator.index(below: 4)).map { _ in generator.index(below: 4) }
            let parts = sizes.map { size in
                generator.whole(Shape(shape.enumerated().map { $0.offset == axis ? size : $0.element }), as: type)
            }
            let plain = parts.map(PlainTensor.init)
            let total = sizes.reduce(0, +)
            let expected = PlainTensor(shape.enumerated().map { $0.offset == axis ? total : $0.element }) { index in
                var (part, index) = (0, index)
                while index[axis] >= sizes[part] {
                    index[axis] -= sizes[part]
                    part += 1
                }
                return plain[part][index]
            }
            let spelled = generator.spelling(axis, of: shape.rank)
            expectPlain(expected, type, "\(shape) \(sizes) \(axis)") { concatenate(parts, along: spelled) }
            let again = concatenate(parts, along: axis).split(sizes: sizes, along: spelled)
            #expect(again.count == parts.count)
            for (part, again) in zip(parts, again) { expectIdentical(again, part) }
        }
    }

    @Test(arguments: ElementType.allCases)
    func stackingAddsAnAxis(_ type: ElementType) {
        var generator = TensorGenerator(seed: 32)
        for _ in 0..<40 {
            let shape = generator.anyShape()
            let parts = (0...generator.index(below: 3)).map { _ in generator.whole(shape, as: type) }
            let plain = parts.map(PlainTensor.init)
            let axis = generator.index(below: shape.rank + 1)
            var sizes = Array(shape)
            sizes.insert(parts.count, at: axis)
            let expected = PlainTensor(sizes) { index in
                var inner = index
                let part = inner.remove(at: axis)
                return plain[part][inner]
            }
            expectPlain(expected, type, "\(shape) \(axis)") {
                stack(parts, along: generator.spelling(axis, of: shape.rank + 1))
            }
        }
    }

    @Test func splittingIntoEqualPieces() {
        let x = Tensor.arange(12).reshaped(2, 6)
        #expect(
            x.split(into: 3, along: 1).map { $0.array(of: Int.self) } == [
                [0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11],
            ])
        #expect(x.split(into: 2).map(\.shape) == [[1, 6], [1, 6]])
        #expect(Tensor.zeros([0]).split(into: 2).map(\.shape) == [[0], [0]])
        #expect(Tensor.zeros([0]).split(sizes: []).isEmpty)
    }

    @Test func largeJoinsAreShared() {
        let x = Tensor.arange(90_000).reshaped(300, 300)
        for axis in [0, 1] {
            let pieces = x.split(sizes: [1, 150, 0, 149], along: axis)
            #expect(concatenate(pieces, along: axis) == x)
        }
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        expectMisuse("concatenate: no tensors; one at least is wanted") { concatenate([]) }
        expectMisuse("stack: no tensors; one at least is wanted") { stack([]) }
        expectMisuse("concatenate: axis 0 of shape []; its axes are none") { concatenate([Tensor(1), Tensor(2)]) }
        expectMisuse("concatenate: axis 2 of shape [2, 3]; its axes are -2 to 1") { concatenate([x, x], along: 2) }
        expectMisuse(
            "concatenate: element types float32 and int64 (tensor 1) do not mix; convert one with converted(to:)"
        ) { concatenate([x, Tensor.zeros([2, 3], as: .int64)]) }
        expectMisuse("concatenate: shapes [2, 3] and [2, 4] (tensor 2) differ elsewhere than along axis 0") {
            concatenate([x, x, Tensor.zeros([2, 4])])
        }
        expectMisuse("concatenate: shapes [2, 3] and [3] (tensor 1) differ elsewhere than along axis 1") {
            concatenate([x, Tensor.zeros([3])], along: 1)
        }
        let wide = Tensor.zeros([0, .max])
        expectMisuse("concatenate: the sizes along axis 1 sum to more than Int holds") {
            concatenate([wide, wide], along: 1)
        }
        expectMisuse("stack: a new axis 3 for shape [2, 3]; it may be -3 to 2") { stack([x], along: 3) }
        expectMisuse("stack: element types float32 and bool (tensor 1) do not mix; convert one with converted(to:)") {
            stack([x, x .> 0])
        }
        expectMisuse("stack: shapes [2, 3] and [3, 2] (tensor 1) differ") { stack([x, x.transposed()]) }
        expectMisuse("split: axis -3 of shape [2, 3]; its axes are -2 to 1") { x.split(sizes: [2], along: -3) }
        for sizes in [[1], [1, 2], [3, -1], [], [.max, .max, 4]] {
            expectMisuse("split: sizes \(sizes) along axis 0 of shape [2, 3]; they are 0 or more and add up to 2") {
                x.split(sizes: sizes)
            }
        }
        expectMisuse("split: 2 equal pieces along axis 1 of shape [2, 3], which has size 3 there") {
            x.split(into: 2, along: 1)
        }
        expectMisuse("split: 0 equal pieces along axis 1 of shape [2, 3], which has size 3 there") {
            x.split(into: 0, along: 1)
        }
    }
}
