import GradusTensor
import Testing
import _TestSupport

@Suite struct ShapeTests {
    @Test func countsAndRanks() {
        #expect(Shape().rank == 0 && Shape().count == 1)
        let shape: Shape = [2, 3, 4]
        #expect(shape.rank == 3 && shape.count == 24)
        #expect(([0, 3] as Shape).count == 0)
        #expect(shape[0] == 2 && shape[-1] == 4 && shape[-3] == 2)
        #expect(shape.first == 2 && shape.last == 4 && shape.indices == 0..<3)
        #expect(Shape().first == nil && Shape().last == nil)
        #expect(shape[1...] == [3, 4] && shape[..<1] == [2] && shape[3...] == [])
        #expect(shape.description == "[2, 3, 4]" && Shape().description == "[]")
        #expect(shape.strides == [12, 4, 1] && Shape().strides == [])
    }

    @Test func isASequenceOfItsSizes() {
        let shape: Shape = [2, 3, 4]
        #expect(Array(shape) == [2, 3, 4])
        #expect(shape.map { $0 * 2 } == [4, 6, 8])
        #expect(shape.reversed() == [4, 3, 2])
        #expect(Shape(shape.dropFirst()) == [3, 4])
        #expect(Shape(Array(shape)) == shape)
    }

    @Test func equalsItselfAlone() {
        #expect(([2, 3] as Shape) != [3, 2])
        #expect(([1] as Shape) != [] && ([1] as Shape) != [1, 1])
        #expect(([0, 1] as Shape) != [1, 0])
        #expect(Set<Shape>([[2, 3], [2, 3], [3, 2], []]).count == 3)
    }

    @Test func axesAreChanged() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.replacing(1, with: 7) == [2, 7, 4])
        #expect(shape.removing(0) == [3, 4] && shape.removing(2) == [2, 3])
        #expect(shape.inserting(5, at: 0) == [5, 2, 3, 4] && shape.inserting(5, at: 3) == [2, 3, 4, 5])
    }

    @Test func broadcasts() {
        let cases: [(Shape, Shape, Shape?)] = [
            ([], [], []), ([], [3], [3]), ([2, 3], [3], [2, 3]), ([2, 1], [1, 3], [2, 3]),
            ([4, 0], [4, 1], [4, 0]), ([0], [1], [0]), ([1, 1], [], [1, 1]), ([5, 1, 2], [3, 1], [5, 3, 2]),
            ([2], [3], nil), ([0], [2], nil), ([2, 3], [2], nil), ([2, 3], [4, 3], nil),
        ]
        for (a, b, common) in cases {
            #expect(a.broadcast(with: b) == common, "\(a) with \(b)")
            #expect(b.broadcast(with: a) == common, "\(b) with \(a)")
        }
    }

    @Test func hugeSizesBesideAnEmptyOne() {
        let shape: Shape = [0, 1 << 40, 1 << 40]
        #expect(shape.count == 0)
        #expect(shape.strides.count == 3)
        #expect(Tensor.zeros(shape).count == 0)
    }

    @Test func packingsOfManyAxes() {
        // Four axes by 4 bytes, up to eight by 2, and what has no room in 16 bytes.
        let sizes = [[7, 1, 65_535, 2], [3, 65_536, 1, 4], [0, 65_535, 65_536, 1]]
        for four in sizes {
            var shape = Shape(four)
            for size in [5, 1, 65_535, 0] {
                let before = Array(shape)
                shape.append(size)
                let all = before + [size]
                #expect(Array(shape) == all && shape == Shape(all) && shape.rank == all.count)
                #expect(shape.count == all.reduce(1) { $0 &* $1 } && shape.last == size)
                #expect(shape.removing(0) == Shape(all.dropFirst()) && shape.hashValue == Shape(all).hashValue)
                #expect(shape.replacing(1, with: 70_000) == Shape([all[0], 70_000] + all[2...]))
                #expect(shape != Shape(before) && shape != Shape(all.dropLast() + [size + 1]))
            }
        }
        #expect(([1, 1, 1, 1, 2] as Shape) != [1, 1, 1, 2] && ([2, 1, 1, 1, 1] as Shape) != [2])
        #expect(([2, 3, 1, 1, 1, 1, 1, 1] as Shape) != [3, 2, 1, 1, 1, 1, 1, 1])
        #expect(Tensor.ones([2, 1, 3, 1, 2]).sum(along: 2).shape == [2, 1, 1, 2])
    }

    @Test func sizesBeyond32Bits() {
        let (four, five) = (1 << 32, 5 << 32)
        let shape: Shape = [3, four, 1]
        #expect(Array(shape) == [3, four, 1] && shape.count == 3 << 32 && shape.strides == [four, 1, 1])
        #expect(shape == [3, four, 1] && shape != [3, 1, four] && shape != [3, four] && shape != [4, four, 1])
        #expect(shape.replacing(1, with: 2) == [3, 2, 1] && shape.replacing(1, with: five) == [3, five, 1])
        #expect(shape.removing(1) == [3, 1] && ([2, 3] as Shape).inserting(five, at: 0) == [five, 2, 3])
        #expect(Shape([1, 1, 1, 1, 1, 1, five, 1]).last == 1 && Shape([1, 1, 1, 1, 1, 1, 1, five]).last == five)
        #expect(
            ([four - 1, 1] as Shape).first == four - 1 && ([five] as Shape) == [five] && ([five] as Shape) != [four])
        #expect(([0, five, five] as Shape) == [0, five, five] && ([0, five] as Shape) != [0, four])
        #expect(Set<Shape>([[four], [five], [four], [four, 1]]).count == 3)
        #expect(Tensor.zeros([0, five])[0..<0].shape == [0, five])
    }

    @Test func misuse() {
        let cases: [(String, () -> Void)] = [
            (
                "shape: at most 8 axes; [1, 1, 1, 1, 1, 1, 1, 1] has no room for one of size 2",
                { _ = Shape([1, 1, 1, 1, 1, 1, 1, 1, 2]) }
            ),
            ("shape: a size of -1 along axis 1; sizes are 0 or more", { _ = Shape([2, -1]) }),
            (
                "shape: [4611686018427387904] by 2 is more elements than Int holds",
                { _ = Shape([1 << 62, 2]) }
            ),
            ("shape: there is no axis 2 in [2, 3]; its axes are -2 to 1", { _ = ([2, 3] as Shape)[2] }),
            ("shape: there is no axis -3 in [2, 3]; its axes are -2 to 1", { _ = ([2, 3] as Shape)[-3] }),
            ("shape: there is no axis 0 in []; its axes are none", { _ = Shape()[0] }),
            ("shape: axes 1..<4 of [2, 3], which has 2", { _ = ([2, 3] as Shape)[1..<4] }),
        ]
        for (message, body) in cases { #expect(misuseMessage(body) == message) }
    }
}
