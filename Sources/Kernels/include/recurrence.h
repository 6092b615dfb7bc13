#ifndef GRADUS_RECURRENCE_H
#define GRADUS_RECURRENCE_H

#include "types.h"

// y[i] = b[i] + a[i] * y[i - 1] along the middle axis of [outer, n, inner], beginning from b, or from the last element backwards
// if `reversed`, for the lines [begin, end) of outer * inner. Floats; what is carried on is a double.
void gradus_linear_recurrence(int type, bool reversed, int64_t n, int64_t inner, const void *a, const void *b, void *y,
                              int64_t begin, int64_t end);

#endif
