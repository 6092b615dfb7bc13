// Steps of optimizers.
#include "check.h"

enum { MOST = 70 };
static const int floats[] = {GRADUS_FLOAT32, GRADUS_FLOAT64};

// What every step gives back; squares of eighths add up exactly.
static void check_squares(int type, int64_t n, const void *g, double squares) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += at(type, g, i) * at(type, g, i);
    expect(squares == sum, "the sum of squares, type %d, of %lld: %g, not %g", type, (long long)n, squares, sum);
}

static void check_sgd(int type, int64_t n, bool has_velocity, bool nesterov, bool first) {
    gradus_sgd_settings s = {-1, 0.3, 0.1, has_velocity ? 0.9 : 0, nesterov, first};
    const void *g = eighths(0, type, n, 1), *w_before = eighths(1, type, n, 2), *v_before = eighths(2, type, n, 3);
    void *w = eighths(3, type, n, 2), *v = eighths(4, type, n, 3);
    check_squares(type, n, g, gradus_sgd(type, n, &s, g, has_velocity ? v : NULL, w));
    for (int64_t i = 0; i < n; i++) {
        double before = at(type, w_before, i), slope = s.sign * at(type, g, i) + s.decay * before;
        double velocity = first ? slope : s.momentum * at(type, v_before, i) + slope;
        double along = !has_velocity ? slope : nesterov ? slope + s.momentum * velocity : velocity;
        expect(close_to(type, at(type, w, i), before - s.rate * along, 4e-7, 1e-15) &&
                   (!has_velocity || close_to(type, at(type, v, i), velocity, 4e-7, 1e-15)),
               "SGD, type %d, velocity %d, Nesterov %d, first %d", type, has_velocity, nesterov, first);
    }
    same(type, n, w, true);
    same(type, n, v, true);
}

static void check_adam(int type, int64_t n) {
    gradus_adam_settings s = {1, 0.3, 0.99, 0.1, 0.9, 0.99, 2, 1e-3};
    const void *g = eighths(0, type, n, 1), *w_before = eighths(1, type, n, 2), *m_before = eighths(2, type, n, 3);
    void *w = eighths(3, type, n, 2), *m = eighths(4, type, n, 3), *v = eighths(5, type, n, 4), *v_before = eighths(6, type, n, 4);
    for (int64_t i = 0; i < n; i++) set(type, v, i, fabs(at(type, v, i))), set(type, v_before, i, at(type, v, i));
    check_squares(type, n, g, gradus_adam(type, n, &s, g, m, v, w));
    for (int64_t i = 0; i < n; i++) {
        double before = at(type, w_before, i), slope = s.sign * at(type, g, i) + s.decay * before;
        double mean = s.beta1 * at(type, m_before, i) + (1 - s.beta1) * slope;
        double square = s.beta2 * at(type, v_before, i) + (1 - s.beta2) * slope * slope;
        double want = s.keep * before - s.rate * mean / (s.root * sqrt(square) + s.epsilon);
        expect(close_to(type, at(type, w, i), want, 2e-6, 1e-14) && close_to(type, at(type, m, i), mean, 4e-7, 1e-15) &&
                   close_to(type, at(type, v, i), square, 4e-7, 1e-15), "Adam, type %d: %g, not %g", type, at(type, w, i), want);
    }
    same(type, n, w, true);
    same(type, n, m, true);
    same(type, n, v, true);
}

enum { ADAGRAD, RMSPROP, CENTERED, ROLLING, CENTERED_ROLLING, ADADELTA, ADAMAX, ADAPTIVES };

static void check_adaptive(int type, int64_t n, int kind) {
    gradus_adaptive_settings s = {-1, 0.3, 0.1, 0.75, 0.5, 1e-2};
    const void *g = eighths(0, type, n, 1), *w_before = eighths(1, type, n, 2);
    void *w = eighths(2, type, n, 2), *a = eighths(3, type, n, 3), *b = eighths(4, type, n, 4), *c = eighths(5, type, n, 5);
    void *a_before = eighths(6, type, n, 3), *b_before = eighths(7, type, n, 4), *c_before = eighths(8, type, n, 5);
    for (int64_t i = 0; i < n; i++) {  // squares and sizes, for which a mean may be too large to be one of these numbers'
        set(type, a, i, fabs(at(type, a, i))), set(type, a_before, i, at(type, a, i));
        if (kind >= ADADELTA) set(type, b, i, fabs(at(type, b, i))), set(type, b_before, i, at(type, b, i));
    }
    bool centered = kind == CENTERED || kind == CENTERED_ROLLING, rolling = kind == ROLLING || kind == CENTERED_ROLLING;
    double squares = kind == ADAGRAD    ? gradus_adagrad(type, n, &s, g, a, w)
                     : kind == ADADELTA ? gradus_adadelta(type, n, &s, g, a, b, w)
                     : kind == ADAMAX   ? gradus_adamax(type, n, &s, g, a, b, w)
                                        : gradus_rmsprop(type, n, &s, g, a, centered ? b : NULL, rolling ? c : NULL, w);
    check_squares(type, n, g, squares);
    for (int64_t i = 0; i < n; i++) {
        double x = at(type, a_before, i), y = at(type, b_before, i), z = at(type, c_before, i), before = at(type, w_before, i);
        double slope = s.sign * at(type, g, i) + s.decay * before, step;
        if (kind == ADAGRAD) {
            x += slope * slope;
            step = slope / (sqrt(x) + s.epsilon);
        } else if (kind == ADAMAX) {
            x = s.keep * x + (1 - s.keep) * slope;
            y = fmax(s.momentum * y, fabs(slope) + s.epsilon);
            step = x / y;
        } else {
            x = s.keep * x + (1 - s.keep) * slope * slope;
            if (kind == ADADELTA) {
                step = sqrt(y + s.epsilon) / sqrt(x + s.epsilon) * slope;
                y = s.keep * y + (1 - s.keep) * step * step;
            } else {
                if (centered) y = s.keep * y + (1 - s.keep) * slope;
                step = slope / (sqrt(centered ? fmax(x - y * y, 0) : x) + s.epsilon);
                if (rolling) step = z = s.momentum * z + step;
            }
        }
        // Where squares nearly cancel, their rounding is what is left, and the step as large as epsilon lets it be.
        bool cancels = centered && x - y * y < 1e-3;
        expect((cancels || (close_to(type, at(type, w, i), before - s.rate * step, 4e-6, 1e-13) && close_to(type, at(type, c, i), z, 4e-5, 1e-12))) &&
                   close_to(type, at(type, a, i), x, 1e-6, 1e-14) && close_to(type, at(type, b, i), y, 4e-6, 1e-13),
               "adaptive step %d, type %d: %.9g, not %.9g", kind, type, at(type, w, i), before - s.rate * step);
    }
    same(type, n, w, true);
    same(type, n, a, true);
    same(type, n, b, true);
    same(type, n, c, true);
}

void check_optimizers(void) {
    for (int f = 0; f < 2; f++)
        for (int64_t n = 0; n <= MOST; n++) {
            check_sgd(floats[f], n, false, false, false);
            for (int form = 0; form < 4; form++) check_sgd(floats[f], n, true, form & 1, form & 2);
            check_adam(floats[f], n);
            for (int kind = 0; kind < ADAPTIVES; kind++) check_adaptive(floats[f], n, kind);
        }
    for (int f = 0; f < 2; f++)
        for (int64_t n = 510; n <= 515; n++) {  // behind the first of several runs
            check_adam(floats[f], n);
            for (int kind = 0; kind < ADAPTIVES; kind++) check_adaptive(floats[f], n, kind);
        }
}
