// Normalization of lines in every order of axes it is used with, and with relu behind it.
#include "check.h"

static const int floats[] = {GRADUS_FLOAT32, GRADUS_FLOAT64};

// The line and the parameter of element i.
static int64_t line_of(const gradus_normalization *f, int64_t i) {
    return i / f->span / f->channels / f->groups % f->outer * f->groups + i / f->span / f->channels % f->groups;
}
static int64_t parameter_of(const gradus_normalization *f, int64_t i) {
    return i / f->span / f->channels % f->groups * f->channels + i / f->span % f->channels;
}

static void check_normalization_of(int type, gradus_normalization f, bool has_parameters) {
    enum { MOST_LINES = 700 };
    int64_t lines = f.outer * f.groups, parameters = f.groups * f.channels, count = f.batch * lines * f.channels * f.span;
    double sums[MOST_LINES] = {0}, squares[MOST_LINES] = {0}, along[MOST_LINES] = {0}, across[MOST_LINES] = {0};
    double weights[MOST_LINES] = {0}, biases[MOST_LINES] = {0}, n = (double)(count / lines);
    const void *x = eighths(0, type, count, 1), *u = eighths(1, type, count, 2);
    const void *w = has_parameters ? eighths(2, type, parameters, 3) : NULL, *b = has_parameters ? eighths(3, type, parameters, 4) : NULL;
    void *y = room(4, count * size_of(type)), *dx = room(5, count * size_of(type));
    double *mean = room(6, lines * 8), *variance = room(7, lines * 8);
    void *dw = room(8, parameters * size_of(type)), *db = room(9, parameters * size_of(type));
    IN_SHARES(lines, begin, end) gradus_normalize(type, &f, x, w, b, y, mean, variance, begin, end);
    double *parts = room(10, 4 * parameters * 8), *next = parts;
    IN_SHARES(lines, begin, end) {
        gradus_normalize_gradient(type, &f, x, w, b, u, mean, variance, dx, next, begin, end);
        next += 2 * parameters;
    }
    gradus_normalize_parameter_gradients(type, parameters, 2, parts, dw, db);
    same(type, count, dx, true);  // and either without the other
    gradus_normalize_gradient(type, &f, x, w, b, u, mean, variance, NULL, parts, 0, lines);
    memset(dx, 0xFF, (size_t)(count * size_of(type)));
    gradus_normalize_gradient(type, &f, x, w, b, u, mean, variance, dx, NULL, 0, lines);
#define STANDARD(I) ((at(type, x, I) - sums[line_of(&f, I)]) / sqrt(squares[line_of(&f, I)] + f.epsilon))
#define WEIGHT(I) (w ? at(type, w, parameter_of(&f, I)) : 1)
    for (int64_t i = 0; i < count; i++) sums[line_of(&f, i)] += at(type, x, i) / n;
    for (int64_t i = 0; i < count; i++) squares[line_of(&f, i)] += pow(at(type, x, i) - sums[line_of(&f, i)], 2) / n;
    for (int64_t i = 0; i < count; i++) {
        double weighted = at(type, u, i) * WEIGHT(i) / n;
        along[line_of(&f, i)] += weighted, across[line_of(&f, i)] += weighted * STANDARD(i);
        weights[parameter_of(&f, i)] += at(type, u, i) * STANDARD(i), biases[parameter_of(&f, i)] += at(type, u, i);
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t line = line_of(&f, i);
        double want = STANDARD(i) * WEIGHT(i) + (b ? at(type, b, parameter_of(&f, i)) : 0);
        double slope = (at(type, u, i) * WEIGHT(i) - along[line] - STANDARD(i) * across[line]) / sqrt(squares[line] + f.epsilon);
        expect(close_to(type, at(type, y, i), want, 2e-6, 1e-12) && close_to(type, at(type, dx, i), slope, 4e-6, 1e-12),
               "normalization, type %d, of [%lld, %lld, %lld, %lld, %lld]", type, (long long)f.batch, (long long)f.outer,
               (long long)f.groups, (long long)f.channels, (long long)f.span);
    }
    for (int64_t line = 0; line < lines; line++)
        expect(close_to(GRADUS_FLOAT64, mean[line], sums[line], 0, 1e-12) && close_to(GRADUS_FLOAT64, variance[line], squares[line], 0, 1e-12),
               "mean and variance");
    for (int64_t j = 0; j < parameters; j++)
        expect(close_to(type, at(type, dw, j), weights[j], 4e-6, 1e-12) && close_to(type, at(type, db, j), biases[j], 4e-6, 1e-12),
               "gradients of weight and bias, type %d", type);
#undef STANDARD
#undef WEIGHT
    same(type, count, y, true);
    same(type, count, dx, true);
    same(type, parameters, dw, true);
    same(type, parameters, db, true);
}

