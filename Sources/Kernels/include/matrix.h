#ifndef GRADUS_MATRIX_H
#define GRADUS_MATRIX_H

#include "types.h"

// c = start + a b, for an a of m rows and k columns and a b of k rows and n columns. Strides count elements, so that a transposed
// operand is one with its two strides exchanged; the columns of c, and those of `start`, lie side by side. `start` is NULL for zeros,
// c for c += a b, one row with a stride of 0 for a bias, or any other matrix that does not overlap c.
// Computes the rows [begin, end) of c. Floats. An element of c is the same to the bit whichever part of c is asked for:
// its k products are added in an order that only the call's m, n, k and strides decide.
void gradus_gemm(int type, int64_t m, int64_t n, int64_t k, const void *a, int64_t row_stride_a, int64_t col_stride_a,
                 const void *b, int64_t row_stride_b, int64_t col_stride_b, const void *start, int64_t row_stride_start, void *c,
                 int64_t row_stride_c, int64_t begin, int64_t end);

// The same for large products, in two steps that threads share, with memory of the caller's: all of b is packed into panels of
// gradus_gemm_panel(type) columns each, then tiles of c are computed from them. `packed` has room for k rows of as many
// columns as fill whole panels; panels [begin, end) are packed.
int64_t gradus_gemm_panel(int type);
void gradus_gemm_pack(int type, int64_t n, int64_t k, const void *b, int64_t row_stride_b, int64_t col_stride_b, void *packed,
                      int64_t begin, int64_t end);

// Rows [begin, end) and columns [from, to) of c; `from` is where a panel begins, `to` where one ends or n; k is above 0.
void gradus_gemm_packed(int type, int64_t k, const void *a, int64_t row_stride_a, int64_t col_stride_a, const void *packed,
                        const void *start, int64_t row_stride_start, void *c, int64_t row_stride_c, int64_t begin, int64_t end,
                        int64_t from, int64_t to);

// out[block] = the sum of a[i] b[i] over block's GRADUS_REDUCTION_BLOCK elements of n, in double, for blocks [begin, end).
void gradus_dot(int type, int64_t n, const void *a, const void *b, double *out, int64_t begin, int64_t end);

#endif
