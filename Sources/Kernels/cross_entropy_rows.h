// The loss of scores and labels, and its gradient. Included by each path once an element type, behind softmax.h.

static void NAME(cross_entropy)(int64_t n, double smoothing, const void *x_, const int64_t *labels, void *losses_, double *lse,
                                int64_t begin, int64_t end) {
    T *losses = losses_;
    for (int64_t row = begin; row < end; row++) {
        const T *x = (const T *)x_ + row * n;
        const T largest = NAME(largest_of)(n, x);
        const double beyond = log(NAME(sum_of_powers)(n, x, largest));
        lse[row] = largest + beyond;
        if (labels[row] < 0) {
            losses[row] = 0;
            continue;
        }
        // Distances from the largest score, to which the logarithm is added last: a loss near 0 keeps its digits far from 0 too.
        double loss = ((double)largest - x[labels[row]]) + beyond;
        if (smoothing > 0) {
            double mean = NAME(total)(n, x) / (double)n;
            loss = (1 - smoothing) * loss + smoothing * ((largest - mean) + beyond);
        }
        losses[row] = (T)loss;
    }
}

static void NAME(cross_entropy_gradient)(int64_t n, double smoothing, const void *x_, const int64_t *labels, const double *lse,
                                         const void *upstream, void *gradient, int64_t begin, int64_t end) {
    const double share = n > 0 ? smoothing / (double)n : 0;
    const T even = (T)share, rest = (T)(smoothing - share);
    for (int64_t row = begin; row < end; row++) {
        const T *x = (const T *)x_ + row * n;
        T *restrict g = (T *)gradient + row * n;
        if (labels[row] < 0) {
            memset(g, 0, (size_t)n * sizeof(T));
            continue;
        }
        // Taken off in two parts, as the logarithm of softmax is.
        const T u = ((const T *)upstream)[row], high = (T)lse[row], low = (T)(lse[row] - high);
        if (smoothing > 0)
            for (int64_t i = 0; i < n; i++) g[i] = (NAME(exp_below_0)((x[i] - high) - low) - even) * u;
        else
            for (int64_t i = 0; i < n; i++) g[i] = NAME(exp_below_0)((x[i] - high) - low) * u;
        // A probability near 1 less 1.
        const int64_t label = labels[row];
        g[label] = (NAME(expm1)((x[label] - high) - low) + rest) * u;
    }
}
