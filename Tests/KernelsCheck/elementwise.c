// Functions of one element and of two.
#include <float.h>
#include <stdint.h>

#include "check.h"

enum { MOST = 70 };
static const int floats[] = {GRADUS_FLOAT32, GRADUS_FLOAT64};

// 70 numbers: what is special in either float type, and ordinary ones between.
static double interesting(int64_t i, int shift) {
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 0.5, -0.5, 1.5, -2.5, 88.7, -88.7, 103.9, -104.5,
                                     1e-40, -1e-40, 1e-45, FLT_MIN, -FLT_MIN, FLT_MAX, -FLT_MAX, 16777217, 1e-8, -1e-8, 0.75,
                                     9.5, -9.5, 20, -20, 3.1415926, 710};
    enum { SPECIAL = sizeof special / sizeof special[0] };
    int64_t cell = (i * 37 + shift * 11) % MOST;
    return cell < SPECIAL ? special[cell] : (double)((cell * 17) % 43 - 21) / 8 + 0.0625;
}

static void *interesting_numbers(int slot, int type, int64_t n, int shift) {
    void *x = room(slot, n * size_of(type));
    for (int64_t i = 0; i < n; i++) {
        double v = interesting(i, shift);
        set(type, x, i, type == GRADUS_INT64 ? isfinite(v) ? fmod(v, 1000) : 0 : v);
    }
    return x;
}

// MARK: - One element

static double negative(double x) { return -x; }
static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
static double square(double x) { return x * x; }
static double reciprocal_root(double x) { return 1 / sqrt(x); }
static double reciprocal(double x) { return 1 / x; }
static double relu(double x) { return x > 0 || isnan(x) ? x : 0; }
static double step(double x) { return x > 0 ? 1 : x <= 0 ? 0 : x; }
static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }
static double sigmoid_slope(double x) { double e = exp(-fabs(x)); return e / ((1 + e) * (1 + e)); }
static double tanh_slope(double x) { return 4 * sigmoid_slope(2 * x); }
static double softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))) + (isnan(x) ? x : 0); }
static double silu(double x) { return x * sigmoid(x); }
static double silu_slope(double x) { return sigmoid(x) + x * sigmoid_slope(x); }
static double gelu(double x) { return 0.5 * x * erfc(-x * sqrt(0.5)); }
static double gelu_slope(double x) { return 0.5 * erfc(-x * sqrt(0.5)) + x * exp(-0.5 * x * x) * 0.39894228040143267794; }
static double gelu_tanh(double x) { return x * sigmoid(x * (1.59576912160573071176 + 0.0713548162726002488 * x * x)); }
static double gelu_tanh_slope(double x) {
    double inside = x * (1.59576912160573071176 + 0.0713548162726002488 * x * x);
    return sigmoid(inside) + x * (1.59576912160573071176 + 3 * 0.0713548162726002488 * x * x) * sigmoid_slope(inside);
}

