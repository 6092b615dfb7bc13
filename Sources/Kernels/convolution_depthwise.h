// Convolutions of one channel a group (depthwise, or from a single channel): each plane with the kernels of few filters, or, in
// the gradient of the input, a few planes with a kernel each. Included by each path once an element type.
//
// There is nothing to pack and no matrix: vectors lie along columns. The rows that a band of results reads are copied with
// their padding, rows and columns a stride apart into planes of their own. In these a term, a tap of a plane, lies at one distance
// from every result, across the ends of rows too, if results have as many columns as the copy: a band is one long row, of
// which some numbers at the ends of rows are nothing that is wanted.

typedef struct {
    gradus_piece_of_convolution pieces[PIECES];
    int64_t pieces_y, pieces_x, first_term[PIECES + 1];
    int64_t offsets[DEPTHWISE_TERMS], places[DEPTHWISE_TERMS];  // of each piece's terms: in the ground, and in the weights
    int64_t planes, height, width;          // what is read for a group
    int64_t stride_y, stride_x, phases_y, phases_x, top, left;
    int64_t extra, pitch, rows, columns, rows_each, bands, plane;  // plane: of one phase
} NAME(depthwise_plan);

static void NAME(plan_depthwise)(int face, const gradus_convolution *c, NAME(depthwise_plan) *d) {
    bool is_forward = face == GRADUS_FORWARD;
    int64_t bottom = 0, right = 0;
    d->pieces_y = is_forward ? 1 : c->stride_y;
    d->pieces_x = is_forward ? 1 : c->stride_x;
    d->stride_y = is_forward ? c->stride_y : 1;
    d->stride_x = is_forward ? c->stride_x : 1;
    bool has_rows = false, has_columns = false;
    for (int64_t n = 0; n < d->pieces_y * d->pieces_x; n++) {
        gradus_piece_of_convolution *p = &d->pieces[n];
        *p = gradus_piece_number(face, c, n);
        int64_t last_y = p->from_y + (p->taps_y - 1) * p->step_y, last_x = p->from_x + (p->taps_x - 1) * p->step_x;
        if (p->taps_y > 0) {
            d->top = has_rows ? gradus_least(d->top, p->from_y) : p->from_y;
            bottom = has_rows ? gradus_most(bottom, last_y) : last_y;
            has_rows = true;
        }
        if (p->taps_x > 0) {
            d->left = has_columns ? gradus_least(d->left, p->from_x) : p->from_x;
            right = has_columns ? gradus_most(right, last_x) : last_x;
            has_columns = true;
        }
    }
    const gradus_piece_of_convolution *first = &d->pieces[0];
    d->planes = first->channels;
    d->height = first->height;
    d->width = first->width;
    d->rows = first->rows;
    d->columns = first->columns;
    d->phases_y = gradus_least(d->stride_y, bottom - d->top + 1);
    d->phases_x = gradus_least(d->stride_x, right - d->left + 1);
    d->extra = (bottom - d->top) / d->stride_y;
    d->pitch = d->columns + (right - d->left) / d->stride_x;
    int64_t copies = d->planes * d->phases_y * d->phases_x;
    d->rows_each = gradus_least(d->rows, gradus_most(4, BAND / (d->pitch * copies)));
    d->bands = gradus_blocks(d->rows, d->rows_each);
    d->plane = (d->rows_each + d->extra) * d->pitch + NAME(LANES);
    int64_t term = 0;
    for (int64_t n = 0; n < d->pieces_y * d->pieces_x; n++) {
        const gradus_piece_of_convolution *p = &d->pieces[n];
        d->first_term[n] = term;
        for (int64_t channel = 0; channel < p->channels; channel++)
            for (int64_t i = 0; i < p->taps_y; i++)
                for (int64_t j = 0; j < p->taps_x; j++, term++) {
                    int64_t y = p->from_y - d->top + i * p->step_y, x = p->from_x - d->left + j * p->step_x;
                    int64_t phase = (channel * d->phases_y + y % d->stride_y) * d->phases_x + x % d->stride_x;
                    d->offsets[term] = phase * d->plane + y / d->stride_y * d->pitch + x / d->stride_x;
                    d->places[term] = channel * p->w_channel + p->w_first + i * p->w_y + j * p->w_x;
                }
    }
    d->first_term[d->pieces_y * d->pieces_x] = term;
}

