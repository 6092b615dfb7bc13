import Foundation
import GradusTensor
import Testing
import _TestSupport

/// A function of one tensor, and what it does to one number.
struct UnaryFunction: Sendable, CustomTestStringConvertible {
    let name: String
    let tensor: @Sendable (Tensor) -> Tensor
    let number: @Sendable (Double) -> Double
    var integer: (@Sendable (Int) -> Int)?

    var testDescription: String { name }

    static let all: [UnaryFunction] = [
        .init(name: "exp", tensor: { exp($0) }, number: { Foundation.exp($0) }),
        .init(name: "expm1", tensor: { expm1($0) }, number: { Foundation.expm1($0) }),
        .init(name: "log", tensor: { log($0) }, number: { Foundation.log($0) }),
        .init(name: "log1p", tensor: { log1p($0) }, number: { Foundation.log1p($0) }),
        .init(name: "log2", tensor: { log2($0) }, number: { Foundation.log2($0) }),
        .init(name: "sqrt", tensor: { sqrt($0) }, number: { $0.squareRoot() }),
        .init(name: "rsqrt", tensor: { rsqrt($0) }, number: { 1 / $0.squareRoot() }),
        .init(name: "reciprocal", tensor: { reciprocal($0) }, number: { 1 / $0 }),
        .init(name: "square", tensor: { square($0) }, number: { $0 * $0 }) { $0 &* $0 },
        .init(name: "abs", tensor: { abs($0) }, number: { $0.magnitude }) { $0 < 0 ? 0 &- $0 : $0 },
        .init(
            name: "sign", tensor: { sign($0) }, number: { $0.isNaN || $0 == 0 ? $0 : $0 > 0 ? 1 : -1 }
        ) { $0.signum() },
        .init(name: "negate", tensor: { -$0 }, number: { -$0 }) { 0 &- $0 },
        .init(name: "floor", tensor: { floor($0) }, number: { $0.rounded(.down) }),
        .init(name: "ceil", tensor: { ceil($0) }, number: { $0.rounded(.up) }),
        .init(name: "round", tensor: { round($0) }, number: { $0.rounded(.toNearestOrEven) }),
        .init(name: "sin", tensor: { sin($0) }, number: { Foundation.sin($0) }),
        .init(name: "cos", tensor: { cos($0) }, number: { Foundation.cos($0) }),
        .init(name: "tan", tensor: { tan($0) }, number: { Foundation.tan($0) }),
        .init(name: "asin", tensor: { asin($0) }, number: { Foundation.asin($0) }),
        .init(name: "acos", tensor: { acos($0) }, number: { Foundation.acos($0) }),
        .init(name: "atan", tensor: { atan($0) }, number: { Foundation.atan($0) }),
        .init(name: "sinh", tensor: { sinh($0) }, number: { Foundation.sinh($0) }),
        .init(name: "cosh", tensor: { cosh($0) }, number: { Foundation.cosh($0) }),
        .init(name: "tanh", tensor: { tanh($0) }, number: { Foundation.tanh($0) }),
        .init(name: "sigmoid", tensor: { sigmoid($0) }, number: { 1 / (1 + Foundation.exp(-$0)) }),
        .init(
            name: "softplus", tensor: { softplus($0) },
            number: { $0 > 30 ? $0 : Foundation.log1p(Foundation.exp($0)) }),
        .init(name: "erf", tensor: { erf($0) }, number: { Foundation.erf($0) }),
        .init(name: "erfc", tensor: { erfc($0) }, number: { Foundation.erfc($0) }),
        .init(name: "relu", tensor: { relu($0) }, number: { $0 < 0 ? 0 : $0 }),
        .init(name: "step", tensor: { step($0) }, number: { $0.isNaN ? $0 : $0 > 0 ? 1 : 0 }),
    ]
}

@Suite struct ElementwiseTests {
    static let special: [Double] = [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 40, -40, 100, -100, 1e4, -1e4, 1e-4, -1e-4, 1e-30, -1e-30, .infinity,
        -.infinity, .nan,
    ]

