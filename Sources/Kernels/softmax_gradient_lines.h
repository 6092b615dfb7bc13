// Gradients of softmax along lines. Included by each path once an element type.

// Each in two forms: a line of neighbouring elements, and strips of lines side by side. Sums are in double. Of softmax the upstream's
// mean under the results is taken off twice: what the first leaves is its rounding, beside which a small gradient would be lost.
static double NAME(weighted_total)(int64_t n, const T *y, const T *u, double mean) {
    lot_of_doubles sums = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT)
        sums += __builtin_convertvector(*(const NAME(lot) *)(y + i), lot_of_doubles) *
                (__builtin_convertvector(*(const NAME(lot) *)(u + i), lot_of_doubles) - mean);
    double sum = sum_of_lot(&sums);
    for (; i < n; i++) sum += y[i] * ((double)u[i] - mean);
    return sum;
}

// The mean and what is left of it behind the first time: of floats in one pass, in whose sums in double the mean's own rounding is
// beyond what counts, so that the rest is what the weights' sum is off 1.
INLINE void NAME(mean_and_rest)(int64_t n, const T *y, const T *u, double *mean, double *rest) {
    if (sizeof(T) != sizeof(float)) {
        *mean = NAME(weighted_total)(n, y, u, 0);
        *rest = NAME(weighted_total)(n, y, u, *mean);
        return;
    }
    lot_of_doubles products = {0}, weights = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        const lot_of_doubles weight = __builtin_convertvector(*(const NAME(lot) *)(y + i), lot_of_doubles);
        const lot_of_doubles upstream = __builtin_convertvector(*(const NAME(lot) *)(u + i), lot_of_doubles);
        NAME(add_product)(&weight, &upstream, &products);
        weights += weight;
    }
    double sum = sum_of_lot(&weights);
    *mean = sum_of_lot(&products);
    for (; i < n; i++) {
        *mean += y[i] * (double)u[i];
        sum += y[i];
    }
    *rest = *mean * (1 - sum);
}

INLINE void NAME(softmax_gradient_of_row)(int64_t n, const T *y, const T *u, T *x) {
    double mean, rest;
    NAME(mean_and_rest)(n, y, u, &mean, &rest);
    const T high = (T)mean, low = (T)((mean - high) + rest);
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT)
        *(NAME(lot) *)(x + i) = *(const NAME(lot) *)(y + i) * ((*(const NAME(lot) *)(u + i) - high) - low);
    for (; i < n; i++) x[i] = y[i] * ((u[i] - high) - low);
}

static void NAME(softmax_gradient_row)(bool logarithm, int64_t n, const T *y, const T *u, T *x) {
    if (logarithm) {
        const T sum = (T)NAME(total)(n, u);
        for (int64_t i = 0; i < n; i++) x[i] = u[i] - NAME(exp)(y[i]) * sum;
    } else {
        NAME(softmax_gradient_of_row)(n, y, u, x);
    }
}

static void NAME(softmax_gradient_strip)(bool logarithm, int64_t n, int64_t stride, int64_t width, const T *y, const T *u, T *x) {
    double mean[STRIP], rest[STRIP];
    for (int64_t w = 0; w < width; w++) mean[w] = rest[w] = 0;
    for (int64_t r = 0; r < n; r++)
        for (int64_t w = 0; w < width; w++)
            mean[w] += (logarithm ? 1 : y[r * stride + w]) * (double)u[r * stride + w];
    for (int64_t r = 0; r < n && !logarithm; r++)
        for (int64_t w = 0; w < width; w++) rest[w] += y[r * stride + w] * (u[r * stride + w] - mean[w]);
    for (int64_t r = 0; r < n; r++)
        for (int64_t w = 0; w < width; w++) {
            int64_t i = r * stride + w;
            x[i] = (T)(logarithm ? u[i] - NAME(exp)(y[i]) * mean[w] : y[i] * (u[i] - mean[w] - rest[w]));
        }
}

static void NAME(softmax_gradient)(bool logarithm, int64_t n, int64_t inner, const void *y_, const void *u_, void *x_,
                                   int64_t begin, int64_t end) {
    const T *y = y_, *u = u_;
    T *x = x_;
    for (int64_t line = begin; line < end;) {
        gradus_strip strip = gradus_strip_at(line, end, inner);
        int64_t at = strip.outer * n * inner + strip.inner;
        if (inner == 1)
            NAME(softmax_gradient_row)(logarithm, n, y + at, u + at, x + at);
        else
            NAME(softmax_gradient_strip)(logarithm, n, inner, strip.width, y + at, u + at, x + at);
        line += strip.width;
    }
}
