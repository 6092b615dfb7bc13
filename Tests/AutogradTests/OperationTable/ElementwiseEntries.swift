import GradusAutograd
import GradusTensor
import _TestSupport

/// Away from 0 by so much, of the same sign.
private func away(_ distance: Double) -> @Sendable (Tensor) -> Tensor {
    { x in select(abs(x) .< distance, select(x .< 0, -distance, distance + 0 * x), x) }
}

/// Above 0: the magnitudes, and 1/16 in place of 0.
private func positive(_ x: Tensor) -> Tensor { select(x .== 0, 0.0625, abs(x)) }

/// Between -0.9 and 0.9, signs as they are.
private func unit(_ x: Tensor) -> Tensor { 0.9 * x / (1 + abs(x)) }

extension OperationEntry {
    static let elementwise: [OperationEntry] = smoothElementwise + steps + activations

    private static func reference(_ name: String) -> Reference { .family("elementwise", name) }

    private static let smoothElementwise: [OperationEntry] = [
        .elementwise("exp", reference: reference("exp"), largest: 80) { exp($0) },
        .elementwise("expm1", reference: reference("expm1"), largest: 80) { expm1($0) },
        .elementwise(
            "log", reference: reference("log"), domain: positive,
            exact: [ExactPoint(0, value: -.infinity, slopes: [.infinity])]
        ) { log($0) },
        .elementwise(
            "log1p", reference: reference("log1p"), domain: { select($0 .< -0.5, -0.5, $0) },
            exact: [ExactPoint(-1, value: -.infinity, slopes: [.infinity])]
        ) { log1p($0) },
        .elementwise(
            "log2", reference: reference("log2"), domain: positive,
            exact: [ExactPoint(0, value: -.infinity, slopes: [.infinity])]
        ) { log2($0) },
        .elementwise(
            "sqrt", reference: reference("sqrt"), domain: positive,
            exact: [ExactPoint(0, value: 0, slopes: [.infinity])]
        ) { sqrt($0) },
        .elementwise(
            "rsqrt", reference: reference("rsqrt"), domain: positive,
            exact: [ExactPoint(0, value: .infinity, slopes: [-.infinity])]
        ) { rsqrt($0) },
        .elementwise(
            "reciprocal", reference: reference("reciprocal"), domain: { select($0 .== 0, 0.5, $0) },
            exact: [ExactPoint(0, value: .infinity, slopes: [-.infinity])]
        ) { reciprocal($0) },
        .elementwise("square", reference: reference("square")) { square($0) },
        .elementwise("negate", reference: .family("arithmetic", "negate")) { -$0 },
        .elementwise("sin", reference: reference("sin"), smooth: { wave(sin($0), cos($0), around: $0) }) { sin($0) }
            .everywhereKinked([.large]),
        .elementwise("cos", reference: reference("cos"), smooth: { wave(cos($0), -sin($0), around: $0) }) { cos($0) }
            .everywhereKinked([.large]),
        .elementwise("tan", reference: reference("tan"), domain: { 1.4 * unit($0) }) { tan($0) },
        .elementwise(
            "asin", reference: reference("asin"), domain: unit,
            exact: [ExactPoint(1, value: 1.5707963267948966, slopes: [.infinity])]
        ) { asin($0) },
        .elementwise(
            "acos", reference: reference("acos"), domain: unit,
            exact: [ExactPoint(1, value: 0, slopes: [-.infinity])]
        ) { acos($0) },
        .elementwise("asin slope", reference: .partOf("elementwise", "asin"), domain: unit) { x in
            slope(x) { asin($0) }
        },
        .elementwise("atan", reference: reference("atan")) { atan($0) },
        .elementwise("sinh", reference: reference("sinh"), largest: 80) { sinh($0) },
        .elementwise("cosh", reference: reference("cosh"), largest: 80) { cosh($0) },
        .elementwise("tanh", reference: reference("tanh")) { tanh($0) },
        .elementwise("sigmoid", reference: reference("sigmoid")) { sigmoid($0) },
        .elementwise("sigmoid slope", reference: .partOf("elementwise", "sigmoid")) { sigmoidSlope($0) },
        .elementwise("softplus", reference: reference("softplus")) { softplus($0) },
        .elementwise("logSigmoid", reference: reference("logSigmoid")) { logSigmoid($0) },
        .elementwise("erf", reference: reference("erf")) { erf($0) },
        .elementwise("erfc", reference: .partOf("elementwise", "gelu")) { erfc($0) },
        .elementwise("pow number 3", reference: .family("arithmetic", "power")) { pow($0, 3) },
        .elementwise("pow number 2", reference: .family("arithmetic", "power")) { pow($0, 2) },
        .elementwise("pow number 0", reference: .family("arithmetic", "power")) { pow($0, 0) },
        .elementwise("pow number 0.5", reference: .family("arithmetic", "power"), domain: positive) { pow($0, 0.5) },
        .elementwise("pow number -1", reference: .family("arithmetic", "power"), domain: away(0.1)) { pow($0, -1) },
        .elementwise("pow of 2.5", reference: .family("arithmetic", "power"), largest: 80) { pow(2.5, $0) },
    ]

