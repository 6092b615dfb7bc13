#ifndef GRADUS_ELEMENTWISE_H
#define GRADUS_ELEMENTWISE_H

#include "types.h"

typedef enum {
    GRADUS_ADD, GRADUS_SUBTRACT, GRADUS_MULTIPLY, GRADUS_DIVIDE, GRADUS_POWER, GRADUS_MAXIMUM, GRADUS_MINIMUM,
    GRADUS_ATAN2, GRADUS_REMAINDER, GRADUS_RELU_GRADIENT,
    // The gradient of a function of x, of b upstream: a is its result for sqrt, and x for the others.
    GRADUS_SQRT_GRADIENT, GRADUS_SQUARE_GRADIENT, GRADUS_ABS_GRADIENT, GRADUS_EXPM1_GRADIENT, GRADUS_SIGMOID_GRADIENT,
    GRADUS_TANH_GRADIENT, GRADUS_SOFTPLUS_GRADIENT, GRADUS_SILU_GRADIENT, GRADUS_GELU_GRADIENT, GRADUS_GELU_TANH_GRADIENT,
} gradus_binary_op;

// out[i] = a[i] op b[i] for the flat output elements in [begin, end). Divide, power, atan2 and remainder take floats only.
// Maximum and minimum pass NaN on from either side. The gradient of relu is, of its output a and the upstream gradient b, b
// where a > 0 and elsewhere a, which is 0 or NaN there. Other gradients are b times the slope, as gradus_unary has it, or b divided
// by twice the root. Gradients are of floats only.
//
// float64 is libm's. float32 is the same to the bit on every path: powers are off by at most 0.56 units of the last place, and those that
// float32 has are exact; to one exponent for all that is 2, 3, -1 or 1/2 they are products, quotients or roots. atan2 is off by at most
// 1.5. A remainder is exact unless what is left has the other sign than b and is smaller: then b is added in one rounding.
void gradus_binary(gradus_binary_op op, int type, const gradus_layout *layout, const void *a, const void *b, void *out,
                   int64_t begin, int64_t end);

// The same for one number of each, for the four operations and floats: a node of a net of scalars is little more, and a call and the
// choice of a loop cost more than its arithmetic. False for all else: nothing is done then.
static inline bool gradus_binary_one(gradus_binary_op op, int type, const void *a, const void *b, void *out) {
    if (op > GRADUS_DIVIDE || type > GRADUS_FLOAT64) return false;
    if (type == GRADUS_FLOAT32) {
        float x = *(const float *)a, y = *(const float *)b;
        *(float *)out = op == GRADUS_ADD ? x + y : op == GRADUS_SUBTRACT ? x - y : op == GRADUS_MULTIPLY ? x * y : x / y;
    } else {
        double x = *(const double *)a, y = *(const double *)b;
        *(double *)out = op == GRADUS_ADD ? x + y : op == GRADUS_SUBTRACT ? x - y : op == GRADUS_MULTIPLY ? x * y : x / y;
    }
    return true;
}

// The same for operands of one shape, n elements each.
void gradus_binary_flat(gradus_binary_op op, int type, int64_t n, const void *a, const void *b, void *out);

// sum[i] += a[i] * b[i], product and sum rounded each by itself; floats only. sum shares nothing with a or b.
void gradus_add_products(int type, int64_t n, const void *a, const void *b, void *sum);

typedef enum {
    GRADUS_EQUAL, GRADUS_NOT_EQUAL, GRADUS_LESS, GRADUS_LESS_EQUAL, GRADUS_GREATER, GRADUS_GREATER_EQUAL,
    GRADUS_AND, GRADUS_OR,
} gradus_compare_op;

// The same shape of call; the output is bool. And, or take bools only.
void gradus_compare(gradus_compare_op op, int type, const gradus_layout *layout, const void *a, const void *b, void *out,
                    int64_t begin, int64_t end);

