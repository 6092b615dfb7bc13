// Functions of one element. Included by each path once an element type, with MATH(name) for libm's name of the type; what
// NAME(exp) and the like are stands in functions_float.h, and for double they are libm's.

// part / (1 + e) for 0 <= e <= 1. What the sum loses is made up for, but for what is beside e a part of itself.
INLINE T NAME(share)(T part, T e) {
    T sum = 1 + e, y = part / sum, lost = e - (sum - 1);
    return NAME(fma)(-y, lost, y);
}

// The tails of the logistic function and of softplus come from exp of a negative number, so that neither overflows and a
// large negative argument keeps its relative precision.
INLINE T NAME(sigmoid)(T v) {
    T e = NAME(exp_below_0)(-MATH(fabs)(v));
    return NAME(share)(v >= 0 ? 1 : e, e);
}
INLINE T NAME(softplus)(T v) {
    T tail = NAME(log1p)(NAME(exp_below_0)(-MATH(fabs)(v)));
    return v > 0 ? v + tail : tail;
}

// The derivative of the logistic function, y (1 - y) for the smaller of its two sides, and x times a smooth step with its derivative:
// what GRADUS_GELU and the like mean. The tanh form of gelu is x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3).
INLINE T NAME(sigmoid_slope)(T v) {
    T e = NAME(exp_below_0)(-MATH(fabs)(v)), y = NAME(share)(e, e);
    return NAME(fma)(-y, y, y);
}
INLINE T NAME(tanh_slope)(T v) { return 4 * NAME(sigmoid_slope)(2 * v); }
INLINE T NAME(silu)(T v) { return v * NAME(sigmoid)(v); }
INLINE T NAME(silu_slope)(T v) {
    T e = NAME(exp_below_0)(-MATH(fabs)(v)), y = NAME(share)(e, e);
    return NAME(fma)(v, NAME(fma)(-y, y, y), v >= 0 ? 1 - y : y);
}
INLINE T NAME(gelu)(T v) { return v * NAME(normal_at)(v).below; }
INLINE T NAME(gelu_slope)(T v) {
    NAME(normal) at = NAME(normal_at)(v);
    return NAME(fma)(v, at.bell * (T)0.39894228040143267794, at.below);
}
INLINE T NAME(gelu_tanh)(T v) {
    return v * NAME(sigmoid)(v * NAME(fma)((T)0.0713548162726002488, v * v, (T)1.59576912160573071176));
}
INLINE T NAME(gelu_tanh_slope)(T v) {
    T w = v > 1000 ? 1000 : v < -1000 ? -1000 : v;  // there the slope is 1 and 0, and the powers are still numbers
    T u = w * NAME(fma)((T)0.0713548162726002488, w * w, (T)1.59576912160573071176);
    T slope = NAME(fma)((T)(3 * 0.0713548162726002488), w * w, (T)1.59576912160573071176);
    T e = NAME(exp_below_0)(-MATH(fabs)(u)), y = NAME(share)(e, e);
    return NAME(fma)(w * slope, NAME(fma)(-y, y, y), u >= 0 ? 1 - y : y);
}

#define SIGN(v) ((v) > 0 ? 1 : (v) < 0 ? -1 : (v))

// Every operation: X(its number, what becomes of v).
#define EACH_UNARY(X) \
    X(GRADUS_NEGATE, -v) \
    X(GRADUS_ABS, MATH(fabs)(v)) \
    X(GRADUS_SIGN, SIGN(v)) \
    X(GRADUS_SQUARE, v * v) \
    X(GRADUS_EXP, NAME(exp)(v)) \
    X(GRADUS_EXPM1, NAME(expm1)(v)) \
    X(GRADUS_LOG, NAME(log)(v)) \
    X(GRADUS_LOG1P, NAME(log1p)(v)) \
    X(GRADUS_LOG2, MATH(log2)(v)) \
    X(GRADUS_SQRT, SQUARE_ROOT(v)) \
    X(GRADUS_RSQRT, 1 / SQUARE_ROOT(v)) \
    X(GRADUS_RECIPROCAL, 1 / v) \
    X(GRADUS_SIN, MATH(sin)(v)) \
    X(GRADUS_COS, MATH(cos)(v)) \
    X(GRADUS_TAN, MATH(tan)(v)) \
    X(GRADUS_ASIN, MATH(asin)(v)) \
    X(GRADUS_ACOS, MATH(acos)(v)) \
    X(GRADUS_ATAN, MATH(atan)(v)) \
    X(GRADUS_SINH, MATH(sinh)(v)) \
    X(GRADUS_COSH, MATH(cosh)(v)) \
    X(GRADUS_TANH, NAME(tanh)(v)) \
    X(GRADUS_SIGMOID, NAME(sigmoid)(v)) \
    X(GRADUS_SOFTPLUS, NAME(softplus)(v)) \
    X(GRADUS_ERF, NAME(erf)(v)) \
    X(GRADUS_ERFC, NAME(erfc)(v)) \
    X(GRADUS_RELU, v > 0 || v != v ? v : 0) \
    X(GRADUS_STEP, v > 0 ? 1 : v <= 0 ? 0 : v) \
    X(GRADUS_SIGMOID_SLOPE, NAME(sigmoid_slope)(v)) \
    X(GRADUS_TANH_SLOPE, NAME(tanh_slope)(v)) \
    X(GRADUS_SILU, NAME(silu)(v)) \
    X(GRADUS_SILU_SLOPE, NAME(silu_slope)(v)) \
    X(GRADUS_GELU, NAME(gelu)(v)) \
    X(GRADUS_GELU_SLOPE, NAME(gelu_slope)(v)) \
    X(GRADUS_GELU_TANH, NAME(gelu_tanh)(v)) \
    X(GRADUS_GELU_TANH_SLOPE, NAME(gelu_tanh_slope)(v)) \
    X(GRADUS_FLOOR, MATH(floor)(v)) \
    X(GRADUS_CEIL, MATH(ceil)(v)) \
    X(GRADUS_ROUND, MATH(rint)(v))

