import GradusTensor
import Testing
import _TestSupport

@Suite struct IndexingTests {
    /// Indices into an axis, some from its end, many of them twice; none at all where the axis has no elements.
    private func indices(_ shape: Shape, _ size: Int, _ generator: inout TensorGenerator) -> Tensor {
        guard size > 0 else { return Tensor.zeros(shape.count == 0 ? shape : [0], as: .int64) }
        let from = generator.labels(shape, below: 2 * size)
        return from - Double(size)
    }

    private func counted(_ index: Double, _ size: Int) -> Int { index < 0 ? Int(index) + size : Int(index) }

    @Test(arguments: ElementType.allCases)
    func takingPutsSlicesInPlaceOfAnAxis(_ type: ElementType) {
        var generator = TensorGenerator(seed: 51)
        for _ in 0..<80 {
            let shape = generator.anyShape(minimumRank: 1)
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let axis = generator.index(below: shape.rank)
            let size = plain.shape[axis]
            let chosen = indices(generator.shape(rank: generator.index(below: 4), empty: true), size, &generator)
            let list = PlainTensor(chosen)
            let expected = PlainTensor(plain.shape[..<axis] + list.shape + plain.shape[(axis + 1)...]) { index in
                let index = Array(index)
                let at = counted(list[Array(index[axis..<axis + chosen.rank])], size)
                return plain[index[..<axis] + [at] + index[(axis + chosen.rank)...]]
            }
            let spelled = generator.spelling(axis, of: shape.rank)
            expectPlain(expected, type, "\(shape) \(axis) \(list.shape)") { x.taking(chosen, along: spelled) }
            guard type != .bool else { continue }

            let y = generator.whole(Shape(expected.shape), as: type)
            let upstream = PlainTensor(y)
            var sums = [Double](repeating: 0, count: shape.count)
            let strides = shape.strides
            for index in allIndices(expected.shape) {
                let at = counted(list[Array(index[axis..<axis + chosen.rank])], size)
                let target = index[..<axis] + [at] + index[(axis + chosen.rank)...]
                sums[zip(target, strides).reduce(0) { $0 + $1.0 * $1.1 }] += upstream[index]
            }
            let adjoint = PlainTensor(plain.shape) { index in sums[zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }] }
            expectPlain(adjoint, type, "adjoint \(shape) \(axis) \(list.shape)") {
                takingAdjoint(of: y, indices: chosen, axis: spelled, shape: shape)
            }
            expectAdjoint(
                x.taking(chosen, along: axis), y, x, takingAdjoint(of: y, indices: chosen, axis: axis, shape: shape))
        }
    }

    @Test(arguments: ElementType.allCases)
    func gatheringAndScattering(_ type: ElementType) {
        var generator = TensorGenerator(seed: 52)
        for _ in 0..<80 {
            let shape = generator.anyShape(minimumRank: 1)
            let x = generator.whole(shape, as: type)
            let plain = PlainTensor(x)
            let axis = generator.index(below: shape.rank)
            let size = plain.shape[axis]
            // Fewer than the tensor's along the other axes now and then, more along this one.
            var sizes = shape.map { generator.index(below: 3) == 0 ? generator.index(below: $0 + 1) : $0 }
            sizes[axis] = size == 0 ? 0 : generator.index(below: 7)
            let chosen = size == 0 ? Tensor.zeros(Shape(sizes), as: .int64) : indices(Shape(sizes), size, &generator)
            let list = PlainTensor(chosen)
            func place(_ index: [Int]) -> [Int] {
                var index = index
                index[axis] = counted(list[index], size)
                return index
            }
            let spelled = generator.spelling(axis, of: shape.rank)
            expectPlain(PlainTensor(sizes) { plain[place($0)] }, type, "\(shape) \(axis) \(sizes)") {
                x.gathered(chosen, along: spelled)
            }
            guard type != .bool else { continue }

            let y = generator.whole(Shape(sizes), as: type)
            let source = PlainTensor(y)
            var sums = plain.values
            for index in allIndices(sizes) {
                sums[zip(place(index), shape.strides).reduce(0) { $0 + $1.0 * $1.1 }] += source[index]
            }
            let expected = Tensor(sums, shape: shape, as: type)
            let result = sameAtThreadCounts { x.scatterAdding(y, at: chosen, along: spelled) }
            expectIdentical(result, expected, "\(shape) \(axis) \(sizes)")
            let adjoint = gatheredAdjoint(of: y, indices: chosen, axis: spelled, shape: shape)
            expectIdentical(adjoint, Tensor.zeros(shape, as: type).scatterAdding(y, at: chosen, along: axis))
            expectAdjoint(x.gathered(chosen, along: axis), y, x, adjoint)
            expectPlain(plain, type) { x }  // what was added to is as before
        }
    }

    @Test func whatIsAddedComesInTheOrderOfTheIndices() {
        // 1e8 + 1 is 1e8 in float32, so that the sum tells the order.
        let values = Tensor([1e8, 1, 1, -1e8, 1])
        let zeros = Tensor([0, 0, 0, 0, 0], as: .int64)
        let taken = sameAtThreadCounts { takingAdjoint(of: values, indices: zeros, axis: 0, shape: [1]) }
        #expect(taken.item == 1)
        let scattered = sameAtThreadCounts { Tensor.zeros([1]).scatterAdding(values, at: zeros, along: 0) }
        #expect(scattered.item == 1)
        // With other elements beside the axis too.
        let table = stack([values, values], along: 1)
        let columns = sameAtThreadCounts {
            Tensor.zeros([1, 2]).scatterAdding(table, at: Tensor.zeros([5, 2], as: .int64), along: 0)
        }
        #expect(columns.array(of: Double.self) == [1, 1])
    }

    @Test func manyIndicesGiveTheSameBitsFromAnyNumberOfThreads() {
        var generator = TensorGenerator(seed: 53)
        let x = generator.tensor([40, 30, 20], as: .float32)
        let rows = generator.labels([5, 100], below: 30)
        let upstream = generator.tensor([40, 5, 100, 20], as: .float32)
        let columns = generator.labels([40, 70, 20], below: 30)
        let source = generator.tensor([40, 70, 20], as: .float32)
        let places = generator.labels([40, 30, 20], below: 20)
        let taken = sameAtThreadCounts { x.taking(rows, along: 1) }
        #expect(taken.shape == [40, 5, 100, 20])
        _ = sameAtThreadCounts { takingAdjoint(of: upstream, indices: rows, axis: 1, shape: [40, 30, 20]) }
        _ = sameAtThreadCounts { x.gathered(columns, along: 1) }
        _ = sameAtThreadCounts { x.scatterAdding(source, at: columns, along: 1) }
        _ = sameAtThreadCounts { source.scatterAdding(x, at: places, along: 2) }
    }

    @Test func integersWrapAround() {
        let most = Tensor([Int.max, 1])
        let zeros = Tensor([0, 0] as [Int])
        #expect(takingAdjoint(of: most, indices: zeros, axis: 0, shape: [1]).array(of: Int.self) == [.min])
        #expect(Tensor([0] as [Int]).scatterAdding(most, at: zeros, along: 0).array(of: Int.self) == [.min])
    }

    @Test func emptyOnes() {
        let none = Tensor.zeros([0], as: .int64)
        #expect(Tensor.zeros([0, 3]).taking(none).shape == [0, 3])
        #expect(Tensor.zeros([4, 0]).taking(Tensor([1], as: .int64)).shape == [1, 0])
        #expect(
            takingAdjoint(of: Tensor.zeros([0, 2]), indices: none, axis: 0, shape: [3, 2]) == Tensor.zeros([3, 2]))
        #expect(Tensor([1, 2]).scatterAdding(Tensor.zeros([0]), at: none, along: 0) == Tensor([1, 2]))
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        let one = Tensor([[0]], as: .int64)
        let outside = Tensor([[0, 1], [3, -4]], as: .int64)
        expectMisuse("taking: index 3 at [1, 0] is out of range on axis 1 of shape [2, 3], which has size 3") {
            x.taking(outside, along: 1)
        }
        expectMisuse("taking: index -3 at [] is out of range on axis 0 of shape [2, 3], which has size 2") {
            x.taking(Tensor(-3, as: .int64))
        }
        expectMisuse("taking: index 0 at [0, 0] is out of range on axis 0 of shape [0, 3], which has size 0") {
            Tensor.zeros([0, 3]).taking(one)
        }
        let far = Tensor([Int](repeating: 1, count: 3000) + [.min, .max])
        expectMisuse("taking: index \(Int.min) at [3000] is out of range on axis 0 of shape [2, 3], which has size 2") {
            x.taking(far)
        }
        expectMisuse("taking: indices are int64; these are float32") { x.taking(Tensor([0])) }
        expectMisuse("taking: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.taking(one, along: 2) }
        expectMisuse("taking: axis 0 of shape []; its axes are none") { Tensor(1).taking(one) }
        expectMisuse(
            "taking: indices of shape [1, 1, 1, 1, 1, 1, 1, 1] in place of axis 0 of shape [2, 3]; a tensor has at most 8 axes and \(Int.max) elements"
        ) { x.taking(one.reshaped(1, 1, 1, 1, 1, 1, 1, 1)) }
        expectMisuse("takingAdjoint: upstream of shape [2, 3], where taking gives [1, 1, 3]") {
            takingAdjoint(of: x, indices: one, axis: 0, shape: [2, 3])
        }
        expectMisuse("takingAdjoint: not defined on bool; convert first") {
            takingAdjoint(of: x .> 0, indices: one, axis: 0, shape: [2, 3])
        }
        expectMisuse("takingAdjoint: index 5 at [0, 0] is out of range on axis 0 of shape [2, 3], which has size 2") {
            takingAdjoint(of: Tensor.zeros([1, 1, 3]), indices: one + 5, axis: 0, shape: [2, 3])
        }
        expectMisuse("gathered: index 2 at [0, 0] is out of range on axis 0 of shape [2, 3], which has size 2") {
            x.gathered(one + 2, along: 0)
        }
        expectMisuse("gathered: indices are int64; these are bool") { x.gathered(x .> 0, along: 0) }
        let others = "there are no more of them along the other axes"
        expectMisuse("gathered: indices of shape [1] along axis 0 of shape [2, 3]; \(others)") {
            x.gathered(Tensor([0], as: .int64), along: 0)
        }
        expectMisuse("gathered: indices of shape [3, 1] along axis 1 of shape [2, 3]; \(others)") {
            x.gathered(Tensor.zeros([3, 1], as: .int64), along: -1)
        }
        expectMisuse("scatterAdding: float64 to float32; both are of one type, and not bool") {
            x.scatterAdding(Tensor.zeros([1, 1], as: .float64), at: one, along: 0)
        }
        expectMisuse("scatterAdding: bool to bool; both are of one type, and not bool") {
            (x .> 0).scatterAdding(x .> 0, at: one, along: 0)
        }
        expectMisuse("scatterAdding: a source of shape [2, 3] and indices of [1, 1]; each element has its index") {
            x.scatterAdding(x, at: one, along: 0)
        }
        expectMisuse("scatterAdding: index -3 at [0, 0] is out of range on axis 0 of shape [2, 3], which has size 2") {
            x.scatterAdding(Tensor([[1]]), at: one - 3, along: 0)
        }
        expectMisuse("scatterAdding: indices of shape [1, 4] along axis 0 of shape [2, 3]; \(others)") {
            x.scatterAdding(Tensor.zeros([1, 4]), at: Tensor.zeros([1, 4], as: .int64), along: 0)
        }
        expectMisuse("gatheredAdjoint: axis 2 of shape [2, 3]; its axes are -2 to 1") {
            gatheredAdjoint(of: Tensor([[1]]), indices: one, axis: 2, shape: [2, 3])
        }
    }

    @Test func afterMisuseNothingIsReadOrWritten() {
        var x = Tensor([1, 2, 3])
        expectMisuse("taking: index 7 at [0] is out of range on axis 0 of shape [3], which has size 3") {
            let lost = x.taking(Tensor([7], as: .int64)).reshaped(3, 5).transposed().padded([1, 1], [0, 0])
            let more = x.scatterAdding(lost.flattened()[..<1], at: Tensor([0], as: .int64), along: 0)
            x[0] = maxPool2D(stack([lost, more]), kernel: 2).sum()
        }
        #expect(x == Tensor([1, 2, 3]))
    }
}