    @Test(arguments: UnaryFunction.all) func values(function: UnaryFunction) {
        var generator = TensorGenerator(seed: 30)
        var inputs = ElementwiseTests.special
        for interest in Interest.allCases { inputs += generator.tensor([200], interest).array(of: Double.self) }
        inputs += generator.tensor([200], in: -1...1).array(of: Double.self)
        let double = Tensor(inputs, as: .float64)
        expectClose(function.tensor(double), inputs.map(function.number), relative: 2e-15, absolute: 0)

        // In single precision the last digits may differ, and what it cannot hold is 0 or infinite.
        let single = double.converted(to: .float32)
        let expected = single.array(of: Double.self).map(function.number)
        let result = function.tensor(single)
        #expect(result.elementType == .float32)
        expectClose(
            result, Tensor(expected, as: .float64).converted(to: .float32), relative: 1e-6, absolute: 1e-37)
    }

    @Test(arguments: UnaryFunction.all) func everyShape(function: UnaryFunction) {
        for shape in [[], [0], [2, 0, 3], [1], [2, 3], [1, 1, 1, 1, 1, 1, 1, 7]] as [Shape] {
            let x = Tensor.full(shape, 0.25)
            let result = function.tensor(x)
            #expect(result.shape == shape)
            #expect(result.array(of: Float.self).allSatisfy { Swift.abs(Double($0) - function.number(0.25)) < 1e-6 })
            #expect(x == .full(shape, 0.25))
        }
    }

    @Test(arguments: UnaryFunction.all) func theSameAtAnyThreadCount(function: UnaryFunction) {
        var generator = TensorGenerator(seed: 31)
        for count in [1, 15, 16, 17, 1001] {
            let x = generator.tensor([count], in: 0.1...0.9, as: .float32)
            let results = atThreadCounts { function.tensor(x) }
            expectIdentical(results[1], results[0])
            expectIdentical(results[2], results[0])
        }
    }

    @Test(arguments: UnaryFunction.all) func integersAreExactOrRefused(function: UnaryFunction) {
        let numbers = [0, 1, -1, 7, -7, 3_037_000_500, Int.max, Int.min]
        if let integer = function.integer {
            #expect(function.tensor(Tensor(numbers)).array(of: Int.self) == numbers.map(integer))
        } else {
            let message = misuseMessage { function.tensor(Tensor(numbers)) }
            #expect(message == "\(function.name): not defined on int64; convert first")
        }
        let message = misuseMessage { function.tensor(Tensor([true])) }
        #expect(message == "\(function.name): not defined on bool; convert first")
    }

    @Test func conventions() {
        let x = Tensor([-1.5, -0.5, 0, 0.5, 1.5, 2.5, .nan])
        #expect(round(x).description == "[-2., -0.,  0.,  0.,  2.,  2., nan]")
        #expect(relu(x).description == "[0. , 0. , 0. , 0.5, 1.5, 2.5, nan]")
        #expect(step(x).description == "[ 0.,  0.,  0.,  1.,  1.,  1., nan]")
        #expect(sign(x).description == "[-1., -1.,  0.,  1.,  1.,  1., nan]")
        #expect(sqrt(Tensor([0, -1])).description == "[ 0., nan]")
        #expect(log(Tensor([0, -1])).description == "[-inf,  nan]")
        // Neither tail loses its precision.
        #expect(softplus(Tensor([1000, -1000])) == Tensor([1000, 0]))
        expectClose(sigmoid(Tensor([-40], as: .float64)), [4.248354255291589e-18])
        expectClose(softplus(Tensor([-40], as: .float64)), [4.248354255291589e-18])
        expectClose(sigmoid(Tensor([-80])), [1.8048513878454153e-35], relative: 1e-6, absolute: 0)
    }

    @Test func references() throws {
        let functions = Dictionary(uniqueKeysWithValues: UnaryFunction.all.map { ($0.name, $0) })
        // Made of others in modules above.
        let composed: Set = ["elu", "gelu", "geluTanh", "leakyRelu", "logSigmoid", "relu6", "selu", "silu"]
        for reference in try ReferenceCases.load("elementwise") where !composed.contains(reference.op) {
            let function = try #require(functions[reference.op], "\(reference.op)")
            expectClose(
                function.tensor(reference.inputs[0]), reference.output, relative: 1e-14, absolute: 0,
                reference.description)
        }
    }
}
