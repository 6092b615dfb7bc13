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

// relu, and what an upstream gradient is behind it: 0 or NaN where its input is not above 0.
INLINE T NAME(rectified)(T y) { return y > 0 || y != y ? y : 0; }
INLINE T NAME(through_relu)(T y, T u) { return y > 0 ? u : y != y ? y : 0; }
INLINE void NAME(lot_through_relu)(const NAME(lot) *y, NAME(lot) *u) {
    __typeof__(*y > 0) is_above = *y > 0, is_none = *y != *y;
    *u = (NAME(lot))((is_above & (__typeof__(is_above))*u) | (is_none & (__typeof__(is_none))*y));
}

// The gradient in x is scale (w u - shift - slope standard(x)), shift and slope being means over the line.
typedef struct { NAME(standard) s; T shift, slope; } NAME(normal_slope);

INLINE T NAME(normal_gradient_of)(T x, T wu, NAME(normal_slope) l) {
    return ((wu - l.shift) - l.slope * NAME(standardized)(x, l.s)) * l.s.scale;
}

#include "normalization_rows.h"

static void NAME(normal_sums)(int64_t n, const T *x, double pivot, double *sum, double *square) {
    lot_of_doubles sums = {0}, squares = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        FETCH(x + i);
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

// y = w standard(x) + c of a run.
static void NAME(normal_run)(int64_t n, const T *x, NAME(standard) s, T c, bool is_rectified, T *restrict y) {
    if (is_rectified)
        EACH_AHEAD(0, n, FETCH_1(y), y[i] = NAME(rectified)(NAME(standardized)(x[i], s) + c););
    else
        EACH_AHEAD(0, n, FETCH_1(y), y[i] = NAME(standardized)(x[i], s) + c;);
}

// What the sums of distances from a pivot and of their squares make of n numbers.
INLINE void NAME(set_statistics)(double pivot, double off, double square, double n, double *mean, double *variance) {
    double v = (square - off * off / n) / n;
    *mean = pivot + off / n;
    *variance = v < 0 ? 0 : v;
}

// A piece of a line, with the parameters from `w` and `c` on, if there are some.
static void NAME(normalize_piece)(const gradus_normalization *f, const T *x, NAME(standard) s, const T *w, const T *c,
                                  bool is_stream, T *y) {
    if (f->span == 1) {
        NAME(normal_row)(f->channels, x, s, w, c, is_stream, y);
        return;
    }
    const T scale = s.scale;
    for (int64_t p = 0; p < f->channels; p++) {
        s.scale = w ? scale * w[p] : scale;
        NAME(normal_run)(f->span, x + p * f->span, s, c ? c[p] : 0, f->rectified, y + p * f->span);
    }
}

// Lines whose pieces are single numbers, as features in a batch are: a strip of them side by side.
static void NAME(normalize_columns)(const gradus_normalization *f, const T *x, const T *weight, const T *bias, T *y, double *mean,
                                    double *variance, int64_t first, int64_t width) {
    const int64_t lines = f->outer * f->groups;
    double sum[STRIP], square[STRIP], pivot[STRIP];
    T high[STRIP], low[STRIP], scale[STRIP], still[STRIP];
    for (int64_t l = 0; l < width; l++) sum[l] = square[l] = 0, pivot[l] = x[first + l];
    for (int64_t b = 0; b < f->batch; b++) {
        const T *row = x + b * lines + first;
        for (int64_t l = 0; l < width; l++) {
            double d = row[l] - pivot[l];
            sum[l] += d;
            square[l] += d * d;
        }
    }
    for (int64_t l = 0; l < width; l++) {
        const int64_t line = first + l, parameter = line % f->groups;
        NAME(set_statistics)(pivot[l], sum[l], square[l], (double)f->batch, mean + line, variance + line);
        NAME(standard) s = NAME(standard_of)(mean[line], variance[line], f->epsilon);
        high[l] = s.high, low[l] = s.low, scale[l] = weight ? s.scale * weight[parameter] : s.scale;
        still[l] = bias ? bias[parameter] : 0;
    }
    for (int64_t b = 0; b < f->batch; b++) {
        const T *row = x + b * lines + first;
        T *restrict to = y + b * lines + first;
        for (int64_t l = 0; l < width; l++) to[l] = ((row[l] - high[l]) - low[l]) * scale[l] + still[l];
        for (int64_t l = 0; l < width && f->rectified; l++) to[l] = NAME(rectified)(to[l]);
    }
}

static void NAME(normalize)(const gradus_normalization *f, const void *x_, const void *weight_, const void *bias_, void *y_,
                            double *mean, double *variance, int64_t begin, int64_t end) {
    const T *x = x_, *weight = weight_, *bias = bias_;
    T *y = y_;
    const int64_t lines = f->outer * f->groups, piece = f->channels * f->span;
    const double n = (double)(f->batch * piece);
    const int64_t strip = f->batch == 1 ? 1 : STRIP, bytes = piece * (int64_t)sizeof(T);
    const bool is_stream = f->span == 1 && is_streamed(y, bytes, f->batch * lines * bytes);
    for (int64_t first = begin; first < end; first += strip) {
        const int64_t width = end - first < strip ? end - first : strip;
        if (piece == 1 && f->batch > 1) {
            NAME(normalize_columns)(f, x, weight, bias, y, mean, variance, first, width);
            continue;
        }
        double sum[STRIP], square[STRIP];
        NAME(standard) s[STRIP];
        for (int64_t l = 0; l < width; l++) sum[l] = square[l] = 0;
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t l = 0; l < width; l++)
                NAME(normal_sums)(piece, x + (b * lines + first + l) * piece, x[(first + l) * piece], sum + l, square + l);
        for (int64_t l = 0; l < width; l++) {
            const int64_t line = first + l;
            NAME(set_statistics)(x[line * piece], sum[l], square[l], n, mean + line, variance + line);
            s[l] = NAME(standard_of)(mean[line], variance[line], f->epsilon);
        }
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t l = 0; l < width; l++) {
                const int64_t line = first + l, at = (b * lines + line) * piece, parameter = line % f->groups * f->channels;
                NAME(normalize_piece)(f, x + at, s[l], weight ? weight + parameter : NULL, bias ? bias + parameter : NULL, is_stream,
                                      y + at);
            }
    }
    if (is_stream) end_of_stream();
}

