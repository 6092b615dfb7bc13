// The gates of recurrent cells and their gradients, against their formulas in double.
#include "check.h"

enum { ROWS = 3, MOST = 70 };

static double s(double x) { return 1 / (1 + exp(-x)); }
static double slope(double x) { return s(x) * (1 - s(x)); }
static double tanh_slope(double x) { return 1 - tanh(x) * tanh(x); }

static void expect_all(int type, const char *what, int64_t n, const void *x, const double *want) {
    bool is_so = true;
    for (int64_t i = 0; i < n; i++) is_so &= close_to(type, at(type, x, i), want[i], 2e-6, 1e-14);
    expect(is_so, "%s of %lld, type %d", what, (long long)n, type);
    same(type, n, x, type == GRADUS_FLOAT32);  // float64 has libm's exponentials, which machines differ in
}

static void check_lstm(int type, int64_t width) {
    static double hidden[ROWS * MOST], next[ROWS * MOST], to_gates[4 * ROWS * MOST], to_cell[ROWS * MOST];
    const int64_t n = ROWS * width;
    const void *gates = eighths(0, type, 4 * n, 1), *cell = eighths(1, type, n, 2);
    const void *from_hidden = eighths(2, type, n, 3), *from_next = eighths(3, type, n, 4);
    void *y = room(4, n * size_of(type)), *c = room(5, n * size_of(type));
    IN_SHARES(ROWS, begin, end) gradus_lstm(type, width, gates, cell, y, c, begin, end);
    for (int64_t i = 0; i < n; i++) {
        int64_t g = i / width * 4 * width + i % width;
        next[i] = s(at(type, gates, g + width)) * at(type, cell, i) +
                  s(at(type, gates, g)) * tanh(at(type, gates, g + 2 * width));
        hidden[i] = s(at(type, gates, g + 3 * width)) * tanh(next[i]);
    }
    expect_all(type, "hidden state", n, y, hidden);
    expect_all(type, "cell", n, c, next);

    for (int used = 0; used < 4; used++) {  // which of the outputs somebody used
        void *dg = room(6, 4 * n * size_of(type)), *dc = room(7, n * size_of(type));
        IN_SHARES(ROWS, begin, end)
            gradus_lstm_gradient(type, width, gates, cell, c, used & 1 ? from_hidden : NULL, used & 2 ? from_next : NULL, dg,
                                 dc, begin, end);
        for (int64_t i = 0; i < n; i++) {
            int64_t g = i / width * 4 * width + i % width;
            double in = at(type, gates, g), forget = at(type, gates, g + width), out = at(type, gates, g + 3 * width);
            double candidate = at(type, gates, g + 2 * width), h = used & 1 ? at(type, from_hidden, i) : 0;
            double u = (used & 2 ? at(type, from_next, i) : 0) + h * s(out) * tanh_slope(next[i]);
            to_gates[g] = u * tanh(candidate) * slope(in);
            to_gates[g + width] = u * at(type, cell, i) * slope(forget);
            to_gates[g + 2 * width] = u * s(in) * tanh_slope(candidate);
            to_gates[g + 3 * width] = h * tanh(next[i]) * slope(out);
            to_cell[i] = u * s(forget);
        }
        expect_all(type, "LSTM's gradient in gates", 4 * n, dg, to_gates);
        expect_all(type, "LSTM's gradient in cell", n, dc, to_cell);
    }
}

static void check_gru(int type, int64_t width) {
    static double next[ROWS * MOST], to_below[3 * ROWS * MOST], to_before[3 * ROWS * MOST], to_hidden[ROWS * MOST];
    const int64_t n = ROWS * width;
    const void *below = eighths(0, type, 3 * n, 1), *before = eighths(1, type, 3 * n, 2), *hidden = eighths(2, type, n, 3);
    const void *upstream = eighths(3, type, n, 4);
    void *y = room(4, n * size_of(type));
    void *da = room(5, 3 * n * size_of(type)), *db = room(6, 3 * n * size_of(type)), *dh = room(7, n * size_of(type));
    IN_SHARES(ROWS, begin, end) gradus_gru(type, width, below, before, hidden, y, begin, end);
    IN_SHARES(ROWS, begin, end)
        gradus_gru_gradient(type, width, below, before, hidden, upstream, da, db, dh, begin, end);
    for (int64_t i = 0; i < n; i++) {
        int64_t g = i / width * 3 * width + i % width;
        double reset_sum = at(type, below, g) + at(type, before, g), reset = s(reset_sum);
        double update_sum = at(type, below, g + width) + at(type, before, g + width), update = s(update_sum);
        double old = at(type, before, g + 2 * width), sum = at(type, below, g + 2 * width) + reset * old;
        double u = at(type, upstream, i), h = at(type, hidden, i);
        next[i] = tanh(sum) + update * (h - tanh(sum));
        double to_sum = u * (1 - update) * tanh_slope(sum);
        to_below[g] = to_before[g] = to_sum * old * slope(reset_sum);
        to_below[g + width] = to_before[g + width] = u * (h - tanh(sum)) * slope(update_sum);
        to_below[g + 2 * width] = to_sum;
        to_before[g + 2 * width] = to_sum * reset;
        to_hidden[i] = u * update;
    }
    expect_all(type, "GRU's state", n, y, next);
    expect_all(type, "GRU's gradient below", 3 * n, da, to_below);
    expect_all(type, "GRU's gradient before", 3 * n, db, to_before);
    expect_all(type, "GRU's gradient in state", n, dh, to_hidden);
}

void check_gates(void) {
    for (int type = GRADUS_FLOAT32; type <= GRADUS_FLOAT64; type++)
        for (int64_t width = 1; width <= MOST; width++) {
            check_lstm(type, width);
            check_gru(type, width);
        }
}