// Error in units of the last place of float32, or 0 where it is 2.5e-7 max(1, |x|) (elementwise.h).
static const struct { gradus_unary_op op; double (*reference)(double); double units; } unary[] = {
    {GRADUS_NEGATE, negative, 0.5}, {GRADUS_ABS, fabs, 0.5}, {GRADUS_SIGN, sign, 0.5},
    {GRADUS_SQUARE, square, 0.5}, {GRADUS_EXP, exp, 0.91}, {GRADUS_EXPM1, expm1, 1.2},
    {GRADUS_LOG, log, 0.91}, {GRADUS_LOG1P, log1p, 0.92}, {GRADUS_LOG2, log2, 0.92}, {GRADUS_SQRT, sqrt, 0.5},
    {GRADUS_RSQRT, reciprocal_root, 1}, {GRADUS_RECIPROCAL, reciprocal, 0.5}, {GRADUS_SIN, sin, 1.2},
    {GRADUS_COS, cos, 1.2}, {GRADUS_TAN, tan, 1.3}, {GRADUS_ASIN, asin, 1.2}, {GRADUS_ACOS, acos, 1.2},
    {GRADUS_ATAN, atan, 1.21}, {GRADUS_SINH, sinh, 1.26}, {GRADUS_COSH, cosh, 1.2}, {GRADUS_TANH, tanh, 1.3},
    {GRADUS_SIGMOID, sigmoid, 1.9}, {GRADUS_SOFTPLUS, softplus, 1.5}, {GRADUS_ERF, erf, 1.6},
    {GRADUS_ERFC, erfc, 3.4}, {GRADUS_RELU, relu, 0.5}, {GRADUS_STEP, step, 0.5},
    {GRADUS_FLOOR, floor, 0.5}, {GRADUS_CEIL, ceil, 0.5}, {GRADUS_ROUND, rint, 0.5},
    {GRADUS_SIGMOID_SLOPE, sigmoid_slope, 3.3}, {GRADUS_TANH_SLOPE, tanh_slope, 3.3}, {GRADUS_SILU, silu, 0},
    {GRADUS_SILU_SLOPE, silu_slope, 0}, {GRADUS_GELU, gelu, 0}, {GRADUS_GELU_SLOPE, gelu_slope, 0},
    {GRADUS_GELU_TANH, gelu_tanh, 0}, {GRADUS_GELU_TANH_SLOPE, gelu_tanh_slope, 0},
};

static void check_unary_of(size_t function, int type, int64_t n) {
    const void *x = interesting_numbers(0, type, n, 0);
    void *y = room(1, n * size_of(type));
    gradus_unary(unary[function].op, type, n, x, y);
    for (int64_t i = 0; i < n; i++) {
        double v = at(type, x, i), got = at(type, y, i), want = unary[function].reference(v), units = unary[function].units;
        // What crosses zero or has a tail of its own; of infinities, other functions of this file have the limits.
        bool is_smooth = units == 0, is_near = is_smooth ? close_to(type, got, want, 2.5e-7 * fmax(1, fabs(v)), 1e-14 * fmax(1, fabs(v)))
                                                        : near(type, got, want, type == GRADUS_FLOAT32 ? units : 8);
        expect(is_near || (is_smooth && !isfinite(v)), "operation %d, type %d, of %.17g is %.17g, not %.17g",
               (int)unary[function].op, type, v, got, want);
    }
    same(type, n, y, type == GRADUS_FLOAT32);
    void *both = interesting_numbers(1, type, n, 0);
    gradus_unary(unary[function].op, type, n, both, both);
    same(type, n, both, type == GRADUS_FLOAT32);
}

// Rows of a matrix to rows that lie otherwise: what lies between them stays.
static void check_unary_rows(int type, int64_t rows, int64_t columns, int64_t apart_x, int64_t apart_y) {
    int64_t row_x = columns + apart_x, row_y = columns + apart_y;
    const void *x = interesting_numbers(0, type, rows == 0 ? 0 : (rows - 1) * row_x + columns, 0);
    int64_t count = rows == 0 ? 0 : (rows - 1) * row_y + columns;
    void *y = wholes(1, type, count, 1), *want = wholes(2, type, count, 1);
    for (int64_t i = 0; i < rows; i++)
        gradus_unary(GRADUS_RELU, type, columns, (const char *)x + i * row_x * size_of(type), (char *)want + i * row_y * size_of(type));
    gradus_unary_rows(GRADUS_RELU, type, rows, columns, x, row_x, y, row_y);
    bool is_so = true;
    for (int64_t i = 0; i < count; i++) is_so &= near(type, at(type, y, i), at(type, want, i), 0);
    expect(is_so, "%lld rows of %lld, %lld and %lld apart, type %d", (long long)rows, (long long)columns, (long long)apart_x,
           (long long)apart_y, type);
}

