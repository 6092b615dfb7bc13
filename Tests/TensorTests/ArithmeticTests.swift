import Foundation
import GradusTensor
import Testing
import _TestSupport

/// A function of two tensors, and what it does to two numbers.
struct BinaryFunction: Sendable, CustomTestStringConvertible {
    let name: String
    let tensor: @Sendable (Tensor, Tensor) -> Tensor
    let left: @Sendable (Double, Tensor) -> Tensor
    let right: @Sendable (Tensor, Double) -> Tensor
    let number: @Sendable (Double, Double) -> Double
    var integers: (@Sendable (Int, Int) -> Int)?

    var testDescription: String { name }

    static let all: [BinaryFunction] = [
        .init(name: "add", tensor: { $0 + $1 }, left: { $0 + $1 }, right: { $0 + $1 }, number: { $0 + $1 }) {
            $0 &+ $1
        },
        .init(name: "subtract", tensor: { $0 - $1 }, left: { $0 - $1 }, right: { $0 - $1 }, number: { $0 - $1 }) {
            $0 &- $1
        },
        .init(name: "multiply", tensor: { $0 * $1 }, left: { $0 * $1 }, right: { $0 * $1 }, number: { $0 * $1 }) {
            $0 &* $1
        },
        .init(name: "divide", tensor: { $0 / $1 }, left: { $0 / $1 }, right: { $0 / $1 }, number: { $0 / $1 }),
        .init(
            name: "pow", tensor: { pow($0, $1) }, left: { pow($0, $1) }, right: { pow($0, $1) },
            number: { Foundation.pow($0, $1) }),
        .init(
            name: "maximum", tensor: { maximum($0, $1) }, left: { maximum($0, $1) }, right: { maximum($0, $1) },
            number: { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
        ) { Swift.max($0, $1) },
        .init(
            name: "minimum", tensor: { minimum($0, $1) }, left: { minimum($0, $1) }, right: { minimum($0, $1) },
            number: { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }
        ) { Swift.min($0, $1) },
        .init(
            name: "remainder", tensor: { remainder($0, $1) }, left: { remainder($0, $1) },
            right: { remainder($0, $1) }, number: pythonsRemainder),
        .init(
            name: "atan2", tensor: { atan2($0, $1) }, left: { atan2($0, $1) }, right: { atan2($0, $1) },
            number: { Foundation.atan2($0, $1) }),
    ]

    /// The elements one by one, each index found anew.
    func elementByElement(_ a: Tensor, _ b: Tensor, to shape: Shape) -> Tensor {
        let (p, q) = (a.array(of: Double.self), b.array(of: Double.self))
        let results = (0..<shape.count).map {
            number(p[position($0, in: shape, of: a)], q[position($0, in: shape, of: b)])
        }
        return Tensor(results, shape: shape, as: .float64)
    }
}

private func pythonsRemainder(_ x: Double, _ y: Double) -> Double {
    let rest = Foundation.fmod(x, y)
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
}

/// Where the element at a flat position of `shape` lies in `x`, which is broadcast to it.
private func position(_ flat: Int, in shape: Shape, of x: Tensor) -> Int {
    var (rest, result, stride) = (flat, 0, 1)
    for axis in shape.indices.reversed() {
        let index = rest % shape[axis]
        rest /= shape[axis]
        let own = axis - (shape.rank - x.rank)
        guard own >= 0 else { break }
        if x.shape[own] > 1 { result += index * stride }
        stride *= x.shape[own]
    }
    return result
}

@Suite struct ArithmeticTests {
    static let special: [Double] = [0, -0.0, 1, -1, 2.5, -2.5, 1e4, -1e4, 1e-30, .infinity, -.infinity, .nan]

    @Test(arguments: BinaryFunction.all) func valuesAtEveryPairOfSpecialNumbers(function: BinaryFunction) {
        let a = Tensor(ArithmeticTests.special.map { [$0] }, as: .float64)
        let b = Tensor(ArithmeticTests.special, as: .float64)
        let expected = ArithmeticTests.special.flatMap { x in ArithmeticTests.special.map { function.number(x, $0) } }
        expectClose(function.tensor(a, b), expected, relative: 1e-15, absolute: 0)
        // Numbers beside tensors do the same.
        for x in ArithmeticTests.special {
            expectIdentical(function.left(x, b), function.tensor(Tensor(x, as: .float64), b), "\(x) on the left")
            expectIdentical(function.right(b, x), function.tensor(b, Tensor(x, as: .float64)), "\(x) on the right")
        }
    }

