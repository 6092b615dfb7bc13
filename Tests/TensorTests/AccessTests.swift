import GradusTensor
import Testing
import _TestSupport

@Suite struct AccessTests {
    @Test func item() {
        #expect(Tensor(2.5).item == 2.5)
        #expect(Tensor([[7]], as: .int64).item == 7)
        #expect(Tensor([true]).item == 1 && Tensor([false]).item == 0)
        #expect(Tensor([0.1], as: .float64).item == 0.1)
        #expect(
            misuseMessage { Tensor([1, 2]).item } == "item: one element is wanted, and shape [2] has 2")
        #expect(
            misuseMessage { Tensor.zeros([0]).item } == "item: one element is wanted, and shape [0] has 0")
    }

    @Test func arrays() {
        let x = Tensor([[1.5, -2.5], [0, 3]])
        #expect(x.array(of: Float.self) == [1.5, -2.5, 0, 3])
        #expect(x.array(of: Double.self) == [1.5, -2.5, 0, 3])
        #expect(x.array(of: Int.self) == [1, -2, 0, 3])
        #expect(x.array(of: Bool.self) == [true, true, false, true])
        #expect(Tensor.zeros([0, 2]).array(of: Double.self) == [])
        #expect(Tensor([true, false]).array(of: Double.self) == [1, 0])
        #expect(Tensor([Int.max]).array(of: Int.self) == [.max])
    }

    @Test func elements() {
        var x = Tensor([[1, 2, 3], [4, 5, 6]])
        #expect(x[at: [1, 2]] == 6 && x[at: [-1, -3]] == 4)
        x[at: [0, -1]] = 30
        x[at: [1, 0]] *= 10
        #expect(x == Tensor([[1, 2, 30], [40, 5, 6]]))
        var scalar = Tensor(1)
        scalar[at: []] = 2
        #expect(scalar.item == 2 && scalar[at: []] == 2)
        var mask = Tensor([true, true])
        mask[at: [0]] = 0
        #expect(mask.array(of: Bool.self) == [false, true])
        var labels = Tensor([1, 2] as [Int])
        labels[at: [1]] = -5
        #expect(labels.array(of: Int.self) == [1, -5])
    }

    @Test func rows() {
        let x = Tensor([[1, 2], [3, 4], [5, 6]])
        #expect(x[0] == Tensor([1, 2]) && x[-1] == Tensor([5, 6]) && x[1][0] == Tensor(3))
        #expect(x[1...2] == Tensor([[3, 4], [5, 6]]) && x[..<1] == Tensor([[1, 2]]) && x[2...] == Tensor([[5, 6]]))
        #expect(x[1..<1].shape == [0, 2] && x[3...].shape == [0, 2] && x[...0] == Tensor([[1, 2]]))
        #expect(Tensor.zeros([2, 0])[1].shape == [0])
        #expect(Tensor.zeros([0, 2])[0...].shape == [0, 2] && Tensor.zeros([0, 2])[0..<0].shape == [0, 2])
        #expect(Tensor([true, false])[1].elementType == .bool)
    }

    @Test func rowsAreSet() {
        var x = Tensor.zeros([3, 2])
        x[0] = Tensor([1, 2])
        x[-1] = Tensor(9)
        #expect(x == Tensor([[1, 2], [0, 0], [9, 9]]))
        x[0...1] = Tensor([[5], [6]])
        #expect(x == Tensor([[5, 5], [6, 6], [9, 9]]))
        x[1...] = Tensor([7, 8])
        #expect(x == Tensor([[5, 5], [7, 8], [7, 8]]))
        x[0] += 1
        #expect(x[0] == Tensor([6, 6]))
        x[1..<1] = Tensor(3)
        var labels = Tensor([1, 2, 3] as [Int])
        labels[1] = Tensor(20, as: .int64)
        #expect(labels.array(of: Int.self) == [1, 20, 3])
    }

    @Test func misuse() {
        var x = Tensor([[1, 2], [3, 4]])
        let before = x
        let cases: [(String, () -> Void)] = [
            ("subscript: index 2 on axis 0 of shape [2, 2] is out of range", { _ = x[2] }),
            ("subscript: index -3 on axis 0 of shape [2, 2] is out of range", { _ = x[-3] }),
            ("subscript: a tensor of shape [] has no axis to index; item reads it", { _ = Tensor(1)[0] }),
            ("subscript: a tensor of shape [] has no axis to slice; item reads it", { _ = Tensor(1)[0...] }),
            (
                "subscript: range 1..<3 on axis 0 of shape [2, 2] is out of range; bounds are 0 to 2",
                { _ = x[1...2] }
            ),
            (
                "subscript: range 3..<2 on axis 0 of shape [2, 2] is out of range; bounds are 0 to 2",
                { _ = x[3...] }
            ),
            (
                "subscript: range -1..<1 on axis 0 of shape [2, 2] is out of range; bounds are 0 to 2",
                { _ = x[-1..<1] }
            ),
            (
                "subscript: range 0..<-1 on axis 0 of shape [2, 2] is out of range; bounds are 0 to 2",
                { _ = x[..<(-1)] }
            ),
            (
                "subscript: range -2..<2 on axis 0 of shape [2, 2] is out of range; bounds are 0 to 2",
                { x[(-2)...] = Tensor(1) }
            ),
            ("subscript: 1 indices for shape [2, 2]; one an axis is wanted", { _ = x[at: [1]] }),
            ("subscript: index 2 on axis 1 of shape [2, 2] is out of range", { _ = x[at: [0, 2]] }),
            ("subscript: index -3 on axis 0 of shape [2, 2] is out of range", { x[at: [-3, 0]] = 1 }),
            ("subscript: index 5 on axis 0 of shape [2, 2] is out of range", { x[5] = Tensor(1) }),
            ("subscript: shape [3] does not broadcast to the slice's [2]", { x[0] = Tensor([1, 2, 3]) }),
            ("subscript: shape [1, 2] does not broadcast to the slice's [2]", { x[0] = Tensor([[1, 2]]) }),
            (
                "subscript: float64 set in a tensor of float32; convert it with converted(to:)",
                { x[0] = Tensor([1, 2], as: .float64) }
            ),
            (
                "subscript: 1.5 is not an int64",
                {
                    var labels = Tensor([1] as [Int])
                    labels[at: [0]] = 1.5
                }
            ),
        ]
        for (message, body) in cases { #expect(misuseMessage(body) == message) }
        #expect(x == before)
    }
}

