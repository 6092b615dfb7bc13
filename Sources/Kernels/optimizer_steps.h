// Steps of optimizers. Included by each path once an element type, behind lots_of.h.

// Numbers are rounded to the parameters' own type at each operation, as tensors' are. Each step gives back the sum of g squared, in
// double: of some numbers at a time, which are in the first cache when the step itself comes to them.
static double NAME(sum_of_squares)(int64_t n, const T *g) {
    lot_of_doubles sums = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        lot_of_doubles v = __builtin_convertvector(*(const NAME(lot) *)(g + i), lot_of_doubles);
        NAME(add_product)(&v, &v, &sums);
    }
    double sum = sum_of_lot(&sums);
    for (; i < n; i++) sum += (double)g[i] * g[i];
    return sum;
}
#define EACH(FETCHES, STEP)                                                                                     \
    do {                                                                                                        \
        double sum = 0;                                                                                         \
        for (int64_t start = 0; start < n; start += 512) {                                                      \
            const int64_t last = n - start < 512 ? n : start + 512;                                             \
            sum += NAME(sum_of_squares)(last - start, g + start);                                               \
            EACH_AHEAD(start, last, FETCHES, const T slope = sign * g[i] + decay * w[i]; STEP);                 \
        }                                                                                                       \
        return sum;                                                                                             \
    } while (0)

static double NAME(sgd)(int64_t n, const gradus_sgd_settings *s, const void *g_, void *v_, void *w_) {
    const T *restrict g = g_;
    T *restrict v = v_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, momentum = (T)s->momentum;
    const T ahead = s->nesterov ? 1 + momentum : 1;
    if (!v) EACH(FETCH_2(g, w), w[i] -= rate * slope;);
    if (s->first) EACH(FETCH_3(g, v, w), v[i] = slope; w[i] -= rate * (ahead * slope););
    if (s->nesterov)
        EACH(FETCH_3(g, v, w), v[i] = momentum * v[i] + slope; w[i] -= rate * (slope + momentum * v[i]););
    EACH(FETCH_3(g, v, w), v[i] = momentum * v[i] + slope; w[i] -= rate * v[i];);
}

static double NAME(adam)(int64_t n, const gradus_adam_settings *s, const void *g_, void *m_, void *v_, void *w_) {
    const T *restrict g = g_;
    T *restrict m = m_, *restrict v = v_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, keep = (T)s->keep, rate = (T)s->rate, root = (T)s->root;
    const T beta1 = (T)s->beta1, rest1 = (T)(1 - s->beta1), beta2 = (T)s->beta2, rest2 = (T)(1 - s->beta2);
    const T epsilon = (T)s->epsilon;
    EACH(FETCH_4(g, m, v, w), const T mean = beta1 * m[i] + rest1 * slope;
         const T square = beta2 * v[i] + rest2 * (slope * slope); m[i] = mean; v[i] = square;
         w[i] = keep * w[i] - rate * (mean / (root * SQUARE_ROOT(square) + epsilon)););
}

static double NAME(adagrad)(int64_t n, const gradus_adaptive_settings *s, const void *g_, void *v_, void *w_) {
    const T *restrict g = g_;
    T *restrict v = v_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, epsilon = (T)s->epsilon;
    EACH(FETCH_3(g, v, w), v[i] += slope * slope; w[i] -= rate * slope / (SQUARE_ROOT(v[i]) + epsilon););
}

static double NAME(rmsprop)(int64_t n, const gradus_adaptive_settings *s, const void *g_, void *v_, void *m_, void *u_, void *w_) {
    const T *restrict g = g_;
    T *restrict v = v_, *restrict m = m_, *restrict u = u_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, epsilon = (T)s->epsilon, momentum = (T)s->momentum;
    const T keep = (T)s->keep, rest = (T)(1 - s->keep);
// The mean square of the slopes, less the square of their mean, which rounding may leave less than nothing of; a NaN stays.
#define SQUARE v[i] = keep * v[i] + rest * (slope * slope);
#define CENTER                                                     \
    m[i] = keep * m[i] + rest * slope;                             \
    const T left = v[i] - m[i] * m[i], square = left < 0 ? 0 : left;
#define ALONG(OF) w[i] -= rate * (slope / (SQUARE_ROOT(OF) + epsilon));
#define ROLLING(OF) u[i] = momentum * u[i] + slope / (SQUARE_ROOT(OF) + epsilon); w[i] -= rate * u[i];
    if (!m && !u) EACH(FETCH_3(g, v, w), SQUARE ALONG(v[i]));
    if (!u) EACH(FETCH_4(g, v, m, w), SQUARE CENTER ALONG(square));
    if (!m) EACH(FETCH_4(g, v, u, w), SQUARE ROLLING(v[i]));
    EACH(FETCH_5(g, v, m, u, w), SQUARE CENTER ROLLING(square));
#undef SQUARE
#undef CENTER
#undef ALONG
#undef ROLLING
}

static double NAME(adadelta)(int64_t n, const gradus_adaptive_settings *s, const void *g_, void *v_, void *u_, void *w_) {
    const T *restrict g = g_;
    T *restrict v = v_, *restrict u = u_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, epsilon = (T)s->epsilon;
    const T keep = (T)s->keep, rest = (T)(1 - s->keep);
    EACH(FETCH_4(g, v, u, w), const T square = keep * v[i] + rest * (slope * slope);
         const T direction = SQUARE_ROOT(u[i] + epsilon) / SQUARE_ROOT(square + epsilon) * slope; v[i] = square;
         u[i] = keep * u[i] + rest * (direction * direction); w[i] -= rate * direction;);
}

static double NAME(adamax)(int64_t n, const gradus_adaptive_settings *s, const void *g_, void *m_, void *u_, void *w_) {
    const T *restrict g = g_;
    T *restrict m = m_, *restrict u = u_, *restrict w = w_;
    const T sign = (T)s->sign, decay = (T)s->decay, rate = (T)s->rate, epsilon = (T)s->epsilon, stays = (T)s->momentum;
    const T keep = (T)s->keep, rest = (T)(1 - s->keep);
    EACH(FETCH_4(g, m, u, w), const T old = stays * u[i]; const T size = MATH(fabs)(slope) + epsilon;
         m[i] = keep * m[i] + rest * slope; u[i] = old != old || old > size ? old : size; w[i] -= rate * m[i] / u[i];);
}
#undef EACH
