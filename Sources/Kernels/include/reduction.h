#ifndef GRADUS_REDUCTION_H
#define GRADUS_REDUCTION_H

#include "types.h"

typedef enum {
    GRADUS_SUM, GRADUS_PRODUCT, GRADUS_MAX, GRADUS_MIN,
    GRADUS_COUNT_NONZERO,            // any type; NaN counts
    GRADUS_MAX_ABS, GRADUS_SUM_ABS,  // floats from here on
    GRADUS_SUM_SQUARES,
    GRADUS_SUM_SQUARED_DEVIATIONS,   // from `shift`, one number an output
    GRADUS_LOG_SUM_EXP,
    GRADUS_NORM,                     // of `order`, scaled so that powers neither overflow nor vanish
} gradus_reduction_op;

// Partial results cover this many elements. It is part of what a result is, to the bit.
enum { GRADUS_REDUCTION_BLOCK = 4096 };

// x is [outer, reduced, inner]; the result is [outer, blocks, inner], where block b covers the elements from b * BLOCK on,
// and there is one block (of nothing) if `reduced` is 0. Longer reductions are reduced again, until one block is left.
//
// Sums, products and norms of floats accumulate in double (in a row's sum, float32 numbers are added two by two before), of int64 and bool in int64 (which wraps around), maxima in their
// own type. `result_type` is the accumulator's, or float32 for one in double; what is in double is divided by `divisor`, and
// replaced by its square root if `root`.
typedef struct {
    gradus_reduction_op op;
    int type, result_type;
    int64_t reduced, inner;
    double order, divisor;
    bool root;
} gradus_reduction;

// Computes the flat outputs [begin, end). `shift` has outer * inner doubles, or is NULL where the operation wants none.
void gradus_reduce(const gradus_reduction *call, const void *x, const double *shift, void *out, int64_t begin, int64_t end);

// y = running sum or product of x along the middle axis of [outer, n, inner], from the last element backwards if `reversed`,
// for the lines [begin, end) of outer * inner. Floats accumulate in double.
void gradus_running(gradus_reduction_op op, int type, bool reversed, int64_t n, int64_t inner, const void *x, void *y,
                    int64_t begin, int64_t end);

// The largest (smallest) of each line of [outer, n, inner], n > 0, and where it first is; the first NaN wins.
void gradus_extremum(int type, bool smallest, int64_t n, int64_t inner, const void *x, void *values, int64_t *indices,
                     int64_t begin, int64_t end);

// Softmax, or its logarithm, along the middle axis of [outer, n, inner], for the lines [begin, end). Floats.
void gradus_softmax(int type, bool logarithm, int64_t n, int64_t inner, const void *x, void *y, int64_t begin, int64_t end);

#endif
