// Normalization of lines, and its gradients. Included by each path.

// A sum in SUMS interleaved parts, in double: the compiler makes vectors of them.
#define LINE_SUM(N, TERM)                                                                                                   \
    double part[SUMS] = {0}, sum;                                                                                     \
    int64_t i = 0;                                                                                                     \
    for (; i + SUMS <= (N); i += SUMS)                                                                               \
        for (int l = 0; l < SUMS; l++) {                                                                              \
            int64_t k = i + l;                                                                                         \
            part[l] += (TERM);                                                                                         \
        }                                                                                                              \
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));                   \
    for (; i < (N); i++) {                                                                                             \
        int64_t k = i;                                                                                                 \
        sum += (TERM);                                                                                                 \
    }                                                                                                                  \
    return sum;

// A line lies in pieces, one for each example of the batch; a piece in runs, in each of which the weight is the same (of
// `span` numbers), or is another for each number (`span` 1: then the whole piece is one run).
#define DEFINE(T)                                                                                                      \
    static double normal_total_##T(int64_t n, const T *x) { LINE_SUM(n, (double)x[k]) }                                            \
    static double normal_deviations_##T(int64_t n, const T *x, double mean) { LINE_SUM(n, (double)x[k] - mean) }                   \
    static double normal_squares_##T(int64_t n, const T *x, double mean) {                                                    \
        LINE_SUM(n, ((double)x[k] - mean) * ((double)x[k] - mean))                                                          \
    }                                                                                                                  \
    static double normal_covered_##T(int64_t n, const T *u, const T *x, double mean) {                                        \
        LINE_SUM(n, (double)u[k] * ((double)x[k] - mean))                                                                   \
    }                                                                                                                  \
    static double normal_weighted_##T(int64_t n, const T *u, const T *w) { LINE_SUM(n, (double)u[k] * w[k]) }                      \
    static double normal_weighted_covered_##T(int64_t n, const T *u, const T *w, const T *x, double mean) {                   \
        LINE_SUM(n, (double)u[k] * w[k] * ((double)x[k] - mean))                                                            \
    }                                                                                                                  \
                                                                                                                       \
    static void normal_normalize_##T(const gradus_normalization *f, const T *x, const T *weight, const T *bias, T *y,         \
                              double *mean, double *variance, int64_t begin, int64_t end) {                            \
        int64_t lines = f->outer * f->groups, piece = f->channels * f->span;                                           \
        double n = (double)(f->batch * piece);                                                                         \
        for (int64_t line = begin; line < end; line++) {                                                               \
            double sum = 0, rest = 0, square = 0;                                                                      \
            for (int64_t b = 0; b < f->batch; b++) sum += normal_total_##T(piece, x + (b * lines + line) * piece);            \
            double m = sum / n;                                                                                        \
            for (int64_t b = 0; b < f->batch; b++) {                                                                   \
                const T *from = x + (b * lines + line) * piece;                                                        \
                rest += normal_deviations_##T(piece, from, m);                                                                \
                square += normal_squares_##T(piece, from, m);                                                                 \
            }                                                                                                          \
            double v = (square - rest * rest / n) / n;                                                                 \
            if (v < 0) v = 0;                                                                                          \
            m += rest / n;                                                                                             \
            double r = 1 / sqrt(v + f->epsilon);                                                                       \
            mean[line] = m;                                                                                            \
            variance[line] = v;                                                                                        \
            const T *w = weight ? weight + line % f->groups * f->channels : NULL;                                      \
            const T *c = bias ? bias + line % f->groups * f->channels : NULL;                                          \
            for (int64_t b = 0; b < f->batch; b++) {                                                                   \
                const T *from = x + (b * lines + line) * piece;                                                        \
                T *to = y + (b * lines + line) * piece;                                                                \
                if (f->span == 1) {                                                                                    \
                    for (int64_t i = 0; i < piece; i++)                                                                \
                        to[i] = (T)(((double)from[i] - m) * r * (w ? w[i] : 1) + (c ? c[i] : 0));                      \
                } else {                                                                                               \
                    for (int64_t p = 0; p < f->channels; p++) {                                                        \
                        double scale = r * (w ? w[p] : 1), shift = c ? c[p] : 0;                                       \
                        for (int64_t i = p * f->span; i < (p + 1) * f->span; i++)                                      \
                            to[i] = (T)(((double)from[i] - m) * scale + shift);                                        \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void normal_gradient_##T(const gradus_normalization *f, const T *x, const T *weight, const T *u,                   \
                             const double *mean, const double *variance, T *gradient, int64_t begin, int64_t end) {    \
        int64_t lines = f->outer * f->groups, piece = f->channels * f->span;                                           \
        double n = (double)(f->batch * piece);                                                                         \
        for (int64_t line = begin; line < end; line++) {                                                               \
            double m = mean[line], r = 1 / sqrt(variance[line] + f->epsilon), sum = 0, covered = 0;                    \
            const T *w = weight ? weight + line % f->groups * f->channels : NULL;                                      \
            for (int64_t b = 0; b < f->batch; b++) {                                                                   \
                int64_t at = (b * lines + line) * piece;                                                               \
                if (w && f->span == 1) {                                                                               \
                    sum += normal_weighted_##T(piece, u + at, w);                                                             \
                    covered += normal_weighted_covered_##T(piece, u + at, w, x + at, m);                                      \
                    continue;                                                                                          \
                }                                                                                                      \
                int64_t runs = w ? f->channels : 1, run = piece / runs;                                                \
                for (int64_t p = 0; p < runs; p++) {                                                                   \
                    double scale = w ? w[p] : 1;                                                                       \
                    sum += scale * normal_total_##T(run, u + at + p * run);                                                   \
                    covered += scale * normal_covered_##T(run, u + at + p * run, x + at + p * run, m);                        \
                }                                                                                                      \
            }                                                                                                          \
            double shift = sum / n, slope = covered / n * r * r;                                                       \
            for (int64_t b = 0; b < f->batch; b++) {                                                                   \
                int64_t at = (b * lines + line) * piece;                                                               \
                if (w && f->span == 1) {                                                                               \
                    for (int64_t i = 0; i < piece; i++)                                                                \
                        gradient[at + i] =                                                                             \
                            (T)(r * ((double)u[at + i] * w[i] - shift - ((double)x[at + i] - m) * slope));             \
                    continue;                                                                                          \
                }                                                                                                      \
                int64_t runs = w ? f->channels : 1, run = piece / runs;                                                \
                for (int64_t p = 0; p < runs; p++) {                                                                   \
                    double scale = w ? w[p] : 1;                                                                       \
                    for (int64_t i = at + p * run; i < at + (p + 1) * run; i++)                                        \
                        gradient[i] = (T)(r * ((double)u[i] * scale - shift - ((double)x[i] - m) * slope));            \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    /* Of numbers that each have a parameter of their own, a strip of parameters side by side. */                      \
    static void normal_strip_##T(const gradus_normalization *f, const T *x, const T *u, const double *mean,                   \
                          const double *variance, T *weight, T *bias, int64_t first, int64_t width) {                  \
        int64_t group = first / f->channels, lines = f->outer * f->groups;                                             \
        double sum[STRIP] = {0}, covered[STRIP] = {0};                                                                 \
        for (int64_t b = 0; b < f->batch; b++)                                                                         \
            for (int64_t line = group; line < lines; line += f->groups) {                                              \
                double m = mean[line], r = 1 / sqrt(variance[line] + f->epsilon);                                      \
                int64_t at = (b * lines + line) * f->channels + first % f->channels;                                   \
                for (int64_t i = 0; i < width; i++) {                                                                  \
                    sum[i] += u[at + i];                                                                               \
                    covered[i] += (double)u[at + i] * (((double)x[at + i] - m) * r);                                   \
                }                                                                                                      \
            }                                                                                                          \
        for (int64_t i = 0; i < width; i++) {                                                                          \
            weight[first + i] = (T)covered[i];                                                                         \
            bias[first + i] = (T)sum[i];                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
    static void normal_parameters_##T(const gradus_normalization *f, const T *x, const T *u, const double *mean,              \
                               const double *variance, T *weight, T *bias, int64_t begin, int64_t end) {               \
        int64_t lines = f->outer * f->groups;                                                                          \
        for (int64_t j = begin; j < end;) {                                                                            \
            if (f->span == 1) {                                                                                        \
                int64_t width = gradus_strip_at(j, end, f->channels).width;                                            \
                normal_strip_##T(f, x, u, mean, variance, weight, bias, j, width);                                            \
                j += width;                                                                                            \
                continue;                                                                                              \
            }                                                                                                          \
            double sum = 0, covered = 0;                                                                               \
            for (int64_t b = 0; b < f->batch; b++)                                                                     \
                for (int64_t line = j / f->channels; line < lines; line += f->groups) {                                \
                    int64_t at = ((b * lines + line) * f->channels + j % f->channels) * f->span;                       \
                    double r = 1 / sqrt(variance[line] + f->epsilon);                                                  \
                    sum += normal_total_##T(f->span, u + at);                                                                 \
                    covered += r * normal_covered_##T(f->span, u + at, x + at, mean[line]);                                   \
                }                                                                                                      \
            weight[j] = (T)covered;                                                                                    \
            bias[j] = (T)sum;                                                                                          \
            j++;                                                                                                       \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

static void normalize(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias, void *y,
                      double *mean, double *variance, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        normal_normalize_float(form, x, weight, bias, y, mean, variance, begin, end);
    else
        normal_normalize_double(form, x, weight, bias, y, mean, variance, begin, end);
}

static void normalize_gradient(int type, const gradus_normalization *form, const void *x, const void *weight, const void *u,
                               const double *mean, const double *variance, void *gradient, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        normal_gradient_float(form, x, weight, u, mean, variance, gradient, begin, end);
    else
        normal_gradient_double(form, x, weight, u, mean, variance, gradient, begin, end);
}

static void normalize_parameter_gradients(int type, const gradus_normalization *form, const void *x, const void *u,
                                          const double *mean, const double *variance, void *weight, void *bias,
                                          int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        normal_parameters_float(form, x, u, mean, variance, weight, bias, begin, end);
    else
        normal_parameters_double(form, x, u, mean, variance, weight, bias, begin, end);
}

#undef DEFINE
#undef LINE_SUM
