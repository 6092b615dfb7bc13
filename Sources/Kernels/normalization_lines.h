// Normalization of lines, and its gradients. Included by each path once an element type.
//
// A line lies in pieces, one for each example of the batch; a piece in runs, in each of which the weight is the same (of `span`
// numbers), or is another for each number (`span` 1: then the whole piece is one run). Pieces of neighbouring lines are walked in
// the order they lie in memory, up to STRIP lines at a time.
//
// Sums are doubles, of LOT numbers side by side. What becomes of each number is computed in its own type, from its distance to
// the mean: the mean is taken off in two parts, of which the first leaves no more than a rounding of that distance.
#define LOAD(from) (*(const NAME(lot) *)(from))
#define DOUBLES(v) __builtin_convertvector(v, lot_of_doubles)

// (x - high - low) scale
typedef struct { T high, low, scale; } NAME(standard);

INLINE NAME(standard) NAME(standard_of)(double mean, double variance, double epsilon) {
    T high = (T)mean;
    return (NAME(standard)){high, (T)(mean - high), (T)(1 / sqrt(variance + epsilon))};
}
INLINE T NAME(standardized)(T x, NAME(standard) s) { return ((x - s.high) - s.low) * s.scale; }

static void NAME(normal_sums)(int64_t n, const T *x, double pivot, double *sum, double *square) {
    lot_of_doubles sums = {0}, squares = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        lot_of_doubles d = DOUBLES(LOAD(x + i)) - pivot;
        sums += d;
        squares += d * d;
    }
    double total = sum_of_lot(&sums), total_square = sum_of_lot(&squares);
    for (; i < n; i++) {
        double d = (double)x[i] - pivot;
        total += d;
        total_square += d * d;
    }
    *sum += total;
    *square += total_square;
}

// y = w standard(x) + c: of a run, and of numbers that each have a weight and a bias, or neither, of their own.
static void NAME(normal_run)(int64_t n, const T *x, NAME(standard) s, T c, T *restrict y) {
    for (int64_t i = 0; i < n; i++) y[i] = NAME(standardized)(x[i], s) + c;
}
static void NAME(normal_row)(int64_t n, const T *x, NAME(standard) s, const T *w, const T *c, T *restrict y) {
    if (w && c)
        for (int64_t i = 0; i < n; i++) y[i] = NAME(standardized)(x[i], s) * w[i] + c[i];
    else if (w)
        for (int64_t i = 0; i < n; i++) y[i] = NAME(standardized)(x[i], s) * w[i];
    else
        for (int64_t i = 0; i < n; i++) y[i] = NAME(standardized)(x[i], s) + (c ? c[i] : 0);
}

static void NAME(normalize)(const gradus_normalization *f, const void *x_, const void *weight_, const void *bias_, void *y_,
                            double *mean, double *variance, int64_t begin, int64_t end) {
    const T *x = x_, *weight = weight_, *bias = bias_;
    T *y = y_;
    const int64_t lines = f->outer * f->groups, piece = f->channels * f->span;
    const double n = (double)(f->batch * piece);
    const int64_t strip = f->batch == 1 ? 1 : STRIP;
    for (int64_t first = begin; first < end; first += strip) {
        const int64_t last = end - first < strip ? end : first + strip;
        double sum[STRIP] = {0}, square[STRIP] = {0};
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t line = first; line < last; line++)
                NAME(normal_sums)(piece, x + (b * lines + line) * piece, x[line * piece], sum + line - first, square + line - first);
        for (int64_t line = first; line < last; line++) {
            double off = sum[line - first], v = (square[line - first] - off * off / n) / n;
            mean[line] = x[line * piece] + off / n;
            variance[line] = v < 0 ? 0 : v;
        }
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t line = first; line < last; line++) {
                const int64_t at = (b * lines + line) * piece;
                const T *w = weight ? weight + line % f->groups * f->channels : NULL;
                const T *c = bias ? bias + line % f->groups * f->channels : NULL;
                NAME(standard) s = NAME(standard_of)(mean[line], variance[line], f->epsilon);
                if (f->span == 1) {
                    NAME(normal_row)(piece, x + at, s, w, c, y + at);
                } else {
                    const T scale = s.scale;
                    for (int64_t p = 0; p < f->channels; p++) {
                        s.scale = w ? scale * w[p] : scale;
                        NAME(normal_run)(f->span, x + at + p * f->span, s, c ? c[p] : 0, y + at + p * f->span);
                    }
                }
            }
    }
}

// The sums of u and of u standard(x) over a run.
static void NAME(normal_gradient_sums)(int64_t n, const T *x, NAME(standard) s, const T *u, double *sum, double *covered) {
    lot_of_doubles sums = {0}, products = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        NAME(lot) v = LOAD(u + i);
        sums += DOUBLES(v);
        products += DOUBLES(v * (((LOAD(x + i) - s.high) - s.low) * s.scale));
    }
    *sum = sum_of_lot(&sums), *covered = sum_of_lot(&products);
    for (; i < n; i++) {
        *sum += u[i];
        *covered += (double)(u[i] * NAME(standardized)(x[i], s));
    }
}