// The sums of u and of u standard(x) over a run; u behind relu, if it is rectified, whose input is `y` of x, plus c.
INLINE void NAME(normal_gradient_sums)(int64_t n, const T *x, NAME(standard) s, bool is_rectified, NAME(standard) y, T c,
                                       const T *u, double *sum, double *covered) {
    lot_of_doubles sums = {0}, products = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        FETCH(u + i);
        FETCH(x + i);
        NAME(lot) v = LOAD(u + i), distance = (LOAD(x + i) - s.high) - s.low, given = distance * y.scale + c;
        if (is_rectified) NAME(lot_through_relu)(&given, &v);
        sums += DOUBLES(v);
        products += DOUBLES(v * (distance * s.scale));
    }
    *sum = sum_of_lot(&sums), *covered = sum_of_lot(&products);
    for (; i < n; i++) {
        const T v = is_rectified ? NAME(through_relu)(NAME(standardized)(x[i], y) + c, u[i]) : u[i];
        *sum += v;
        *covered += (double)(v * NAME(standardized)(x[i], s));
    }
}

static void NAME(normal_gradient_run)(int64_t n, const T *x, NAME(normal_slope) l, T w, bool is_rectified, NAME(standard) y, T c,
                                      const T *u, T *restrict gradient) {
    if (is_rectified)
        EACH_AHEAD(0, n, FETCH_1(gradient), const T v = NAME(through_relu)(NAME(standardized)(x[i], y) + c, u[i]);
                   gradient[i] = NAME(normal_gradient_of)(x[i], w * v, l););
    else
        EACH_AHEAD(0, n, FETCH_1(gradient), gradient[i] = NAME(normal_gradient_of)(x[i], w * u[i], l););
}

// Lines whose pieces are single numbers: a strip of them side by side.
static void NAME(normalize_gradient_columns)(const gradus_normalization *f, const T *x, const T *weight, const T *bias,
                                             const T *u, const double *mean, const double *variance, T *gradient, double *parts,
                                             int64_t first, int64_t width) {
    const int64_t lines = f->outer * f->groups;
    const double n = (double)f->batch;
    double sum[STRIP], covered[STRIP];
    T high[STRIP], low[STRIP], scale[STRIP], factor[STRIP], shift[STRIP], slope[STRIP], still[STRIP], behind[STRIP];
    for (int64_t l = 0; l < width; l++) {
        NAME(standard) s = NAME(standard_of)(mean[first + l], variance[first + l], f->epsilon);
        high[l] = s.high, low[l] = s.low, scale[l] = s.scale, sum[l] = covered[l] = 0;
        factor[l] = weight ? weight[(first + l) % f->groups] : 1;
        still[l] = bias ? bias[(first + l) % f->groups] : 0;
    }
// What arrives in row b, behind relu if there is one.
#define ARRIVED                                                                                                             \
    const T *row = x + b * lines + first, *v = u + b * lines + first;                                                       \
    for (int64_t l = 0; l < width && f->rectified; l++)                                                                     \
        behind[l] = NAME(through_relu)(((row[l] - high[l]) - low[l]) * (scale[l] * factor[l]) + still[l], v[l]);            \
    if (f->rectified) v = behind;
    for (int64_t b = 0; b < f->batch; b++) {
        ARRIVED
        for (int64_t l = 0; l < width; l++) {
            sum[l] += v[l];
            covered[l] += (double)(v[l] * (((row[l] - high[l]) - low[l]) * scale[l]));
        }
    }
    for (int64_t l = 0; l < width; l++) {
        const int64_t parameter = (first + l) % f->groups;
        if (parts) {
            parts[parameter] += covered[l];
            parts[f->groups + parameter] += sum[l];
        }
        shift[l] = (T)(factor[l] * sum[l] / n), slope[l] = (T)(factor[l] * covered[l] / n);
    }
    for (int64_t b = 0; b < f->batch && gradient; b++) {
        ARRIVED
        T *restrict to = gradient + b * lines + first;
        for (int64_t l = 0; l < width; l++)
            to[l] = ((factor[l] * v[l] - shift[l]) - slope[l] * (((row[l] - high[l]) - low[l]) * scale[l])) * scale[l];
    }
#undef ARRIVED
}

