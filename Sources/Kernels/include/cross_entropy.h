#ifndef GRADUS_CROSS_ENTROPY_H
#define GRADUS_CROSS_ENTROPY_H

#include "types.h"

// How badly rows of n scores explain their labels, for the rows [begin, end): (1 - smoothing) of lse - x[label] and `smoothing` of
// lse - the mean of x, lse being the logarithm of the sum of exp(x), which is written too. A label below 0 is ignored: its loss is
// 0. Others are less than n. A row with NaN or infinity, or of -infinity alone, has lse and loss NaN. Floats; lse are doubles.
void gradus_cross_entropy(int type, int64_t n, double smoothing, const void *x, const int64_t *labels, void *losses, double *lse,
                          int64_t begin, int64_t end);

// The gradient in x from the upstream of each loss: u (exp(x - lse) - smoothing / n), and u (1 - smoothing) less at the label; 0 in
// rows that are ignored.
void gradus_cross_entropy_gradient(int type, int64_t n, double smoothing, const void *x, const int64_t *labels, const double *lse,
                                   const void *upstream, void *gradient, int64_t begin, int64_t end);

#endif
