// What works along lines: reductions, running sums, softmax, recurrences, order. A line of [outer, n, inner] is an
// (outer, inner) pair.
#include "check.h"

enum { OUTER = 2, MOST_LINE = 2 * GRADUS_REDUCTION_BLOCK + 9 };
static const int floats[] = {GRADUS_FLOAT32, GRADUS_FLOAT64};

static int64_t in_line(int64_t line, int64_t n, int64_t inner, int64_t r) {
    return (line / inner * n + r) * inner + line % inner;
}

// All lengths from 0 to 70, side by side in several numbers, of which the last is more than are worked on together; then the borders
// of a block of a reduction.
typedef struct { int64_t n, inner; } form;
static form forms[71 * 4 + 8];
static int form_count;

static void make_forms(void) {
    form_count = 0;
    for (int64_t n = 0; n <= 70; n++) {
        forms[form_count++] = (form){n, 1};
        forms[form_count++] = (form){n, 3};
        if (n % 8 == 3) forms[form_count++] = (form){n, 70};
        if (n % 16 == 5) forms[form_count++] = (form){n, 300};
    }
    for (int64_t inner = 1; inner < 3; inner++)
        for (int64_t n = GRADUS_REDUCTION_BLOCK - 1; n <= GRADUS_REDUCTION_BLOCK + 1; n++) forms[form_count++] = (form){n, inner};
    forms[form_count++] = (form){MOST_LINE, 1};
}

// MARK: - Reductions

// By the definition, of the elements [first, last) of a line; sums of the inputs used here are exact.
static double reduced(const gradus_reduction *call, const void *x, const double *shift, int64_t line, int64_t first, int64_t last) {
    double sum = call->op == GRADUS_PRODUCT ? 1 : 0, largest = -INFINITY, smallest = INFINITY;
    for (int64_t r = first; r < last; r++) {
        double v = at(call->type, x, in_line(line, call->reduced, call->inner, r));
        largest = fmax(largest, v), smallest = fmin(smallest, v);
        switch (call->op) {
            case GRADUS_PRODUCT: sum *= v; break;
            case GRADUS_COUNT_NONZERO: sum += v != 0; break;
            case GRADUS_MAX_ABS: sum = fmax(sum, fabs(v)); break;
            case GRADUS_SUM_ABS: sum += fabs(v); break;
            case GRADUS_SUM_SQUARES: sum += v * v; break;
            case GRADUS_SUM_SQUARED_DEVIATIONS: sum += (v - shift[line]) * (v - shift[line]); break;
            case GRADUS_LOG_SUM_EXP: sum += exp(v); break;
            case GRADUS_NORM: sum += pow(fabs(v), call->order); break;
            default: sum += v;
        }
    }
    if (call->op == GRADUS_MAX || call->op == GRADUS_MIN) {
        // What there is of nothing is the type's own end.
        double value = call->op == GRADUS_MAX ? largest : smallest;
        return call->type == GRADUS_INT64 && isinf(value) ? value < 0 ? (double)INT64_MIN : (double)INT64_MAX : value;
    }
    if (call->op == GRADUS_LOG_SUM_EXP) return log(sum);
    if (call->op == GRADUS_NORM) return pow(sum, 1 / call->order);
    return sum;
}

