import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// The functions of one variable, for the references and for every other test of them.
let elementwiseFunctions: [String: @Sendable (Variable) -> Variable] = [
    "abs": { abs($0) }, "acos": { acos($0) }, "asin": { asin($0) }, "atan": { atan($0) }, "ceil": { ceil($0) },
    "cos": { cos($0) }, "cosh": { cosh($0) }, "erf": { erf($0) }, "exp": { exp($0) }, "expm1": { expm1($0) },
    "floor": { floor($0) }, "gelu": { gelu($0) }, "geluTanh": { gelu($0, approximation: .tanh) }, "log": { log($0) },
    "log1p": { log1p($0) }, "log2": { log2($0) }, "logSigmoid": { logSigmoid($0) }, "reciprocal": { reciprocal($0) },
    "relu": { relu($0) }, "relu6": { relu6($0) }, "round": { round($0) }, "rsqrt": { rsqrt($0) }, "selu": { selu($0) },
    "sigmoid": { sigmoid($0) }, "sign": { sign($0) }, "silu": { silu($0) }, "sin": { sin($0) }, "sinh": { sinh($0) },
    "softplus": { softplus($0) }, "sqrt": { sqrt($0) }, "square": { square($0) }, "tan": { tan($0) },
    "tanh": { tanh($0) },
]

@Test func elementwiseReferences() throws {
    var table = elementwiseFunctions.mapValues { function -> ReferenceFunction in { x, _ in [function(x[0])] } }
    table["leakyRelu"] = { x, attributes in [leakyRelu(x[0], slope: attributes["slope"]!.double!)] }
    table["elu"] = { x, attributes in [elu(x[0], alpha: attributes["alpha"]!.double!)] }
    try expectReferences("elementwise", table, absolute: { _ in 0 })
}

@Test func arithmeticReferences() throws {
    func binary(_ function: @escaping (Variable, Variable) -> Variable) -> ReferenceFunction {
        { x, _ in [function(x[0], x[1])] }
    }
    try expectReferences(
        "arithmetic",
        [
            "add": binary(+), "subtract": binary(-), "multiply": binary(*), "divide": binary(/),
            "negate": { x, _ in [-x[0]] },
            "power": binary { pow($0, $1) }, "maximum": binary { maximum($0, $1) },
            "minimum": binary { minimum($0, $1) },
            "where": { x, _ in [select(x[0].value, x[1], x[2])] },
            "clamp": { x, attributes in
                [clamp(x[0], lower: attributes["lower"]?.double, upper: attributes["upper"]?.double)]
            },
        ], absolute: { _ in 0 })
}