// The same over numbers with weights of their own, for the line from w u; and added number by number, for the weights and biases,
// from u.
static void NAME(normal_gradient_row_sums)(int64_t n, const T *x, NAME(standard) s, const T *w, const T *u, double *sum,
                                           double *covered, double *restrict weights, double *restrict biases) {
    lot_of_doubles sums = {0}, products = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        NAME(lot) v = LOAD(u + i), standard = ((LOAD(x + i) - s.high) - s.low) * s.scale;
        if (weights) {
            *(lot_in_memory *)(weights + i) += DOUBLES(v * standard);
            *(lot_in_memory *)(biases + i) += DOUBLES(v);
        }
        if (w) v *= LOAD(w + i);
        sums += DOUBLES(v);
        products += DOUBLES(v * standard);
    }
    *sum = sum_of_lot(&sums), *covered = sum_of_lot(&products);
    for (; i < n; i++) {
        T v = u[i], standard = NAME(standardized)(x[i], s);
        if (weights) {
            weights[i] += (double)(v * standard);
            biases[i] += v;
        }
        if (w) v *= w[i];
        *sum += v;
        *covered += (double)(v * standard);
    }
}

// The gradient in x is scale (w u - shift - slope standard(x)), shift and slope being means over the line.
static void NAME(normal_gradient_run)(int64_t n, const T *x, NAME(standard) s, T w, T shift, T slope, const T *u,
                                      T *restrict gradient) {
    for (int64_t i = 0; i < n; i++) gradient[i] = ((w * u[i] - shift) - slope * NAME(standardized)(x[i], s)) * s.scale;
}
static void NAME(normal_gradient_row)(int64_t n, const T *x, NAME(standard) s, const T *w, T shift, T slope, const T *u,
                                      T *restrict gradient) {
    for (int64_t i = 0; i < n; i++) gradient[i] = ((w[i] * u[i] - shift) - slope * NAME(standardized)(x[i], s)) * s.scale;
}

static void NAME(normalize_gradient)(const gradus_normalization *f, const void *x_, const void *weight_, const void *u_,
                                     const double *mean, const double *variance, void *gradient_, double *parts,
                                     int64_t begin, int64_t end) {
    const T *x = x_, *weight = weight_, *u = u_;
    T *gradient = gradient_;
    const int64_t lines = f->outer * f->groups, piece = f->channels * f->span, parameters = f->groups * f->channels;
    const double n = (double)(f->batch * piece);
    const int64_t strip = f->batch == 1 ? 1 : STRIP;
    if (parts) memset(parts, 0, (size_t)(2 * parameters) * sizeof(double));
    for (int64_t first = begin; first < end; first += strip) {
        const int64_t last = end - first < strip ? end : first + strip;
        double sum[STRIP] = {0}, covered[STRIP] = {0};
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t line = first; line < last; line++) {
                const int64_t at = (b * lines + line) * piece, parameter = line % f->groups * f->channels;
                const NAME(standard) s = NAME(standard_of)(mean[line], variance[line], f->epsilon);
                const T *w = weight ? weight + parameter : NULL;
                double *weights = parts ? parts + parameter : NULL, *biases = parts ? weights + parameters : NULL;
                double part, part_covered;
                if (f->span == 1) {
                    NAME(normal_gradient_row_sums)(piece, x + at, s, w, u + at, &part, &part_covered, weights, biases);
                    sum[line - first] += part;
                    covered[line - first] += part_covered;
                    continue;
                }
                for (int64_t p = 0; p < f->channels; p++) {
                    NAME(normal_gradient_sums)(f->span, x + at + p * f->span, s, u + at + p * f->span, &part, &part_covered);
                    if (parts) {
                        weights[p] += part_covered;
                        biases[p] += part;
                    }
                    sum[line - first] += w ? w[p] * part : part;
                    covered[line - first] += w ? w[p] * part_covered : part_covered;
                }
            }
        if (!gradient) continue;
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t line = first; line < last; line++) {
                const int64_t at = (b * lines + line) * piece;
                const NAME(standard) s = NAME(standard_of)(mean[line], variance[line], f->epsilon);
                const T *w = weight ? weight + line % f->groups * f->channels : NULL;
                const T shift = (T)(sum[line - first] / n), slope = (T)(covered[line - first] / n);
                if (w && f->span == 1) {
                    NAME(normal_gradient_row)(piece, x + at, s, w, shift, slope, u + at, gradient + at);
                    continue;
                }
                const int64_t runs = w ? f->channels : 1, run = piece / runs;
                for (int64_t p = 0; p < runs; p++)
                    NAME(normal_gradient_run)(run, x + at + p * run, s, w ? w[p] : 1, shift, slope, u + at + p * run,
                                              gradient + at + p * run);
            }
    }
}

// The parts of several ranges of lines added up in their order.
static void NAME(normalize_parameter_gradients)(int64_t parameters, int64_t ranges, const double *parts, void *weight_,
                                                void *bias_) {
    T *weight = weight_, *bias = bias_;
    for (int64_t j = 0; j < parameters; j++) {
        double covered = 0, sum = 0;
        for (int64_t r = 0; r < ranges; r++) {
            covered += parts[2 * r * parameters + j];
            sum += parts[(2 * r + 1) * parameters + j];
        }
        weight[j] = (T)covered;
        bias[j] = (T)sum;
    }
}
#undef LOAD
#undef DOUBLES