// With relu behind it all is what relu's own kernels make of the plain results, to the bit.
static void check_rectified_of(int type, gradus_normalization f, bool has_parameters) {
    int64_t lines = f.groups, count = f.batch * lines * f.span, bytes = count * size_of(type), part_bytes = 2 * lines * 8;
    const void *x = eighths(0, type, count, 1), *u = eighths(1, type, count, 2);
    const void *w = has_parameters ? eighths(2, type, lines, 3) : NULL, *b = has_parameters ? eighths(3, type, lines, 4) : NULL;
    set(type, (void *)x, 0, NAN);  // all of its line is none
    void *y = room(4, bytes), *behind = room(5, bytes), *dx = room(6, bytes), *expected_dx = room(7, bytes);
    double *mean = room(8, lines * 8), *variance = room(9, lines * 8), *parts = room(10, part_bytes), *expected = room(11, part_bytes);

    gradus_normalize(type, &f, x, w, b, y, mean, variance, 0, lines);
    gradus_unary(GRADUS_RELU, type, count, y, y);
    f.rectified = true;
    IN_SHARES(lines, begin, end) gradus_normalize(type, &f, x, w, b, behind, mean, variance, begin, end);
    bool is_so = true;
    for (int64_t i = 0; i < count; i++) is_so &= near(type, at(type, behind, i), at(type, y, i), 0);
    gradus_normalize_gradient(type, &f, x, w, b, u, mean, variance, dx, parts, 0, lines);

    f.rectified = false;
    gradus_binary_flat(GRADUS_RELU_GRADIENT, type, count, y, u, behind);
    gradus_normalize_gradient(type, &f, x, w, b, behind, mean, variance, expected_dx, expected, 0, lines);
    for (int64_t i = 0; i < count; i++) is_so &= near(type, at(type, dx, i), at(type, expected_dx, i), 0);
    for (int64_t j = 0; j < 2 * lines; j++) is_so &= near(GRADUS_FLOAT64, parts[j], expected[j], 0);
    expect(is_so, "normalization with relu, type %d, of [%lld, %lld, %lld]", type, (long long)f.batch, (long long)lines,
           (long long)f.span);
    same(type, count, dx, true);
}

void check_normalization(void) {
    for (int f = 0; f < 2; f++)
        for (int parameters = 0; parameters < 2; parameters++) {
            for (int64_t n = 1; n <= 70; n++) {
                check_normalization_of(floats[f], (gradus_normalization){2, 1, 2, 1, n, 0.25, false}, parameters);  // batches
                check_normalization_of(floats[f], (gradus_normalization){1, 3, 1, n, 1, 0.25, false}, parameters);  // layers
                check_normalization_of(floats[f], (gradus_normalization){1, 2, 2, 3, n, 0.25, false}, parameters);  // groups
                check_normalization_of(floats[f], (gradus_normalization){n, 1, 3, 1, 1, 0.25, false}, parameters);
                check_normalization_of(floats[f], (gradus_normalization){3, 1, n, 1, 1, 0.25, false}, parameters);
                check_rectified_of(floats[f], (gradus_normalization){2, 1, 3, 1, n, 0.25, false}, parameters);
                check_rectified_of(floats[f], (gradus_normalization){n + 1, 1, 3, 1, 1, 0.25, false}, parameters);
                check_rectified_of(floats[f], (gradus_normalization){3, 1, n, 1, 1, 0.25, false}, parameters);
                check_rectified_of(floats[f], (gradus_normalization){1, 1, n, 1, 5, 0.25, false}, parameters);
            }
            for (int64_t n = 255; n <= 257; n++) {
                check_normalization_of(floats[f], (gradus_normalization){1, 2, 1, n, 1, 0.25, false}, parameters);
                check_normalization_of(floats[f], (gradus_normalization){3, 1, n, 1, 1, 0.25, false}, parameters);
                check_normalization_of(floats[f], (gradus_normalization){2, 1, 2, 1, n, 0.25, false}, parameters);
            }
        }
}