void check_unary(void) {
    expect(sizeof unary / sizeof unary[0] == GRADUS_GELU_TANH_SLOPE + 1, "operations without a reference");
    for (size_t function = 0; function < sizeof unary / sizeof unary[0]; function++)
        for (int f = 0; f < 2; f++)
            for (int64_t n = 0; n <= MOST; n++) check_unary_of(function, floats[f], n);
    for (int f = 0; f < 2; f++)
        for (int64_t n = 0; n <= MOST; n++)
            for (int64_t rows = 0; rows < 4; rows++)
                for (int64_t apart = 0; apart < 4; apart++) check_unary_rows(floats[f], rows, n, apart % 2, apart / 2 * 3);
    for (int64_t n = 0; n <= MOST; n++) {
        int64_t *x = interesting_numbers(0, GRADUS_INT64, n, 0), *y = places(1, n);
        if (n > 0) x[n - 1] = INT64_MIN;
        for (gradus_unary_op op = GRADUS_NEGATE; op <= GRADUS_SQUARE; op++) {
            gradus_unary(op, GRADUS_INT64, n, x, y);
            bool is_so = true;
            for (int64_t i = 0; i < n; i++) {
                uint64_t v = (uint64_t)x[i], minus = 0 - v;
                uint64_t want = op == GRADUS_NEGATE ? minus : op == GRADUS_ABS ? x[i] < 0 ? minus : v
                                : op == GRADUS_SIGN ? (uint64_t)((x[i] > 0) - (x[i] < 0)) : v * v;
                is_so &= y[i] == (int64_t)want;
            }
            expect(is_so, "operation %d of %lld integers", (int)op, (long long)n);
        }
    }
}

// MARK: - Two elements

static double plus(double x, double y) { return x + y; }
static double minus(double x, double y) { return x - y; }
static double times(double x, double y) { return x * y; }
static double over(double x, double y) { return x / y; }
static double larger(double x, double y) { return isnan(x) || x > y ? x : y; }
static double smaller(double x, double y) { return isnan(x) || x < y ? x : y; }
static double rest(double x, double y) { double r = fmod(x, y); return r != 0 && (r < 0) != (y < 0) ? r + y : r; }
static double relu_gradient(double x, double y) { return x > 0 ? y : x; }

static const struct { double (*reference)(double, double); double units; } binary[] = {
    [GRADUS_ADD] = {plus, 0.5}, [GRADUS_SUBTRACT] = {minus, 0.5}, [GRADUS_MULTIPLY] = {times, 0.5},
    [GRADUS_DIVIDE] = {over, 0.5}, [GRADUS_POWER] = {pow, 0.56}, [GRADUS_MAXIMUM] = {larger, 0},
    [GRADUS_MINIMUM] = {smaller, 0}, [GRADUS_ATAN2] = {atan2, 1.5}, [GRADUS_REMAINDER] = {rest, 0.5},
    [GRADUS_RELU_GRADIENT] = {relu_gradient, 0},
};

static gradus_layout row_of(int64_t n, int64_t step_a, int64_t step_b) {
    return (gradus_layout){.rank = 1, .size = {n}, .stride_a = {step_a}, .stride_b = {step_b}};
}

static void check_binary_of(gradus_binary_op op, int type, const gradus_layout *layout, int64_t n, int64_t count_a, int64_t count_b) {
    const void *a = interesting_numbers(0, type, count_a, 1), *b = interesting_numbers(1, type, count_b, 2);
    void *out = room(2, n * size_of(type));
    IN_SHARES(n, begin, end) gradus_binary(op, type, layout, a, b, out, begin, end);
    for (int64_t i = 0; i < n; i++) {
        double x = at(type, a, place(layout, layout->stride_a, i)), y = at(type, b, place(layout, layout->stride_b, i));
        double want = binary[op].reference(x, y);
        expect(near(type, at(type, out, i), want, binary[op].units) || (want == 0 && at(type, out, i) == 0),
               "operation %d, type %d, of %.17g and %.17g is %.17g, not %.17g", (int)op, type, x, y, at(type, out, i), want);
    }
    same(type, n, out, type != GRADUS_FLOAT64 || op <= GRADUS_DIVIDE);
}

