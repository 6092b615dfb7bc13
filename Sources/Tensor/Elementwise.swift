import CGradusKernels

/// How many elements of a transcendental function are worth handing to another thread.
package let functionGrain = 1 << 13

extension Tensor {
    /// The one way to a one-operand kernel.
    package static func unary(
        _ name: StaticString, _ op: gradus_unary_op, _ x: Tensor, integers: Bool = false
    ) -> Tensor {
        let type = x.elementType
        guard type.isFloatingPoint || integers && type == .int64 else {
            return misuse("\(name): not defined on \(type); convert first", inert: .inert(x.shape))
        }
        if let one = x.repeated { return unary(name, op, one, integers: integers).broadcast(to: x.shape) }
        return make(x.shape, type) { out in
            x.withPointer { x0 in
                parallelFor(x.count, grain: functionGrain) { range in
                    let offset = range.lowerBound * type.size
                    gradus_unary(op, type.code, Int64(range.count), x0 + offset, out + offset)
                }
            }
        }
    }
}

// MARK: - Powers, exponentials, logarithms

/// e to the power of x.
public func exp(_ x: Tensor) -> Tensor { Tensor.unary("exp", GRADUS_EXP, x) }

/// e to the power of x, less 1; exact to the last digits for small x, where `exp(x) - 1` is not.
public func expm1(_ x: Tensor) -> Tensor { Tensor.unary("expm1", GRADUS_EXPM1, x) }

/// The natural logarithm: -∞ at 0, NaN below.
public func log(_ x: Tensor) -> Tensor { Tensor.unary("log", GRADUS_LOG, x) }

/// The natural logarithm of 1 + x, exact to the last digits for small x: -∞ at -1, NaN below.
public func log1p(_ x: Tensor) -> Tensor { Tensor.unary("log1p", GRADUS_LOG1P, x) }

/// The logarithm to base 2: -∞ at 0, NaN below.
public func log2(_ x: Tensor) -> Tensor { Tensor.unary("log2", GRADUS_LOG2, x) }

/// The square root, NaN below 0.
public func sqrt(_ x: Tensor) -> Tensor { Tensor.unary("sqrt", GRADUS_SQRT, x) }

/// 1 over the square root: ∞ at 0, NaN below.
public func rsqrt(_ x: Tensor) -> Tensor { Tensor.unary("rsqrt", GRADUS_RSQRT, x) }

/// 1 / x: ±∞ at ±0.
public func reciprocal(_ x: Tensor) -> Tensor { Tensor.unary("reciprocal", GRADUS_RECIPROCAL, x) }

/// x times itself; `int64` too.
public func square(_ x: Tensor) -> Tensor { Tensor.unary("square", GRADUS_SQUARE, x, integers: true) }

// MARK: - Sign and rounding

/// The distance from 0; `int64` too (the least of them has none that fits and stays as it is).
public func abs(_ x: Tensor) -> Tensor { Tensor.unary("abs", GRADUS_ABS, x, integers: true) }

/// 1 above 0, -1 below, 0 at 0, NaN at NaN; `int64` too.
public func sign(_ x: Tensor) -> Tensor { Tensor.unary("sign", GRADUS_SIGN, x, integers: true) }

/// The largest whole number not above x.
public func floor(_ x: Tensor) -> Tensor { Tensor.unary("floor", GRADUS_FLOOR, x) }

/// The smallest whole number not below x.
public func ceil(_ x: Tensor) -> Tensor { Tensor.unary("ceil", GRADUS_CEIL, x) }

/// The nearest whole number; halves go to the even one: 0.5 to 0, 1.5 and 2.5 to 2.
public func round(_ x: Tensor) -> Tensor { Tensor.unary("round", GRADUS_ROUND, x) }

// MARK: - Trigonometry

/// The sine of an angle in radians.
public func sin(_ x: Tensor) -> Tensor { Tensor.unary("sin", GRADUS_SIN, x) }

/// The cosine of an angle in radians.
public func cos(_ x: Tensor) -> Tensor { Tensor.unary("cos", GRADUS_COS, x) }

/// The tangent of an angle in radians.
public func tan(_ x: Tensor) -> Tensor { Tensor.unary("tan", GRADUS_TAN, x) }

/// The angle, -π/2 to π/2, whose sine is x; NaN beyond ±1.
public func asin(_ x: Tensor) -> Tensor { Tensor.unary("asin", GRADUS_ASIN, x) }

/// The angle, 0 to π, whose cosine is x; NaN beyond ±1.
public func acos(_ x: Tensor) -> Tensor { Tensor.unary("acos", GRADUS_ACOS, x) }

/// The angle, -π/2 to π/2, whose tangent is x.
public func atan(_ x: Tensor) -> Tensor { Tensor.unary("atan", GRADUS_ATAN, x) }

