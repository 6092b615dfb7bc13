#include "optimizers.h"

#include <stddef.h>

// Numbers are rounded to the parameters' own type at each operation, as tensors' are.
#define DEFINE(T)                                                                                                      \
    static void sgd_##T(int64_t n, const gradus_sgd_settings *s, const T *restrict g, T *restrict v, T *restrict w) {  \
        const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, momentum = (T)s->momentum;                  \
        if (!v) {                                                                                                      \
            for (int64_t i = 0; i < n; i++) w[i] -= rate * (sign * g[i] + decay * w[i]);                               \
        } else if (s->first) {                                                                                         \
            const T ahead = s->nesterov ? 1 + momentum : 1;                                                            \
            for (int64_t i = 0; i < n; i++) {                                                                          \
                v[i] = sign * g[i] + decay * w[i];                                                                     \
                w[i] -= rate * (ahead * v[i]);                                                                         \
            }                                                                                                          \
        } else if (s->nesterov) {                                                                                      \
            for (int64_t i = 0; i < n; i++) {                                                                          \
                T slope = sign * g[i] + decay * w[i];                                                                  \
                v[i] = momentum * v[i] + slope;                                                                        \
                w[i] -= rate * (slope + momentum * v[i]);                                                              \
            }                                                                                                          \
        } else {                                                                                                       \
            for (int64_t i = 0; i < n; i++) {                                                                          \
                v[i] = momentum * v[i] + (sign * g[i] + decay * w[i]);                                                 \
                w[i] -= rate * v[i];                                                                                   \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    static void adam_##T(int64_t n, const gradus_adam_settings *s, const T *restrict g, T *restrict m, T *restrict v,  \
                         T *restrict w) {                                                                              \
        const T sign = (T)s->sign, decay = (T)s->decay, keep = (T)s->keep, rate = (T)s->rate, root = (T)s->root;       \
        const T beta1 = (T)s->beta1, rest1 = (T)(1 - s->beta1), beta2 = (T)s->beta2, rest2 = (T)(1 - s->beta2);        \
        const T epsilon = (T)s->epsilon;                                                                               \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            T slope = sign * g[i] + decay * w[i];                                                                      \
            T mean = beta1 * m[i] + rest1 * slope, square = beta2 * v[i] + rest2 * (slope * slope);                    \
            m[i] = mean;                                                                                               \
            v[i] = square;                                                                                             \
            w[i] = keep * w[i] - rate * (mean / (root * __builtin_elementwise_sqrt(square) + epsilon));                \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

void gradus_sgd(int type, int64_t n, const gradus_sgd_settings *settings, const void *g, void *v, void *w) {
    if (type == GRADUS_FLOAT32)
        sgd_float(n, settings, g, v, w);
    else
        sgd_double(n, settings, g, v, w);
}

void gradus_adam(int type, int64_t n, const gradus_adam_settings *settings, const void *g, void *m, void *v, void *w) {
    if (type == GRADUS_FLOAT32)
        adam_float(n, settings, g, m, v, w);
    else
        adam_double(n, settings, g, m, v, w);
}
