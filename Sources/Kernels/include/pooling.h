#ifndef GRADUS_POOLING_H
#define GRADUS_POOLING_H

#include "types.h"

// Windows over planes of height by width elements, out_height by out_width of them a plane. Window (i, j) is rows
// row_starts[i] ..< row_ends[i] and columns column_starts[j] ..< column_ends[j], at least one of each. Floats only.
typedef struct {
    int64_t height, width, out_height, out_width;
    const int64_t *row_starts, *row_ends, *column_starts, *column_ends;
} gradus_windows;

// The largest of each window and, where `indices` is not NULL, its place in the plane: the first in row-major order, a NaN
// before anything else. Rows of the output [begin, end), counted through all planes.
void gradus_pool_max(int type, const gradus_windows *windows, const void *x, void *out, int64_t *indices,
                     int64_t begin, int64_t end);

// The sum of each window over row_divisors[i] * column_divisors[j], computed in double. Rows of the output as above.
void gradus_pool_average(int type, const gradus_windows *windows, const double *row_divisors,
                         const double *column_divisors, const void *x, void *out, int64_t begin, int64_t end);

// The adjoint, asked of the plane's elements: element (i, j) lies in the windows row_starts[i] ..< row_ends[i] by
// column_starts[j] ..< column_ends[j], none perhaps. So height and width are the upstream's here, out_height and out_width
// those of the result, and the divisors belong to the upstream's rows and columns.
void gradus_pool_average_adjoint(int type, const gradus_windows *windows, const double *row_divisors,
                                 const double *column_divisors, const void *upstream, void *out, int64_t begin,
                                 int64_t end);

// Planes [begin, end) of `size` numbers, zeros with each of `n` numbers of the upstream added, in order, at the place that its index
// names. An index outside the plane is passed over, and the answer is no.
bool gradus_plane_scatter_add(int type, int64_t size, int64_t n, const int64_t *indices, const void *upstream, void *out,
                              int64_t begin, int64_t end);

#endif