    @Test(arguments: BinaryFunction.all) func broadcasting(function: BinaryFunction) throws {
        var generator = TensorGenerator(seed: 20)
        for rank in 0...5 {
            for _ in 0..<20 {
                let shape = generator.shape(rank: rank, empty: true)
                let a = generator.tensor(generator.broadcastable(with: shape))
                let b = generator.tensor(generator.broadcastable(with: shape))
                let common = try #require(a.shape.broadcast(with: b.shape))
                let expected = function.elementByElement(a, b, to: common)
                expectClose(function.tensor(a, b), expected, relative: 1e-15, absolute: 0, "\(a.shape) and \(b.shape)")
            }
        }
    }

    @Test(arguments: BinaryFunction.all) func singlePrecisionFollowsDouble(function: BinaryFunction) {
        var generator = TensorGenerator(seed: 21)
        for interest in Interest.allCases {
            let a = generator.tensor([50], interest, as: .float32).converted(to: .float64)
            let b = generator.tensor([50], .interior, as: .float32).converted(to: .float64)
            let single = function.tensor(a.converted(to: .float32), b.converted(to: .float32))
            #expect(single.elementType == .float32)
            let expected = function.tensor(a, b).converted(to: .float32)
            // What float32 cannot hold is 0 or infinite there.
            expectClose(single, expected, relative: 3e-7, absolute: 1e-37, "\(interest)")
        }
    }

    @Test(arguments: BinaryFunction.all) func theSameAtAnyThreadCount(function: BinaryFunction) {
        var generator = TensorGenerator(seed: 22)
        for (p, q) in [
            ([1], [1]), ([1000], [1000]), ([33, 47], [47]), ([33, 1], [1, 47]), ([5, 1, 7], [5, 11, 1]),
        ] {
            let (a, b) = (generator.tensor(Shape(p), as: .float32), generator.tensor(Shape(q), as: .float32))
            let results = atThreadCounts { function.tensor(a, b) }
            expectIdentical(results[1], results[0])
            expectIdentical(results[2], results[0])
        }
    }

