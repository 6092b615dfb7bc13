// 3 by 3 windows that move by 1, by Winograd's minimal filtering F(2x2, 3x3): four results from a square of 4 by 4 take 16
// products instead of 36 (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", 2016, section 4.1).
// Included by each path for float.
//
// Squares, weights and results are turned into 16 "frequencies" by sums and differences; a frequency of some squares and all
// channels, by that of the weights, is a product of matrices like any other. All of it is done with channels, or filters, side by
// side: planes are turned into that order and results back, so that no plane is too narrow for vectors.

enum { FREQUENCIES = 16, WEIGHTS = 9 };

INLINE gradus_piece_of_convolution squares_of(const gradus_piece_of_convolution *p) {
    gradus_piece_of_convolution s = *p;
    s.rows = gradus_blocks(p->rows, 2);
    s.columns = gradus_blocks(p->columns, 2);
    return s;
}

// Where the squares of a region lie: lower, whole, right, corner, each kind image by image. A last odd row or column of results has
// half squares, in which nothing asks for the last frequency along that axis: it is computed of a stretch of the squares alone.
typedef struct {
    int64_t rows, columns;                 // of one image's whole squares
    int64_t whole, right, corner, count;   // where kinds begin
    bool is_odd_below, is_odd_right;
} winograd_order;

// `rows` and `columns` of results in a whole plane.
INLINE winograd_order order_of(const gradus_region *region, int64_t rows, int64_t columns) {
    winograd_order o = {.is_odd_below = 2 * (region->row + region->rows) > rows,
                        .is_odd_right = 2 * (region->column + region->columns) > columns};
    o.rows = region->rows - o.is_odd_below;
    o.columns = region->columns - o.is_odd_right;
    o.whole = o.is_odd_below ? region->images * o.columns : 0;
    o.right = o.whole + region->images * o.rows * o.columns;
    o.corner = o.right + (o.is_odd_right ? region->images * o.rows : 0);
    o.count = region->images * region->rows * region->columns;
    return o;
}

// Where the squares of a row of an image begin, and the half one at its end.
INLINE int64_t square_at(const winograd_order *o, int64_t image, int64_t y) {
    return y == o->rows ? image * o->columns : o->whole + (image * o->rows + y) * o->columns;
}
INLINE int64_t half_square_at(const winograd_order *o, int64_t image, int64_t y) {
    return y == o->rows ? o->corner + image : o->right + image * o->rows + y;
}

// The squares of which a frequency is wanted.
INLINE int64_t first_square(const winograd_order *o, int64_t frequency) { return frequency / 4 == 3 ? o->whole : 0; }
INLINE int64_t end_of_squares(const winograd_order *o, int64_t frequency) {
    return frequency % 4 == 3 ? o->right : frequency / 4 == 3 ? o->corner : o->count;
}

// Items: regions of so many squares that all channels' frequencies stay near the core, but weights are not read too often.
INLINE gradus_division squares_divided(const gradus_piece_of_convolution *s) {
    return gradus_divided(s, s->channels <= 128 ? 128 : 64, COLUMNS_float);
}

static int64_t winograd_items(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    return squares_divided(&s).count;
}

// Filters whose sums are made before the next frequency's turn comes: with many channels frequencies are too large to be read from
// near the core as a whole for each panel, and weights come from beyond the second cache.
INLINE int64_t filters_at_a_time(const gradus_piece_of_convolution *s) { return COLUMNS_float * (s->channels > 256 ? 4 : 1); }

// How far frequencies are apart, of squares, of weights and of sums: not by a multiple of pages, or 16 of them would compete for
// few places of the first-level cache. Nor are squares, `wide` apart, of which a tile reads as many as it has rows.
typedef struct { int64_t wide, squares, weights, sums; } winograd_steps;

INLINE winograd_steps steps_of(const gradus_piece_of_convolution *s, int64_t count) {
    int64_t wide = (gradus_blocks(s->channels, LANES_float) + 1) * LANES_float;
    return (winograd_steps){wide, count * wide + LANES_float, s->channels * COLUMNS_float + LANES_float,
                            count * COLUMNS_float + LANES_float};
}