static int64_t NAME(depthwise_items)(int face, const gradus_convolution *c) {
    NAME(depthwise_plan) d;
    NAME(plan_depthwise)(face, c, &d);
    return c->images * c->groups * d.bands;
}

INLINE int64_t NAME(ground_size)(const NAME(depthwise_plan) *d) { return d->planes * d->phases_y * d->phases_x * d->plane; }
INLINE int64_t NAME(band_size)(const NAME(depthwise_plan) *d) { return d->rows_each * d->pitch + NAME(LANES); }

static int64_t NAME(depthwise_scratch)(int face, const gradus_convolution *c) {
    NAME(depthwise_plan) d;
    NAME(plan_depthwise)(face, c, &d);
    return NAME(ground_size)(&d) + d.pieces_x * NAME(band_size)(&d);
}

// The rows that `rows` rows of results from `row` read. x is the group's first plane.
static void NAME(copy_band)(const NAME(depthwise_plan) *d, int64_t row, int64_t rows, const T *x, T *out) {
    int64_t size = d->height * d->width;
    for (int64_t plane = 0; plane < d->planes; plane++, x += size)
        for (int64_t phase_y = 0; phase_y < d->phases_y; phase_y++)
            for (int64_t phase_x = 0; phase_x < d->phases_x; phase_x++, out += d->plane) {
                int64_t left = d->left + phase_x, from, to;
                NAME(inside)(left, d->stride_x, d->width, d->pitch, &from, &to);
                T *line = out;
                for (int64_t r = row; r < row + rows + d->extra; r++, line += d->pitch) {
                    int64_t y = r * d->stride_y + d->top + phase_y;
                    if (y < 0 || y >= d->height || from >= to) {
                        NAME(clear_row)(d->pitch, line);
                        continue;
                    }
                    int64_t at = y * d->width + left;
                    const T *source = x + at;
                    NAME(clear_row)(from, line);
                    if (d->stride_x == 1) NAME(copy_row_of)(to - from, size - at - from, source + from, line + from);
                    else if (d->stride_x == 2)
                        for (int64_t q = from; q < to; q++) line[q] = source[2 * q];
                    else
                        for (int64_t q = from; q < to; q++) line[q] = source[q * d->stride_x];
                    NAME(clear_row)(d->pitch - to, line + to);
                }
                NAME(store)(line, (NAME(vector)){0});
            }
}

