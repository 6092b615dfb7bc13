import GradusTensor
import Testing
import _TestSupport

/// A comparison of two tensors, and of two numbers.
struct Comparison: Sendable, CustomTestStringConvertible {
    let name: String
    let tensor: @Sendable (Tensor, Tensor) -> Tensor
    let scalar: @Sendable (Tensor, Double) -> Tensor
    let number: @Sendable (Double, Double) -> Bool

    var testDescription: String { name }

    static let all: [Comparison] = [
        .init(name: "less", tensor: { $0 .< $1 }, scalar: { $0 .< $1 }, number: { $0 < $1 }),
        .init(name: "lessOrEqual", tensor: { $0 .<= $1 }, scalar: { $0 .<= $1 }, number: { $0 <= $1 }),
        .init(name: "greater", tensor: { $0 .> $1 }, scalar: { $0 .> $1 }, number: { $0 > $1 }),
        .init(name: "greaterOrEqual", tensor: { $0 .>= $1 }, scalar: { $0 .>= $1 }, number: { $0 >= $1 }),
        .init(name: "equal", tensor: { $0 .== $1 }, scalar: { $0 .== $1 }, number: { $0 == $1 }),
        .init(name: "notEqual", tensor: { $0 .!= $1 }, scalar: { $0 .!= $1 }, number: { $0 != $1 }),
    ]
}

@Suite struct ComparisonTests {
    @Test(arguments: Comparison.all) func everyPairOfNumbers(comparison: Comparison) {
        let numbers: [Double] = [0, -0.0, 1, -1, 2.5, .infinity, -.infinity, .nan]
        for type in [ElementType.float32, .float64] {
            let (a, b) = (Tensor(numbers.map { [$0] }, as: type), Tensor(numbers, as: type))
            let result = comparison.tensor(a, b)
            #expect(result.elementType == .bool && result.shape == [8, 8])
            #expect(result.array(of: Bool.self) == numbers.flatMap { x in numbers.map { comparison.number(x, $0) } })
            for y in numbers {
                #expect(comparison.scalar(b, y).array(of: Bool.self) == numbers.map { comparison.number($0, y) })
            }
        }
    }

    @Test(arguments: Comparison.all) func integersAndMasks(comparison: Comparison) {
        // Neighbours that are one number as doubles.
        let (a, b) = (Tensor([Int.max, 3, -1]), Tensor([Int.max - 1, 3, 0]))
        let expected = [comparison.number(1, 0), comparison.number(0, 0), comparison.number(0, 1)]
        #expect(comparison.tensor(a, b).array(of: Bool.self) == expected)
        #expect(
            comparison.scalar(Tensor([2, 3] as [Int]), 2).array(of: Bool.self)
                == [comparison.number(2, 2), comparison.number(3, 2)])
        #expect(
            comparison.tensor(Tensor([true, false]), Tensor([false, false])).array(of: Bool.self)
                == [comparison.number(1, 0), comparison.number(0, 0)])
    }

    @Test(arguments: Comparison.all) func theSameAtAnyThreadCount(comparison: Comparison) {
        var generator = TensorGenerator(seed: 40)
        let (a, b) = (generator.tensor([77, 13], .ties), generator.tensor([13], .ties))
        let results = atThreadCounts { comparison.tensor(a, b) }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test(arguments: Comparison.all) func misuse(comparison: Comparison) {
        let name = comparison.name
        #expect(
            misuseMessage { comparison.tensor(Tensor([1, 2]), Tensor([1, 2, 3])) }
                == "\(name): shapes [2] and [3] do not broadcast")
        #expect(
            misuseMessage { comparison.tensor(Tensor([1]), Tensor([1] as [Int])) }
                == "\(name): element types float32 and int64 do not mix; convert one with converted(to:)")
        #expect(
            misuseMessage { comparison.scalar(Tensor([1] as [Int]), 1.5) }
                == "\(name): 1.5 is not an int64, which the tensor is")
    }

    @Test func masks() {
        let a = Tensor([true, false], shape: [2, 1])
        let b = Tensor([true, false])
        #expect((a .& b).array(of: Bool.self) == [true, false, false, false])
        #expect((a .| b).array(of: Bool.self) == [true, true, true, false])
        #expect((.!b).array(of: Bool.self) == [false, true])
        #expect((.!Tensor.zeros([0], as: .bool)).shape == [0])
        #expect(misuseMessage { Tensor([1]) .& Tensor([1]) } == "and: takes bool tensors, not float32")
        #expect(misuseMessage { Tensor([1]) .| Tensor([1]) } == "or: takes bool tensors, not float32")
        #expect(misuseMessage { .!Tensor([1]) } == "not: takes a bool tensor, not float32")
        #expect(misuseMessage { a .& Tensor([1]) }?.hasPrefix("and: element types bool and float32") == true)
    }

    @Test func kindsOfNumbers() {
        for type in [ElementType.float32, .float64] {
            let x = Tensor([0, .nan, .infinity, -.infinity, 1e30], as: type)
            #expect(isNaN(x).array(of: Bool.self) == [false, true, false, false, false])
            #expect(isFinite(x).array(of: Bool.self) == [true, false, false, false, true])
        }
        #expect(!isNaN(Tensor([1, 2] as [Int])).any() && isFinite(Tensor([1, 2] as [Int])).all())
        #expect(!isNaN(Tensor([true])).any() && isFinite(Tensor([true])).all())
    }

    @Test func anyAndAll() {
        #expect(Tensor([false, true]).any() && !Tensor([false, true]).all())
        #expect(Tensor([true, true]).all() && !Tensor([false, false]).any())
        #expect(!Tensor([Bool]()).any() && Tensor([Bool]()).all())
        #expect(
            misuseMessage { Tensor([1]).any() } == "any: takes a bool tensor, not float32; compare first, as in x .!= 0"
        )
        #expect(
            misuseMessage { Tensor([1]).all() } == "all: takes a bool tensor, not float32; compare first, as in x .!= 0"
        )
    }
}

