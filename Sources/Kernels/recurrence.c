#include "recurrence.h"

#include "lines.h"

#define DEFINE(T)                                                                                                      \
    static void recurrence_##T(bool reversed, int64_t n, int64_t inner, const T *a, const T *b, T *y, int64_t begin,   \
                               int64_t end) {                                                                          \
        for (int64_t line = begin; line < end;) {                                                                      \
            gradus_strip strip = gradus_strip_at(line, end, inner);                                                    \
            double carried[STRIP];                                                                                     \
            for (int64_t r = 0; r < n; r++) {                                                                          \
                int64_t i = (strip.outer * n + (reversed ? n - 1 - r : r)) * inner + strip.inner;                      \
                for (int64_t w = 0; w < strip.width; w++) {                                                            \
                    carried[w] = r == 0 ? b[i + w] : b[i + w] + a[i + w] * carried[w];                                 \
                    y[i + w] = (T)carried[w];                                                                          \
                }                                                                                                      \
            }                                                                                                          \
            line += strip.width;                                                                                       \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

void gradus_linear_recurrence(int type, bool reversed, int64_t n, int64_t inner, const void *a, const void *b, void *y,
                              int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        recurrence_float(reversed, n, inner, a, b, y, begin, end);
    else
        recurrence_double(reversed, n, inner, a, b, y, begin, end);
}
