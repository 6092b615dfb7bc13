import GradusTensor
import Testing
import _TestSupport

@Suite struct SlicingTests {
    /// Where a slice lies along one axis, and how many elements it takes.
    private func part(_ size: Int, _ generator: inout TensorGenerator) -> (start: Int, end: Int, step: Int, count: Int)
    {
        let start = generator.index(below: size + 1)
        let end = start + generator.index(below: size - start + 1)
        let step = 1 + generator.index(below: 3)
        return (start, end, step, (start..<end).count { ($0 - start) % step == 0 })
    }

    @Test(arguments: ElementType.allCases)
    func slicingTakesWhatTheBoundsSay(_ type: ElementType) {
        var generator = TensorGenerator(seed: 21)
        for _ in 0..<80 {
            let shape = generator.anyShape()
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let parts = shape.map { part($0, &generator) }
            let (starts, ends, steps) = (parts.map(\.start), parts.map(\.end), parts.map(\.step))
            let expected = PlainTensor(parts.map(\.count)) { index in
                plain[index.enumerated().map { starts[$0.offset] + $0.element * steps[$0.offset] }]
            }
            let comment = "\(shape) \(starts) \(ends) \(steps)"
            expectPlain(expected, type, comment) { x.sliced(starts: starts, ends: ends, steps: steps) }
            // Axis by axis it is the same.
            expectPlain(expected, type, comment) {
                shape.indices.reduce(x) { slice, axis in
                    let size = plain.shape[axis]
                    // Only where the bound is not the end itself is it the same counted from there.
                    let from = starts[axis] < size ? starts[axis] - size : starts[axis]
                    return slice.slice(along: axis - shape.rank, from: from, to: ends[axis], by: steps[axis])
                }
            }
        }
    }

    @Test(arguments: [ElementType.float32, .float64, .int64])
    func embeddingIsTheAdjoint(_ type: ElementType) {
        var generator = TensorGenerator(seed: 22)
        for _ in 0..<80 {
            let shape = generator.anyShape()
            let x = generator.whole(shape, as: type)
            let parts = shape.map { part($0, &generator) }
            let (starts, ends, steps) = (parts.map(\.start), parts.map(\.end), parts.map(\.step))
            let y = generator.whole(Shape(parts.map(\.count)), as: type)
            let small = PlainTensor(y)
            let expected = PlainTensor(Array(shape)) { index in
                let places = zip(index, zip(starts, steps)).map { ($0 - $1.0, $1.1) }
                guard places.allSatisfy({ $0 >= 0 && $0 % $1 == 0 }) else { return 0 }
                let inner = places.map { $0 / $1 }
                return zip(inner, small.shape).allSatisfy { $0 < $1 } ? small[inner] : 0
            }
            expectPlain(expected, type, "\(shape) \(starts) \(steps)") {
                y.embedded(in: shape, starts: starts, steps: steps)
            }
            expectAdjoint(
                x.sliced(starts: starts, ends: ends, steps: steps), y, x,
                y.embedded(in: shape, starts: starts, steps: steps))
        }
    }

    @Test(arguments: ElementType.allCases)
    func paddingSurrounds(_ type: ElementType) {
        var generator = TensorGenerator(seed: 23)
        for _ in 0..<60 {
            let shape = generator.anyShape()
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let before = shape.map { _ in generator.index(below: 3) }
            let after = shape.map { _ in generator.index(below: 3) }
            let value = type == .bool ? 1.0 : Double(generator.index(below: 9)) - 4
            let expected = PlainTensor(shape.indices.map { before[$0] + plain.shape[$0] + after[$0] }) { index in
                let inner = zip(index, before).map { $0 - $1 }
                return zip(inner, plain.shape).allSatisfy { $0 >= 0 && $0 < $1 } ? plain[inner] : value
            }
            expectPlain(expected, type, "\(shape) \(before) \(after)") { x.padded(before, after, with: value) }
            expectIdentical(
                x.padded(before, after).sliced(
                    starts: before, ends: zip(before, shape).map(+), steps: before.map { _ in 1 }), x)
        }
        #expect(Tensor([1, 2]).padded([1], [2]).array(of: Int.self) == [0, 1, 2, 0, 0])
        #expect(Tensor([1]).padded([1], [0], with: -.infinity).array(of: Double.self) == [-.infinity, 1])
        #expect(Tensor.zeros([0, 2]).padded([1, 0], [0, 1], with: 3).array(of: Int.self) == [3, 3, 3])
        #expect(Tensor(5).padded([], []).item == 5)
    }

