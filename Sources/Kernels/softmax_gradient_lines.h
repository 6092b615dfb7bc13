// Gradients of softmax along lines. Included by each path.

// Each in two forms: a line of neighbouring elements, summed in SUMS interleaved parts, and strips of lines side by side.
// Sums are in double. Of softmax the upstream's mean under the results is taken off twice: what the first leaves is its
// rounding, beside which a small gradient would be lost.
#define DEFINE(T)                                                                                                      \
    static inline double gradient_total_##T(int64_t n, const T *y, const T *u, double mean) {                                   \
        double part[SUMS] = {0}, sum;                                                                                 \
        int64_t i, whole = n - n % SUMS;                                                                              \
        for (i = 0; i < whole; i += SUMS)                                                                             \
            for (int l = 0; l < SUMS; l++) part[l] += (y ? y[i + l] : 1) * ((double)u[i + l] - mean);                 \
        sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));               \
        for (; i < n; i++) sum += (y ? y[i] : 1) * ((double)u[i] - mean);                                              \
        return sum;                                                                                                    \
    }                                                                                                                  \
    static void gradient_row_##T(bool logarithm, int64_t n, const T *y, const T *u, T *x) {                                     \
        if (logarithm) {                                                                                               \
            double sum = gradient_total_##T(n, NULL, u, 0);                                                                     \
            for (int64_t i = 0; i < n; i++) x[i] = (T)(u[i] - exp_##T(y[i]) * sum);                                        \
        } else {                                                                                                       \
            double mean = gradient_total_##T(n, y, u, 0), rest = gradient_total_##T(n, y, u, mean);                                      \
            for (int64_t i = 0; i < n; i++) x[i] = (T)(y[i] * (u[i] - mean - rest));                                   \
        }                                                                                                              \
    }                                                                                                                  \
    static void gradient_strip_##T(bool logarithm, int64_t n, int64_t stride, int64_t width, const T *y, const T *u, T *x) {    \
        double mean[STRIP], rest[STRIP];                                                                               \
        for (int64_t w = 0; w < width; w++) mean[w] = rest[w] = 0;                                                     \
        for (int64_t r = 0; r < n; r++)                                                                                \
            for (int64_t w = 0; w < width; w++)                                                                        \
                mean[w] += (logarithm ? 1 : y[r * stride + w]) * (double)u[r * stride + w];                            \
        for (int64_t r = 0; r < n && !logarithm; r++)                                                                  \
            for (int64_t w = 0; w < width; w++) rest[w] += y[r * stride + w] * (u[r * stride + w] - mean[w]);          \
        for (int64_t r = 0; r < n; r++)                                                                                \
            for (int64_t w = 0; w < width; w++) {                                                                      \
                int64_t i = r * stride + w;                                                                            \
                x[i] = (T)(logarithm ? u[i] - exp_##T(y[i]) * mean[w] : y[i] * (u[i] - mean[w] - rest[w]));                \
            }                                                                                                          \
    }                                                                                                                  \
    static void gradient_lines_##T(bool logarithm, int64_t n, int64_t inner, const T *y, const T *u, T *x, int64_t begin,    \
                             int64_t end) {                                                                            \
        for (int64_t line = begin; line < end;) {                                                                      \
            gradus_strip strip = gradus_strip_at(line, end, inner);                                                    \
            int64_t at = strip.outer * n * inner + strip.inner;                                                        \
            if (inner == 1)                                                                                            \
                gradient_row_##T(logarithm, n, y + at, u + at, x + at);                                                         \
            else                                                                                                       \
                gradient_strip_##T(logarithm, n, inner, strip.width, y + at, u + at, x + at);                                   \
            line += strip.width;                                                                                       \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

static void softmax_gradient(int type, bool logarithm, int64_t n, int64_t inner, const void *y, const void *upstream,
                             void *x, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        gradient_lines_float(logarithm, n, inner, y, upstream, x, begin, end);
    else
        gradient_lines_double(logarithm, n, inner, y, upstream, x, begin, end);
}
#undef DEFINE
