import GradusTensor
import Testing
import _TestSupport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite struct SoftmaxTests {
    @Test(arguments: [ElementType.float32, .float64]) func randomShapes(_ type: ElementType) {
        var generator = TensorGenerator(seed: 20)
        for _ in 0..<200 {
            let shape = generator.shapeForReduction()
            guard shape.rank > 0 else { continue }
            let axis = generator.index(below: 2 * shape.rank) - shape.rank
            let x = 3 * generator.tensor(shape, as: type)
            let softmax = lines(of: x, along: [axis]).map { line in
                let powers = line.map { exp($0) }, sum = powers.reduce(0, +)
                return powers.map { $0 / sum }
            }
            let expected = tensor(of: softmax, along: axis, shape, as: type)
            let logarithms = tensor(of: softmax.map { $0.map { log($0) } }, along: axis, shape, as: type)
            let tolerance = type == .float32 ? 1e-6 : 1e-13
            expectClose(x.softmax(along: axis), expected, relative: tolerance, "\(shape) along \(axis)")
            expectClose(
                x.logSoftmax(along: axis), logarithms, relative: tolerance, absolute: tolerance,
                "\(shape) along \(axis)")
        }
    }

    @Test func extremes() {
        let large = Tensor([1e4, 1e4 - 1, -1e4])
        expectClose(large.softmax(), [0.7310585786300049, 0.2689414213699951, 0], relative: 1e-6)
        expectClose(large.logSoftmax(), [-0.31326168751822286, -1.3132616875182228, -20000.31326], relative: 1e-6)
        // Lines side by side take another way than lines one behind the other.
        for x in [Tensor([[-.infinity, -.infinity]]), Tensor([[1, .infinity]]), Tensor([[.nan, 1]])] {
            #expect(isNaN(x.softmax()).all())
            #expect(x.logSoftmax()[at: [0, 1]].isNaN)
            let columns = concatenate([x.transposed(), Tensor([[1], [2]])], along: 1)
            #expect(columns.softmax(along: 0)[at: [0, 0]].isNaN && columns.softmax(along: 0)[at: [1, 0]].isNaN)
            expectClose(columns.softmax(along: 0)[1][1], Tensor(0.7310585786300049), relative: 1e-6)
        }
        let masked = Tensor([0, -.infinity, 0])
        #expect(masked.softmax() == Tensor([0.5, 0, 0.5]))
        #expect(masked.logSoftmax()[at: [1]] == -.infinity)
        #expect(Tensor([[5], [7]]).softmax() == Tensor([[1], [1]]))
        #expect(Tensor([[5], [7]]).logSoftmax() == Tensor([[0], [0]]))
        #expect(Tensor.zeros([2, 0]).softmax().shape == [2, 0])
        #expect(Tensor.zeros([0, 2]).logSoftmax().shape == [0, 2])
    }

    /// Wherever in a line it stands: where many numbers are looked at together, among the last few, and side by side.
    @Test(arguments: [5, 16, 31, 32, 40, 70, 1030]) func oneThatIsNoNumberMakesItsLineSo(_ n: Int) {
        for place in Set([0, 1, n / 2, n - 2, n - 1]) {
            for odd in [Double.nan, .infinity] {
                var x = Tensor.linspace(-3, 2, count: 3 * n).reshaped(to: [3, n])
                x[at: [1, place]] = odd
                for (lines, axis) in [(x, 1), (x.transposed(), 0)] {
                    for y in [lines.softmax(along: axis), lines.logSoftmax(along: axis)] {
                        let odds = isNaN(axis == 1 ? y : y.transposed())
                        #expect(odds[1].all() && !odds[0].any() && !odds[2].any())
                    }
                }
            }
        }
    }

    @Test func misuse() {
        #expect(misuseMessage { Tensor(1).softmax() } == "softmax: axis -1 of shape []; its axes are none")
        #expect(
            misuseMessage { Tensor.zeros([2, 3]).logSoftmax(along: 2) }
                == "logSoftmax: axis 2 of shape [2, 3]; its axes are -2 to 1")
        #expect(
            misuseMessage { Tensor.zeros([2], as: .int64).softmax() }
                == "softmax: not defined on int64; convert first")
    }

    @Test func theSameAtAnyThreadCount() {
        var generator = TensorGenerator(seed: 21)
        for (shape, axis) in [([300, 130], 1), ([130, 300], 0), ([4, 50, 70], 1), ([9001], 0)] as [(Shape, Int)] {
            let x = generator.tensor(shape, as: .float32)
            let results = atThreadCounts { [x.softmax(along: axis), x.logSoftmax(along: axis)] }
            for result in results + [[x.softmax(along: axis), x.logSoftmax(along: axis)]] {
                expectIdentical(result[0], results[0][0])
                expectIdentical(result[1], results[0][1])
            }
        }
    }
}
