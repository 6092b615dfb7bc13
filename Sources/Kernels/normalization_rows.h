// Normalization of rows: of lines in one piece whose numbers have weights and biases of their own, or neither, as a layer norm has.
// Included by normalization_lines.h.
#define MOST_ROWS (BYTES == 64 ? 2 : 1)

// y = w standard(x) + c.
INLINE void NAME(normal_row_of)(int64_t n, const T *x, NAME(standard) s, const T *w, const T *c, bool is_stream, T *restrict y) {
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        if (!is_stream) FETCH(y + i);
        NAME(lot) v = ((LOAD(x + i) - s.high) - s.low) * s.scale;
        if (w) v = v * LOAD(w + i);
        v = v + (c ? LOAD(c + i) : (NAME(lot)){0});
        NAME(put)(&v, is_stream, y + i);
    }
    for (; i < n; i++) y[i] = NAME(standardized)(x[i], s) * (w ? w[i] : 1) + (c ? c[i] : 0);
}
static void NAME(normal_row)(int64_t n, const T *x, NAME(standard) s, const T *w, const T *c, bool is_stream, T *restrict y) {
    if (w && c && is_stream)
        NAME(normal_row_of)(n, x, s, w, c, true, y);
    else if (w && c)
        NAME(normal_row_of)(n, x, s, w, c, false, y);
    else
        NAME(normal_row_of)(n, x, s, w, c, is_stream, y);
}

INLINE void NAME(normal_gradient_row_of)(int64_t n, const T *x, NAME(normal_slope) l, const T *w, const T *u, bool is_stream,
                                         T *restrict gradient) {
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        if (!is_stream) FETCH(gradient + i);
        NAME(lot) wu = LOAD(u + i), standard = ((LOAD(x + i) - l.s.high) - l.s.low) * l.s.scale;
        if (w) wu = LOAD(w + i) * wu;
        NAME(lot) v = ((wu - l.shift) - l.slope * standard) * l.s.scale;
        NAME(put)(&v, is_stream, gradient + i);
    }
    for (; i < n; i++) gradient[i] = NAME(normal_gradient_of)(x[i], w ? w[i] * u[i] : u[i], l);
}
static void NAME(normal_gradient_row)(int64_t n, const T *x, NAME(normal_slope) l, const T *w, const T *u, bool is_stream,
                                      T *restrict gradient) {
    if (w && is_stream)
        NAME(normal_gradient_row_of)(n, x, l, w, u, true, gradient);
    else if (w)
        NAME(normal_gradient_row_of)(n, x, l, w, u, false, gradient);
    else
        NAME(normal_gradient_row_of)(n, x, l, w, u, is_stream, gradient);
}

// Of so many lines, one behind the other, of numbers with weights of their own, if there are some: the sums of w u and of w u
// standard(x) over each, and those of u standard(x) and of u over all, number by number, if they are wanted. These are fetched and
// put back once for all of the lines.
INLINE void NAME(normal_gradient_rows_sums)(int64_t rows, bool has_parts, bool has_w, int64_t n, const T *x,
                                            const NAME(normal_slope) *l, const T *w, const T *u, double *sum, double *covered,
                                            double *restrict weights, double *restrict biases) {
    lot_of_doubles sums[MOST_ROWS] = {0}, products[MOST_ROWS] = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) {
        lot_of_doubles factor = {0}, bias = {0}, weight = {0};
        if (has_w) factor = DOUBLES(LOAD(w + i));
        if (has_parts) bias = *(lot_in_memory *)(biases + i), weight = *(lot_in_memory *)(weights + i);
        _Pragma("clang loop unroll(full)")
        for (int64_t r = 0; r < rows; r++) {
            FETCH(u + r * n + i);
            FETCH(x + r * n + i);
            NAME(lot) v = LOAD(u + r * n + i);
            lot_of_doubles one = DOUBLES(v), both = DOUBLES(v * (((LOAD(x + r * n + i) - l[r].s.high) - l[r].s.low) * l[r].s.scale));
            if (has_parts) bias += one, weight += both;
            if (has_w)
                NAME(add_product)(&factor, &one, &sums[r]), NAME(add_product)(&factor, &both, &products[r]);
            else
                sums[r] += one, products[r] += both;
        }
        if (has_parts) *(lot_in_memory *)(biases + i) = bias, *(lot_in_memory *)(weights + i) = weight;
    }
    for (int64_t r = 0; r < rows; r++) {
        sum[r] = sum_of_lot(&sums[r]), covered[r] = sum_of_lot(&products[r]);
        for (int64_t j = i; j < n; j++) {
            double one = u[r * n + j], both = u[r * n + j] * NAME(standardized)(x[r * n + j], l[r].s), factor = has_w ? w[j] : 1;
            if (has_parts) biases[j] += one, weights[j] += both;
            sum[r] += factor * one;
            covered[r] += factor * both;
        }
    }
}

// Lines that lie in one piece of numbers with weights of their own: two at a time where there are registers for their sums.
static void NAME(normalize_gradient_rows)(const gradus_normalization *f, const T *x, const T *weight, const T *u, const double *mean,
                                          const double *variance, T *gradient, double *parts, int64_t begin, int64_t end) {
    const int64_t n = f->channels, parameters = f->groups * n, bytes = n * (int64_t)sizeof(T);
    const bool is_stream = is_streamed(gradient, bytes, f->outer * f->groups * bytes);
    for (int64_t first = begin, rows; first < end; first += rows) {
        // Neighbours in one group have the same weights.
        rows = f->groups > 1 || end - first < MOST_ROWS ? 1 : MOST_ROWS;
        const int64_t parameter = first % f->groups * n, at = first * n;
        const T *w = weight ? weight + parameter : NULL;
        double *weights = parts ? parts + parameter : NULL, *biases = parts ? weights + parameters : NULL;
        double sum[MOST_ROWS], covered[MOST_ROWS];
        NAME(normal_slope) l[MOST_ROWS];
        for (int64_t r = 0; r < rows; r++) l[r].s = NAME(standard_of)(mean[first + r], variance[first + r], f->epsilon);
#define SUMS_OF(ROWS, PARTS, W) \
    NAME(normal_gradient_rows_sums)(ROWS, PARTS, W, n, x + at, l, w, u + at, sum, covered, weights, biases)
        if (rows == 1)
            parts ? w ? SUMS_OF(1, true, true) : SUMS_OF(1, true, false) : w ? SUMS_OF(1, false, true) : SUMS_OF(1, false, false);
        else
            parts ? w ? SUMS_OF(MOST_ROWS, true, true) : SUMS_OF(MOST_ROWS, true, false)
                  : w ? SUMS_OF(MOST_ROWS, false, true) : SUMS_OF(MOST_ROWS, false, false);
#undef SUMS_OF
        for (int64_t r = 0; r < rows && gradient; r++) {
            l[r].shift = (T)(sum[r] / (double)n), l[r].slope = (T)(covered[r] / (double)n);
            NAME(normal_gradient_row)(n, x + at + r * n, l[r], w, u + at + r * n, is_stream, gradient + at + r * n);
        }
    }
    if (is_stream) end_of_stream();
}
#undef MOST_ROWS
