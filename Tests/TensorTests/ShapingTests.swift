import GradusTensor
import Testing
import _TestSupport

@Suite struct ShapingTests {
    private func address(_ x: Tensor) -> UnsafeRawPointer { x.withPointer { $0 } }

    @Test func reshapingKeepsOrderAndFillsInTheOpenSize() {
        let x = Tensor.arange(24)
        #expect(x.reshaped(2, -1, 4).shape == [2, 3, 4])
        #expect(x.reshaped(to: [4, 6]).array(of: Int.self) == Array(0..<24))
        #expect(x.reshaped(to: Shape([24, 1])).shape == [24, 1])
        #expect(x.reshaped(-1).shape == [24])
        #expect(Tensor(3).reshaped(1, 1).shape == [1, 1])
        #expect(Tensor([3]).reshaped(to: [Int]()).shape == [])
        #expect(Tensor(3).reshaped(-1).shape == [1])
        #expect(Tensor.zeros([0, 3]).reshaped(5, 0).shape == [5, 0])
        #expect(Tensor.zeros([0, 3]).reshaped(-1, 3).shape == [0, 3])
        #expect(Tensor.zeros([0]).reshaped(to: [Int.max, 0, Int.max]).shape == Shape([Int.max, 0, Int.max]))
    }

    @Test func flatteningSqueezingExpanding() {
        let x = Tensor.zeros([2, 3, 4])
        #expect(x.flattened().shape == [24])
        #expect(x.flattened(from: 1).shape == [2, 12])
        #expect(x.flattened(through: 1).shape == [6, 4])
        #expect(x.flattened(from: -2, through: -2).shape == [2, 3, 4])
        #expect(Tensor(1).flattened().shape == [1])
        #expect(Tensor.zeros([2, 0, 3]).flattened(from: 1).shape == [2, 0])
        let y = Tensor.zeros([1, 3, 1, 2])
        #expect(y.squeezed().shape == [3, 2])
        #expect(y.squeezed(0).shape == [3, 1, 2])
        #expect(y.squeezed(-2).shape == [1, 3, 2])
        #expect(Tensor.zeros([1, 1]).squeezed().shape == [])
        #expect(Tensor(1).squeezed().shape == [])
        #expect(x.expanded(at: 0).shape == [1, 2, 3, 4])
        #expect(x.expanded(at: 3).shape == [2, 3, 4, 1])
        #expect(x.expanded(at: -1).shape == [2, 3, 4, 1])
        #expect(x.expanded(at: -4).shape == [1, 2, 3, 4])
        #expect(x.expanded(at: -2).shape == [2, 3, 1, 4])
        #expect(Tensor(1).expanded(at: 0).shape == [1])
    }

    @Test func viewsCopyNothing() {
        // Small enough to lie inside its storage object, and from the pool.
        for rows in [2, 200] {
            let x = Tensor.arange(rows * 6).reshaped(rows, 2, 3)
            for view in [
                x.reshaped(-1), x.flattened(from: 1), x.expanded(at: 1), x.expanded(at: 1).squeezed(), x[0...],
                x.slice(along: 0), x.permuted(0, 1, 2), x.expanded(at: 0).permuted(1, 0, 2, 3), x.tiled([1, 1, 1]),
                x.broadcast(to: [1, rows, 2, 3]), x.slice(along: 0, from: 0, to: 1), x.flipped(along: []),
                x.padded([0, 0, 0], [0, 0, 0]), x.split(into: rows)[0], concatenate([x]),
                x.reshaped(rows * 2, 3, 1).transposed(),
            ] {
                #expect(address(view) == address(x), "\(view.shape)")
            }
            #expect(address(x.slice(along: 0, from: 1)) == address(x) + 48)
            #expect(address(x[1].slice(along: 0, from: 1)) == address(x) + 72)
            #expect(address(x.split(into: rows)[1]) == address(x) + 48)
            #expect(address(x.slice(along: 1, from: 1)) != address(x) + 24)
        }
    }