// A region's frequencies of all channels, its sums for a panel of filters, and what is read or written of one image.
static int64_t winograd_scratch(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    gradus_division d = squares_divided(&s);
    if (d.count == 0) return 0;
    gradus_region region = gradus_region_number(&s, &d, 0);
    winograd_steps step = steps_of(&s, region.images * region.rows * region.columns);
    return FREQUENCIES * (step.squares + step.sums * (filters_at_a_time(&s) / COLUMNS_float)) +
           (2 * region.rows + 2) * (2 * region.columns + 2) * LANES_float;
}

static int64_t winograd_packed_size(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return p.groups * gradus_blocks(p.filters, COLUMNS_float) * FREQUENCIES * steps_of(&p, 0).weights;
}

// How many filters a panel holds of which so many are left.
INLINE int64_t panel_wide(int64_t filters) { return filters > LANES_float ? COLUMNS_float : LANES_float; }

// Weights of some filters and channels to frequencies, `step` apart: [channel, filter], as many filters wide as a panel. Along one
// axis three weights become four: their outer two, and half of their sum with the middle one added and taken off. w is what
// gradus_piece_of_convolution calls the first of them.
INLINE void weights_to_frequencies(const gradus_piece_of_convolution *p, int64_t filters, int64_t channels, const float *w,
                                   float *out, int64_t step) {
    int64_t wide = panel_wide(filters);
    bool is_turned = p->w_x < 0;  // the places of the window lie backwards
    if (is_turned) w -= WEIGHTS - 1;
    for (int64_t f = 0; f < filters; f += LANES_float) {
        const float *row[LANES_float];
        float *to = out + f;
        find_rows_float(filters - f, w + f * p->w_filter, p->w_filter, row);
        for (int64_t channel = 0; channel < channels; channel++, to += wide) {
            float taps[WEIGHTS * LANES_float];
            vector_float half[4][3];
            int64_t at = channel * p->w_channel;
            turn_float(row, at, LANES_float, LANES_float, taps);
            turn_float(row, at + 4, LANES_float, LANES_float, taps + 4 * LANES_float);
            turn_float(row, at + 5, LANES_float, LANES_float, taps + 5 * LANES_float);
#pragma clang loop unroll(full)
            for (int x = 0; x < 3; x++) {
                vector_float g[3];
#pragma clang loop unroll(full)
                for (int y = 0; y < 3; y++)
                    g[y] = load_float(taps + (is_turned ? WEIGHTS - 1 - (3 * y + x) : 3 * y + x) * LANES_float);
                vector_float outer = g[0] + g[2];
                half[0][x] = g[0];
                half[1][x] = 0.5f * (outer + g[1]);
                half[2][x] = 0.5f * (outer - g[1]);
                half[3][x] = g[2];
            }
#pragma clang loop unroll(full)
            for (int y = 0; y < 4; y++) {
                vector_float outer = half[y][0] + half[y][2];
                store_float(to + 4 * y * step, half[y][0]);
                store_float(to + (4 * y + 1) * step, 0.5f * (outer + half[y][1]));
                store_float(to + (4 * y + 2) * step, 0.5f * (outer - half[y][1]));
                store_float(to + (4 * y + 3) * step, half[y][2]);
            }
        }
    }
}

static int64_t winograd_slices(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return p.groups * gradus_blocks(p.filters, COLUMNS_float);
}

// Weights as [group, panel of COLUMNS filters, frequency, channel, filter]. Items [begin, end) of [groups, panels].
static void winograd_pack(int face, const gradus_convolution *c, const void *w, void *packed, void *scratch, int64_t begin,
                          int64_t end) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    int64_t panels = gradus_blocks(p.filters, COLUMNS_float), step = steps_of(&p, 0).weights;
    (void)scratch;
    for (int64_t item = begin; item < end; item++) {
        int64_t first = item % panels * COLUMNS_float;
        weights_to_frequencies(&p, least_float(p.filters - first, COLUMNS_float), p.channels,
                               (const float *)w + item / panels * p.w_group + first * p.w_filter + p.w_first,
                               (float *)packed + item * FREQUENCIES * step, step);
    }
}