// Some vectors of results: out = start + the sum of weights times what lies at their offsets.
INLINE void NAME(depthwise_vectors)(int vectors, int64_t terms, const int64_t *offsets, const T *weights, T start,
                                    const T *ground, T *out) {
    NAME(vector) sum[DEPTHWISE_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = NAME(all)(start);
#pragma clang loop unroll(disable)
    for (int64_t t = 0; t < terms; t++) {
        const T *at = ground + offsets[t];
        NAME(vector) factor = NAME(all)(weights[t]);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[v] = NAME(multiply_add)(factor, NAME(load)(at + v * NAME(LANES)), sum[v]);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) NAME(store)(out + v * NAME(LANES), sum[v]);
}

static void NAME(depthwise_band)(int64_t count, int64_t terms, const int64_t *offsets, const T *weights, T start,
                                 const T *ground, T *out) {
    int64_t i = 0, left = gradus_blocks(count, NAME(LANES));
    for (; left >= 8; left -= 8, i += 8 * NAME(LANES))
        NAME(depthwise_vectors)(8, terms, offsets, weights, start, ground + i, out + i);
    if (left >= 4) {
        NAME(depthwise_vectors)(4, terms, offsets, weights, start, ground + i, out + i);
        left -= 4, i += 4 * NAME(LANES);
    }
    if (left >= 2) {
        NAME(depthwise_vectors)(2, terms, offsets, weights, start, ground + i, out + i);
        left -= 2, i += 2 * NAME(LANES);
    }
    if (left > 0) NAME(depthwise_vectors)(1, terms, offsets, weights, start, ground + i, out + i);
}

// Rows of results, of which every pieces_x-th column lies in a band of its own, to where they belong.
INLINE void NAME(place_band)(const NAME(depthwise_plan) *d, const gradus_piece_of_convolution *p, int64_t row, int64_t rows,
                             const T *bands, T *out) {
    int64_t size = NAME(band_size)(d);
    out += p->out_first + row * p->out_row;
    for (int64_t r = 0; r < rows; r++, bands += d->pitch, out += p->out_row) {
        if (d->pieces_x == 1) {
            NAME(copy_row_of)(p->columns, d->pieces_y == 1 ? (rows - r) * p->columns : 0, bands, out);
        } else if (d->pieces_x == 2) {
            const T *odd = bands + size;
            int64_t pairs = p[1].columns;
            for (int64_t q = 0; q < pairs; q++) {
                out[2 * q] = bands[q];
                out[2 * q + 1] = odd[q];
            }
            if (p->columns > pairs) out[2 * pairs] = bands[pairs];
        } else {
            for (int64_t n = 0; n < d->pieces_x; n++)
                for (int64_t q = 0; q < p[n].columns; q++) out[n + q * d->pieces_x] = bands[n * size + q];
        }
    }
}

// Items [begin, end) of [images, groups, bands].
static void NAME(depthwise_run)(int face, const gradus_convolution *c, const void *x, const void *w_, const void *bias_,
                                void *out_, void *scratch, int64_t begin, int64_t end) {
    NAME(depthwise_plan) d;
    NAME(plan_depthwise)(face, c, &d);
    T weights[DEPTHWISE_TERMS], *ground = scratch, *bands = ground + NAME(ground_size)(&d);
    const T *bias = bias_;
    const gradus_piece_of_convolution *first = &d.pieces[0];
    int64_t filters = first->filters;
    for (int64_t item = begin; item < end; item++) {
        int64_t row = item % d.bands * d.rows_each, both = item / d.bands, group = both % c->groups;
        const T *w = (const T *)w_ + group * first->w_group;
        NAME(copy_band)(&d, row, NAME(least)(d.rows_each, d.rows - row), (const T *)x + both * d.planes * d.height * d.width,
                        ground);
        for (int64_t f = 0; f < filters; f++, w += first->w_filter) {
            T start = bias ? bias[group * filters + f] : 0;
            for (int64_t t = 0; t < d.first_term[d.pieces_y * d.pieces_x]; t++) weights[t] = w[d.places[t]];
            for (int64_t n = 0; n < d.pieces_y * d.pieces_x; n += d.pieces_x) {
                int64_t rows = NAME(least)(d.rows_each, d.pieces[n].rows - row);
                if (rows <= 0) continue;
                for (int64_t i = n; i < n + d.pieces_x; i++) {
                    int64_t t = d.first_term[i];
                    NAME(depthwise_band)((rows - 1) * d.pitch + d.columns, d.first_term[i + 1] - t, d.offsets + t, weights + t,
                                         start, ground, bands + (i - n) * NAME(band_size)(&d));
                }
                NAME(place_band)(&d, &d.pieces[n], row, rows, bands, (T *)out_ + (both * filters + f) * first->out_plane);
            }
        }
    }
}

// Sums of some taps along a band: upstream times what lies at their offsets, LANES of them side by side.
INLINE void NAME(depthwise_taps)(int taps, int64_t count, const int64_t *offsets, const T *upstream, const T *ground,
                                 double *sums) {
    NAME(vector) sum[ROWS];
    const T *tap[ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < taps; i++) {
        tap[i] = ground + offsets[i];
        sum[i] = (NAME(vector)){0};
    }
#pragma clang loop unroll(disable)
    for (int64_t p = 0; p < count; p += NAME(LANES)) {
        NAME(vector) u = NAME(load)(upstream + p);
#pragma clang loop unroll(full)
        for (int i = 0; i < taps; i++) sum[i] = NAME(multiply_add)(u, NAME(load)(tap[i] + p), sum[i]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < taps; i++)
        for (int l = 0; l < NAME(LANES); l++) sums[i * NAME(LANES) + l] += sum[i][l];
}

typedef void (*NAME(depthwise_taps_function))(int64_t count, const int64_t *offsets, const T *upstream, const T *ground,
                                              double *sums);
#define SOME_TAPS(N)                                                                                                           \
    static void NAME(depthwise_taps_##N)(int64_t count, const int64_t *offsets, const T *upstream, const T *ground,            \
                                         double *sums) {                                                                       \
        NAME(depthwise_taps)(N, count, offsets, upstream, ground, sums);                                                       \
    }
EACH_ROW(SOME_TAPS)
#undef SOME_TAPS
#define SOME_TAPS(N) NAME(depthwise_taps_##N),
static const NAME(depthwise_taps_function) NAME(depthwise_some_taps)[ROWS] = {EACH_ROW(SOME_TAPS)};
#undef SOME_TAPS

// Sums of images are split where groups are too few to go round.
static void NAME(depthwise_weight_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch) {
    NAME(depthwise_plan) d;
    NAME(plan_depthwise)(GRADUS_FORWARD, c, &d);
    *splits = gradus_most(1, gradus_least(c->images, 16 / c->groups));
    *items = *splits * c->groups;
    *scratch = NAME(ground_size)(&d) + NAME(band_size)(&d);
}

// Items [begin, end) of [splits, groups]. Between rows of upstream lie zeros, which meet what they do not belong to: a number
// that is not finite can make sums NaN that should not be.
static void NAME(depthwise_weight_gradient)(const gradus_convolution *c, const void *x, const void *upstream, void *partial,
                                            void *scratch, int64_t begin, int64_t end) {
    NAME(depthwise_plan) d;
    NAME(plan_depthwise)(GRADUS_FORWARD, c, &d);
    double sums[DEPTHWISE_TERMS * NAME(LANES)];
    T *ground = scratch, *band = ground + NAME(ground_size)(&d);
    int64_t terms = d.first_term[1], each = gradus_blocks(terms, gradus_blocks(terms, ROWS));
    int64_t splits = gradus_most(1, gradus_least(c->images, 16 / c->groups)), plane = c->out_height * c->out_width;
    for (int64_t item = begin; item < end; item++) {
        int64_t group = item % c->groups, split = item / c->groups;
        for (int64_t i = 0; i < c->filters * terms * NAME(LANES); i++) sums[i] = 0;
        for (int64_t image = c->images * split / splits; image < c->images * (split + 1) / splits; image++)
            for (int64_t row = 0; row < d.rows; row += d.rows_each) {
                int64_t rows = NAME(least)(d.rows_each, d.rows - row), count = (rows - 1) * d.pitch + d.columns;
                NAME(copy_band)(&d, row, rows, (const T *)x + (image * c->groups + group) * d.height * d.width, ground);
                for (int64_t f = 0; f < c->filters; f++) {
                    const T *u = (const T *)upstream + ((image * c->groups + group) * c->filters + f) * plane;
                    T *line = band;
                    for (int64_t r = row; r < row + rows; r++, line += d.pitch) {
                        NAME(copy_row_of)(d.columns, plane - r * d.columns, u + r * d.columns, line);
                        NAME(clear_row)(d.pitch - d.columns, line + d.columns);
                    }
                    NAME(store)(band + count, (NAME(vector)){0});
                    for (int64_t t = 0; t < terms; t += each) {
                        int64_t taps = NAME(least)(each, terms - t);
                        NAME(depthwise_some_taps)[taps - 1](count, d.offsets + t, band, ground,
                                                            sums + (f * terms + t) * NAME(LANES));
                    }
                }
            }
        for (int64_t i = 0; i < c->filters * terms; i++) {
            double sum = 0;
            for (int l = 0; l < NAME(LANES); l++) sum += sums[i * NAME(LANES) + l];
            ((T *)partial)[(split * c->groups + group) * c->filters * terms + i] = (T)sum;
        }
    }
}
