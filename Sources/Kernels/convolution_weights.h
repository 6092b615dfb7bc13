// The gradient of a convolution in its weights: the upstream gradient times what each tap met, summed over positions and images.
// Included by each path once an element type.
//
// Regions of results are shared out to `splits` partial sums [split, group, filter, tap], and taps to blocks where splits are too
// few to go round. In a tile taps are rows: a tap's numbers lie at one distance from where the window stands, so they are read
// from the region's copy as they lie. Filters are columns, for which the upstream gradient is packed crosswise.

typedef struct { int64_t regions, splits, taps_each, tap_blocks, count; gradus_division division; } NAME(weight_division);

INLINE NAME(weight_division) NAME(weights_divided)(const gradus_piece_of_convolution *p) {
    NAME(weight_division) w;
    int64_t terms = gradus_piece_terms(p), size = gradus_most(p->groups * p->filters * terms, 1);
    w.division = gradus_divided(p, DEPTH, ROWS);
    w.regions = w.division.image_blocks * w.division.row_blocks * w.division.column_blocks;
    w.splits = gradus_most(1, gradus_least(gradus_least(w.regions, 16), (1 << 20) / size));
    int64_t wanted = gradus_least(gradus_blocks(16, w.splits * p->groups), gradus_blocks(terms, 4 * ROWS));
    w.taps_each = gradus_blocks(gradus_blocks(terms, wanted), ROWS) * ROWS;
    w.tap_blocks = gradus_blocks(terms, w.taps_each);
    gradus_region region = gradus_region_number(p, &w.division, 0);
    w.count = region.images * region.rows * region.columns;
    return w;
}

// What a region reads, in rows as they lie in the planes: a copy with the padding in it, or the planes themselves where no tap
// meets padding. Distances of channels, images and rows.
typedef struct { int64_t rows, columns, row, image, channel; bool is_copied; } NAME(ground);

INLINE NAME(ground) NAME(ground_for)(const gradus_piece_of_convolution *p, const gradus_region *r) {
    NAME(ground) g;
    int64_t down = (p->taps_y - 1) * p->step_y + 1, across = (p->taps_x - 1) * p->step_x + 1;
    g.rows = (r->rows - 1) * p->stride_y + down;
    g.columns = (r->columns - 1) * p->stride_x + across;
    g.is_copied = p->from_y < 0 || p->from_x < 0 || p->from_y + (p->rows - 1) * p->stride_y + down > p->height ||
                  p->from_x + (p->columns - 1) * p->stride_x + across > p->width;
    g.row = g.is_copied ? g.columns : p->width;
    g.image = g.is_copied ? g.rows * g.columns : p->groups * p->channels * p->height * p->width;
    g.channel = g.is_copied ? r->images * g.image : p->height * p->width;
    return g;
}

// Rows are short: a call to the library for each would take longer than the copy. Whole vectors of zeros: what stands behind them
// is written next, or is room to spare.
INLINE void NAME(clear_row)(int64_t n, T *out) {
    if (n <= 0) return;
    NAME(store)(out, (NAME(vector)){0});
    for (int64_t i = NAME(LANES); i < n; i += NAME(LANES)) NAME(store)(out + i, (NAME(vector)){0});
}

// The last vector overlaps the one before, so that nothing outside is read.
INLINE void NAME(copy_row)(int64_t n, const T *from, T *out) {
    if (n >= NAME(LANES)) {
        for (int64_t i = 0; i + NAME(LANES) <= n; i += NAME(LANES)) NAME(store)(out + i, NAME(load)(from + i));
        NAME(store)(out + n - NAME(LANES), NAME(load)(from + n - NAME(LANES)));
        return;
    }
    if (n & 8) { memcpy(out, from, 8 * sizeof(T)); out += 8; from += 8; }
    if (n & 4) { memcpy(out, from, 4 * sizeof(T)); out += 4; from += 4; }
    if (n & 2) { memcpy(out, from, 2 * sizeof(T)); out += 2; from += 2; }
    if (n & 1) *out = *from;
}

