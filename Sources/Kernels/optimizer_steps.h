// Steps of optimizers. Included by each path once an element type.

// Numbers are rounded to the parameters' own type at each operation, as tensors' are.
static void NAME(sgd)(int64_t n, const gradus_sgd_settings *s, const void *g_, void *v_, void *w_) {
    const T *restrict g = g_;
    T *restrict v = v_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, momentum = (T)s->momentum;
    if (!v) {
        for (int64_t i = 0; i < n; i++) w[i] -= rate * (sign * g[i] + decay * w[i]);
    } else if (s->first) {
        const T ahead = s->nesterov ? 1 + momentum : 1;
        for (int64_t i = 0; i < n; i++) {
            v[i] = sign * g[i] + decay * w[i];
            w[i] -= rate * (ahead * v[i]);
        }
    } else if (s->nesterov) {
        for (int64_t i = 0; i < n; i++) {
            T slope = sign * g[i] + decay * w[i];
            v[i] = momentum * v[i] + slope;
            w[i] -= rate * (slope + momentum * v[i]);
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            v[i] = momentum * v[i] + (sign * g[i] + decay * w[i]);
            w[i] -= rate * v[i];
        }
    }
}

static void NAME(adam)(int64_t n, const gradus_adam_settings *s, const void *g_, void *m_, void *v_, void *w_) {
    const T *restrict g = g_;
    T *restrict m = m_, *restrict v = v_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, keep = (T)s->keep, rate = (T)s->rate, root = (T)s->root;
    const T beta1 = (T)s->beta1, rest1 = (T)(1 - s->beta1), beta2 = (T)s->beta2, rest2 = (T)(1 - s->beta2);
    const T epsilon = (T)s->epsilon;
    for (int64_t i = 0; i < n; i++) {
        T slope = sign * g[i] + decay * w[i];
        T mean = beta1 * m[i] + rest1 * slope, square = beta2 * v[i] + rest2 * (slope * slope);
        m[i] = mean;
        v[i] = square;
        w[i] = keep * w[i] - rate * (mean / (root * SQUARE_ROOT(square) + epsilon));
    }
}
