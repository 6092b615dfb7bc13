#ifndef GRADUS_COPY_H
#define GRADUS_COPY_H

#include "types.h"

// Elements are moved as blocks of 1, 4 or 8 bytes. Strides may be negative.

// out[i] = source[offset of i by layout.stride_a] for the flat output elements in [begin, end): permute, broadcast, slice
// with steps and flip are all this one loop.
void gradus_copy_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *out, int64_t begin,
                         int64_t end);

// destination[offset of i by stride_b] = source[offset of i by stride_a] for i in [begin, end): writes into a part of a
// larger tensor. No two i may meet.
void gradus_move_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *destination,
                         int64_t begin, int64_t end);

// Rows [begin, end) of a stack of matrices: element (i, j) is copied where j - i lies between `lowest` and `highest`, and is
// 0 elsewhere.
void gradus_band(int64_t element_size, int64_t rows, int64_t columns, int64_t lowest, int64_t highest, const void *source,
                 void *out, int64_t begin, int64_t end);

#endif