    /// The derivative of an elementwise function, as a function with derivatives.
    private static func slope(_ x: Variable, _ function: (Variable) -> Variable) -> Variable {
        let x = x.wantsGradient ? x : Variable(x.value)
        let y = function(x)
        let upstream = Variable.constant(.ones(like: y.value))
        return gradients(of: y, at: [x], upstream: upstream, recordingGraph: true)[0] ?? x
    }

    /// A sine about a point, from its value and slope there: the arms of a stencil at 10⁴ would be many waves long.
    private static func wave(_ value: Tensor, _ slope: Tensor, around x: Tensor) -> @Sendable (Variable) -> Variable {
        {
            let difference = $0 - .constant(x)
            return .constant(value) * cos(difference) + .constant(slope) * sin(difference)
        }
    }

    private static let steps: [OperationEntry] = [
        .elementwise("sign", reference: reference("sign"), smooth: { x in { _ in .constant(sign(x)) } }) { sign($0) },
        .elementwise(
            "step", reference: .none("a step: 0 to every order where it has a derivative"),
            exact: [ExactPoint(0, value: 0, slopes: [0]), ExactPoint(1.5, value: 1, slopes: [0])],
            smooth: { x in { _ in .constant(step(x)) } }
        ) { step($0) },
        .elementwise(
            "floor", reference: reference("floor"),
            exact: [ExactPoint(2, value: 2, slopes: [0]), ExactPoint(-1.5, value: -2, slopes: [0])],
            smooth: { x in { _ in .constant(floor(x)) } }
        ) { floor($0) }.everywhereKinked(),
        .elementwise(
            "ceil", reference: reference("ceil"),
            exact: [ExactPoint(2, value: 2, slopes: [0]), ExactPoint(-1.5, value: -1, slopes: [0])],
            smooth: { x in { _ in .constant(ceil(x)) } }
        ) { ceil($0) }.everywhereKinked(),
        .elementwise(
            "round", reference: reference("round"),
            exact: [ExactPoint(0.5, value: 0, slopes: [0]), ExactPoint(1.5, value: 2, slopes: [0])],
            smooth: { x in { _ in .constant(round(x)) } }
        ) { round($0) }.everywhereKinked(),
        .elementwise(
            "abs", reference: reference("abs"), smooth: { x in { $0 * .constant(sign(x)) } }
        ) { abs($0) },
        .elementwise(
            "clamp", reference: .family("arithmetic", "clamp"),
            smooth: { x in { y in select((x .>= -1) .& (x .<= 1), y, .constant(clamp(x, lower: -1, upper: 1))) } }
        ) {
            clamp($0, lower: -1, upper: 1)
        },
    ]

    /// x where the mask holds, a function of it elsewhere.
    private static func pieces(
        _ above: @escaping @Sendable (Variable) -> Variable, _ below: @escaping @Sendable (Variable) -> Variable
    ) -> @Sendable (Tensor) -> @Sendable (Variable) -> Variable {
        { x in
            let mask = x .> 0
            return { select(mask, above($0), below($0)) }
        }
    }

    private static let activations: [OperationEntry] = [
        .elementwise("relu", reference: reference("relu"), smooth: pieces({ $0 }, { 0 * $0 })) { relu($0) },
        .elementwise(
            "relu6", reference: reference("relu6"),
            exact: [ExactPoint(6, value: 6, slopes: [0]), ExactPoint(0, value: 0, slopes: [0])],
            smooth: pieces({ $0 }, { 0 * $0 })
        ) { relu6($0) },
        .elementwise("leakyRelu", reference: reference("leakyRelu"), smooth: pieces({ $0 }, { 0.3 * $0 })) {
            leakyRelu($0, slope: 0.3)
        },
        .elementwise("elu", reference: reference("elu"), smooth: pieces({ $0 }, { 0.7 * expm1($0) })) {
            elu($0, alpha: 0.7)
        },
        .elementwise(
            "selu", reference: reference("selu"),
            smooth: pieces(
                { 1.0507009873554804934 * $0 },
                { (1.0507009873554804934 * 1.6732632423543772848) * expm1($0) })
        ) { selu($0) },
        .elementwise("silu", reference: reference("silu")) { silu($0) },
        .elementwise("gelu", reference: reference("gelu")) { gelu($0) },
        .elementwise("gelu, tanh", reference: reference("geluTanh")) { gelu($0, approximation: .tanh) },
        .elementwise("dropout", reference: .none("its mask is drawn by a generator of our own")) { x in
            var random = Random(seed: 3)
            return dropout(x, probability: 0.4, using: &random)
        },
        .elementwise("converted", reference: .none("rounds to another type"), smooth: { _ in { $0 } }) {
            $0.converted(to: $0.elementType == .float32 ? .float64 : .float32).converted(to: $0.elementType)
        }.everywhereKinked(tolerance: 0x1p-22),
        .elementwise("custom of one", reference: .none("the rule is the caller's")) { x in
            custom(x, forward: { $0 * $0 * $0 }, backward: { x, _, upstream in 3 * x * x * upstream })
        },
        .elementwise("recomputed", reference: .none("the rules are the body's"), largest: 80) { x in
            recomputed { sin(x) * exp(x) }
        },
        .elementwise("identity", reference: .none("it computes nothing")) { x in
            jvp(at: x, along: x) { square($0) }.tangent
        },
    ]

