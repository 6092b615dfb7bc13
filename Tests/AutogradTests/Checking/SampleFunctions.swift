import GradusAutograd
import GradusTensor
import _TestSupport

/// A function, and where it is of interest: what the gradient checker is tried on.
struct SampleFunction: Sendable {
    let name: String
    /// The kinds of values at which it is defined and finite; the first is away from kinks.
    let interests: [Interest]
    /// Whether it is smooth at 0, so that a gradient that is wrong there alone is wrong, and not a matter of convention.
    var isSmoothAtZero = false
    /// Whether it takes its inputs element by element, stretched to one shape.
    var broadcasts = false
    /// Float64 inputs of a kind of values; integers among them are constants.
    let inputs: @Sendable (inout TensorGenerator, Interest) -> [Tensor]
    let function: @Sendable ([Variable]) -> Variable
}

extension SampleFunction {
    static let all = elementwise + bounded + pairs + reductions + products + places + images

    // MARK: Element by element

    private static func unary(
        _ name: String, _ interests: [Interest], smooth: Bool = true,
        _ function: @escaping @Sendable (Variable) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: interests, isSmoothAtZero: smooth,
            inputs: { generator, interest in
                let rank = generator.index(below: 3)
                return [generator.tensor(generator.shape(rank: rank), interest)]
            }, function: { function($0[0]) })
    }

    private static func unary(
        _ name: String, in range: ClosedRange<Double>, _ function: @escaping @Sendable (Variable) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: [.interior],
            inputs: { generator, _ in
                let rank = generator.index(below: 3)
                return [generator.tensor(generator.shape(rank: rank), in: range)]
            }, function: { function($0[0]) })
    }

    private static let moderate: [Interest] = [.interior, .zeros, .ties, .tiny]
    private static let any: [Interest] = [.interior, .zeros, .ties, .tiny, .large]

    static let elementwise = [
        unary("exp", moderate) { exp($0) }, unary("expm1", moderate) { expm1($0) }, unary("sin", any) { sin($0) },
        unary("cos", any) { cos($0) }, unary("sinh", moderate) { sinh($0) }, unary("cosh", moderate) { cosh($0) },
        unary("tanh", moderate) { tanh($0) }, unary("atan", any) { atan($0) },
        unary("sigmoid", moderate) { sigmoid($0) },
        unary("softplus", any) { softplus($0) }, unary("erf", moderate) { erf($0) },
        unary("erfc", moderate) { erfc($0) },
        unary("square", any) { square($0) }, unary("negate", any) { -$0 }, unary("pow3", any) { pow($0, 3) },
        unary("pow0", any) { pow($0, 0) + $0 }, unary("exponential of 2", moderate) { pow(2, $0) },
        unary("silu", any) { silu($0) }, unary("gelu", moderate) { gelu($0) },
        unary("logSigmoid", any) { logSigmoid($0) }, unary("abs", any, smooth: false) { abs($0) },
        unary("relu", any, smooth: false) { relu($0) }, unary("relu6", any, smooth: false) { relu6($0) },
        unary("leakyRelu", any, smooth: false) { leakyRelu($0, slope: 0.1) },
        unary("elu", any, smooth: false) { elu($0, alpha: 0.7) }, unary("selu", any, smooth: false) { selu($0) },
        unary("clamp", any, smooth: false) { clamp($0, lower: -1, upper: 1) },
        unary("sign", any, smooth: false) { sign($0) * $0 + $0 },
        unary("floor", moderate, smooth: false) { floor($0) + $0 },
        unary("select", any, smooth: false) {
            let y = 2 * $0
            return select(y .> 0, square(y), 3 * y)
        },
    ]

    static let bounded = [
        unary("log", in: 0.05...5) { log($0) }, unary("log1p", in: -0.75...5) { log1p($0) },
        unary("log2", in: 0.05...5) { log2($0) }, unary("sqrt", in: 0.05...5) { sqrt($0) },
        unary("rsqrt", in: 0.05...5) { rsqrt($0) }, unary("reciprocal", in: 0.1...3) { reciprocal($0) },
        unary("tan", in: -1...1) { tan($0) }, unary("asin", in: -0.75...0.75) { asin($0) },
        unary("acos", in: -0.75...0.75) { acos($0) }, unary("pow of a fraction", in: 0.05...5) { pow($0, 1.7) },
    ]

    // MARK: Two inputs

    private static func binary(
        _ name: String, _ interests: [Interest], smooth: Bool = true, positive: Bool = false,
        _ function: @escaping @Sendable (Variable, Variable) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: interests, isSmoothAtZero: smooth,
            broadcasts: !name.hasPrefix("concatenate") && name != "stack",
            inputs: { generator, interest in
                let rank = 1 + generator.index(below: 2)
                let shape = generator.shape(rank: rank)
                let shapes = [shape, generator.broadcastable(with: shape)]
                let turned = generator.index(below: 2) == 0 ? shapes : shapes.reversed()
                return turned.map {
                    positive ? generator.tensor($0, in: 0.3...3) : generator.tensor($0, interest)
                }
            }, function: { function($0[0], $0[1]) })
    }

    static let pairs = [
        binary("add", any) { $0 + $1 }, binary("subtract", any) { $0 - $1 }, binary("multiply", any) { $0 * $1 },
        binary("divide", [.interior, .large]) { $0 / $1 }, binary("pow", [.interior], positive: true) { pow($0, $1) },
        binary("maximum", any, smooth: false) { maximum($0, $1) },
        binary("minimum", any, smooth: false) { minimum($0, $1) },
        binary("atan2", [.interior], positive: true) { atan2($0, $1) },
        binary("remainder", [.interior], positive: true) { remainder($0, $1) },
        binary("scaled sum", any) { 2 * $0 - $1 * 0.3 + 1 },
    ]

    // MARK: Reductions

    private static func ranked(
        _ name: String, _ interests: [Interest], rank: Int = 2, smooth: Bool = true,
        _ function: @escaping @Sendable (Variable) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: interests, isSmoothAtZero: smooth,
            inputs: { generator, interest in
                // Two at least along each axis: there is something to reduce and to move.
                let shape = Shape((0..<rank).map { _ in 2 + generator.index(below: 3) })
                return [generator.tensor(shape, interest)]
            }, function: { function($0[0]) })
    }

    static let reductions = [
        ranked("sum", any) { $0.sum(along: 0) }, ranked("sum of all", any) { $0.sum() },
        ranked("mean", any) { $0.mean(along: -1, keepingAxes: true) },
        ranked("max", any, smooth: false) { $0.max(along: 1) }, ranked("min", any, smooth: false) { $0.min() },
        ranked("product", moderate) { $0.product(along: 0) }, ranked("variance", moderate) { $0.variance(along: 1) },
        ranked("standardDeviation", [.interior]) { $0.standardDeviation() },
        ranked("norm", [.interior]) { $0.norm(along: 1) },
        ranked("norm of order 1", [.interior], smooth: false) { $0.norm(order: 1, along: [0]) },
        ranked("norm of order 3", [.interior]) { $0.norm(order: 3, along: [0]) },
        ranked("largest magnitude", [.interior], smooth: false) { $0.norm(order: .infinity, along: [0]) },
        ranked("logSumExp", any) { $0.logSumExp(along: 1) }, ranked("softmax", any) { $0.softmax() },
        ranked("softmax along 0", moderate) { $0.softmax(along: 0) }, ranked("logSoftmax", any) { $0.logSoftmax() },
        ranked("cumulativeSum", any) { $0.cumulativeSum(along: 1) },
        ranked("cumulativeProduct", moderate) { $0.cumulativeProduct(along: 0, reversed: true) },
        ranked("sorted", any, smooth: false) { $0.sorted(along: 1).values },
        ranked("topK", any, smooth: false) { $0.topK(2).values },
    ]

    // MARK: Products

    private static func product(
        _ name: String, _ shapes: @escaping @Sendable (_ n: Int, _ m: Int, _ k: Int) -> [Shape],
        _ function: @escaping @Sendable ([Variable]) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: any, isSmoothAtZero: true,
            inputs: { generator, interest in
                let sizes = (0..<3).map { _ in 1 + generator.index(below: 4) }
                return shapes(sizes[0], sizes[1], sizes[2]).map { generator.tensor($0, interest) }
            }, function: function)
    }

    static let products = [
        product("matmul", { [[$0, $1], [$1, $2]] }) { matmul($0[0], $0[1]) },
        product("matmul, first transposed", { [[$1, $0], [$1, $2]] }) { matmul($0[0], $0[1], transposingFirst: true) },
        product("matmul, second transposed", { [[$0, $1], [$2, $1]] }) {
            matmul($0[0], $0[1], transposingSecond: true)
        },
        product("matmul of stacks", { [[2, $0, $1], [$1, $2]] }) { matmul($0[0], $0[1]) },
        product("matmul of a vector", { n, m, _ in [[n, m], [m]] }) { matmul($0[0], $0[1]) },
        product("dot", { n, _, _ in [[n], [n]] }) { dot($0[0], $0[1]) },
        product("outer", { n, m, _ in [[n], [m]] }) { outer($0[0], $0[1]) },
        product("a linear layer", { [[$0, $1], [$1, $2], [$2]] }) { matmul($0[0], $0[1]) + $0[2] },
    ]

    // MARK: Places

    static let places = [
        ranked("reshaped", any) { $0.reshaped(-1) }, ranked("permuted", any, rank: 3) { $0.permuted(2, 0, 1) },
        ranked("transposed", any) { $0.transposed() }, ranked("flipped", any) { $0.flipped(along: [1]) },
        ranked("rolled", any) { $0.rolled(by: [1], along: [0]) }, ranked("tiled", any) { $0.tiled([2, 1]) },
        ranked("padded", any) { $0.padded([1, 0], [0, 2]) },
        ranked("slice", any) { $0.slice(along: 1, from: 1) }, ranked("a row", any) { $0[1] },
        ranked("broadcast", any) { $0.broadcast(to: Shape([3] + Array($0.shape))) },
        ranked("lowerTriangle", any) { $0.lowerTriangle() }, ranked("diagonal", any) { $0.diagonal() },
        ranked("split", any) {
            let parts = $0.split(sizes: [1, $0.shape[1] - 1], along: 1)
            return 2 * parts[0].sum() + square(parts[1])
        },
        ranked("taking", any) { $0.taking(Tensor([0, 1, 1], as: .int64), along: 1) },
        ranked("gathered", any) { $0.gathered(Tensor([[0, 1, 0], [1, 0, 0]], as: .int64), along: 1) },
        binary("concatenate", any) { concatenate([$0.reshaped(-1), $1.reshaped(-1)]) },
        binary("stack", any) { stack([$0.sum(), $1.sum()]) },
        SampleFunction(
            name: "scatterAdding", interests: any, isSmoothAtZero: true,
            inputs: { generator, interest in [generator.tensor([3, 4], interest), generator.tensor([2, 4], interest)] },
            function: {
                $0[0].scatterAdding($0[1], at: Tensor([[0, 1, 2, 0], [0, 2, 2, 1]], as: .int64), along: 0)
            }),
    ]

    // MARK: Images

    private static func image(
        _ name: String, _ shapes: [Shape], smooth: Bool = true,
        _ function: @escaping @Sendable ([Variable]) -> Variable
    ) -> SampleFunction {
        SampleFunction(
            name: name, interests: any, isSmoothAtZero: smooth,
            inputs: { generator, interest in shapes.map { generator.tensor($0, interest) } }, function: function)
    }

    static let images = [
        image("conv2D", [[1, 2, 4, 3], [2, 2, 3, 2], [2]]) { conv2D($0[0], $0[1], bias: $0[2], stride: 2, padding: 1) },
        image("conv2D in groups", [[1, 2, 3, 3], [2, 1, 2, 2]]) { conv2D($0[0], $0[1], groups: 2) },
        image("conv1D", [[2, 1, 5], [2, 1, 2]]) { conv1D($0[0], $0[1], dilation: 2) },
        image("transposedConv2D", [[1, 1, 2, 2], [1, 2, 2, 3]]) { transposedConv2D($0[0], $0[1], stride: 2) },
        image("maxPool2D", [[1, 2, 4, 4]], smooth: false) { maxPool2D($0[0], kernel: 2, stride: 1) },
        image("averagePool2D", [[1, 1, 5, 4]]) { averagePool2D($0[0], kernel: 2, padding: 1) },
        image("adaptiveAveragePool2D", [[1, 1, 5, 4]]) { adaptiveAveragePool2D($0[0], outputSize: Pair(2, 3)) },
    ]
}
