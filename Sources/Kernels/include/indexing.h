#ifndef GRADUS_INDEXING_H
#define GRADUS_INDEXING_H

#include "types.h"

// Indices are in -size ..< size, negative ones counted from the end; the caller has checked them with the first function.

// The first position in [0, n) whose index is out of range, or n.
int64_t gradus_first_out_of_range(int64_t n, const int64_t *indices, int64_t size);

// Matrices of `size` rows each; out has n rows for each, row p being number indices[p]. Rows [begin, end) of all of them.
void gradus_take(int64_t element_size, int64_t columns, int64_t n, int64_t size, const int64_t *indices, const void *source,
                 void *out, int64_t begin, int64_t end);

// The adjoint: row p of each source matrix is added to row indices[p] of out's, in the order of p. Matrices have `columns`
// columns, of which those numbered [begin, end) are done, counted through all matrices. Floats and int64.
void gradus_take_add(int type, int64_t n, int64_t columns, int64_t size, const int64_t *indices, const void *source,
                     void *out, int64_t begin, int64_t end);

// out[i] = source[offset of i by stride_a + indices[i] * axis_stride] for i in [begin, end).
void gradus_gather(int64_t element_size, const gradus_layout *layout, int64_t axis_stride, int64_t size,
                   const int64_t *indices, const void *source, void *out, int64_t begin, int64_t end);

// The layout names lines, each with n sources at distances `source_stride` from its offset b. Source k is added to out at the
// line's offset a + index k * axis_stride, in the order of k. Lines [begin, end). Floats and int64.
void gradus_scatter_add(int type, const gradus_layout *layout, int64_t n, int64_t source_stride, int64_t axis_stride,
                        int64_t size, const int64_t *indices, const void *source, void *out, int64_t begin, int64_t end);

#endif
