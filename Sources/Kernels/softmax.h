// Softmax and its logarithm along lines. Included by each path.

#define LARGER(a, v) ((a) != (a) || (a) > (v) ? (a) : (v))

// Two passes: the largest element is taken off first, so that no power overflows and one of them is 1. Of infinities alone
// it makes inf - inf, which is the NaN that is wanted. Sums are in double; those of rows in SUMS interleaved parts.
#define DEFINE(T)                                                                                                      \
    static void softmax_row_##T(bool logarithm, int64_t n, const T *x, T *y) {                                                 \
        T lane[SUMS], largest;                                                                                        \
        double part[SUMS] = {0}, sum;                                                                                 \
        int64_t i, whole = n - n % SUMS;                                                                              \
        for (int l = 0; l < SUMS; l++) lane[l] = -INFINITY;                                                           \
        for (i = 0; i < whole; i += SUMS)                                                                             \
            for (int l = 0; l < SUMS; l++) lane[l] = LARGER(lane[l], x[i + l]);                                       \
        for (; i < n; i++) lane[0] = LARGER(lane[0], x[i]);                                                            \
        largest = lane[0];                                                                                             \
        for (int l = 1; l < SUMS; l++) largest = LARGER(largest, lane[l]);                                            \
                                                                                                                       \
        for (i = 0; i < n; i++) y[i] = exp_##T(x[i] - largest);                                                            \
        for (i = 0; i < whole; i += SUMS)                                                                             \
            for (int l = 0; l < SUMS; l++) part[l] += y[i + l];                                                       \
        sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));               \
        for (; i < n; i++) sum += y[i];                                                                                \
                                                                                                                       \
        if (logarithm) {                                                                                               \
            double log_sum = log(sum);                                                                                 \
            for (i = 0; i < n; i++) y[i] = (T)((double)x[i] - largest - log_sum);                                      \
        } else {                                                                                                       \
            T divisor = (T)sum;                                                                                        \
            for (i = 0; i < n; i++) y[i] /= divisor;                                                                   \
        }                                                                                                              \
    }                                                                                                                  \
    static void softmax_strip_##T(bool logarithm, int64_t n, int64_t stride, int64_t width, const T *x, T *y) {                \
        T largest[STRIP];                                                                                              \
        double sum[STRIP];                                                                                             \
        for (int64_t w = 0; w < width; w++) largest[w] = -INFINITY, sum[w] = 0;                                        \
        for (int64_t r = 0; r < n; r++)                                                                                \
            for (int64_t w = 0; w < width; w++) largest[w] = LARGER(largest[w], x[r * stride + w]);                    \
        for (int64_t r = 0; r < n; r++)                                                                                \
            for (int64_t w = 0; w < width; w++) {                                                                      \
                T power = exp_##T(x[r * stride + w] - largest[w]);                                                         \
                y[r * stride + w] = power;                                                                             \
                sum[w] += power;                                                                                       \
            }                                                                                                          \
        if (logarithm)                                                                                                 \
            for (int64_t w = 0; w < width; w++) sum[w] = log(sum[w]);                                                  \
        for (int64_t r = 0; r < n; r++)                                                                                \
            for (int64_t w = 0; w < width; w++) {                                                                      \
                int64_t i = r * stride + w;                                                                            \
                y[i] = logarithm ? (T)((double)x[i] - largest[w] - sum[w]) : y[i] / (T)sum[w];                         \
            }                                                                                                          \
    }                                                                                                                  \
    static void softmax_##T(bool logarithm, int64_t n, int64_t inner, const T *x, T *y, int64_t begin, int64_t end) {  \
        for (int64_t line = begin; line < end;) {                                                                      \
            gradus_strip strip = gradus_strip_at(line, end, inner);                                                    \
            int64_t offset = strip.outer * n * inner + strip.inner;                                                    \
            if (inner == 1)                                                                                            \
                softmax_row_##T(logarithm, n, x + offset, y + offset);                                                         \
            else                                                                                                       \
                softmax_strip_##T(logarithm, n, inner, strip.width, x + offset, y + offset);                                   \
            line += strip.width;                                                                                       \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

static void softmax(int type, bool logarithm, int64_t n, int64_t inner, const void *x, void *y, int64_t begin,
                    int64_t end) {
    if (type == GRADUS_FLOAT32)
        softmax_float(logarithm, n, inner, x, y, begin, end);
    else
        softmax_double(logarithm, n, inner, x, y, begin, end);
}
#undef DEFINE
#undef LARGER
