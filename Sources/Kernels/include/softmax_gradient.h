#ifndef GRADUS_SOFTMAX_GRADIENT_H
#define GRADUS_SOFTMAX_GRADIENT_H

#include "types.h"

// The gradient x of softmax along the middle axis of [outer, n, inner] from its result y, y (u - sum of y u), or of its logarithm,
// u - exp(y) (sum of u), for the lines [begin, end). Floats.
void gradus_softmax_gradient(int type, bool logarithm, int64_t n, int64_t inner, const void *y, const void *upstream,
                             void *x, int64_t begin, int64_t end);

#endif