// One number by one is what each of many is.
static void check_one_of(gradus_binary_op op, int type) {
    enum { COUNT = 400 };
    const char *a = interesting_numbers(0, type, COUNT, 1), *b = interesting_numbers(1, type, COUNT, 2);
    char *all = room(2, COUNT * size_of(type)), *one = room(3, size_of(type));
    gradus_binary_flat(op, type, COUNT, a, b, all);
    bool is_taken = op <= GRADUS_DIVIDE && type <= GRADUS_FLOAT64;
    for (int64_t i = 0; i < COUNT; i++) {
        int64_t at_i = i * size_of(type);
        memset(one, 0x5a, (size_t)size_of(type));
        expect(gradus_binary_one(op, type, a + at_i, b + at_i, one) == is_taken, "operation %d, type %d, one number", (int)op, type);
        if (is_taken)
            expect(near(type, at(type, one, 0), at(type, all, i), 0), "operation %d, type %d, one number: %.17g, not %.17g", (int)op,
                   type, at(type, one, 0), at(type, all, i));
    }
}

void check_binary(void) {
    static const int64_t steps[][2] = {{1, 1}, {1, 0}, {0, 1}, {0, 0}};
    static const int types[] = {GRADUS_FLOAT32, GRADUS_FLOAT64, GRADUS_INT64};
    for (gradus_binary_op op = 0; op <= GRADUS_RELU_GRADIENT; op++)
        for (int t = 0; t < 3; t++) {
            if (types[t] == GRADUS_INT64 && op != GRADUS_MAXIMUM && op != GRADUS_MINIMUM && op > GRADUS_MULTIPLY) continue;
            for (int64_t n = 1; n <= MOST; n++) {
                for (int s = 0; s < 4; s++) {
                    gradus_layout layout = row_of(n, steps[s][0], steps[s][1]);
                    check_binary_of(op, types[t], &layout, n, steps[s][0] ? n : 1, steps[s][1] ? n : 1);
                }
                // [2, 3, n] of an a of [3, n] and a b of [2, 3, 1].
                gradus_layout layout = {.rank = 3, .size = {2, 3, n}, .stride_a = {0, n, 1}, .stride_b = {3, 1, 0}};
                check_binary_of(op, types[t], &layout, 6 * n, 3 * n, 6);
            }
            check_one_of(op, types[t]);
            for (int64_t n = 0; n <= MOST; n++) {
                const void *a = interesting_numbers(0, types[t], n, 1), *b = interesting_numbers(1, types[t], n, 2);
                void *flat = room(2, n * 8), *laid = room(3, n * 8);
                gradus_layout layout = row_of(n, 1, 1);
                gradus_binary_flat(op, types[t], n, a, b, flat);
                if (n > 0) gradus_binary(op, types[t], &layout, a, b, laid, 0, n);
                expect(memcmp(flat, laid, (size_t)(n * size_of(types[t]))) == 0, "operation %d, flat, %lld", (int)op, (long long)n);
            }
        }
    int64_t end = INT64_MAX, one = 1, sum;  // wraps around
    gradus_binary_flat(GRADUS_ADD, GRADUS_INT64, 1, &end, &one, &sum);
    expect(sum == INT64_MIN, "the largest integer and 1");
}

// Product and sum are rounded each by itself.
void check_sums_of_products(void) {
    for (int type = GRADUS_FLOAT32; type <= GRADUS_FLOAT64; type++)
        for (int64_t n = 0; n <= MOST; n++) {
            const void *a = interesting_numbers(0, type, n, 1), *b = interesting_numbers(1, type, n, 2);
            void *sum = interesting_numbers(2, type, n, 3), *product = room(3, n * 8), *want = room(4, n * 8);
            gradus_binary_flat(GRADUS_MULTIPLY, type, n, a, b, product);
            gradus_binary_flat(GRADUS_ADD, type, n, sum, product, want);
            gradus_add_products(type, n, a, b, sum);
            for (int64_t i = 0; i < n; i++)
                expect(near(type, at(type, sum, i), at(type, want, i), 0), "type %d, %lld of %lld: %.17g, not %.17g", type,
                       (long long)i, (long long)n, at(type, sum, i), at(type, want, i));
            same(type, n, sum, true);
        }
}