// copy_row() where `there` numbers from the first on may be read and written: what is behind the n that are wanted is written next.
INLINE void NAME(copy_row_of)(int64_t n, int64_t there, const T *from, T *out) {
    if (n <= NAME(LANES) && there >= NAME(LANES)) NAME(store)(out, NAME(load)(from));
    else NAME(copy_row)(n, from, out);
}

// The copy of `channels` channels; x is the first of them of the region's first image.
static void NAME(copy_ground)(const gradus_piece_of_convolution *p, const gradus_region *region, const NAME(ground) *g,
                              int64_t channels, const T *x, T *out) {
    int64_t left = region->column * p->stride_x + p->from_x, from, to;
    NAME(inside)(left, 1, p->width, g->columns, &from, &to);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t image = 0; image < region->images; image++) {
            const T *plane = x + (image * p->groups * p->channels + c) * p->height * p->width;
            for (int64_t r = 0; r < g->rows; r++, out += g->columns) {
                int64_t y = region->row * p->stride_y + p->from_y + r;
                if (y < 0 || y >= p->height || from >= to) {
                    NAME(clear_row)(g->columns, out);
                    continue;
                }
                NAME(clear_row)(from, out);
                int64_t at = y * p->width + left + from;
                NAME(copy_row_of)(to - from, p->height * p->width - at, plane + at, out + from);
                NAME(clear_row)(g->columns - to, out + to);
            }
        }
}

// Positions of a region that follow each other, as runs in the ground and in the upstream gradient.
typedef struct { int64_t at, length, ground, upstream; } NAME(run);

static int64_t NAME(find_weight_runs)(const gradus_piece_of_convolution *p, const gradus_region *region, const NAME(ground) *g,
                                      NAME(run) *runs) {
    int64_t count = 0, at = 0;
    for (int64_t image = 0; image < region->images; image++)
        for (int64_t y = 0; y < region->rows; y++, at += region->columns) {
            int64_t plane = (region->image + image) * p->groups * p->filters * p->out_plane;
            NAME(run) run = {at, region->columns, image * g->image + y * p->stride_y * g->row,
                             plane + (region->row + y) * p->out_row + region->column};
            NAME(run) *last = runs + count - 1;
            if (count > 0 && last->ground + last->length * p->stride_x == run.ground &&
                last->upstream + last->length == run.upstream)
                last->length += run.length;
            else
                runs[count++] = run;
        }
    return count;
}