    @Test func writingToAViewLeavesTheOriginal() {
        for rows in [2, 100] {
            let x = Tensor.arange(rows * 4).reshaped(rows, 4)
            let before = x.array(of: Int.self)
            for view in [
                x.reshaped(-1), x.slice(along: 0, from: 1), x.expanded(at: 0), x.split(into: rows)[0], x[0...],
            ] {
                var changed = view
                let kept = view.array(of: Int.self)
                changed[0] = Tensor(-9, as: .int64)
                #expect(changed.array(of: Int.self)[0] == -9)
                #expect(x.array(of: Int.self) == before)
                #expect(view.array(of: Int.self) == kept)
            }
            var original = x
            let view = original.reshaped(4, rows)
            original[0] = Tensor(-1, as: .int64)
            #expect(view.array(of: Int.self) == before)
            #expect(original.array(of: Int.self) == [-1, -1, -1, -1] + before[4...])
        }
    }

    @Test func aViewOutlivesItsOriginal() {
        func make() -> Tensor { Tensor.arange(1000).reshaped(10, 100).slice(along: 0, from: 9).reshaped(4, 25) }
        let view = make()
        let others = (0..<10).map { _ in Tensor.zeros([1000], as: .int64) }
        #expect(view.array(of: Int.self) == Array(900..<1000))
        #expect(others.count == 10)
    }

    @Test func misuse() {
        let x = Tensor.zeros([2, 3])
        expectMisuse("reshaped: shape [2, 3] has 6 elements, [4, 2] has 8") { x.reshaped(4, 2) }
        expectMisuse("reshaped: shape [2, 3] has 6 elements, [4] has 4") { x.reshaped(to: Shape([4])) }
        expectMisuse("reshaped: shape [2, 3] to [-1, -1]; one size at most is left open as -1") { x.reshaped(-1, -1) }
        expectMisuse("reshaped: shape [0, 3] to [0, -1]; beside a size of 0 any other would do for -1") {
            Tensor.zeros([0, 3]).reshaped(0, -1)
        }
        expectMisuse("reshaped: shape [2, 3] to [0, -1]; beside a size of 0 any other would do for -1") {
            x.reshaped(0, -1)
        }
        expectMisuse("reshaped: shape [2, 3] has 6 elements, which no size for -1 makes [4, -1]") { x.reshaped(4, -1) }
        expectMisuse("reshaped: shape [2, 3] has 6 elements, which no size for -1 makes [\(Int.max), 2, -1]") {
            x.reshaped(Int.max, 2, -1)
        }
        expectMisuse("reshaped: shape [2, 3] to [-2, -3]; sizes are not negative, but for one -1") {
            x.reshaped(-2, -3)
        }
        expectMisuse("reshaped: shape [2, 3] has 6 elements, which no size for -1 makes [-6, -1]") {
            x.reshaped(-6, -1)
        }
        expectMisuse(
            "reshaped: shape [2, 3] to [\(Int.max), \(Int.max)]; a shape has at most 8 axes and \(Int.max) elements"
        ) { x.reshaped(Int.max, Int.max) }
        expectMisuse(
            "reshaped: shape [2, 3] to [6, 1, 1, 1, 1, 1, 1, 1, 1]; a shape has at most 8 axes and \(Int.max) elements"
        ) { x.reshaped(6, 1, 1, 1, 1, 1, 1, 1, 1) }
        expectMisuse("flattened: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.flattened(from: 2) }
        expectMisuse("flattened: axis 1 of shape []; its axes are none") { Tensor(1).flattened(from: 1) }
        expectMisuse("flattened: from axis 1 through 0 of shape [2, 3]; the first is not after the last") {
            x.flattened(from: 1, through: 0)
        }
        expectMisuse("flattened: axes 1 through 2 of shape [0, \(Int.max), 2] are more elements than Int holds") {
            Tensor.zeros([0, .max, 2]).flattened(from: 1)
        }
        expectMisuse("squeezed: axis -1 of shape [2, 3] has size 3, not 1") { x.squeezed(-1) }
        expectMisuse("squeezed: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.squeezed(2) }
        expectMisuse("expanded: a new axis 3 for shape [2, 3]; it may be -3 to 2") { x.expanded(at: 3) }
        expectMisuse("expanded: a new axis -4 for shape [2, 3]; it may be -3 to 2") { x.expanded(at: -4) }
        expectMisuse("expanded: shape [1, 1, 1, 1, 1, 1, 1, 1] has 8 axes, and no tensor has more") {
            Tensor.zeros([1, 1, 1, 1, 1, 1, 1, 1]).expanded(at: 0)
        }
    }
}