/// The hyperbolic sine.
public func sinh(_ x: Tensor) -> Tensor { Tensor.unary("sinh", GRADUS_SINH, x) }

/// The hyperbolic cosine.
public func cosh(_ x: Tensor) -> Tensor { Tensor.unary("cosh", GRADUS_COSH, x) }

/// The hyperbolic tangent.
public func tanh(_ x: Tensor) -> Tensor { Tensor.unary("tanh", GRADUS_TANH, x) }

// MARK: - Activations and the error function

/// The logistic function 1 / (1 + e⁻ˣ), computed from the smaller tail so that neither end loses precision.
public func sigmoid(_ x: Tensor) -> Tensor { Tensor.unary("sigmoid", GRADUS_SIGMOID, x) }

/// log(1 + eˣ), a smooth `relu`; neither end overflows or loses precision.
public func softplus(_ x: Tensor) -> Tensor { Tensor.unary("softplus", GRADUS_SOFTPLUS, x) }

/// x where it is positive, 0 elsewhere, NaN at NaN.
public func relu(_ x: Tensor) -> Tensor { Tensor.unary("relu", GRADUS_RELU, x) }

/// 1 where x is positive, 0 elsewhere, NaN at NaN.
public func step(_ x: Tensor) -> Tensor { Tensor.unary("step", GRADUS_STEP, x) }

/// The error function 2/√π ∫₀ˣ exp(-t²) dt.
public func erf(_ x: Tensor) -> Tensor { Tensor.unary("erf", GRADUS_ERF, x) }

/// 1 - erf(x), without loss of precision for large x.
public func erfc(_ x: Tensor) -> Tensor { Tensor.unary("erfc", GRADUS_ERFC, x) }

// MARK: - What gradients of activations are made of

/// The derivative of the logistic function, σ(x) σ(-x), without loss of precision in the tails.
package func sigmoidSlope(_ x: Tensor) -> Tensor { Tensor.unary("sigmoidSlope", GRADUS_SIGMOID_SLOPE, x) }

/// The derivative of the hyperbolic tangent, likewise.
package func tanhSlope(_ x: Tensor) -> Tensor { Tensor.unary("tanhSlope", GRADUS_TANH_SLOPE, x) }

/// What `relu` passes back, from its output: the upstream gradient where that is above 0, elsewhere the 0 or NaN that it is.
package func reluGradient(output: consuming Tensor, upstream: Tensor) -> Tensor {
    gradient("reluGradient", GRADUS_RELU_GRADIENT, output, upstream)
}

/// x σ(x).
package func silu(_ x: Tensor) -> Tensor { Tensor.unary("silu", GRADUS_SILU, x) }

/// x Φ(x), Φ being the normal distribution.
package func gelu(_ x: Tensor) -> Tensor { Tensor.unary("gelu", GRADUS_GELU, x) }

/// The approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
package func geluTanh(_ x: Tensor) -> Tensor { Tensor.unary("geluTanh", GRADUS_GELU_TANH, x) }

// MARK: - An upstream gradient times a slope, in one pass

/// What a function passes back of the upstream gradient, from its input x, which is written over if the caller was the last to hold it.
private func gradient(
    _ name: StaticString, _ op: gradus_binary_op, _ x: consuming Tensor, _ upstream: Tensor
) -> Tensor {
    Tensor.binary(name, op, over: x, upstream, integers: false)
}

/// What `exp` passes back, from its output.
package func expGradient(output: consuming Tensor, upstream: Tensor) -> Tensor {
    gradient("expGradient", GRADUS_MULTIPLY, output, upstream)
}
/// What `sqrt` passes back, from its output.
package func sqrtGradient(output: consuming Tensor, upstream: Tensor) -> Tensor {
    gradient("sqrtGradient", GRADUS_SQRT_GRADIENT, output, upstream)
}
/// What the functions that these are named after pass back, from their input.
package func squareGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("squareGradient", GRADUS_SQUARE_GRADIENT, x, upstream)
}
package func absGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("absGradient", GRADUS_ABS_GRADIENT, x, upstream)
}
package func expm1Gradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("expm1Gradient", GRADUS_EXPM1_GRADIENT, x, upstream)
}
package func sigmoidGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("sigmoidGradient", GRADUS_SIGMOID_GRADIENT, x, upstream)
}
package func tanhGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("tanhGradient", GRADUS_TANH_GRADIENT, x, upstream)
}
package func softplusGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("softplusGradient", GRADUS_SOFTPLUS_GRADIENT, x, upstream)
}
package func siluGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("siluGradient", GRADUS_SILU_GRADIENT, x, upstream)
}
package func geluGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("geluGradient", GRADUS_GELU_GRADIENT, x, upstream)
}
package func geluTanhGradient(_ x: consuming Tensor, _ upstream: Tensor) -> Tensor {
    gradient("geluTanhGradient", GRADUS_GELU_TANH_GRADIENT, x, upstream)
}
