#include <math.h>
#include <string.h>

#include "elementwise.h"

#define LOOP(EXPRESSION)                                                                 \
    do {                                                                                 \
        for (int64_t i = 0; i < n; i++) { T v = x[i]; y[i] = (EXPRESSION); } \
    } while (0)

// The tails of the logistic function and of softplus come from exp of a negative number, so that neither overflows and a
// large negative argument keeps its relative precision.
static inline float sigmoid_float(float v) {
    float e = expf(-fabsf(v));
    return v >= 0 ? 1 / (1 + e) : e / (1 + e);
}
static inline double sigmoid_double(double v) {
    double e = exp(-fabs(v));
    return v >= 0 ? 1 / (1 + e) : e / (1 + e);
}
static inline float softplus_float(float v) { return v != v ? v : fmaxf(v, 0) + log1pf(expf(-fabsf(v))); }
static inline double softplus_double(double v) { return v != v ? v : fmax(v, 0) + log1p(exp(-fabs(v))); }

// The derivative of the logistic function, and x times a smooth step with its derivative: what GRADUS_GELU and the like mean.
// Each tail is an exponential of its own. The tanh form of gelu is x sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3).
#define DEFINE_SMOOTH(T, F)                                                                                        \
    static inline T sigmoid_slope_##T(T v) {                                                                       \
        T e = exp##F(-fabs##F(v));                                                                                 \
        return e / ((1 + e) * (1 + e));                                                                            \
    }                                                                                                              \
    static inline T tanh_slope_##T(T v) { return 4 * sigmoid_slope_##T(2 * v); }                                   \
    static inline T silu_##T(T v) { return v * sigmoid_##T(v); }                                                   \
    static inline T silu_slope_##T(T v) { return sigmoid_##T(v) + v * sigmoid_slope_##T(v); }                      \
    static inline T gelu_##T(T v) { return (T)0.5 * v * erfc##F(-v * (T)0.70710678118654752440); }                 \
    static inline T gelu_slope_##T(T v) {                                                                          \
        T density = exp##F(v * v * (T)-0.5) * (T)0.39894228040143267794;                                           \
        return (T)0.5 * erfc##F(-v * (T)0.70710678118654752440) + v * density;                                     \
    }                                                                                                              \
    static inline T gelu_tanh_##T(T v) {                                                                           \
        return v * sigmoid_##T(v * ((T)1.59576912160573071176 + (T)0.0713548162726002488 * (v * v)));                 \
    }                                                                                                              \
    static inline T gelu_tanh_slope_##T(T v) {                                                                     \
        T u = v * ((T)1.59576912160573071176 + (T)0.0713548162726002488 * (v * v));                                   \
        T slope = (T)1.59576912160573071176 + (T)(3 * 0.0713548162726002488) * (v * v);                               \
        return sigmoid_##T(u) + v * slope * sigmoid_slope_##T(u);                                                  \
    }

DEFINE_SMOOTH(float, f)
DEFINE_SMOOTH(double, )

#define SIGN(v) ((v) > 0 ? 1 : (v) < 0 ? -1 : (v))