typedef enum {
    GRADUS_NEGATE, GRADUS_ABS, GRADUS_SIGN, GRADUS_SQUARE,                        // floats and int64
    GRADUS_EXP, GRADUS_EXPM1, GRADUS_LOG, GRADUS_LOG1P, GRADUS_LOG2, GRADUS_SQRT, GRADUS_RSQRT, GRADUS_RECIPROCAL,
    GRADUS_SIN, GRADUS_COS, GRADUS_TAN, GRADUS_ASIN, GRADUS_ACOS, GRADUS_ATAN, GRADUS_SINH, GRADUS_COSH, GRADUS_TANH,
    GRADUS_SIGMOID, GRADUS_SOFTPLUS, GRADUS_ERF, GRADUS_ERFC, GRADUS_RELU, GRADUS_STEP, GRADUS_FLOOR, GRADUS_CEIL, GRADUS_ROUND,
    GRADUS_SIGMOID_SLOPE, GRADUS_TANH_SLOPE, GRADUS_SILU, GRADUS_SILU_SLOPE, GRADUS_GELU, GRADUS_GELU_SLOPE,
    GRADUS_GELU_TANH, GRADUS_GELU_TANH_SLOPE,
} gradus_unary_op;

// y[i] = op(x[i]), i < n. Step is 1 where x > 0, 0 where x <= 0 and NaN where x is. Round goes to even at halves.
// A slope is the derivative of what it is named after. x and y may be the same block.
//
// float64 is libm's. float32 is the same to the bit on every path; where it is not libm's it is off by at most, in units of the
// last place: exp, log, log1p and log2 0.92, sin, cos, asin, acos and cosh 1.2, expm1 1.2, atan 1.21, sinh 1.26, tanh and tan 1.3,
// softplus 1.5, erf 1.6, sigmoid 1.9, the slopes of sigmoid and tanh 2.8, erfc 3.4. (Found by trying every float32 number from 2^-14 to
// 128 in size, for the logarithms, sinh and cosh every one, for sin, cos and tan from 1/8 to 131072, for their inverses to 1, or for atan
// to 8, and elsewhere every 61st or more; smaller and larger ones have nothing new. Sines and the like of what is larger than 131072 are
// libm's in double, rounded.) silu, gelu, its tanh form and their slopes are off by at most 1.3e-7 max(1, |x|), tried in the same way.
void gradus_unary(gradus_unary_op op, int type, int64_t n, const void *x, void *y);

// The same for rows of a matrix, whose columns lie side by side. x and y may be one block; floats only.
void gradus_unary_rows(gradus_unary_op op, int type, int64_t rows, int64_t columns, const void *x, int64_t row_stride_x, void *y,
                       int64_t row_stride_y);

// y[i] = is-NaN / is-finite / not, as bool.
typedef enum { GRADUS_IS_NAN, GRADUS_IS_FINITE, GRADUS_NOT } gradus_predicate_op;
void gradus_predicate(gradus_predicate_op op, int type, int64_t n, const void *x, void *y);

// y[i] = min(max(x[i], lower), upper); NaN stays NaN.
void gradus_clamp(int type, int64_t n, double lower, double upper, const void *x, void *y);

// out[i] = condition[i] ? a[i] : b[i], all of the output's size.
void gradus_select(int type, int64_t n, const void *condition, const void *a, const void *b, void *out);

// y[i] = keep[i] ? factor * x[i] : 0. Floats.
void gradus_keep(int type, int64_t n, double factor, const void *keep, const void *x, void *y);

// Conversion by value. To bool: x != 0 (NaN is true). To int64: towards zero; returns false at the first NaN, infinity or
// number out of range, with what came before it written.
bool gradus_convert(int from, int to, int64_t n, const void *x, void *y);

void gradus_fill(int type, int64_t n, double value, void *y);

// y[i] = start + (begin + i) * step, computed in double; floats and int64.
void gradus_ramp(int type, int64_t begin, int64_t n, double start, double step, void *y);

#endif