// n columns, from `at` on, of a vector of rows: [column, row].
INLINE void turn_line(int64_t n, const float *const *row, int64_t at, float *out) {
    int64_t i = 0;
    for (; i + SIDE <= n; i += SIDE) turn_float(row, at + i, LANES_float, LANES_float, out + i * LANES_float);
    if (i == n) return;
    if (n >= SIDE)  // the last ones again
        turn_float(row, at + n - SIDE, LANES_float, LANES_float, out + (n - SIDE) * LANES_float);
    else
        for (; i < n; i++)
            for (int l = 0; l < LANES_float; l++) out[i * LANES_float + l] = row[l][at + i];
}

// What a region reads of one image, `channels` of its planes side by side, at most a vector: [row, column, channel], with zeros
// where nothing is. Of planes that are not there stands something.
static void channels_side_by_side(const gradus_piece_of_convolution *p, const gradus_region *region, int64_t channels,
                                  const float *x, float *out) {
    enum { SOME = 64, APART = SOME + LANES_float };
    float near[LANES_float * APART];
    const float *row[LANES_float], *near_row[LANES_float];
    int64_t columns = 2 * region->columns + 2, left = 2 * region->column + p->from_x, from, to;
    // Planes whole pages apart share places of the first-level cache: a piece of each line is copied, once, before it is turned.
    bool compete = p->height * p->width * (int64_t)sizeof(float) % 4096 == 0;
    find_rows_float(LANES_float, near, APART, near_row);
    find_rows_float(channels, x, p->height * p->width, row);
    inside_float(left, 1, p->width, columns, &from, &to);
    for (int64_t r = 0; r < 2 * region->rows + 2; r++, out += columns * LANES_float) {
        int64_t y = 2 * region->row + p->from_y + r, first = y * p->width + left;
        if (y < 0 || y >= p->height || from >= to) {
            memset(out, 0, (size_t)(columns * LANES_float) * sizeof(float));
            continue;
        }
        for (int64_t q = 0; q < from; q++) store_float(out + q * LANES_float, (vector_float){0});
        for (int64_t i = from; compete && i < to; i += SOME) {
            int64_t n = least_float(SOME, to - i);
            for (int l = 0; l < LANES_float; l++) copy_line_float(n, row[l] + first + i, near + l * APART);
            turn_line(n, near_row, 0, out + i * LANES_float);
        }
        if (!compete) turn_line(to - from, row, first + from, out + from * LANES_float);
        for (int64_t q = to; q < columns; q++) store_float(out + q * LANES_float, (vector_float){0});
    }
}

// A vector of channels' frequencies: along one axis d0 - d2, d1 + d2, d2 - d1, d3 - d1. What is made of two columns serves the next
// square too. Squares `wide` apart, frequencies `step`. `out` is that of the region's first square.
INLINE void squares_to_frequencies(const gradus_region *region, const winograd_order *order, int64_t image, const float *from,
                                   float *all_out, int64_t wide, int64_t step) {
    int64_t row = (2 * region->columns + 2) * LANES_float;
    for (int64_t y = 0; y < region->rows; y++, from += 2 * row) {
        vector_float half[4][4];
        const float *place = from;
        float *out = all_out + square_at(order, image, y) * wide;
        for (int64_t x = -1; x < region->columns; x++, place += 2 * LANES_float) {
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++) {
                vector_float d[4];
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++) d[j] = load_float(place + j * row + i * LANES_float);
                half[0][2 + i] = d[0] - d[2];
                half[1][2 + i] = d[1] + d[2];
                half[2][2 + i] = d[2] - d[1];
                half[3][2 + i] = d[3] - d[1];
            }
            if (x >= 0) {
                if (x == order->columns) out = all_out + half_square_at(order, image, y) * wide;
#pragma clang loop unroll(full)
                for (int j = 0; j < 4; j++) {
                    float *to = out + 4 * j * step;
                    store_float(to, half[j][0] - half[j][2]);
                    store_float(to + step, half[j][1] + half[j][2]);
                    store_float(to + 2 * step, half[j][2] - half[j][1]);
                    store_float(to + 3 * step, half[j][3] - half[j][1]);
                }
                out += wide;
            }
#pragma clang loop unroll(full)
            for (int j = 0; j < 4; j++) {
                half[j][0] = half[j][2];
                half[j][1] = half[j][3];
            }
        }
    }
}

