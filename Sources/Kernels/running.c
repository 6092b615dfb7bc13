#include "reduction.h"

#include "lines.h"

// Along a line, one after the other: what runs is as exact as an accumulator in double makes it.
#define DEFINE(NAME, T, ACC, INIT, STEP)                                                                                 \
    static void NAME(bool reversed, int64_t n, int64_t inner, const T *x, T *y, int64_t begin, int64_t end) {            \
        for (int64_t line = begin; line < end;) {                                                                        \
            gradus_strip strip = gradus_strip_at(line, end, inner);                                                      \
            int64_t start = strip.outer * n * inner + strip.inner;                                                       \
            ACC total[STRIP];                                                                                            \
            for (int64_t w = 0; w < strip.width; w++) total[w] = (INIT);                                                 \
            for (int64_t r = 0; r < n; r++) {                                                                            \
                int64_t row = start + (reversed ? n - 1 - r : r) * inner;                                                \
                for (int64_t w = 0; w < strip.width; w++) {                                                              \
                    ACC a = total[w], v = x[row + w];                                                                    \
                    total[w] = (STEP);                                                                                   \
                    y[row + w] = (T)total[w];                                                                            \
                }                                                                                                        \
            }                                                                                                            \
            line += strip.width;                                                                                         \
        }                                                                                                                \
    }

DEFINE(sum_float32, float, double, 0, a + v)
DEFINE(sum_float64, double, double, 0, a + v)
DEFINE(sum_int64, int64_t, int64_t, 0, (int64_t)((uint64_t)a + (uint64_t)v))
DEFINE(product_float32, float, double, 1, a * v)
DEFINE(product_float64, double, double, 1, a * v)
DEFINE(product_int64, int64_t, int64_t, 1, (int64_t)((uint64_t)a * (uint64_t)v))

void gradus_running(gradus_reduction_op op, int type, bool reversed, int64_t n, int64_t inner, const void *x, void *y,
                    int64_t begin, int64_t end) {
    bool sum = op == GRADUS_SUM;
    switch (type) {
        case GRADUS_FLOAT32: (sum ? sum_float32 : product_float32)(reversed, n, inner, x, y, begin, end); break;
        case GRADUS_FLOAT64: (sum ? sum_float64 : product_float64)(reversed, n, inner, x, y, begin, end); break;
        case GRADUS_INT64: (sum ? sum_int64 : product_int64)(reversed, n, inner, x, y, begin, end); break;
    }
}
