import GradusAutograd

/// The functions that an expression may call.
enum ExpressionFunction {
    case one(@Sendable (Variable) -> Variable)
    case two(@Sendable (Variable, Variable) -> Variable)

    var count: Int {
        switch self {
        case .one: 1
        case .two: 2
        }
    }

    /// By name; some have two.
    static let all: [String: ExpressionFunction] = [
        "abs": .one { abs($0) }, "acos": .one { acos($0) }, "asin": .one { asin($0) }, "atan": .one { atan($0) },
        "atan2": .two { atan2($0, $1) }, "ceil": .one { ceil($0) }, "cos": .one { cos($0) }, "cosh": .one { cosh($0) },
        "elu": .one { elu($0) }, "erf": .one { erf($0) }, "erfc": .one { erfc($0) }, "exp": .one { exp($0) },
        "expm1": .one { expm1($0) }, "floor": .one { floor($0) }, "gelu": .one { gelu($0) },
        "leakyRelu": .one { leakyRelu($0) }, "ln": .one { log($0) }, "log": .one { log($0) },
        "log1p": .one { log1p($0) }, "log2": .one { log2($0) }, "logSigmoid": .one { logSigmoid($0) },
        "max": .two { maximum($0, $1) }, "maximum": .two { maximum($0, $1) }, "min": .two { minimum($0, $1) },
        "minimum": .two { minimum($0, $1) }, "pow": .two { pow($0, $1) }, "reciprocal": .one { reciprocal($0) },
        "relu": .one { relu($0) }, "relu6": .one { relu6($0) }, "remainder": .two { remainder($0, $1) },
        "round": .one { round($0) }, "rsqrt": .one { rsqrt($0) }, "selu": .one { selu($0) },
        "sigmoid": .one { sigmoid($0) },
        "sign": .one { sign($0) }, "silu": .one { silu($0) }, "sin": .one { sin($0) }, "sinh": .one { sinh($0) },
        "softplus": .one { softplus($0) }, "sqrt": .one { sqrt($0) }, "square": .one { square($0) },
        "tan": .one { tan($0) }, "tanh": .one { tanh($0) }, "σ": .one { sigmoid($0) },
    ]
}