// A vector of filters' sums of one square to its results, or those of them that are wanted, of which it is known when this is
// compiled: along one axis m0 + m1 + m2 and m1 - m2 + m3. `row` is how far rows of results are apart.
INLINE void square_to_results(int rows, int columns, const float *from, int64_t step, vector_float bias, int64_t row, float *to) {
    vector_float half[2][4];
#pragma clang loop unroll(full)
    for (int i = 0; i < columns + 2; i++) {
        vector_float m[4];
#pragma clang loop unroll(full)
        for (int j = 0; j < rows + 2; j++) m[j] = load_float(from + (4 * j + i) * step);
        half[0][i] = m[0] + m[1] + m[2];
        if (rows == 2) half[1][i] = m[1] - m[2] + m[3];
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < rows; j++, to += row) {
        store_float(to, half[j][0] + half[j][1] + half[j][2] + bias);
        if (columns == 2) store_float(to + LANES_float, half[j][1] - half[j][2] + half[j][3] + bias);
    }
}

// A vector of filters' sums to results of one image, [row, column, filter].
INLINE void frequencies_to_results(const winograd_order *order, int64_t image, const float *all, int64_t wide, int64_t step,
                                   vector_float bias, float *out) {
    int64_t row = (2 * order->columns + order->is_odd_right) * LANES_float;
    for (int64_t y = 0; y < order->rows + order->is_odd_below; y++, out += 2 * row) {
        const float *from = all + square_at(order, image, y) * wide, *half = all + half_square_at(order, image, y) * wide;
        float *to = out;
        bool is_whole = y < order->rows;
        for (int64_t x = 0; x < order->columns; x++, from += wide, to += 2 * LANES_float)
            if (is_whole) square_to_results(2, 2, from, step, bias, row, to);
            else square_to_results(1, 2, from, step, bias, row, to);
        if (!order->is_odd_right) continue;
        if (is_whole) square_to_results(2, 1, half, step, bias, row, to);
        else square_to_results(1, 1, half, step, bias, row, to);
    }
}

// One frequency of squares, if there are any, times that of a panel of weights. The panel that comes next, or none, is fetched
// meanwhile, a share beside each tile.
INLINE void multiply_squares(const winograd_steps *step, int64_t channels, int64_t count, const float *met, const float *weights,
                             int64_t wide, const float *next, float *sums) {
    enum { IN_LINE = 64 / (int)sizeof(float) };
    if (count == 0) return;
    int64_t rows_each = gradus_blocks(count, gradus_blocks(count, ROWS)), tiles = gradus_blocks(count, rows_each);
    int64_t lines = next == NULL ? 0 : gradus_blocks(least_float(channels, DEPTH) * wide, IN_LINE * tiles);
    for (int64_t channel = 0; channel < channels; channel += DEPTH)
        for (int64_t square = 0; square < count; square += rows_each)
            tiles_across_float[wide / LANES_float - 1][least_float(rows_each, count - square) - 1](
                least_float(channels - channel, DEPTH), met + square * step->wide + channel, step->wide, weights + channel * wide,
                wide, next == NULL ? NULL : next + channel * wide + square / rows_each * lines * IN_LINE, lines,
                channel > 0 ? sums + square * wide : NULL, wide, sums + square * wide, wide, 0);
}