@Suite struct SelectionTests {
    @Test func selects() {
        let x = Tensor([-1, 0, 2])
        #expect(select(x .> 0, x, x * 10) == Tensor([-10, 0, 2]))
        #expect(select(x .> 0, x, 7) == Tensor([7, 7, 2]))
        #expect(select(x .> 0, 7, x) == Tensor([-1, 0, 7]))
        // Only what is chosen is looked at.
        #expect(select(x .> 0, x, .nan).description == "[nan, nan,  2.]")
        #expect(
            select(Tensor([true, false]), Tensor([1, 2] as [Int]), Tensor([3, 4] as [Int])) == Tensor([1, 4] as [Int]))
        #expect(
            select(Tensor([true, false]), Tensor([false, false]), Tensor([true, true])) == Tensor([false, true]))
        #expect(
            select(Tensor([true, false]), Tensor(1, as: .float64), Tensor(2, as: .float64)).elementType == .float64)
    }

    @Test func allThreeBroadcast() {
        let condition = Tensor([true, false], shape: [2, 1])
        let result = select(condition, Tensor([1, 2, 3]), Tensor([[[10]], [[20]]]))
        #expect(result.shape == [2, 2, 3])
        #expect(result.array(of: Int.self) == [1, 2, 3, 10, 10, 10, 1, 2, 3, 20, 20, 20])
        #expect(select(Tensor(1, as: .bool), Tensor([1, 2]), Tensor(0)) == Tensor([1, 2]))
        #expect(select(.zeros([0, 1], as: .bool), Tensor([1, 2]), Tensor(0)).shape == [0, 2])
        let results = atThreadCounts { select(condition, Tensor.arange(0, 50), Tensor(-1)) }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func clamps() {
        let x = Tensor([-2, -1, 0, 1, 2, .nan, .infinity])
        #expect(clamp(x, lower: -1, upper: 1).description == "[-1., -1.,  0.,  1.,  1., nan,  1.]")
        #expect(clamp(x, lower: 0).description == "[ 0.,  0.,  0.,  1.,  2., nan, inf]")
        #expect(clamp(x, upper: 0).description == "[-2., -1.,  0.,  0.,  0., nan,  0.]")
        #expect(clamp(x).description == x.description)
        #expect(clamp(Tensor([1, 5], as: .float64), lower: 3, upper: 3) == Tensor([3, 3], as: .float64))
        #expect(clamp(Tensor.zeros([0, 2]), lower: 1).shape == [0, 2])
    }

    @Test func misuse() {
        let mask = Tensor([true, false])
        let cases: [(String, () -> Tensor)] = [
            (
                "select: the condition is a bool tensor, not float32",
                { select(Tensor([1, 0]), Tensor([1, 2]), Tensor([3, 4])) }
            ),
            (
                "select: element types float32 and float64 do not mix; convert one with converted(to:)",
                { select(mask, Tensor([1, 2]), Tensor([1, 2], as: .float64)) }
            ),
            (
                "select: shapes [2] and [3] do not broadcast",
                { select(mask, Tensor([1, 2]), Tensor([1, 2, 3])) }
            ),
            (
                "select: a condition of shape [2] and values of [3] do not broadcast",
                { select(mask, Tensor([1, 2, 3]), Tensor(0)) }
            ),
            ("select: 0.5 is not an int64, which the tensor is", { select(mask, 0.5, Tensor([1, 2] as [Int])) }),
            ("clamp: not defined on int64; convert first", { clamp(Tensor([1] as [Int]), lower: 0) }),
            (
                "clamp: lower bound 2.0, upper bound 1.0; the lower is not above the upper",
                { clamp(Tensor([1]), lower: 2, upper: 1) }
            ),
            (
                "clamp: lower bound nan, upper bound inf; the lower is not above the upper",
                { clamp(Tensor([1]), lower: .nan) }
            ),
        ]
        for (message, body) in cases { #expect(misuseMessage(body) == message) }
    }
}