static void NAME(normalize_gradient)(const gradus_normalization *f, const void *x_, const void *weight_, const void *bias_,
                                     const void *u_, const double *mean, const double *variance, void *gradient_, double *parts,
                                     int64_t begin, int64_t end) {
    const T *x = x_, *weight = weight_, *bias = bias_, *u = u_;
    T *gradient = gradient_;
    const int64_t lines = f->outer * f->groups, piece = f->channels * f->span, parameters = f->groups * f->channels;
    const double n = (double)(f->batch * piece);
    const int64_t strip = f->batch == 1 ? 1 : STRIP;
    if (parts) memset(parts, 0, (size_t)(2 * parameters) * sizeof(double));
    if (f->batch == 1 && f->span == 1) {
        NAME(normalize_gradient_rows)(f, x, weight, u, mean, variance, gradient, parts, begin, end);
        return;
    }
    for (int64_t first = begin; first < end; first += strip) {
        const int64_t width = end - first < strip ? end - first : strip;
        if (piece == 1) {
            NAME(normalize_gradient_columns)(f, x, weight, bias, u, mean, variance, gradient, parts, first, width);
            continue;
        }
        double sum[STRIP], covered[STRIP];
        NAME(normal_slope) slopes[STRIP];
        NAME(standard) weighted[STRIP];  // what relu was given, less the bias, of a line of one channel
        T still[STRIP];
        for (int64_t l = 0; l < width; l++) {
            sum[l] = covered[l] = 0;
            slopes[l].s = weighted[l] = NAME(standard_of)(mean[first + l], variance[first + l], f->epsilon);
            const int64_t parameter = (first + l) % f->groups * f->channels;
            if (weight) weighted[l].scale *= weight[parameter];
            still[l] = bias ? bias[parameter] : 0;
        }
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t l = 0; l < width; l++) {
                const int64_t line = first + l, at = (b * lines + line) * piece, parameter = line % f->groups * f->channels;
                const T *w = weight ? weight + parameter : NULL;
                double *weights = parts ? parts + parameter : NULL, *biases = parts ? weights + parameters : NULL;
                for (int64_t p = 0; p < f->channels; p++) {
                    double part, part_covered;
                    const T *from = x + at + p * f->span, *arrived = u + at + p * f->span;
                    if (f->rectified)
                        NAME(normal_gradient_sums)(f->span, from, slopes[l].s, true, weighted[l], still[l], arrived, &part, &part_covered);
                    else
                        NAME(normal_gradient_sums)(f->span, from, slopes[l].s, false, weighted[l], 0, arrived, &part, &part_covered);
                    if (parts) {
                        weights[p] += part_covered;
                        biases[p] += part;
                    }
                    sum[l] += w ? w[p] * part : part;
                    covered[l] += w ? w[p] * part_covered : part_covered;
                }
            }
        if (!gradient) continue;
        for (int64_t l = 0; l < width; l++) slopes[l].shift = (T)(sum[l] / n), slopes[l].slope = (T)(covered[l] / n);
        for (int64_t b = 0; b < f->batch; b++)
            for (int64_t l = 0; l < width; l++) {
                const int64_t line = first + l, at = (b * lines + line) * piece;
                const T *w = weight ? weight + line % f->groups * f->channels : NULL;
                const int64_t runs = w ? f->channels : 1, run = piece / runs;
                for (int64_t p = 0; p < runs; p++)
                    NAME(normal_gradient_run)(run, x + at + p * run, slopes[l], w ? w[p] : 1, f->rectified, weighted[l], still[l],
                                              u + at + p * run, gradient + at + p * run);
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