// Sums of some filters, panels of them behind each other, to results. `plane` is the first filter's among all of an image.
INLINE void place_results(const gradus_piece_of_convolution *p, const gradus_region *region, const winograd_order *order,
                          int64_t plane, int64_t filters, const float *all_sums, int64_t step, const float *bias, float *all_out,
                          float *room) {
    int64_t rows = 2 * order->rows + order->is_odd_below, columns = 2 * order->columns + order->is_odd_right;
    bool is_whole = columns == p->columns;  // rows lie behind each other
    float *out = all_out + 2 * region->row * p->out_row + 2 * region->column;
    for (int64_t f = 0; f < filters; f += LANES_float) {
        int64_t count = least_float(LANES_float, filters - f), panel = f / COLUMNS_float;
        int64_t wide = panel_wide(filters - panel * COLUMNS_float);
        const float *sums = all_sums + panel * FREQUENCIES * step + f % COLUMNS_float;
        float start[LANES_float] = {0};
        if (bias != NULL)
            for (int64_t i = 0; i < count; i++) start[i] = bias[plane + f + i];
        for (int64_t image = 0; image < region->images; image++) {
            float *to = out + ((region->image + image) * p->groups * p->filters + plane + f) * p->out_plane;
            frequencies_to_results(order, image, sums, wide, step, load_float(start), room);
            for (int64_t y = 0; y < (is_whole ? 1 : rows); y++)
                filters_one_by_one_float(count, is_whole ? rows * columns : columns, room + y * columns * LANES_float,
                                         LANES_float, p->out_plane, to + y * p->out_row);
        }
    }
}

// Items [begin, end) of [groups, regions, blocks of filters].
static void winograd_run(int face, const gradus_convolution *c, const void *x_, const void *packed_, const void *bias, void *out,
                         void *scratch, int64_t begin, int64_t end) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    gradus_division d = squares_divided(&s);
    int64_t regions = d.count / d.filter_blocks / p.groups, panels = gradus_blocks(p.filters, COLUMNS_float);
    int64_t in_plane = p.height * p.width, in_image = p.groups * p.channels * in_plane;
    for (int64_t item = begin; item < end; item++) {
        int64_t filter = item % d.filter_blocks * d.filters_each, rest = item / d.filter_blocks, group = rest / regions;
        int64_t filter_end = least_float(filter + d.filters_each, p.filters);
        gradus_region region = gradus_region_number(&s, &d, rest % regions);
        winograd_order order = order_of(&region, p.rows, p.columns);
        winograd_steps step = steps_of(&s, order.count);
        int64_t some = filters_at_a_time(&s);
        float *met = scratch, *all_sums = met + FREQUENCIES * step.squares;
        float *room = all_sums + some / COLUMNS_float * FREQUENCIES * step.sums;
        const float *x = (const float *)x_ + region.image * in_image + group * p.channels * in_plane;
        for (int64_t image = 0; image < region.images; image++, x += in_image)
            for (int64_t channel = 0; channel < p.channels; channel += LANES_float) {
                channels_side_by_side(&p, &region, least_float(LANES_float, p.channels - channel), x + channel * in_plane, room);
                squares_to_frequencies(&region, &order, image, room, met + channel, step.wide, step.squares);
            }
        for (int64_t filters = filter; filters < filter_end; filters += some) {
            int64_t filters_end = least_float(filters + some, filter_end);
            for (int64_t e = 0; e < FREQUENCIES; e++) {
                int64_t square = first_square(&order, e), count = end_of_squares(&order, e) - square;
                for (int64_t f = filters; f < filters_end; f += COLUMNS_float) {
                    int64_t panel = group * panels + f / COLUMNS_float, wide = panel_wide(filter_end - f);
                    bool is_last = f + COLUMNS_float >= filters_end;  // the first panel's next frequency follows
                    int64_t after = is_last ? group * panels + filters / COLUMNS_float : panel + 1;
                    const float *weights = packed_;
                    multiply_squares(&step, p.channels, count, met + e * step.squares + square * step.wide,
                                     weights + (panel * FREQUENCIES + e) * step.weights, wide,
                                     some > COLUMNS_float ? weights + (after * FREQUENCIES + e + is_last) * step.weights : NULL,
                                     all_sums + ((f - filters) / COLUMNS_float * FREQUENCIES + e) * step.sums + square * wide);
                }
            }
            place_results(&p, &region, &order, group * p.filters + filters, filters_end - filters, all_sums, step.sums, bias, out, room);
        }
    }
}
