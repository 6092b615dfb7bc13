#include "agreement.h"

#include <math.h>
#include <string.h>

#define EQUAL(TYPE)                                          \
    do {                                                     \
        const TYPE *p = a, *q = b;                           \
        for (int64_t i = 0; i < n; i++)                      \
            if (!(p[i] == q[i])) return false;               \
        return true;                                         \
    } while (0)

bool gradus_equal(int type, int64_t n, const void *a, const void *b) {
    switch (type) {
        case GRADUS_FLOAT32: EQUAL(float);
        case GRADUS_FLOAT64: EQUAL(double);
        case GRADUS_INT64: EQUAL(int64_t);
        default: EQUAL(uint8_t);
    }
}

static inline bool close(double x, double y, double relative, double absolute, bool nan_equal) {
    if (x == y) return true;  // infinities, whose difference is NaN
    if (x != x || y != y) return nan_equal && x != x && y != y;
    if (isinf(x) || isinf(y)) return false;
    return fabs(x - y) <= absolute + relative * fabs(y);
}

#define IS_CLOSE(TYPE)                                                                                     \
    do {                                                                                                   \
        const TYPE *p = a, *q = b;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                                    \
            if (!close((double)p[i], (double)q[i], relative, absolute, nan_equal)) return false;           \
        return true;                                                                                       \
    } while (0)

bool gradus_is_close(int type, int64_t n, const void *a, const void *b, double relative, double absolute, bool nan_equal) {
    switch (type) {
        case GRADUS_FLOAT32: IS_CLOSE(float);
        case GRADUS_FLOAT64: IS_CLOSE(double);
        case GRADUS_INT64: IS_CLOSE(int64_t);
        default: IS_CLOSE(uint8_t);
    }
}

bool gradus_any(int64_t n, const void *x) { return memchr(x, 1, (size_t)n) != NULL; }

bool gradus_any_not(int64_t n, const void *x) { return memchr(x, 0, (size_t)n) != NULL; }
