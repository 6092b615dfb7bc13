// Functions of one element that the compiler makes vectors of, or libm has. Included by each path once an element type, with MATH(name)
// for libm's name of the type; what NAME(exp) and the like are stands in functions_float.h, and for double they are libm's.

#define SIGN(v) ((v) > 0 ? 1 : (v) < 0 ? -1 : (v))

// Every operation but those in unary_vectors.h: X(its number, what becomes of v).
#define EACH_UNARY(X) \
    X(GRADUS_NEGATE, -v) \
    X(GRADUS_ABS, MATH(fabs)(v)) \
    X(GRADUS_SIGN, SIGN(v)) \
    X(GRADUS_SQUARE, v * v) \
    X(GRADUS_EXPM1, NAME(expm1)(v)) \
    X(GRADUS_LOG, NAME(log)(v)) \
    X(GRADUS_LOG1P, NAME(log1p)(v)) \
    X(GRADUS_SQRT, SQUARE_ROOT(v)) \
    X(GRADUS_RSQRT, 1 / SQUARE_ROOT(v)) \
    X(GRADUS_RECIPROCAL, 1 / v) \
    X(GRADUS_SINH, NAME(sinh)(v)) \
    X(GRADUS_COSH, NAME(cosh)(v)) \
    X(GRADUS_ERF, NAME(erf)(v)) \
    X(GRADUS_ERFC, NAME(erfc)(v)) \
    X(GRADUS_RELU, v > 0 || v != v ? v : 0) \
    X(GRADUS_STEP, v > 0 ? 1 : v <= 0 ? 0 : v) \
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
    if (BY_VECTORS(unary_by_vectors)(op, n, x, y)) return;
    switch (op) {
        EACH_UNARY(LOOP)
        default: break;
    }
#undef LOOP
}
#undef EACH_UNARY

// Gradients in one pass, but those in unary_vectors.h: X(its number, what becomes of x and the upstream gradient u).
#define EACH_GRADIENT(X) \
    X(GRADUS_SQRT_GRADIENT, u / (2 * x)) \
    X(GRADUS_SQUARE_GRADIENT, u * (2 * x)) \
    X(GRADUS_ABS_GRADIENT, u * SIGN(x)) \
    X(GRADUS_EXPM1_GRADIENT, u * NAME(exp)(x))

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
    if (BY_VECTORS(gradient_by_vectors)(op, n, from, upstream, upstream_step, out)) return;
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