    @Test func boundsOfASlice() {
        let x = Tensor.arange(5)
        #expect(x.slice(along: 0, from: 1).array(of: Int.self) == [1, 2, 3, 4])
        #expect(x.slice(along: 0, to: -1).array(of: Int.self) == [0, 1, 2, 3])
        #expect(x.slice(along: 0, from: -2).array(of: Int.self) == [3, 4])
        #expect(x.slice(along: -1, by: 2).array(of: Int.self) == [0, 2, 4])
        #expect(x.slice(along: 0, by: .max).array(of: Int.self) == [0])
        #expect(x.slice(along: 0, from: 5).shape == [0])
        #expect(x.slice(along: 0, from: 2, to: 2).shape == [0])
        #expect(Tensor.zeros([0]).slice(along: 0).shape == [0])
        #expect(x.sliced(starts: [4], ends: [5], steps: [.max]).array(of: Int.self) == [4])
        #expect(Tensor(1).sliced(starts: [], ends: [], steps: []).item == 1)
        #expect(Tensor([7]).embedded(in: [3], starts: [2], steps: [.max]).array(of: Int.self) == [0, 0, 7])
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        expectMisuse("slice: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.slice(along: 2) }
        let along = "along axis 1 of shape [2, 3], which has size 3 there"
        expectMisuse("slice: 0 to 4 \(along)") { x.slice(along: 1, to: 4) }
        expectMisuse("slice: -4 to 3 \(along)") { x.slice(along: 1, from: -4) }
        expectMisuse("slice: 2 to 1 \(along)") { x.slice(along: 1, from: 2, to: 1) }
        expectMisuse("slice: 4 to 3 \(along)") { x.slice(along: -1, from: 4) }
        expectMisuse("slice: \(Int.min) to \(Int.max) \(along)") { x.slice(along: 1, from: .min, to: .max) }
        expectMisuse("slice: in steps of 0; steps are 1 or more") { x.slice(along: 1, by: 0) }
        expectMisuse("slice: in steps of -1; steps are 1 or more") { x.slice(along: 1, by: -1) }
        expectMisuse("sliced: [0] to [1] by [1] of shape [2, 3]; all have one number an axis") {
            x.sliced(starts: [0], ends: [1], steps: [1])
        }
        expectMisuse("sliced: [0, 2] to [2, 1] by [1, 1] of shape [2, 3] is out of range on axis 1") {
            x.sliced(starts: [0, 2], ends: [2, 1], steps: [1, 1])
        }
        expectMisuse("embedded: shape [2, 3] in [4] from [0] by [1]; all have one number an axis") {
            x.embedded(in: [4], starts: [0], steps: [1])
        }
        for (shape, starts, steps) in [
            (Shape([4, 3]), [0, 1], [1, 1]), ([2, 3], [1, 0], [1, 1]), ([4, 4], [0, 0], [1, 2]),
            ([3, 3], [-1, 0], [1, 1]),
            ([4, 3], [0, 0], [0, 1]), ([4, 3], [0, .max], [1, 1]), ([4, 9], [0, 1], [1, .max]),
        ] {
            expectMisuse("embedded: shape [2, 3] does not fit in \(shape) from \(starts) by \(steps)") {
                x.embedded(in: shape, starts: starts, steps: steps)
            }
        }
        expectMisuse("padded: [1] before and [1, 1] after shape [2, 3]; each has one number an axis") {
            x.padded([1], [1, 1])
        }
        let limits = "they are 0 or more, and elements at most \(Int.max)"
        expectMisuse("padded: [0, -1] before and [0, 1] after shape [2, 3]; \(limits)") { x.padded([0, -1], [0, 1]) }
        expectMisuse("padded: [0, \(Int.max)] before and [0, 0] after shape [2, 3]; \(limits)") {
            x.padded([0, .max], [0, 0])
        }
        expectMisuse("padded: [0, \(Int.max - 3)] before and [0, 1] after shape [2, 3]; \(limits)") {
            x.padded([0, .max - 3], [0, 1])
        }
        expectMisuse("padded: [0, \(Int.max - 3)] before and [0, 0] after shape [2, 3]; \(limits)") {
            x.padded([0, .max - 3], [0, 0])
        }
        expectMisuse("padded: 0.5 is not an int64, which the tensor is") {
            Tensor.arange(2).padded([1], [1], with: 0.5)
        }
    }
}
