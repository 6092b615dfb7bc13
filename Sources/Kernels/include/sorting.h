#ifndef GRADUS_SORTING_H
#define GRADUS_SORTING_H

#include "types.h"

// Lines are n neighbouring elements each. Order is of numbers upwards, or downwards if `descending`, with NaN at the end in
// either case; equal elements keep their order. Floats and int64. All work on the lines [begin, end).

// Sorts each line of x into `values`, and where its elements came from into `indices`. `spare_values` and `spare_indices` are
// blocks of the same sizes to work in.
void gradus_sort(int type, bool descending, int64_t n, const void *x, void *values, int64_t *indices, void *spare_values,
                 int64_t *spare_indices, int64_t begin, int64_t end);

// The first k of each sorted line, 0 < k <= n, in order: lines of k in `values` and `indices`.
void gradus_top(int type, bool descending, int64_t n, int64_t k, const void *x, void *values, int64_t *indices, int64_t begin,
                int64_t end);

#endif
