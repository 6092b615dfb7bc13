#include "reduction.h"

#include "path.h"
#include "softmax_gradient.h"

void gradus_reduce(const gradus_reduction *call, const void *x, const double *shift, void *out, int64_t begin, int64_t end) {
    gradus_current_path()->reduce(call, x, shift, out, begin, end);
}

void gradus_softmax(int type, bool logarithm, int64_t n, int64_t inner, const void *x, void *y, int64_t begin,
                    int64_t end) {
    gradus_current_path()->softmax[type](logarithm, n, inner, x, y, begin, end);
}

void gradus_softmax_gradient(int type, bool logarithm, int64_t n, int64_t inner, const void *y, const void *upstream,
                             void *x, int64_t begin, int64_t end) {
    gradus_current_path()->softmax_gradient[type](logarithm, n, inner, y, upstream, x, begin, end);
}
