#include <math.h>
#include <string.h>

#include "elementwise.h"

#include "path.h"

#define LOOP(EXPRESSION)                                                     \
    do {                                                                     \
        for (int64_t i = 0; i < n; i++) { T v = x[i]; y[i] = (EXPRESSION); } \
    } while (0)

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
        case GRADUS_FLOAT32:
        case GRADUS_FLOAT64: gradus_current_path()->elementwise[type].unary(op, n, x, y); break;
        case GRADUS_INT64: unary_int64_t(op, n, x, y); break;
    }
}

void gradus_unary_rows(gradus_unary_op op, int type, int64_t rows, int64_t columns, const void *x, int64_t row_stride_x, void *y,
                       int64_t row_stride_y) {
    if (row_stride_x == columns && row_stride_y == columns) return gradus_unary(op, type, rows * columns, x, y);
    const int64_t size = type == GRADUS_FLOAT32 ? sizeof(float) : 8;
    for (int64_t i = 0; i < rows; i++)
        gradus_unary(op, type, columns, (const char *)x + i * row_stride_x * size, (char *)y + i * row_stride_y * size);
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

#define KEEP(TYPE)                                                                   \
    do {                                                                             \
        const TYPE *from = x, scale = (TYPE)factor;                                  \
        TYPE *to = y;                                                                \
        for (int64_t i = 0; i < n; i++) to[i] = mask[i] ? scale * from[i] : 0;       \
    } while (0)

void gradus_keep(int type, int64_t n, double factor, const void *keep, const void *x, void *y) {
    const uint8_t *mask = keep;
    switch (type) {
        case GRADUS_FLOAT32: KEEP(float); break;
        case GRADUS_FLOAT64: KEEP(double); break;
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