// Gradients: b times the slope at a, or b over twice the root a. In units of the last place of what they multiply, or 0 as above.
static double root_slope(double x) { return 1 / (2 * x); }
static double twice(double x) { return 2 * x; }
static const struct { double (*slope)(double); double units; } gradients[] = {
    [GRADUS_SQRT_GRADIENT] = {root_slope, 1.5}, [GRADUS_SQUARE_GRADIENT] = {twice, 1}, [GRADUS_ABS_GRADIENT] = {sign, 1},
    [GRADUS_EXPM1_GRADIENT] = {exp, 2.5}, [GRADUS_SIGMOID_GRADIENT] = {sigmoid_slope, 6.5}, [GRADUS_TANH_GRADIENT] = {tanh_slope, 6.5},
    [GRADUS_SOFTPLUS_GRADIENT] = {sigmoid, 4}, [GRADUS_SILU_GRADIENT] = {silu_slope, 0}, [GRADUS_GELU_GRADIENT] = {gelu_slope, 0},
    [GRADUS_GELU_TANH_GRADIENT] = {gelu_tanh_slope, 0},
};

static void check_gradient_of(gradus_binary_op op, int type, int64_t n, int64_t step_a, int64_t step_b) {
    gradus_layout layout = row_of(n, step_a, step_b);
    const void *a = interesting_numbers(0, type, step_a ? n : 1, 1), *b = interesting_numbers(1, type, step_b ? n : 1, 2);
    void *out = room(2, n * size_of(type));
    IN_SHARES(n, begin, end) gradus_binary(op, type, &layout, a, b, out, begin, end);
    double units = gradients[op].units;
    for (int64_t i = 0; i < n; i++) {
        double x = at(type, a, i * step_a), u = at(type, b, i * step_b), got = at(type, out, i);
        double slope = gradients[op].slope(x);
        if (type == GRADUS_FLOAT32 && slope > FLT_MAX) slope = INFINITY;
        double want = u * slope, size = fabs(u) * fmax(1, fabs(x));
        // Of infinite and of the largest numbers, factors on the way may be infinite; other functions of this file have the limits.
        if (!isnan(x) && !isnan(u) && (fabs(x) > 1000 || fabs(u) > 1000)) continue;
        bool is_so = isnan(want) || isinf(want) ? near(type, got, want, 0)
                     : units == 0 ? fabs(got - want) <= (type == GRADUS_FLOAT32 ? 4e-7 : 1e-14) * size + 1e-45
                     : near(type, got, want, type == GRADUS_FLOAT32 ? units : 16) || (want == 0 && got == 0);
        expect(is_so, "gradient %d, type %d, of %.17g and %.17g is %.17g, not %.17g", (int)op, type, x, u, got, want);
    }
    same(type, n, out, type == GRADUS_FLOAT32 || op <= GRADUS_ABS_GRADIENT);
}

void check_gradients(void) {
    static const int64_t steps[][2] = {{1, 1}, {1, 0}, {0, 1}, {0, 0}};
    expect(sizeof gradients / sizeof gradients[0] == GRADUS_GELU_TANH_GRADIENT + 1, "gradients without a reference");
    for (gradus_binary_op op = GRADUS_SQRT_GRADIENT; op <= GRADUS_GELU_TANH_GRADIENT; op++)
        for (int f = 0; f < 2; f++)
            for (int64_t n = 1; n <= MOST; n++)
                for (int s = 0; s < 4; s++) check_gradient_of(op, floats[f], n, steps[s][0], steps[s][1]);
}

// MARK: - Bools

static bool compared(gradus_compare_op op, double x, double y) {
    switch (op) {
        case GRADUS_EQUAL: return x == y;
        case GRADUS_NOT_EQUAL: return x != y;
        case GRADUS_LESS: return x < y;
        case GRADUS_LESS_EQUAL: return x <= y;
        case GRADUS_GREATER: return x > y;
        case GRADUS_GREATER_EQUAL: return x >= y;
        case GRADUS_AND: return x != 0 && y != 0;
        default: return x != 0 || y != 0;
    }
}

