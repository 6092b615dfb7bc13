import GradusTensor
import Testing
import _TestSupport

@Suite struct CreationTests {
    @Test func fromNestedArrays() {
        let row = Tensor([1, 2.5])
        #expect(row.shape == [2] && row.elementType == .float32 && row.array(of: Double.self) == [1, 2.5])
        #expect(Tensor([[1, 2, 3], [4, 5, 6]]).shape == [2, 3])
        #expect(Tensor([[1, 2], [3, 4]]).array(of: Int.self) == [1, 2, 3, 4])
        let three = Tensor([[[1, 2]], [[3, 4]], [[5, 6]]])
        #expect(three.shape == [3, 1, 2] && three.array(of: Int.self) == [1, 2, 3, 4, 5, 6])
        let four = Tensor([[[[1], [2]]], [[[3], [4]]]])
        #expect(four.shape == [2, 1, 2, 1] && four.array(of: Int.self) == [1, 2, 3, 4])
        #expect(Tensor(5).shape == [] && Tensor(5).item == 5)
    }

    @Test func fromEmptyArrays() {
        #expect(Tensor([]).shape == [0] && Tensor([]).elementType == .float32)
        #expect(Tensor([Double]()).shape == [0])
        #expect(Tensor([[Double]]()).shape == [0, 0])
        #expect(Tensor([[], []] as [[Double]]).shape == [2, 0])
        #expect(Tensor([[[]], [[]]] as [[[Double]]]).shape == [2, 1, 0])
        #expect(Tensor([Int]()).shape == [0])
        #expect(Tensor([Float](), shape: [2, 0]).shape == [2, 0])
    }

    @Test func theElementTypeIsTheOneNamed() {
        #expect(Tensor([0.1], as: .float64)[at: [0]] == 0.1)
        #expect(Tensor([0.1])[at: [0]] == Double(Float(0.1)))
        #expect(Tensor([1, -2], as: .int64).array(of: Int.self) == [1, -2])
        #expect(Tensor([0, 2, -0.5, .nan], as: .bool).array(of: Bool.self) == [false, true, true, true])
        #expect(Tensor([[1, 2]], as: .int64).elementType == .int64)
        #expect(Tensor(3, as: .bool).item == 1)
    }

    @Test func theElementTypeIsTheValues() {
        let ints: [Int] = [1, 2]
        let floats: [Float] = [0.5]
        let bools = [true, false]
        let doubles: [Double] = [0.1]
        #expect(Tensor(ints).elementType == .int64)
        #expect(Tensor(floats).elementType == .float32)
        #expect(Tensor(bools).elementType == .bool)
        #expect(Tensor(bools).array(of: Bool.self) == bools)
        // Doubles without a label are what literals are, and become the default type.
        #expect(Tensor(doubles).elementType == .float32)
        #expect(Tensor(doubles, shape: [1]).elementType == .float32)
        #expect(Tensor(ints, shape: [2, 1]).shape == [2, 1])
        #expect(Tensor([Int.min, Int.max]).array(of: Int.self) == [.min, .max])
        doubles.withUnsafeBufferPointer { buffer in
            #expect(Tensor(copying: buffer, shape: []).elementType == .float64)
            #expect(Tensor(copying: buffer, shape: []).item == 0.1)
        }
    }

    @Test func filled() {
        #expect(Tensor.zeros([2, 2]) == Tensor([[0, 0], [0, 0]]))
        #expect(Tensor.ones([2], as: .int64) == Tensor([1, 1] as [Int]))
        #expect(Tensor.full([3], 2.5, as: .float64) == Tensor([2.5, 2.5, 2.5], as: .float64))
        let x = Tensor([[1, 2]], as: .float64)
        #expect(Tensor.zeros(like: x) == Tensor([[0, 0]], as: .float64))
        #expect(Tensor.ones(like: x) == Tensor([[1, 1]], as: .float64))
        #expect(Tensor.full(like: x, .infinity) == Tensor([[.infinity, .infinity]], as: .float64))
        #expect(Tensor.full([0], 1).count == 0)
    }

    @Test func ranges() {
        #expect(Tensor.arange(0, 1, by: 0.25) == Tensor([0, 0.25, 0.5, 0.75]))
        #expect(Tensor.arange(5, 2, by: -1) == Tensor([5, 4, 3]))
        #expect(Tensor.arange(0, 1.1, by: 0.5) == Tensor([0, 0.5, 1]))
        #expect(Tensor.arange(2, 2).count == 0 && Tensor.arange(2, 1).count == 0)
        #expect(Tensor.arange(-2, 2, as: .int64) == Tensor([-2, -1, 0, 1] as [Int]))
        #expect(Tensor.arange(3) == Tensor([0, 1, 2] as [Int]) && Tensor.arange(-1).count == 0)
        #expect(Tensor.arange(0, 1, by: 0.1, as: .float64)[at: [-1]] == 9 * 0.1)
        #expect(Tensor.linspace(0, 1, count: 5) == Tensor([0, 0.25, 0.5, 0.75, 1]))
        #expect(Tensor.linspace(3, -3, count: 3) == Tensor([3, 0, -3]))
        #expect(Tensor.linspace(7, 8, count: 1) == Tensor([7]) && Tensor.linspace(7, 8, count: 0).count == 0)
        #expect(Tensor.linspace(0, 0.7, count: 50, as: .float64)[at: [-1]] == 0.7)
        // Long ones are made in parallel, by index and not by adding up.
        let long = atThreadCounts { Tensor.arange(0, 1e5, by: 0.7, as: .float64) }
        #expect(long[0] == long[1] && long[0] == long[2])
        #expect(long[0][at: [100_000]] == 100_000 * 0.7)
    }