static void NAME(unary)(gradus_unary_op op, int64_t n, const void *x_, void *y_) {
    const T *x = x_;
    T *y = y_;
// x and y may be one block: each element is read before it is written, so lanes do not get in each other's way.
#define LOOP(OP, EXPRESSION)                                                 \
    case OP:                                                                 \
        _Pragma("clang loop vectorize(assume_safety)")                       \
        for (int64_t i = 0; i < n; i++) { T v = x[i]; y[i] = (EXPRESSION); } \
        break;
    switch (op) { EACH_UNARY(LOOP) }
#undef LOOP
}
#undef EACH_UNARY

// Gradients in one pass: X(its number, what becomes of x and the upstream gradient u).
#define EACH_GRADIENT(X) \
    X(GRADUS_SQRT_GRADIENT, u / (2 * x)) \
    X(GRADUS_SQUARE_GRADIENT, u * (2 * x)) \
    X(GRADUS_ABS_GRADIENT, u * SIGN(x)) \
    X(GRADUS_EXPM1_GRADIENT, u * NAME(exp)(x)) \
    X(GRADUS_SIGMOID_GRADIENT, u * NAME(sigmoid_slope)(x)) \
    X(GRADUS_TANH_GRADIENT, u * NAME(tanh_slope)(x)) \
    X(GRADUS_SOFTPLUS_GRADIENT, u * NAME(sigmoid)(x)) \
    X(GRADUS_SILU_GRADIENT, u * NAME(silu_slope)(x)) \
    X(GRADUS_GELU_GRADIENT, u * NAME(gelu_slope)(x)) \
    X(GRADUS_GELU_TANH_GRADIENT, u * NAME(gelu_tanh_slope)(x))

// The upstream stands still where it is one number throughout. What is written may be either operand's block.
static void NAME(slope_times)(gradus_binary_op op, int64_t n, const T *from, int64_t step, const T *upstream,
                              int64_t upstream_step, T *out) {
#define LOOP(OP, EXPRESSION)                                                                            \
    case OP:                                                                                            \
        if (upstream_step == 1) {                                                                       \
            _Pragma("clang loop vectorize(assume_safety)")                                              \
            for (int64_t i = 0; i < n; i++) { T x = from[i], u = upstream[i]; out[i] = (EXPRESSION); }  \
        } else {                                                                                        \
            const T u = upstream[0];                                                                    \
            _Pragma("clang loop vectorize(assume_safety)")                                              \
            for (int64_t i = 0; i < n; i++) { T x = from[i]; out[i] = (EXPRESSION); }                   \
        }                                                                                               \
        break;
    if (step == 0) {  // x one number throughout is rare
        for (int64_t i = 0; i < n; i++) NAME(slope_times)(op, 1, from, 1, upstream + i * upstream_step, 1, out + i);
        return;
    }
    switch (op) {
        EACH_GRADIENT(LOOP)
        default: break;
    }
#undef LOOP
}
#undef EACH_GRADIENT
#undef SIGN

// Without their signs, infinities and NaN have the largest bits.
static bool NAME(are_finite)(int64_t n, const void *x_) {
    const T *x = x_;
    BITS largest = 0;
    for (int64_t i = 0; i < n; i++) {
        BITS bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= INFINITE_BITS;
        largest = bits > largest ? bits : largest;
    }
    return largest < INFINITE_BITS;
}