@Suite struct ConversionTests {
    @Test func toItsOwnTypeSharesTheElements() {
        let x = Tensor.ones([100])
        x.withPointer { a in x.converted(to: .float32).withPointer { b in #expect(a == b) } }
    }

    @Test func betweenAllTypes() {
        let numbers = Tensor([0, 1, -1, 2.75, -2.75], as: .float64)
        #expect(numbers.converted(to: .float32) == Tensor([0, 1, -1, 2.75, -2.75]))
        #expect(numbers.converted(to: .int64) == Tensor([0, 1, -1, 2, -2] as [Int]))
        #expect(numbers.converted(to: .bool) == Tensor([false, true, true, true, true]))
        for type in ElementType.allCases {
            // Whatever the way, 0 and 1 come back as they were.
            let bits = Tensor([0, 1, 1], as: type)
            for other in ElementType.allCases { #expect(bits.converted(to: other).converted(to: type) == bits) }
        }
        #expect(Tensor([0.1], as: .float64).converted(to: .float32).converted(to: .float64).item == Double(Float(0.1)))
        #expect(Tensor([1e300], as: .float64).converted(to: .float32).item == .infinity)
        #expect(Tensor([.nan]).converted(to: .bool) == Tensor([true]))
        #expect(Tensor([Double.nan]).converted(to: .float64).item.isNaN)
        #expect(Tensor([Int.max]).converted(to: .float64).item == 0x1p63)
        #expect(Tensor([-0x1p63], as: .float64).converted(to: .int64) == Tensor([Int.min]))
        #expect(Tensor.zeros([0, 2]).converted(to: .int64).shape == [0, 2])
    }

    @Test func whatIsNoIntegerIsMisuse() {
        let cases: [(Tensor, String)] = [
            (Tensor([1, .nan]), "converted: nan (element 1) is not an int64"),
            (Tensor([.infinity]), "converted: inf (element 0) is not an int64"),
            (Tensor([0, 0, -.infinity], as: .float64), "converted: -inf (element 2) is not an int64"),
            (Tensor([0x1p63]), "converted: 9.223372036854776e+18 (element 0) is not an int64"),
            (Tensor([-1e19], as: .float64), "converted: -1e+19 (element 0) is not an int64"),
        ]
        for (x, message) in cases {
            #expect(misuseMessage { x.converted(to: .int64) } == message)
            #expect(misuseMessage { x.array(of: Int.self) } == message)
        }
        // The first one is named also where it is found in parallel.
        var long = Tensor.zeros([100_000])
        long[at: [77_777]] = .nan
        long[at: [99_999]] = .nan
        let messages = atThreadCounts { misuseMessage { long.converted(to: .int64) } }
        #expect(messages == [String?](repeating: "converted: nan (element 77777) is not an int64", count: 3))
    }
}

@Suite struct EqualityTests {
    @Test func equality() {
        #expect(Tensor([1, 2]) == Tensor([1, 2]))
        #expect(Tensor([1, 2]) != Tensor([1, 3]))
        #expect(Tensor([1, 2]) != Tensor([[1, 2]]))
        #expect(Tensor([1, 2]) != Tensor([1, 2], as: .float64))
        #expect(Tensor([0]) == Tensor([-0.0]))
        #expect(Tensor([Double.nan]) != Tensor([Double.nan]))
        #expect(Tensor.zeros([0, 2]) == .zeros([0, 2]) && Tensor.zeros([0, 2]) != .zeros([2, 0]))
        #expect(Tensor([true]) == Tensor([true]) && Tensor([1] as [Int]) != Tensor([2] as [Int]))
        var long = Tensor.zeros([100_000])
        #expect(long == .zeros([100_000]))
        long[at: [99_999]] = 1
        let equal = atThreadCounts { long == .zeros([100_000]) }
        #expect(equal == [false, false, false])
    }

    @Test func aDifferenceIsFoundWhereverItIs() {
        for type in ElementType.allCases {
            for n in 1...33 {
                let x = Tensor.zeros([n], as: type)
                for i in [0, n / 2, n - 1] {
                    var y = x
                    y[at: [i]] = 1
                    #expect(x != y && !x.isClose(to: y))
                    #expect((x .== y).array(of: Bool.self).firstIndex(of: false) == i)
                }
            }
        }
    }

    @Test func closeness() {
        let one = Tensor([1], as: .float64)
        func isClose(_ x: Double, _ y: Double, nanEqual: Bool = false) -> Bool {
            Tensor([x], as: .float64).isClose(to: Tensor([y], as: .float64), nanEqual: nanEqual)
        }
        #expect(isClose(1 + 1e-6, 1) && !isClose(1 + 1e-4, 1))
        #expect(isClose(1e-9, 0) && !isClose(1e-7, 0))
        #expect(isClose(.infinity, .infinity) && !isClose(.infinity, -.infinity))
        #expect(!isClose(.infinity, 1e308) && !isClose(1, .infinity))
        #expect(!isClose(.nan, .nan) && isClose(.nan, .nan, nanEqual: true) && !isClose(.nan, 1, nanEqual: true))
        #expect(one.isClose(to: one * 1.5, relativeTolerance: 0.5, absoluteTolerance: 0))
        #expect(!one.isClose(to: one * 1.5, relativeTolerance: 0.3, absoluteTolerance: 0))
        #expect(one.isClose(to: one + 0.5, relativeTolerance: 0, absoluteTolerance: 0.5))
        // The tolerance is relative to the other.
        #expect((one * 10).isClose(to: one * 20, relativeTolerance: 0.5, absoluteTolerance: 0))
        #expect(!(one * 20).isClose(to: one * 10, relativeTolerance: 0.5, absoluteTolerance: 0))
        #expect(!Tensor([1]).isClose(to: one) && !one.isClose(to: Tensor([[1]], as: .float64)))
        #expect(Tensor([5] as [Int]).isClose(to: Tensor([5] as [Int])))
        #expect(!Tensor([5] as [Int]).isClose(to: Tensor([6] as [Int])))
        #expect(Tensor([true]).isClose(to: Tensor([true])) && !Tensor([true]).isClose(to: Tensor([false])))
    }
}
