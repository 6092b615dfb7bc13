extension OperationRule {
    static let arithmetic: [String: OperationRule] = [
        "Add": binary(
            "+", "{a} + {b}", "1", "1",
            "Add distributes: what arrives goes on unchanged to both inputs."),
        "Subtract": binary(
            "−", "{a} − {b}", "1", "−1",
            "Subtract distributes with a sign: the first input gets what arrives, the second its opposite."),
        "Multiply": binary(
            "×", "{a} · {b}", "{b}", "{a}",
            "Multiply swaps: each input gets what arrives, times the other input."),
        "Divide": binary(
            "÷", "{a} / {b}", "1 / {b}", "−{y} / {b}",
            "Divide scales: the numerator gets what arrives over the denominator; the denominator gets it with the opposite sign, times the quotient over the denominator."
        ),
        "Negate": unary("−x", "−{x}", "−1", "Negate turns the sign of what arrives."),
        "Pow": binary(
            "^", "{a}^{b}", "{b} · {a}^({b} − 1)", "{y} · ln {a}",
            "A power scales: the base gets what arrives times exponent times the power one lower; the exponent gets it times the result times the logarithm of the base."
        ),
        "PowNumber": unary(
            "^", "{x}^{n}", "{n} · {x}^({n} − 1)",
            "A power comes down: what arrives is multiplied by the exponent and by the power one lower."),
        "Maximum": binary(
            "max", "max({a}, {b})", "1 if {a} > {b}, else 0", "1 if {b} > {a}, else 0",
            "Max routes: the larger input gets all that arrives, the other 0; at a tie each gets half."),
        "Minimum": binary(
            "min", "min({a}, {b})", "1 if {a} < {b}, else 0", "1 if {b} < {a}, else 0",
            "Min routes: the smaller input gets all that arrives, the other 0; at a tie each gets half."),
        "Remainder": binary(
            "mod", "{a} mod {b}", "1", "−⌊{a} / {b}⌋",
            "Remainder passes on to the dividend what arrives; the divisor gets its opposite as often as it was taken off."
        ),
        "Atan2": binary(
            "atan2", "atan2({a}, {b})", "{b} / ({a}² + {b}²)", "−{a} / ({a}² + {b}²)",
            "The angle of a point turns most easily near the origin: each coordinate gets what arrives times the other one over the squared distance, the second with the opposite sign."
        ),
        "Select": binary(
            "sel", "select(mask, {a}, {b})", "1 where the mask is true, else 0", "0 where the mask is true, else 1",
            "Select routes: at each place the input that was chosen gets what arrives, the other nothing."),
        "Clamp": unary(
            "clamp", "clamp({x})", "1 between the bounds, else 0",
            "Clamp is a gate: open between its bounds and at them, shut beyond."),
        "Identity": unary("=", "{x}", "1", "The same value as a new node: what arrives goes on unchanged."),
        "Convert": unary(
            "→", "{x}", "1", "Another element type: what arrives is converted back."),
        "Dropout": unary(
            "drop", "mask · {x} · {s}", "{s} where kept, else 0",
            "Dropout is a gate drawn by lot: where an element was dropped nothing goes back, and where it was kept what arrives is scaled as the element was."
        ),
    ]

    static let functions: [String: OperationRule] = [
        "Exp": unary(
            "exp", "e^{x}", "{y}", "The exponential is its own slope: what arrives is multiplied by the result."),
        "Expm1": unary("expm1", "e^{x} − 1", "e^{x}", "What arrives is multiplied by the exponential."),
        "Log": unary("ln", "ln {x}", "1 / {x}", "The logarithm divides: what arrives is divided by the input."),
        "Log1p": unary("ln1p", "ln(1 + {x})", "1 / (1 + {x})", "What arrives is divided by one more than the input."),
        "Log2": unary(
            "log₂", "log₂ {x}", "1 / ({x} · ln 2)", "What arrives is divided by the input and by the logarithm of 2."),
        "Sqrt": unary("√", "√{x}", "1 / (2 · {y})", "The root divides: what arrives is divided by twice the result."),
        "Rsqrt": unary(
            "1/√", "1 / √{x}", "−½ · {y}³", "What arrives is multiplied by minus a half of the result cubed."),
        "Reciprocal": unary(
            "1/x", "1 / {x}", "−{y}²", "What arrives is multiplied by the square of the result, with the opposite sign."
        ),
        "Square": unary("x²", "{x}²", "2 · {x}", "The square doubles: what arrives is multiplied by twice the input."),
        "Abs": unary(
            "|x|", "|{x}|", "sign({x})", "The distance from 0 keeps the input's sign; at 0 nothing goes back."),
        "Sign": unary(
            "sign", "sign({x})", "0", "A function of steps is flat wherever it has a slope: nothing goes back."),
        "Floor": unary("⌊x⌋", "⌊{x}⌋", "0", "Rounding down is flat between its steps: nothing goes back."),
        "Ceil": unary("⌈x⌉", "⌈{x}⌉", "0", "Rounding up is flat between its steps: nothing goes back."),
        "Round": unary("round", "round({x})", "0", "Rounding is flat between its steps: nothing goes back."),
        "Sin": unary("sin", "sin {x}", "cos {x}", "What arrives is multiplied by the cosine of the input."),
        "Cos": unary("cos", "cos {x}", "−sin {x}", "What arrives is multiplied by minus the sine of the input."),
        "Tan": unary("tan", "tan {x}", "1 + {y}²", "What arrives is multiplied by 1 and the square of the result."),
        "Asin": unary(
            "asin", "asin {x}", "1 / √(1 − {x}²)",
            "The nearer to ±1, the steeper: what arrives is divided by √(1 − x²)."),
        "Acos": unary("acos", "acos {x}", "−1 / √(1 − {x}²)", "As for the arcsine, with the opposite sign."),
        "AsinSlope": unary(
            "asin′", "1 / √(1 − {x}²)", "{x} · {y}³",
            "The slope of the arcsine as a function: what arrives is multiplied by the input and the result cubed."
        ),
        "Atan": unary(
            "atan", "atan {x}", "1 / (1 + {x}²)", "The farther from 0, the flatter: what arrives is divided by 1 + x²."),
        "Sinh": unary("sinh", "sinh {x}", "cosh {x}", "What arrives is multiplied by the hyperbolic cosine."),
        "Cosh": unary("cosh", "cosh {x}", "sinh {x}", "What arrives is multiplied by the hyperbolic sine."),
        "Tanh": unary(
            "tanh", "tanh {x}", "1 − {y}²",
            "Tanh squashes: what arrives is multiplied by 1 less the square of the result, which is next to nothing where it saturates."
        ),
        "Sigmoid": unary(
            "σ", "σ({x})", "(1 − {y}) · {y}",
            "Sigmoid squashes: what arrives is multiplied by result times what is missing to 1, a quarter at most."),
        "SigmoidSlope": unary(
            "σ′", "σ′({x})", "−{y} · tanh({x} / 2)",
            "The slope of the sigmoid as a function: what arrives is multiplied by its own slope."),
        "Softplus": unary(
            "softplus", "ln(1 + e^{x})", "σ({x})",
            "A smooth relu: what arrives is multiplied by the sigmoid of the input."),
        "Erf": unary("erf", "erf {x}", "2/√π · e^(−{x}²)", "What arrives is multiplied by the bell curve."),
        "Erfc": unary(
            "erfc", "erfc {x}", "−2/√π · e^(−{x}²)",
            "What arrives is multiplied by the bell curve, with the opposite sign."),
    ]

    static let activations: [String: OperationRule] = [
        "Relu": unary(
            "relu", "relu({x})", "1 if {x} > 0, else 0",
            "Relu is a gate: where the input is positive what arrives goes on unchanged, elsewhere nothing does."),
        "Relu6": unary(
            "relu6", "min(max({x}, 0), 6)", "1 if 0 < {x} < 6, else 0",
            "A gate that is open between 0 and 6: elsewhere nothing goes back."),
        "LeakyRelu": unary(
            "leaky", "{x} if {x} > 0, else {s} · {x}", "1 if {x} > 0, else {s}",
            "A gate that leaks: where the input is not positive, a small share of what arrives goes on."),
        "Elu": unary(
            "elu", "elu({x})", "{s} if {x} > 0, else {s} · {α} · e^{x}",
            "Straight above 0, where what arrives goes on scaled; below, less and less of it does."),
        "Silu": unary(
            "silu", "{x} · σ({x})", "σ({x}) + {x} · σ({x}) · (1 − σ({x}))",
            "A product of the input and its sigmoid: both factors send something back."),
        "Gelu": unary(
            "gelu", "{x} · Φ({x})", "Φ({x}) + {x} · φ({x})",
            "A product of the input and the normal distribution: both factors send something back."),
        "GeluTanh": unary(
            "gelu", "{x} · σ(2u)", "σ(2u) + {x} · dσ(2u)/dx, u = √(2/π) · ({x} + 0.044715 · {x}³)",
            "A product of the input and a smooth step: both factors send something back."),
    ]
}