    @Test(arguments: BinaryFunction.all) func integersAreExactOrRefused(function: BinaryFunction) {
        let numbers = [0, 1, -1, 7, -7, 1 << 40, Int.max, Int.min]
        let a = Tensor(numbers, shape: [8, 1])
        let b = Tensor(numbers)
        guard let integers = function.integers else {
            #expect(misuseMessage { function.tensor(a, b) } == "\(function.name): not defined on int64; convert first")
            #expect(misuseMessage { function.right(a, 2.5) } == "\(function.name): not defined on int64; convert first")
            return
        }
        #expect(function.tensor(a, b).array(of: Int.self) == numbers.flatMap { x in numbers.map { integers(x, $0) } })
        #expect(function.right(b, 3).array(of: Int.self) == numbers.map { integers($0, 3) })
        #expect(function.left(3, b).array(of: Int.self) == numbers.map { integers(3, $0) })
        #expect(
            misuseMessage { function.right(b, 2.5) } == "\(function.name): 2.5 is not an int64, which the tensor is")
        #expect(
            misuseMessage { function.left(.nan, b) } == "\(function.name): nan is not an int64, which the tensor is")
    }

    @Test(arguments: BinaryFunction.all) func misuse(function: BinaryFunction) {
        let name = function.name
        #expect(
            misuseMessage { function.tensor(Tensor([1, 2]), Tensor([1, 2, 3])) }
                == "\(name): shapes [2] and [3] do not broadcast")
        #expect(
            misuseMessage { function.tensor(.zeros([2, 3]), .zeros([2])) }
                == "\(name): shapes [2, 3] and [2] do not broadcast")
        #expect(
            misuseMessage { function.tensor(Tensor([1, 2]), Tensor([1, 2], as: .float64)) }
                == "\(name): element types float32 and float64 do not mix; convert one with converted(to:)")
        #expect(
            misuseMessage { function.tensor(Tensor([true]), Tensor([true])) }
                == "\(name): not defined on bool; convert first")
        #expect(misuseMessage { function.right(Tensor([true]), 1) } == "\(name): not defined on bool; convert first")
    }

    @Test func conventions() {
        #expect(pow(Tensor([0, 2, -1, .nan]), 0) == .ones([4]))
        #expect(pow(Tensor([0]), -1).item == .infinity)
        #expect(pow(Tensor([-8]), 1.0 / 3).item.isNaN && pow(Tensor([-2]), 3).item == -8)
        #expect((Tensor([1, -1, 0]) / 0).description(precision: 1) == "[ inf, -inf,  nan]")
        #expect(maximum(Tensor([.nan, 1]), Tensor([1, .nan])).description == "[nan, nan]")
        #expect(remainder(Tensor([-7, 7, -7, 7]), Tensor([3, 3, -3, -3])) == Tensor([2, 1, -1, -2]))
        #expect(remainder(Tensor([5, -5]), .infinity) == Tensor([5, .infinity]))
        #expect(remainder(Tensor([1]), 0).item.isNaN && remainder(Tensor([.infinity]), 2).item.isNaN)
        // Where the quotient has more digits than a double, the remainder is exact all the same.
        #expect(remainder(Tensor([1e17], as: .float64), 7).item == Foundation.fmod(1e17, 7))
        #expect(-Tensor([1, -2, 0]) == Tensor([-1, 2, 0]) && (-Tensor([0]))[at: [0]].sign == .minus)
        #expect(-Tensor([1, .min]) == Tensor([-1, .min]))
    }

    @Test func inPlace() {
        var x = Tensor([[1, 2], [3, 4]], as: .float64)
        x += Tensor([10, 20], as: .float64)
        x -= 1
        x *= 2
        x /= Tensor([[2], [4]], as: .float64)
        #expect(x == Tensor([[10, 21], [6, 11.5]], as: .float64))
        x += x
        x -= Tensor([[1]], as: .float64)
        #expect(x == Tensor([[19, 41], [11, 22]], as: .float64))
        x /= 2
        x *= x
        #expect(x[at: [1, 1]] == 121)
        var counts = Tensor([1, 2] as [Int])
        counts += 1
        counts *= Tensor([10, 20] as [Int])
        #expect(counts == Tensor([20, 60] as [Int]))
        #expect(misuseMessage { counts /= 2 } == "divide: not defined on int64; convert first")
        #expect(misuseMessage { x += Tensor([1]) } != nil)
        #expect(counts == Tensor([20, 60] as [Int]) && x[at: [1, 1]] == 121)
        var empty = Tensor.zeros([0])
        empty += 1
        #expect(empty.shape == [0])
        var long = [Tensor](repeating: .ones([100_000]), count: 3)
        for (i, threads) in [1, 2, 8].enumerated() {
            withForcedThreads(threads) { long[i] += Tensor.arange(0, 100_000) }
        }
        #expect(long[0] == Tensor.arange(1, 100_001) && long[1] == long[0] && long[2] == long[0])
    }

    @Test func references() throws {
        let functions: [String: (ReferenceCase) -> Tensor] = [
            "add": { $0.inputs[0] + $0.inputs[1] }, "subtract": { $0.inputs[0] - $0.inputs[1] },
            "multiply": { $0.inputs[0] * $0.inputs[1] }, "divide": { $0.inputs[0] / $0.inputs[1] },
            "power": { pow($0.inputs[0], $0.inputs[1]) }, "maximum": { maximum($0.inputs[0], $0.inputs[1]) },
            "minimum": { minimum($0.inputs[0], $0.inputs[1]) }, "negate": { -$0.inputs[0] },
            "where": { select($0.inputs[0], $0.inputs[1], $0.inputs[2]) },
            "clamp": {
                clamp($0.inputs[0], lower: $0.attributes["lower"]?.double, upper: $0.attributes["upper"]?.double)
            },
        ]
        let cases = try ReferenceCases.load("arithmetic")
        #expect(Set(cases.map(\.op)) == Set(functions.keys))
        for reference in cases {
            let function = try #require(functions[reference.op])
            expectClose(function(reference), reference.output, relative: 1e-14, absolute: 0, reference.description)
        }
    }
}