static void check_comparisons(int type, int64_t n) {
    static const int64_t steps[][2] = {{1, 1}, {1, 0}, {0, 1}};
    for (gradus_compare_op op = 0; op <= (type == GRADUS_BOOL ? GRADUS_OR : GRADUS_GREATER_EQUAL); op++)
        for (int s = 0; s < 3 && n > 0; s++) {
            gradus_layout layout = row_of(n, steps[s][0], steps[s][1]);
            const void *a = eighths(0, type, steps[s][0] ? n : 1, 1), *b = eighths(1, type, steps[s][1] ? n : 1, 2);
            uint8_t *out = room(2, n);
            IN_SHARES(n, begin, end) gradus_compare(op, type, &layout, a, b, out, begin, end);
            bool is_so = true;
            for (int64_t i = 0; i < n; i++)
                is_so &= out[i] == compared(op, at(type, a, i * steps[s][0]), at(type, b, i * steps[s][1]));
            expect(is_so, "comparison %d, type %d, of %lld", (int)op, type, (long long)n);
        }
}

static void check_agreement(int type, int64_t n) {
    const void *a = eighths(0, type, n, 1);
    void *b = eighths(1, type, n, 1);
    expect(gradus_equal(type, n, a, b) && gradus_is_close(type, n, a, b, 0, 0, false), "equals, type %d", type);
    if (n == 0) return;
    set(type, b, n - 1, at(type, b, n - 1) == 1 ? 0 : 1);
    expect(!gradus_equal(type, n, a, b) && !gradus_is_close(type, n, a, b, 0, 1e-3, false), "one differs, type %d", type);
    expect(gradus_is_close(type, n, a, b, 0, 20, false), "within 20, type %d", type);
    if (type == GRADUS_FLOAT32 || type == GRADUS_FLOAT64) {
        set(type, b, n - 1, NAN);
        expect(!gradus_equal(type, n, b, b) && !gradus_is_close(type, n, b, b, 1, 1, false) &&
                   gradus_is_close(type, n, b, b, 0, 0, true) && !gradus_is_close(type, n, a, b, 9, 9, true), "NaN, type %d", type);
        set(type, b, n - 1, INFINITY);
        expect(gradus_is_close(type, n, b, b, 0, 0, false) && !gradus_is_close(type, n, a, b, 9, 9, false), "infinity, type %d", type);
    }
}

void check_masks(void) {
    for (int type = GRADUS_FLOAT32; type <= GRADUS_BOOL; type++)
        for (int64_t n = 0; n <= MOST; n++) {
            check_comparisons(type, n);
            check_agreement(type, n);
            const void *x = interesting_numbers(0, type, n, 3);
            uint8_t *is_nan = room(1, n), *is_finite = room(2, n);
            gradus_predicate(GRADUS_IS_NAN, type, n, x, is_nan);
            gradus_predicate(GRADUS_IS_FINITE, type, n, x, is_finite);
            bool is_so = true, all_finite = true;
            for (int64_t i = 0; i < n; i++) {
                is_so &= is_nan[i] == !!isnan(at(type, x, i)) && is_finite[i] == !!isfinite(at(type, x, i));
                all_finite &= is_finite[i];
            }
            expect(is_so, "predicates, type %d", type);
            if (type <= GRADUS_FLOAT64) expect(gradus_are_finite(type, n, x) == all_finite, "all finite, type %d", type);
            const void *a = eighths(3, type, n, 1), *b = eighths(4, type, n, 2);
            const uint8_t *mask = eighths(5, GRADUS_BOOL, n, 3);
            void *out = room(6, n * size_of(type));
            gradus_select(type, n, mask, a, b, out);
            for (int64_t i = 0; i < n; i++) is_so &= at(type, out, i) == at(type, mask[i] ? a : b, i);
            expect(is_so, "selection, type %d", type);
            if (type > GRADUS_FLOAT64) continue;
            gradus_keep(type, n, 1.25, mask, a, out);
            for (int64_t i = 0; i < n; i++) is_so &= near(type, at(type, out, i), mask[i] ? 1.25 * at(type, a, i) : 0, 0);
            expect(is_so, "what is kept, type %d", type);
        }
    for (int64_t n = 0; n <= MOST; n++) {
        uint8_t *x = eighths(0, GRADUS_BOOL, n, 1), *y = room(1, n);
        gradus_predicate(GRADUS_NOT, GRADUS_BOOL, n, x, y);
        bool any = false, all = true, is_so = true;
        for (int64_t i = 0; i < n; i++) any |= x[i], all &= x[i], is_so &= y[i] == !x[i];
        expect(is_so && gradus_any(n, x) == any && gradus_any_not(n, x) == !all, "not, any, of %lld", (long long)n);
        memset(x, 0, (size_t)n);
        memset(y, 1, (size_t)n);
        expect(!gradus_any(n, x) && !gradus_any_not(n, y), "none of %lld", (long long)n);
    }
}

