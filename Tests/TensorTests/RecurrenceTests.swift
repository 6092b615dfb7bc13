import GradusTensor
import Testing
import _TestSupport

@Suite struct RecurrenceTests {
    /// The definition, element by element.
    private func reference(_ a: Tensor, _ b: Tensor, _ axis: Int, reversed: Bool) -> [Double] {
        let shape = a.shape
        let inner = shape[(axis + 1)...].reduce(1, *)
        let n = shape[axis]
        let (factors, terms) = (a.array(of: Double.self), b.array(of: Double.self))
        var y = terms
        for place in reversed ? Array((0..<y.count).reversed()) : Array(0..<y.count) {
            let index = place / inner % n
            guard index != (reversed ? n - 1 : 0) else { continue }
            y[place] += factors[place] * y[place + (reversed ? inner : -inner)]
        }
        return y
    }

    @Test func alongEveryAxisEitherWay() {
        var generator = TensorGenerator(seed: 61)
        for shape in [[5], [1], [0], [3, 4], [4, 1], [2, 3, 4], [2, 0, 3], [3, 300]] as [Shape] {
            for axis in shape.indices {
                for reversed in [false, true] {
                    let (a, b) = (generator.tensor(shape), generator.tensor(shape))
                    let expected = reference(a, b, axis, reversed: reversed)
                    expectClose(linearRecurrence(a, b, along: axis, reversed: reversed), expected, relative: 1e-14)
                    let single = linearRecurrence(
                        a.converted(to: .float32), b.converted(to: .float32), along: axis - shape.rank,
                        reversed: reversed)
                    #expect(single.elementType == .float32)
                    expectClose(single, expected, relative: 1e-4, absolute: 1e-4)
                }
            }
        }
    }

    @Test func theFirstFactorTakesNoPart() {
        let b = Tensor([1, 2, 3])
        #expect(linearRecurrence(Tensor([.infinity, 1, 1]), b, along: 0) == Tensor([1, 3, 6]))
        #expect(linearRecurrence(Tensor([1, 1, .nan]), b, along: 0, reversed: true) == Tensor([6, 5, 3]))
    }

    @Test func threadsDoNotChangeBits() {
        var generator = TensorGenerator(seed: 62)
        let (a, b) = (generator.tensor([3, 50, 70]), generator.tensor([3, 50, 70]))
        for axis in 0..<3 {
            let results = atThreadCounts { linearRecurrence(a, b, along: axis) }
            for other in results.dropFirst() { expectIdentical(other, results[0]) }
        }
    }

    @Test func misuse() {
        let x = Tensor([1, 2])
        #expect(
            misuseMessage { linearRecurrence(x, x, along: 1) }
                == "linearRecurrence: axis 1 of shape [2]; its axes are -1 to 0")
        #expect(
            misuseMessage { linearRecurrence(x, Tensor([1]), along: 0) }
                == "linearRecurrence: float32 of shape [2] and float32 of [1]; shapes and float types are the same")
    }
}
