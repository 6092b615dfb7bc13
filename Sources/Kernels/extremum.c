#include "reduction.h"

#include "lines.h"

// The first element stands until one is better; a NaN is better than any number, and nothing is better than it.
#define DEFINE_EXTREMUM(NAME, T, BETTER)                                                                                 \
    static void NAME(int64_t n, int64_t inner, const T *x, T *values, int64_t *indices, int64_t begin, int64_t end) {    \
        for (int64_t line = begin; line < end;) {                                                                        \
            gradus_strip strip = gradus_strip_at(line, end, inner);                                                      \
            const T *first = x + strip.outer * n * inner + strip.inner;                                                  \
            T *value = values + line;                                                                                    \
            int64_t *index = indices + line;                                                                             \
            for (int64_t w = 0; w < strip.width; w++) value[w] = first[w], index[w] = 0;                                 \
            for (int64_t r = 1; r < n; r++)                                                                              \
                for (int64_t w = 0; w < strip.width; w++) {                                                              \
                    T a = value[w], v = first[r * inner + w];                                                            \
                    bool better = a == a && ((BETTER) || v != v);                                                        \
                    value[w] = better ? v : a;                                                                           \
                    index[w] = better ? r : index[w];                                                                    \
                }                                                                                                        \
            line += strip.width;                                                                                         \
        }                                                                                                                \
    }

DEFINE_EXTREMUM(largest_float32, float, v > a)
DEFINE_EXTREMUM(largest_float64, double, v > a)
DEFINE_EXTREMUM(largest_int64, int64_t, v > a)
DEFINE_EXTREMUM(smallest_float32, float, v < a)
DEFINE_EXTREMUM(smallest_float64, double, v < a)
DEFINE_EXTREMUM(smallest_int64, int64_t, v < a)

void gradus_extremum(int type, bool smallest, int64_t n, int64_t inner, const void *x, void *values, int64_t *indices,
                     int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32:
            (smallest ? smallest_float32 : largest_float32)(n, inner, x, values, indices, begin, end);
            break;
        case GRADUS_FLOAT64:
            (smallest ? smallest_float64 : largest_float64)(n, inner, x, values, indices, begin, end);
            break;
        case GRADUS_INT64: (smallest ? smallest_int64 : largest_int64)(n, inner, x, values, indices, begin, end); break;
    }
}
