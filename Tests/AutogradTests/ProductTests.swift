import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// Products and running products are polynomials, smooth at zeros too: there finite differences judge them to order 3.

@Suite struct ProductTests {
    private static let vectors: [[Double]] = [
        [1.5], [0], [1.5, -0.5, 2], [1.5, 0, -2, 0.5], [1.5, 0, -2, 0], [0, 0, 2, -1], [0, 0.5, 0, 0], [0, 0, 0, 0],
        [-0.0, 2, 0.0, 3],
    ]

    @Test(arguments: vectors)
    func exactAtZeros(_ values: [Double]) {
        let x = Tensor(values, as: .float64)
        expectGradients(of: { $0.product() }, at: x, order: 3)
        expectGradients(of: { $0.cumulativeProduct(along: 0) }, at: x, order: 3)
        expectGradients(of: { $0.cumulativeProduct(along: 0, reversed: true) }, at: x, order: 3)
    }

    @Test func exactAtZerosAlongSeveralAxes() {
        let x = Tensor([1.5, 0, 2, -1, 0.5, 0.75, 0, 0, 2, 1, -2, 0.25], shape: [2, 3, 2], as: .float64)
        for axes in [nil, [0], [1], [2], [0, 1], [0, 2], [2, 1]] as [[Int]?] {
            expectGradients(of: { $0.product(along: axes) }, at: x, order: 2, "\(axes.map { "\($0)" } ?? "all")")
        }
        for axis in 0..<3 {
            expectGradients(of: { $0.cumulativeProduct(along: axis) }, at: x, order: 2, "axis \(axis)")
        }
    }

    @Test func theGradientIsTheProductOfTheOthersToTheBit() {
        for values in [[2, 0, 3], [0, 0, 3], [0, 0, 0], [2, 5, 3]] as [[Double]] {
            let x = Variable(Tensor(values))
            let others = values.indices.map { i in
                values.indices.reduce(1.0) { $1 == i ? $0 : $0 * values[$1] }
            }
            #expect(gradients(of: x.product(), at: [x])[0]!.value == Tensor(others))
        }
    }

    @Test func runningSumsAndProductsEitherWay() {
        var generator = TensorGenerator(seed: 21)
        for (shape, axis) in [([4], 0), ([2, 3], 0), ([2, 3], -1), ([2, 3, 2], 1), ([3, 1], 1), ([0, 2], 0)]
            as [(Shape, Int)]
        {
            for reversed in [false, true] {
                let x = generator.tensor(shape)
                let comment = "\(shape) along \(axis)\(reversed ? ", reversed" : "")"
                expectGradients(of: { $0.cumulativeSum(along: axis, reversed: reversed) }, at: x, comment)
                expectGradients(of: { $0.cumulativeProduct(along: axis, reversed: reversed) }, at: x, comment)
            }
        }
    }

    @Test func recurrences() {
        var generator = TensorGenerator(seed: 23)
        for (shape, axis) in [([4], 0), ([1], 0), ([2, 3], 1), ([3, 2], 0), ([0, 2], 0)] as [(Shape, Int)] {
            for reversed in [false, true] {
                expectGradients(
                    of: { linearRecurrence($0, $1, along: axis, reversed: reversed) }, at: generator.tensor(shape),
                    generator.tensor(shape), order: 3, "\(shape) along \(axis)\(reversed ? ", reversed" : "")")
            }
        }
    }

    @Test func singlePrecisionUpdatesAndThreads() {
        var generator = TensorGenerator(seed: 22)
        let functions: [(String, ([Variable]) -> Variable)] = [
            ("sum", { $0[0].cumulativeSum(along: 1) }),
            ("reversed sum", { $0[0].cumulativeSum(along: 1, reversed: true) }),
            ("product", { $0[0].cumulativeProduct(along: 1) }),
            ("reversed product", { $0[0].cumulativeProduct(along: 1, reversed: true) }),
        ]
        let x = generator.tensor([3, 20, 2], in: 0.7...1.4)
        for (name, function) in functions {
            expectSingleNearDouble(of: function, at: [x], relative: 4e-6, name)
            expectUnmovedByUpdates(of: function, at: [x], name)
            expectSameBitsAtAnyThreadCount(of: function, at: [x], order: 2, name)
        }
    }

    @Test func misuse() {
        let x = Variable([1, 2])
        #expect(
            misuseMessage { x.cumulativeSum(along: 1).sum().backward() }
                == "cumulativeSum: axis 1 of shape [2]; its axes are -1 to 0")
        #expect(
            misuseMessage { x.cumulativeProduct(along: -2).sum().backward() }
                == "cumulativeProduct: axis -2 of shape [2]; its axes are -1 to 0")
        #expect(x.gradient == nil)
    }
}
