#include "reduction.h"

#include "cross_entropy.h"
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

void gradus_cross_entropy(int type, int64_t n, double smoothing, const void *x, const int64_t *labels, void *losses, double *lse,
                          int64_t begin, int64_t end) {
    gradus_current_path()->cross_entropies[type].loss(n, smoothing, x, labels, losses, lse, begin, end);
}

void gradus_cross_entropy_gradient(int type, int64_t n, double smoothing, const void *x, const int64_t *labels, const double *lse,
                                   const void *upstream, void *gradient, int64_t begin, int64_t end) {
    gradus_current_path()->cross_entropies[type].gradient(n, smoothing, x, labels, lse, upstream, gradient, begin, end);
}