static void check_reduction(gradus_reduction_op op, int type, form f, double order) {
    bool is_float = type <= GRADUS_FLOAT64, own_type = op == GRADUS_MAX || op == GRADUS_MIN || op == GRADUS_MAX_ABS;
    int result = op == GRADUS_COUNT_NONZERO || !is_float ? GRADUS_INT64 : own_type ? type : GRADUS_FLOAT64;
    gradus_reduction call = {.op = op, .type = type, .result_type = result, .reduced = f.n, .inner = f.inner, .order = order,
                             .divisor = 1, .root = false};
    int64_t blocks = f.n > 0 ? (f.n + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK : 1, count = OUTER * blocks * f.inner;
    void *x = eighths(0, type, OUTER * f.n * f.inner, 1);
    if (op == GRADUS_PRODUCT)  // halves, ones and twos, in turn, so that nothing overflows
        for (int64_t i = 0; i < OUTER * f.n * f.inner; i++)
            set(type, x, i, type == GRADUS_INT64 ? (i % 5 ? 1 : -1) : i / f.inner % 3 == 0 ? 2 : i / f.inner % 3 == 1 ? -0.5 : 1);
    double *shift = eighths(1, GRADUS_FLOAT64, OUTER * f.inner, 2);
    void *out = room(2, count * size_of(result));
    IN_SHARES(count, begin, end)
        gradus_reduce(&call, x, op == GRADUS_SUM_SQUARED_DEVIATIONS ? shift : NULL, out, begin, end);
    bool is_rounded = op == GRADUS_LOG_SUM_EXP || op == GRADUS_NORM;
    for (int64_t i = 0; i < count; i++) {
        int64_t outer = i / f.inner / blocks, block = i / f.inner % blocks, line = outer * f.inner + i % f.inner;
        double want = reduced(&call, x, shift, line, block * GRADUS_REDUCTION_BLOCK, least((block + 1) * GRADUS_REDUCTION_BLOCK, f.n));
        double got = at(result, out, i);
        expect(is_rounded ? close_to(type, got, want, 1e-6, 1e-13) : got == want,
               "reduction %d, type %d, of %lld by %lld: %.17g, not %.17g", (int)op, type, (long long)f.n, (long long)f.inner, got, want);
    }
    same(result, count, out, !is_rounded);
    if (result != GRADUS_FLOAT64) return;
    // A mean and its root, in float32.
    call.result_type = GRADUS_FLOAT32, call.divisor = 4, call.root = true;
    float *means = room(3, count * 4);
    IN_SHARES(count, begin, end)
        gradus_reduce(&call, x, op == GRADUS_SUM_SQUARED_DEVIATIONS ? shift : NULL, means, begin, end);
    for (int64_t i = 0; i < count; i++)
        expect(near(GRADUS_FLOAT32, means[i], sqrt(at(result, out, i) / 4), 0.5), "root of a mean");
}

void check_reductions(void) {
    make_forms();
    for (int i = 0; i < form_count; i++)
        for (gradus_reduction_op op = GRADUS_SUM; op <= GRADUS_NORM; op++)
            for (int type = GRADUS_FLOAT32; type <= GRADUS_BOOL; type++) {
                bool takes = type <= GRADUS_FLOAT64 || (type == GRADUS_INT64 && op <= GRADUS_COUNT_NONZERO) ||
                             op == GRADUS_SUM || op == GRADUS_COUNT_NONZERO;
                if (takes) check_reduction(op, type, forms[i], 2);
                if (op == GRADUS_NORM && takes) check_reduction(op, type, forms[i], 3);
            }
    // NaN is passed on, and makes no difference to another line.
    for (int f = 0; f < 2; f++)
        for (int64_t n = 1; n <= 70; n++)
            for (gradus_reduction_op op = GRADUS_SUM; op <= GRADUS_NORM; op++) {
                if (op == GRADUS_COUNT_NONZERO || op == GRADUS_SUM_SQUARED_DEVIATIONS) continue;
                int result = op == GRADUS_MAX || op == GRADUS_MIN || op == GRADUS_MAX_ABS ? floats[f] : GRADUS_FLOAT64;
                gradus_reduction call = {op, floats[f], result, n, 1, 2, 1, false};
                void *x = eighths(0, floats[f], 2 * n, 1), *out = room(2, 2 * size_of(result));
                set(floats[f], x, n * 2 / 3, NAN);
                gradus_reduce(&call, x, NULL, out, 0, 2);
                expect(isnan(at(result, out, 0)) && !isnan(at(result, out, 1)), "NaN in reduction %d of %lld", (int)op, (long long)n);
            }
    for (int f = 0; f < 2; f++)
        for (int64_t n = 0; n <= GRADUS_REDUCTION_BLOCK + 1; n += n == 70 ? GRADUS_REDUCTION_BLOCK - 71 : 1) {
            const void *a = eighths(0, floats[f], n, 1), *b = eighths(1, floats[f], n, 2);
            int64_t blocks = (n + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK;
            double *out = room(2, blocks * 8), total = 0, want = 0;
            IN_SHARES(blocks, begin, end) gradus_dot(floats[f], n, a, b, out, begin, end);
            for (int64_t i = 0; i < n; i++) want += at(floats[f], a, i) * at(floats[f], b, i);
            for (int64_t i = 0; i < blocks; i++) total += out[i];
            expect(total == want, "dot of %lld", (long long)n);
        }
}

// MARK: - Running sums, recurrences, extrema

// Of numbers whose sums and products are exact in every type, or of such whose are not: then an accumulator in float would be seen.
static void check_running(gradus_reduction_op op, int type, form f, bool reversed, bool inexact) {
    int64_t count = OUTER * f.n * f.inner, lines = OUTER * f.inner;
    void *x = eighths(0, type, count, 1), *y = room(1, count * size_of(type));
    if (op == GRADUS_PRODUCT)
        for (int64_t i = 0; i < count; i++) set(type, x, i, i / f.inner % 2 ? 1 : -1);
    for (int64_t i = 0; i < count && inexact; i++)
        set(type, x, i, op == GRADUS_PRODUCT ? 1 + (double)(i % 7 - 3) / 100 : (double)(i * 31 % 17 - 5) / 3);
    IN_SHARES(lines, begin, end) gradus_running(op, type, reversed, f.n, f.inner, x, y, begin, end);
    for (int64_t line = 0; line < lines; line++) {
        double total = op == GRADUS_SUM ? 0 : 1;
        bool is_so = true;
        for (int64_t r = 0; r < f.n; r++) {
            int64_t i = in_line(line, f.n, f.inner, reversed ? f.n - 1 - r : r);
            total = op == GRADUS_SUM ? total + at(type, x, i) : total * at(type, x, i);
            is_so &= at(type, y, i) == (type == GRADUS_FLOAT32 ? (double)(float)total : total);
        }
        expect(is_so, "running %d, type %d, of %lld by %lld", (int)op, type, (long long)f.n, (long long)f.inner);
    }
}

static void check_recurrence(int type, form f, bool reversed) {
    int64_t count = OUTER * f.n * f.inner, lines = OUTER * f.inner;
    const void *a = eighths(0, type, count, 1), *b = eighths(1, type, count, 2);
    void *y = room(2, count * size_of(type));
    IN_SHARES(lines, begin, end) gradus_linear_recurrence(type, reversed, f.n, f.inner, a, b, y, begin, end);
    for (int64_t line = 0; line < lines; line++) {
        double carried = 0;
        for (int64_t r = 0; r < f.n; r++) {
            int64_t i = in_line(line, f.n, f.inner, reversed ? f.n - 1 - r : r);
            carried = at(type, b, i) + (r > 0 ? at(type, a, i) * carried : 0);
            expect(near(type, at(type, y, i), carried, 0.5) || carried == 0, "recurrence, type %d, of %lld", type, (long long)f.n);
        }
    }
    same(type, count, y, true);
}

static void check_extremum(int type, form f, bool smallest, bool has_nan) {
    int64_t lines = OUTER * f.inner;
    void *x = eighths(0, type, lines * f.n, 1), *values = room(1, lines * size_of(type));
    int64_t *indices = places(2, lines);
    if (has_nan) set(type, x, in_line(0, f.n, f.inner, f.n / 2), NAN), set(type, x, in_line(0, f.n, f.inner, f.n - 1), NAN);
    IN_SHARES(lines, begin, end) gradus_extremum(type, smallest, f.n, f.inner, x, values, indices, begin, end);
    for (int64_t line = 0; line < lines; line++) {
        int64_t best = 0;
        for (int64_t r = 1; r < f.n; r++) {
            double v = at(type, x, in_line(line, f.n, f.inner, r)), b = at(type, x, in_line(line, f.n, f.inner, best));
            if (!isnan(b) && (isnan(v) || (smallest ? v < b : v > b))) best = r;
        }
        double want = at(type, x, in_line(line, f.n, f.inner, best));
        expect(indices[line] == best && near(type, at(type, values, line), want, 0), "extremum, type %d, of %lld by %lld", type,
               (long long)f.n, (long long)f.inner);
    }
}

void check_lines(void) {
    make_forms();
    for (int i = 0; i < form_count; i++) {
        for (int reversed = 0; reversed < 2; reversed++) {
            for (int type = GRADUS_FLOAT32; type <= GRADUS_INT64; type++) {
                check_running(GRADUS_SUM, type, forms[i], reversed, false);
                check_running(GRADUS_PRODUCT, type, forms[i], reversed, false);
                if (type <= GRADUS_FLOAT64) {
                    check_running(GRADUS_SUM, type, forms[i], reversed, true);
                    check_running(GRADUS_PRODUCT, type, forms[i], reversed, true);
                }
                if (forms[i].n > 0) check_extremum(type, forms[i], reversed, false);
                if (forms[i].n > 0 && type <= GRADUS_FLOAT64) check_extremum(type, forms[i], reversed, true);
            }
            for (int f = 0; f < 2; f++) check_recurrence(floats[f], forms[i], reversed);
        }
    }
}

// MARK: - Softmax

static void check_softmax_of(int type, form f, bool logarithm) {
    int64_t count = OUTER * f.n * f.inner, lines = OUTER * f.inner;
    void *x = eighths(0, type, count, 1), *y = room(1, count * size_of(type)), *gradient = room(2, count * size_of(type));
    const void *u = eighths(3, type, count, 2);
    for (int64_t i = 0; i < count; i++) set(type, x, i, 8 * at(type, x, i));
    IN_SHARES(lines, begin, end) gradus_softmax(type, logarithm, f.n, f.inner, x, y, begin, end);
    IN_SHARES(lines, begin, end) gradus_softmax_gradient(type, logarithm, f.n, f.inner, y, u, gradient, begin, end);
    for (int64_t line = 0; line < lines; line++) {
        double total = 0, sum = 0;
        for (int64_t r = 0; r < f.n; r++) total += exp(at(type, x, in_line(line, f.n, f.inner, r)));
        for (int64_t r = 0; r < f.n; r++) {
            int64_t i = in_line(line, f.n, f.inner, r);
            sum += (logarithm ? 1 : at(type, y, i)) * at(type, u, i);
        }
        for (int64_t r = 0; r < f.n; r++) {
            int64_t i = in_line(line, f.n, f.inner, r);
            double v = at(type, x, i), share = at(type, y, i), want = logarithm ? v - log(total) : exp(v) / total;
            double slope = logarithm ? at(type, u, i) - exp(share) * sum : share * (at(type, u, i) - sum);
            expect(close_to(type, share, want, 2e-6, 1e-13), "softmax, logarithm %d, type %d, of %lld by %lld: %.9g, not %.9g", logarithm,
                   type, (long long)f.n, (long long)f.inner, share, want);
            expect(close_to(type, at(type, gradient, i), slope, 1e-5, 1e-12), "gradient of softmax, logarithm %d, type %d, of %lld by %lld",
                   logarithm, type, (long long)f.n, (long long)f.inner);
        }
    }
    same(type, count, y, false);  // the logarithm of a sum is libm's
    same(type, count, gradient, false);
}

// By the definition; labels at both ends of a row, in between, and one that is ignored.
static void check_cross_entropy_of(int type, int64_t n, double smoothing) {
    enum { ROWS_OF_SCORES = 5 };
    void *x = eighths(0, type, ROWS_OF_SCORES * n, 1), *losses = room(1, ROWS_OF_SCORES * size_of(type));
    void *gradient = room(2, ROWS_OF_SCORES * n * size_of(type));
    const void *u = eighths(3, type, ROWS_OF_SCORES, 2);
    int64_t *labels = places(4, ROWS_OF_SCORES);
    double *lse = room(5, ROWS_OF_SCORES * 8);
    for (int64_t i = 0; i < ROWS_OF_SCORES * n; i++) set(type, x, i, 8 * at(type, x, i));
    labels[0] = 0, labels[1] = n - 1, labels[2] = n / 2, labels[3] = n / 3;  // and -1
    IN_SHARES(ROWS_OF_SCORES, begin, end) gradus_cross_entropy(type, n, smoothing, x, labels, losses, lse, begin, end);
    IN_SHARES(ROWS_OF_SCORES, begin, end) gradus_cross_entropy_gradient(type, n, smoothing, x, labels, lse, u, gradient, begin, end);
    for (int64_t row = 0; row < ROWS_OF_SCORES; row++) {
        double total = 0, mean = 0;
        for (int64_t i = row * n; i < (row + 1) * n; i++) total += exp(at(type, x, i)), mean += at(type, x, i) / (double)n;
        const bool counts = labels[row] >= 0;
        double loss = counts ? log(total) - (1 - smoothing) * at(type, x, row * n + labels[row]) - smoothing * mean : 0;
        expect(close_to(GRADUS_FLOAT64, lse[row], log(total), 0, type == GRADUS_FLOAT32 ? 1e-7 : 1e-13) &&
                   close_to(type, at(type, losses, row), loss, 1e-6, 1e-13),
               "cross-entropy, type %d, of %lld, smoothed by %g: %.9g, not %.9g", type, (long long)n, smoothing, at(type, losses, row), loss);
        for (int64_t i = 0; i < n; i++) {
            double share = exp(at(type, x, row * n + i)) / total, target = (i == labels[row]) * (1 - smoothing) + smoothing / (double)n;
            expect(close_to(type, at(type, gradient, row * n + i), counts ? (share - target) * at(type, u, row) : 0, 5e-7, 1e-13),
                   "gradient of cross-entropy, type %d, of %lld, smoothed by %g", type, (long long)n, smoothing);
        }
    }
    same(type, ROWS_OF_SCORES, losses, false);  // the logarithm of a sum is libm's
    same(type, ROWS_OF_SCORES * n, gradient, false);
}

static void check_cross_entropies(void) {
    for (int f = 0; f < 2; f++)
        for (int smoothed = 0; smoothed < 2; smoothed++) {
            for (int64_t n = 1; n <= 70; n++) check_cross_entropy_of(floats[f], n, 0.25 * smoothed);
            for (int64_t n = 1022; n <= 1026; n++) check_cross_entropy_of(floats[f], n, 0.25 * smoothed);
        }
}

void check_softmax(void) {
    make_forms();
    for (int i = 0; i < form_count; i++)
        for (int f = 0; f < 2; f++)
            for (int logarithm = 0; logarithm < 2; logarithm++) check_softmax_of(floats[f], forms[i], logarithm);
    check_cross_entropies();
}

// MARK: - Order

static bool stands_before(bool descending, double a, double b) {
    return isnan(b) ? !isnan(a) : descending ? a > b : a < b;
}

static void check_order_of(int type, int64_t n, bool descending, bool has_nan) {
    void *x = eighths(0, type, OUTER * n, 1), *values = room(1, OUTER * n * size_of(type)), *spare = room(2, OUTER * n * size_of(type));
    int64_t *indices = places(3, OUTER * n), *spare_indices = places(4, OUTER * n), *sorted = places(5, OUTER * n);
    for (int64_t i = 0; i < OUTER * n && has_nan; i += 5) set(type, x, i, NAN);
    IN_SHARES(OUTER, begin, end) gradus_sort(type, descending, n, x, values, indices, spare, spare_indices, begin, end);
    bool is_so = true;
    for (int64_t line = 0; line < OUTER; line++)
        for (int64_t i = 0; i < n; i++) {  // by insertion
            int64_t j = line * n + i;
            for (; j > line * n && stands_before(descending, at(type, x, line * n + i), at(type, x, line * n + sorted[j - 1])); j--)
                sorted[j] = sorted[j - 1];
            sorted[j] = i;
        }
    for (int64_t i = 0; i < OUTER * n; i++)
        is_so &= indices[i] == sorted[i] && near(type, at(type, values, i), at(type, x, i / n * n + sorted[i]), 0);
    expect(is_so, "order of %lld, type %d, descending %d, with NaN %d", (long long)n, type, descending, has_nan);
    for (int64_t k = 1; k <= n; k += k < n && n / 2 > k ? n / 2 : 1) {
        void *top = room(6, OUTER * k * size_of(type));
        int64_t *from = places(7, OUTER * k);
        IN_SHARES(OUTER, begin, end) gradus_top(type, descending, n, k, x, top, from, begin, end);
        for (int64_t i = 0; i < OUTER * k; i++)
            is_so &= from[i] == sorted[i / k * n + i % k] && near(type, at(type, top, i), at(type, x, i / k * n + from[i]), 0);
        expect(is_so, "the first %lld of %lld, type %d", (long long)k, (long long)n, type);
    }
}

void check_order(void) {
    for (int type = GRADUS_FLOAT32; type <= GRADUS_INT64; type++)
        for (int64_t n = 1; n <= 70; n++)
            for (int form = 0; form < (type == GRADUS_INT64 ? 2 : 4); form++) check_order_of(type, n, form & 1, form & 2);
}