    @Test func identityAndOneHot() {
        #expect(Tensor.eye(2) == Tensor([[1, 0], [0, 1]]))
        #expect(Tensor.eye(0).shape == [0, 0])
        #expect(Tensor.eye(3, as: .bool).array(of: Int.self) == [1, 0, 0, 0, 1, 0, 0, 0, 1])
        let labels = Tensor([[2, 0], [1, 1]] as [[Double]], as: .int64)
        #expect(Tensor.oneHot(labels, classes: 3) == Tensor([[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]]]))
        #expect(Tensor.oneHot(Tensor(1, as: .int64), classes: 2, as: .int64) == Tensor([0, 1] as [Int]))
        #expect(Tensor.oneHot(Tensor([Int]()), classes: 3).shape == [0, 3])
        #expect(Tensor.oneHot(Tensor([Int]()), classes: 0).shape == [0, 0])
    }

    @Test func misuse() {
        let cases: [(String, () -> Tensor)] = [
            ("Tensor: ragged nesting: part 0 has shape [2], part 1 [1]", { Tensor([[1, 2], [3]]) }),
            (
                "Tensor: ragged nesting: part 0 has shape [1, 2], part 1 [2, 2]",
                { Tensor([[[1, 2]], [[3, 4], [5, 6]]]) }
            ),
            (
                "Tensor: ragged nesting: part 0 has shape [1, 1, 0], part 1 [1, 0, 0]",
                { Tensor([[[[]]], [[]]] as [[[[Double]]]]) }
            ),
            ("Tensor: 2.5 (value 1) is not an int64", { Tensor([1, 2.5], as: .int64) }),
            ("Tensor: nan (value 0) is not an int64", { Tensor([.nan], as: .int64) }),
            ("Tensor: 3 values do not fill shape [2, 2], which has 4", { Tensor([1, 2, 3], shape: [2, 2]) }),
            ("Tensor: 1 values do not fill shape [0], which has 0", { Tensor([1] as [Int], shape: [0]) }),
            ("full: 2.5 is not an int64", { .full([2], 2.5, as: .int64) }),
            ("full: 1e+19 is not an int64", { Tensor(1e19, as: .int64) }),
            (
                "arange: from 0.0 to 1.0 by 0.0; bounds are finite, and the step is not 0",
                { .arange(0, 1, by: 0) }
            ),
            (
                "arange: from 0.0 to inf by 1.0; bounds are finite, and the step is not 0",
                { .arange(0, .infinity) }
            ),
            (
                "arange: from 0.0 to 1.0 by nan; bounds are finite, and the step is not 0",
                { .arange(0, 1, by: .nan) }
            ),
            ("arange: from 0.0 to 1e+30 by 1.0 is more elements than Int holds", { .arange(0, 1e30) }),
            ("arange: from 0.0 by 0.5 has no meaning as int64", { .arange(0, 2, by: 0.5, as: .int64) }),
            ("arange: from 9e+18 by 3e+17 has no meaning as int64", { .arange(9e18, 9.9e18, by: 3e17, as: .int64) }),
            ("arange: from 0.0 by 1.0 has no meaning as bool", { .arange(0, 2, as: .bool) }),
            (
                "linspace: -1 numbers from 0.0 to 1.0; the count is 0 or more, the bounds finite",
                { .linspace(0, 1, count: -1) }
            ),
            (
                "linspace: 2 numbers from -1e+308 to 1e+308; the count is 0 or more, the bounds finite",
                { .linspace(-1e308, 1e308, count: 2) }
            ),
            (
                "linspace: not defined as int64; make floats and convert",
                { .linspace(0, 1, count: 2, as: .int64) }
            ),
            ("eye: -1 rows; the number is 0 or more", { .eye(-1) }),
            ("oneHot: labels are int64; these are float32", { .oneHot(Tensor([1]), classes: 2) }),
            (
                "oneHot: label 3 (label 1) is outside 0..<3",
                { .oneHot(Tensor([0, 3] as [Int]), classes: 3) }
            ),
            (
                "oneHot: label -1 (label 0) is outside 0..<3",
                { .oneHot(Tensor([-1] as [Int]), classes: 3) }
            ),
            ("oneHot: -1 classes; the number is 0 or more", { .oneHot(Tensor([0] as [Int]), classes: -1) }),
        ]
        for (message, body) in cases { #expect(misuseMessage(body) == message) }
    }
}