#define DEFINE_FLOAT(NAME, F)                                                                             \
    static void unary_##NAME(gradus_unary_op op, int64_t n, const NAME *x, NAME *y) {                     \
        typedef NAME T;                                                                                   \
        switch (op) {                                                                                     \
            case GRADUS_NEGATE: LOOP(-v); break;                                                          \
            case GRADUS_ABS: LOOP(fabs##F(v)); break;                                                     \
            case GRADUS_SIGN: LOOP(SIGN(v)); break;                                                       \
            case GRADUS_SQUARE: LOOP(v * v); break;                                                       \
            case GRADUS_EXP: LOOP(exp##F(v)); break;                                                      \
            case GRADUS_EXPM1: LOOP(expm1##F(v)); break;                                                  \
            case GRADUS_LOG: LOOP(log##F(v)); break;                                                      \
            case GRADUS_LOG1P: LOOP(log1p##F(v)); break;                                                  \
            case GRADUS_LOG2: LOOP(log2##F(v)); break;                                                    \
            case GRADUS_SQRT: LOOP(sqrt##F(v)); break;                                                    \
            case GRADUS_RSQRT: LOOP(1 / sqrt##F(v)); break;                                               \
            case GRADUS_RECIPROCAL: LOOP(1 / v); break;                                                   \
            case GRADUS_SIN: LOOP(sin##F(v)); break;                                                      \
            case GRADUS_COS: LOOP(cos##F(v)); break;                                                      \
            case GRADUS_TAN: LOOP(tan##F(v)); break;                                                      \
            case GRADUS_ASIN: LOOP(asin##F(v)); break;                                                    \
            case GRADUS_ACOS: LOOP(acos##F(v)); break;                                                    \
            case GRADUS_ATAN: LOOP(atan##F(v)); break;                                                    \
            case GRADUS_SINH: LOOP(sinh##F(v)); break;                                                    \
            case GRADUS_COSH: LOOP(cosh##F(v)); break;                                                    \
            case GRADUS_TANH: LOOP(tanh##F(v)); break;                                                    \
            case GRADUS_SIGMOID: LOOP(sigmoid_##NAME(v)); break;                                          \
            case GRADUS_SOFTPLUS: LOOP(softplus_##NAME(v)); break;                                        \
            case GRADUS_ERF: LOOP(erf##F(v)); break;                                                      \
            case GRADUS_ERFC: LOOP(erfc##F(v)); break;                                                    \
            case GRADUS_RELU: LOOP(v > 0 || v != v ? v : 0); break;                                       \
            case GRADUS_STEP: LOOP(v > 0 ? 1 : v <= 0 ? 0 : v); break;                                    \
            case GRADUS_SIGMOID_SLOPE: LOOP(sigmoid_slope_##NAME(v)); break;                              \
            case GRADUS_TANH_SLOPE: LOOP(tanh_slope_##NAME(v)); break;                                    \
            case GRADUS_SILU: LOOP(silu_##NAME(v)); break;                                                \
            case GRADUS_SILU_SLOPE: LOOP(silu_slope_##NAME(v)); break;                                    \
            case GRADUS_GELU: LOOP(gelu_##NAME(v)); break;                                                \
            case GRADUS_GELU_SLOPE: LOOP(gelu_slope_##NAME(v)); break;                                    \
            case GRADUS_GELU_TANH: LOOP(gelu_tanh_##NAME(v)); break;                                      \
            case GRADUS_GELU_TANH_SLOPE: LOOP(gelu_tanh_slope_##NAME(v)); break;                          \
            case GRADUS_FLOOR: LOOP(floor##F(v)); break;                                                  \
            case GRADUS_CEIL: LOOP(ceil##F(v)); break;                                                    \
            case GRADUS_ROUND: LOOP(rint##F(v)); break;                                                   \
        }                                                                                                 \
    }

DEFINE_FLOAT(float, f)
DEFINE_FLOAT(double, )

static void unary_int64_t(gradus_unary_op op, int64_t n, const int64_t *x, int64_t *y) {
    typedef int64_t T;
    switch (op) {
        case GRADUS_NEGATE: LOOP((int64_t)(0 - (uint64_t)v)); break;
        case GRADUS_ABS: LOOP(v < 0 ? (int64_t)(0 - (uint64_t)v) : v); break;
        case GRADUS_SIGN: LOOP((v > 0) - (v < 0)); break;
        case GRADUS_SQUARE: LOOP((int64_t)((uint64_t)v * (uint64_t)v)); break;
        default: break;  // refused before it comes here
    }
}

void gradus_unary(gradus_unary_op op, int type, int64_t n, const void *x, void *y) {
    switch (type) {
        case GRADUS_FLOAT32: unary_float(op, n, x, y); break;
        case GRADUS_FLOAT64: unary_double(op, n, x, y); break;
        case GRADUS_INT64: unary_int64_t(op, n, x, y); break;
    }
}

#define PREDICATE(TYPE, EXPRESSION)                          \
    do {                                                     \
        const TYPE *from = x;                                \
        for (int64_t i = 0; i < n; i++) {                    \
            TYPE v = from[i];                                \
            out[i] = (EXPRESSION);                           \
        }                                                    \
    } while (0)

void gradus_predicate(gradus_predicate_op op, int type, int64_t n, const void *x, void *y) {
    uint8_t *out = y;
    if (op == GRADUS_NOT)
        PREDICATE(uint8_t, !v);
    else if (op == GRADUS_IS_NAN && type == GRADUS_FLOAT32)
        PREDICATE(float, v != v);
    else if (op == GRADUS_IS_NAN && type == GRADUS_FLOAT64)
        PREDICATE(double, v != v);
    else if (op == GRADUS_IS_FINITE && type == GRADUS_FLOAT32)
        PREDICATE(float, v - v == 0);
    else if (op == GRADUS_IS_FINITE && type == GRADUS_FLOAT64)
        PREDICATE(double, v - v == 0);
    else  // integers and bools are finite numbers
        memset(out, op == GRADUS_IS_FINITE, (size_t)n);
}

#define CLAMP(TYPE, LOWER, UPPER)                                        \
    do {                                                                 \
        const TYPE *from = x;                                            \
        TYPE *to = y, low = (LOWER), high = (UPPER);                     \
        for (int64_t i = 0; i < n; i++) {                                \
            TYPE v = from[i];                                            \
            to[i] = v < low ? low : v > high ? high : v;                 \
        }                                                                \
    } while (0)

void gradus_clamp(int type, int64_t n, double lower, double upper, const void *x, void *y) {
    switch (type) {
        case GRADUS_FLOAT32: CLAMP(float, (float)lower, (float)upper); break;
        case GRADUS_FLOAT64: CLAMP(double, lower, upper); break;
    }
}

#define SELECT(TYPE)                                                         \
    do {                                                                     \
        const TYPE *first = a, *second = b;                                  \
        TYPE *to = out;                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = mask[i] ? first[i] : second[i]; \
    } while (0)

void gradus_select(int type, int64_t n, const void *condition, const void *a, const void *b, void *out) {
    const uint8_t *mask = condition;
    switch (type) {
        case GRADUS_FLOAT32: SELECT(float); break;
        case GRADUS_FLOAT64: SELECT(double); break;
        case GRADUS_INT64: SELECT(int64_t); break;
        case GRADUS_BOOL: SELECT(uint8_t); break;
    }
}

#define CONVERT(FROM, TO, EXPRESSION)            \
    do {                                         \
        const FROM *from = x;                    \
        TO *to = y;                              \
        for (int64_t i = 0; i < n; i++) {        \
            FROM v = from[i];                    \
            to[i] = (EXPRESSION);                \
        }                                        \
        return true;                             \
    } while (0)

// 2^63 is a float and a double; anything at or beyond it, and NaN, has no int64.
#define CONVERT_TO_INTEGER(FROM)                                                        \
    do {                                                                                \
        const FROM *from = x;                                                           \
        int64_t *to = y;                                                                \
        for (int64_t i = 0; i < n; i++) {                                               \
            if (!(from[i] >= -9223372036854775808.0 && from[i] < 9223372036854775808.0)) return false; \
            to[i] = (int64_t)from[i];                                                   \
        }                                                                               \
        return true;                                                                    \
    } while (0)

#define PAIR(from, to) ((from) * 4 + (to))

bool gradus_convert(int from_type, int to_type, int64_t n, const void *x, void *y) {
    switch (PAIR(from_type, to_type)) {
        case PAIR(GRADUS_FLOAT32, GRADUS_FLOAT64): CONVERT(float, double, v);
        case PAIR(GRADUS_FLOAT32, GRADUS_INT64): CONVERT_TO_INTEGER(float);
        case PAIR(GRADUS_FLOAT32, GRADUS_BOOL): CONVERT(float, uint8_t, v != 0);
        case PAIR(GRADUS_FLOAT64, GRADUS_FLOAT32): CONVERT(double, float, (float)v);
        case PAIR(GRADUS_FLOAT64, GRADUS_INT64): CONVERT_TO_INTEGER(double);
        case PAIR(GRADUS_FLOAT64, GRADUS_BOOL): CONVERT(double, uint8_t, v != 0);
        case PAIR(GRADUS_INT64, GRADUS_FLOAT32): CONVERT(int64_t, float, (float)v);
        case PAIR(GRADUS_INT64, GRADUS_FLOAT64): CONVERT(int64_t, double, (double)v);
        case PAIR(GRADUS_INT64, GRADUS_BOOL): CONVERT(int64_t, uint8_t, v != 0);
        case PAIR(GRADUS_BOOL, GRADUS_FLOAT32): CONVERT(uint8_t, float, v);
        case PAIR(GRADUS_BOOL, GRADUS_FLOAT64): CONVERT(uint8_t, double, v);
        case PAIR(GRADUS_BOOL, GRADUS_INT64): CONVERT(uint8_t, int64_t, v);
        default: {
            static const size_t sizes[] = {4, 8, 8, 1};
            memmove(y, x, (size_t)n * sizes[from_type]);
            return true;
        }
    }
}

#define FILL(TYPE, VALUE)                                     \
    do {                                                      \
        TYPE *to = y, v = (VALUE);                            \
        for (int64_t i = 0; i < n; i++) to[i] = v;            \
    } while (0)

void gradus_fill(int type, int64_t n, double value, void *y) {
    switch (type) {
        case GRADUS_FLOAT32: FILL(float, (float)value); break;
        case GRADUS_FLOAT64: FILL(double, value); break;
        case GRADUS_INT64: FILL(int64_t, (int64_t)value); break;
        case GRADUS_BOOL: FILL(uint8_t, value != 0); break;
    }
}

#define RAMP(TYPE)                                                                              \
    do {                                                                                        \
        TYPE *to = y;                                                                           \
        for (int64_t i = 0; i < n; i++) to[i] = (TYPE)(start + (double)(begin + i) * step); \
    } while (0)

void gradus_ramp(int type, int64_t begin, int64_t n, double start, double step, void *y) {
    switch (type) {
        case GRADUS_FLOAT32: RAMP(float); break;
        case GRADUS_FLOAT64: RAMP(double); break;
        case GRADUS_INT64: RAMP(int64_t); break;
    }
}