// A tile of sums, rows of taps by `vectors` vectors of filters. offsets: of the taps, in the ground.
INLINE void NAME(weight_tile)(int rows, int vectors, int64_t count, const NAME(run) *runs, int64_t step, const T *ground,
                              const int64_t *offsets, const T *b, bool add, T *c, int64_t row_c) {
    NAME(vector) sum[ROWS][2];
    const T *tap[ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        tap[i] = ground + offsets[i];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = (NAME(vector)){0};
    }
    for (int64_t n = 0; n < count; n++) {
        int64_t at = runs[n].ground;
        const T *end = b + runs[n].length * vectors * NAME(LANES);
#pragma clang loop unroll(disable)
        for (; b < end; b += vectors * NAME(LANES), at += step) {
            NAME(vector) row[2];
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) row[j] = NAME(load)(b + j * NAME(LANES));
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) {
                NAME(vector) factor = NAME(all)(tap[i][at]);
#pragma clang loop unroll(full)
                for (int j = 0; j < vectors; j++) sum[i][j] = NAME(multiply_add)(factor, row[j], sum[i][j]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            T *to = c + i * row_c + j * NAME(LANES);
            NAME(store)(to, add ? NAME(load)(to) + sum[i][j] : sum[i][j]);
        }
}

typedef void (*NAME(weight_tile_function))(int64_t count, const NAME(run) *runs, int64_t step, const T *ground,
                                           const int64_t *offsets, const T *b, bool add, T *c, int64_t row_c);
#define WEIGHT_TILE(VECTORS, N)                                                                                               \
    static void NAME(weight_tile_##VECTORS##_##N)(int64_t count, const NAME(run) *runs, int64_t step, const T *ground,         \
                                                  const int64_t *offsets, const T *b, bool add, T *c, int64_t row_c) {         \
        NAME(weight_tile)(N, VECTORS, count, runs, step, ground, offsets, b, add, c, row_c);                                   \
    }
#define WEIGHT_TILES(N) WEIGHT_TILE(1, N) WEIGHT_TILE(2, N)
EACH_ROW(WEIGHT_TILES)
#undef WEIGHT_TILES
#undef WEIGHT_TILE
#define ONE(N) NAME(weight_tile_1_##N),
#define TWO(N) NAME(weight_tile_2_##N),
static const NAME(weight_tile_function) NAME(weight_tiles)[2][ROWS] = {{EACH_ROW(ONE)}, {EACH_ROW(TWO)}};
#undef ONE
#undef TWO

INLINE int64_t NAME(whole_vectors)(int64_t count) { return gradus_blocks(count, NAME(LANES)) * NAME(LANES); }

static void NAME(weight_gradient_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch) {
    gradus_piece_of_convolution p = gradus_forward_piece(c);
    NAME(weight_division) w = NAME(weights_divided)(&p);
    gradus_region region = gradus_region_number(&p, &w.division, 0);
    NAME(ground) g = NAME(ground_for)(&p, &region);
    *splits = w.splits;
    *items = w.splits * p.groups * w.tap_blocks;
    *scratch = (g.is_copied ? g.channel * NAME(channels_of)(&p, w.taps_each) + 2 * NAME(LANES) : 0) +
               NAME(COLUMNS) * w.count + NAME(whole_vectors)(p.filters) * w.taps_each;
}

// out[f * row + t] = sums[t * wide + f], some of both at a time, beside the core.
static void NAME(turn_sums)(int64_t taps, int64_t filters, int64_t wide, const T *sums, int64_t row, T *out) {
    enum { TAPS = 64, FILTERS = 32 };
    T turned[FILTERS * TAPS];
    for (int64_t f = 0; f < filters; f += FILTERS)
        for (int64_t t = 0; t < taps; t += TAPS) {
            int64_t width = NAME(least)(TAPS, taps - t), height = NAME(least)(FILTERS, filters - f);
            NAME(pack)(height, width, TAPS, false, sums + t * wide + f, wide, 1, turned);
            for (int64_t i = 0; i < height; i++)
                memcpy(out + (f + i) * row + t, turned + i * TAPS, (size_t)width * sizeof(T));
        }
}

// out[p * wide + i] = x[i * stride + p] for p < k and a vector of i, of which `count` are there; of the others stands something.
// The last numbers are turned together with some before them.
INLINE void NAME(turn_run)(int64_t k, int64_t count, int64_t wide, const T *x, int64_t stride, T *out) {
    const T *row[NAME(LANES)];
    int64_t p = 0;
    for (int r = 0; r < NAME(LANES); r++) row[r] = x + (r < count ? r : count - 1) * stride;
    for (; p + SIDE <= k; p += SIDE) NAME(turn)(row, p, NAME(LANES), wide, out + p * wide);
    if (p < k && k > SIDE) NAME(turn)(row, k - SIDE, NAME(LANES), wide, out + (k - SIDE) * wide);
    else
        for (; p < k; p++)
            for (int r = 0; r < NAME(LANES); r++) out[p * wide + r] = row[r][p];
}

// The upstream gradient of a panel of filters along the runs, a position's filters side by side. u is the first of `filters`.
INLINE void NAME(pack_upstream)(const gradus_piece_of_convolution *p, const NAME(run) *runs, int64_t count, int64_t filters,
                                int vectors, const T *u, T *out) {
    for (int i = 0; i < vectors; i++, filters -= NAME(LANES), u += NAME(LANES) * p->out_plane, out += NAME(LANES))
        for (int64_t n = 0; n < count; n++)
            NAME(turn_run)(runs[n].length, filters, vectors * NAME(LANES), u + runs[n].upstream, p->out_plane,
                           out + runs[n].at * vectors * NAME(LANES));
}

// Where `taps` taps from `first` lie in the ground, whose first channel is `channel`.
INLINE void NAME(find_taps)(const gradus_piece_of_convolution *p, const NAME(ground) *g, int64_t channel, int64_t first,
                            int64_t taps, int64_t *offsets) {
    for (int64_t t = first; t < first + taps; t++) {
        int64_t row = t / p->taps_x;
        *offsets++ = (row / p->taps_y - channel) * g->channel + row % p->taps_y * p->step_y * g->row + t % p->taps_x * p->step_x;
    }
}

// Items [begin, end) of [splits, groups, blocks of taps].
static void NAME(weight_gradient)(const gradus_convolution *c, const void *x_, const void *upstream_, void *partial_,
                                  void *scratch, int64_t begin, int64_t end) {
    gradus_piece_of_convolution p = gradus_forward_piece(c);
    NAME(weight_division) w = NAME(weights_divided)(&p);
    int64_t terms = gradus_piece_terms(&p), places = p.taps_y * p.taps_x, wide = NAME(whole_vectors)(p.filters);
    T *packed = scratch, *sums = packed + NAME(COLUMNS) * w.count, *copy = sums + wide * w.taps_each;
    int64_t offsets[ROWS];
    NAME(run) runs[2 * DEPTH + 2];
    for (int64_t item = begin; item < end; item++) {
        int64_t tap = item % w.tap_blocks * w.taps_each, tap_end = NAME(least)(tap + w.taps_each, terms);
        int64_t group = item / w.tap_blocks % p.groups, split = item / w.tap_blocks / p.groups;
        int64_t channel = tap / places, channels = (tap_end - 1) / places - channel + 1;
        int64_t rows_each = gradus_blocks(tap_end - tap, gradus_blocks(tap_end - tap, ROWS));
        bool add = false;
        for (int64_t r = w.regions * split / w.splits; r < w.regions * (split + 1) / w.splits; r++, add = true) {
            gradus_region region = gradus_region_number(&p, &w.division, r);
            NAME(ground) g = NAME(ground_for)(&p, &region);
            int64_t plane = (region.image * p.groups + group) * p.channels + channel;
            const T *ground = (const T *)x_ + plane * p.height * p.width;
            const T *upstream = (const T *)upstream_ + group * p.filters * p.out_plane;
            if (g.is_copied) {
                NAME(copy_ground)(&p, &region, &g, channels, ground, copy);
                ground = copy;
            } else {
                ground += (region.row * p.stride_y + p.from_y) * p.width + region.column * p.stride_x + p.from_x;
            }
            int64_t count = NAME(find_weight_runs)(&p, &region, &g, runs);
            for (int64_t f = 0; f < p.filters; f += NAME(COLUMNS)) {
                int vectors = p.filters - f > NAME(LANES) ? 2 : 1;
                NAME(pack_upstream)(&p, runs, count, p.filters - f, vectors, upstream + f * p.out_plane, packed);
                for (int64_t t = tap; t < tap_end; t += rows_each) {
                    int64_t rows = NAME(least)(rows_each, tap_end - t);
                    NAME(find_taps)(&p, &g, channel, t, rows, offsets);
                    NAME(weight_tiles)[vectors - 1][rows - 1](count, runs, p.stride_x, ground, offsets, packed, add,
                                                              sums + (t - tap) * wide + f, wide);
                }
            }
        }
        NAME(turn_sums)(tap_end - tap, p.filters, wide, sums, terms,
                        (T *)partial_ + (split * p.groups + group) * p.filters * terms + tap);
    }
}

// out = the sum of the splits, in double; elements [begin, end).
static void NAME(sum_splits)(int64_t splits, int64_t size, const void *partial_, void *out_, int64_t begin, int64_t end) {
    const T *partial = partial_;
    T *out = out_;
    for (int64_t i = begin; i < end; i += LINE) {
        double sum[LINE];
        int64_t n = NAME(least)(LINE, end - i);
        for (int64_t j = 0; j < n; j++) sum[j] = partial[i + j];
        for (int64_t split = 1; split < splits; split++)
            for (int64_t j = 0; j < n; j++) sum[j] += partial[split * size + i + j];
        for (int64_t j = 0; j < n; j++) out[i + j] = (T)sum[j];
    }
}
