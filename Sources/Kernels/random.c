#include "random.h"

#include <math.h>
#include <string.h>

void gradus_random_fill(uint64_t *state, int64_t n, uint64_t *out) {
    for (int64_t i = 0; i < n; i++) out[i] = gradus_random_next(state);
}

static inline double to_uniform(uint64_t draw) { return (double)(draw >> 11) * 0x1p-53; }

// A draw and the double made of it share their eight bytes; memcpy is how C lets one say so.
static inline void store(uint64_t *place, double value) { memcpy(place, &value, sizeof value); }

void gradus_random_to_uniform(int64_t n, uint64_t *draws) {
    for (int64_t i = 0; i < n; i++) store(&draws[i], to_uniform(draws[i]));
}

// The sum of coefficients[k] * x^k.
static inline double polynomial(double x, const double *coefficients, int terms) {
    double sum = 0;
    for (int k = terms - 1; k >= 0; k--) sum = sum * x + coefficients[k];
    return sum;
}

// log(x) for 0 < x <= 1. x = m * 2^e with m within a factor of √2 of 1; log(m) = 2 artanh(s), s = (m - 1) / (m + 1), by
// artanh's series in s², which is at most 0.0295.
static double portable_log(double x) {
    static const double series[] = {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19,
                                    1.0 / 21};
    int e;
    double m = frexp(x, &e);  // in [0.5, 1); exact, as is the doubling
    if (m < 0.70710678118654752) {
        m *= 2;
        e -= 1;
    }
    double s = (m - 1) / (m + 1);
    return e * 0.69314718055994531 + 2 * s * polynomial(s * s, series, 11);
}

// cos(2πu) for -1 <= u <= 1. Turns are folded to an eighth, exactly, where the series of cosine and sine converge fast.
static double portable_cosine_of_turns(double u) {
    static const double cosine[] = {1.0, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
                                    -1.0 / 87178291200, 1.0 / 20922789888000};
    static const double sine[] = {1.0, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800,
                                  -1.0 / 1307674368000, 1.0 / 355687428096000};
    double a = fabs(u), sign = 1;
    if (a > 0.5) a = 1 - a;
    if (a > 0.25) {
        a = 0.5 - a;
        sign = -1;
    }
    double x = 6.28318530717958648 * (a <= 0.125 ? a : 0.25 - a);
    return sign * (a <= 0.125 ? polynomial(x * x, cosine, 9) : x * polynomial(x * x, sine, 9));
}

void gradus_random_to_normal(int64_t n, uint64_t *draws) {
    for (int64_t i = 0; i + 1 < n; i += 2) {
        double radius = sqrt(-2 * portable_log(1 - to_uniform(draws[i])));
        double turns = to_uniform(draws[i + 1]);
        store(&draws[i], radius * portable_cosine_of_turns(turns));
        store(&draws[i + 1], radius * portable_cosine_of_turns(turns - 0.25));
    }
}

int64_t gradus_keep_within(int64_t n, double limit, double *x) {
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (fabs(x[i]) <= limit) x[kept++] = x[i];
    return kept;
}

#define PLACE(TYPE, NEXTAFTER)                                                       \
    do {                                                                             \
        TYPE *to = y, last = (TYPE)end;                                              \
        TYPE before = NEXTAFTER(last, (TYPE)-INFINITY);                              \
        for (int64_t i = 0; i < n; i++) {                                            \
            TYPE v = (TYPE)(offset + factor * x[i]);                                 \
            to[i] = v < last ? v : before;                                           \
        }                                                                            \
    } while (0)

void gradus_place(int type, int64_t n, const double *x, double offset, double factor, double end, void *y) {
    switch (type) {
        case GRADUS_FLOAT32: PLACE(float, nextafterf); break;
        case GRADUS_FLOAT64: PLACE(double, nextafter); break;
    }
}

void gradus_below(int64_t n, const double *x, double bound, void *y) {
    uint8_t *to = y;
    for (int64_t i = 0; i < n; i++) to[i] = x[i] < bound;
}