    static let pairs: [OperationEntry] = [
        .pair("add", reference: .family("arithmetic", "add")) { $0 + $1 },
        .pair("subtract", reference: .family("arithmetic", "subtract")) { $0 - $1 },
        .pair("multiply", reference: .family("arithmetic", "multiply")) { $0 * $1 },
        .pair(
            "divide", reference: .family("arithmetic", "divide"), domain: { $1 == 1 ? select($0 .== 0, 0.5, $0) : $0 },
            // x / x is 1 throughout: its derivatives are rounding, which no difference is like.
            smooth: { _ in { 0 * $0[0] + 1 } }
        ) { $0 / $1 }.everywhereKinked([.repeated]),
        .pair(
            "pow", reference: .family("arithmetic", "power"),
            domain: { $1 == 0 ? positive($0) : 2 * unit($0) },
            exact: [
                ExactPoint(0, 0, value: 1, slopes: [0, 0]), ExactPoint(0, 2, value: 0, slopes: [0, 0]),
                ExactPoint(0, 1, value: 0, slopes: [1, 0]),
                ExactPoint(-2, 0.5, value: .nan, slopes: [.nan, .nan]),
            ]
        ) { pow($0, $1) }.withTinyTogether(),
        .pair("maximum", reference: .family("arithmetic", "maximum"), smooth: shared(by: { $0 .> $1 })) {
            maximum($0, $1)
        },
        .pair("minimum", reference: .family("arithmetic", "minimum"), smooth: shared(by: { $0 .< $1 })) {
            minimum($0, $1)
        },
        .pair(
            "remainder", reference: .none("the files have none; its slopes are whole numbers, given here"),
            domain: { x, i in i == 1 ? select(x .== 0, 3, x + 3 * sign(x)) : 0.4 * unit(x) + 0.5 },
            exact: [ExactPoint(6, 3, value: 0, slopes: [1, -2]), ExactPoint(-7, 3, value: 2, slopes: [1, 3])],
            smooth: { x in
                let wholes = round((x[0] - remainder(x[0], x[x.count - 1])) / x[x.count - 1])
                return { $0[0] - .constant(wholes) * $0[$0.count - 1] }
            }
        ) { remainder($0, $1) },
        .pair(
            "atan2", reference: .none("the files have none; closed forms are tested beside the arithmetic"),
            domain: { x, i in i == 1 ? positive(x) : x },
            exact: [ExactPoint(0, -2, value: 3.141592653589793, slopes: [-0.5, 0])]
        ) { atan2($0, $1) }.withTinyTogether(),
        .pair("select", reference: .family("arithmetic", "where")) { a, b in
            select(Tensor([true], shape: [1]), a, b) + select(Tensor([false], shape: [1]), a, 2 * b)
        },
        .pair("custom of two", reference: .none("the rule is the caller's")) { a, b in
            custom(
                a + 0 * b, b + 0 * a, forward: { $0 * $1 * $1 },
                backward: { a, b, _, upstream in (upstream * b * b, 2 * upstream * a * b) })
        },
        .pair("custom of many", reference: .none("the rule is the caller's")) { a, b in
            custom(
                [a + 0 * b, b + 0 * a], forward: { $0[0] * $0[1] },
                backward: { x, _, upstream in [upstream * x[1], upstream * x[0]] })
        },
    ]

    /// The winner, or both in equal parts.
    private static func shared(by wins: @escaping @Sendable (Tensor, Tensor) -> Tensor)
        -> @Sendable ([Tensor]) -> Function
    {
        { x in
            let (a, b) = (x[0], x[x.count - 1])
            let (first, second) = (wins(a, b), wins(b, a))
            return { y in
                let (a, b) = (y[0], y[y.count - 1])
                return select(first, a, select(second, b, 0.5 * a + 0.5 * b))
            }
        }
    }
}