// MARK: - Made by a rule

static void check_conversions(int from, int64_t n) {
    for (int to = GRADUS_FLOAT32; to <= GRADUS_BOOL; to++) {
        void *x = eighths(0, from, n, 1);
        for (int64_t i = 0; i < n && from != GRADUS_BOOL; i++) set(from, x, i, 9 * at(from, x, i));
        void *y = room(1, n * size_of(to));
        bool is_so = gradus_convert(from, to, n, x, y);
        for (int64_t i = 0; i < n; i++) {
            double v = at(from, x, i), want = to == GRADUS_BOOL ? v != 0 : to == GRADUS_INT64 ? trunc(v) : v;
            is_so &= at(to, y, i) == (to == GRADUS_FLOAT32 ? (double)(float)want : want);
        }
        expect(is_so, "conversion of %lld from type %d to %d", (long long)n, from, to);
    }
    if (from > GRADUS_FLOAT64 || n == 0) return;
    static const double beyond[] = {NAN, INFINITY, -INFINITY, 9223372036854775808.0, -9223373136366403584.0};
    for (int i = 0; i < 5; i++) {
        void *x = eighths(0, from, n, 1);
        int64_t *y = places(1, n);
        set(from, x, n - 1, beyond[i]);
        expect(!gradus_convert(from, GRADUS_INT64, n, x, y) && y[n - 1] == -1 && (n < 2 || y[0] == (int64_t)at(from, x, 0)),
               "conversion of %g to int64", beyond[i]);
        if (isnan(beyond[i])) expect(gradus_convert(from, GRADUS_BOOL, n, x, y) && ((uint8_t *)y)[n - 1] == 1, "NaN is true");
    }
}

void check_made(void) {
    for (int64_t n = 0; n <= MOST; n++) {
        for (int type = GRADUS_FLOAT32; type <= GRADUS_BOOL; type++) {
            check_conversions(type, n);
            void *y = room(0, n * size_of(type));
            bool is_so = true;
            gradus_fill(type, n, 1, y);
            for (int64_t i = 0; i < n; i++) is_so &= at(type, y, i) == 1;
            expect(is_so, "fill, type %d", type);
            if (type == GRADUS_BOOL) continue;
            gradus_ramp(type, 3, n, 0.5, 1.25, y);
            for (int64_t i = 0; i < n; i++) {
                double want = 0.5 + (double)(3 + i) * 1.25;
                is_so &= at(type, y, i) == (type == GRADUS_INT64 ? trunc(want) : want);
            }
            expect(is_so, "ramp, type %d", type);
            if (type == GRADUS_INT64) continue;
            const void *x = interesting_numbers(1, type, n, 4);
            gradus_clamp(type, n, -0.5, 2, x, y);
            for (int64_t i = 0; i < n; i++) {
                double v = at(type, x, i);
                is_so &= near(type, at(type, y, i), v < -0.5 ? -0.5 : v > 2 ? 2 : v, 0);
            }
            expect(is_so, "clamp, type %d", type);
            same(type, n, y, true);
        }
    }
}
