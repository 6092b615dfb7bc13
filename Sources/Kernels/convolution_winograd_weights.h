// The gradient in the weights of 3 by 3 windows that move by 1, by the transpose of Winograd's filtering F(2x2, 3x3): two by two
// upstream elements and the square of 4 by 4 that they met give nine sums by 16 products instead of 36. Included by each path
// for float.
//
// As the three faces of a convolution are one trilinear form, so are those of the filtering: where results are
// A' [(G w G') * (B' d B)] A, the gradient in w is G' [(B' d B) * (A u A')] G. Both squares are turned into 16 "frequencies",
// whose products are summed over squares and images, and only the sums are turned back. Here frequencies lie with channels, or
// filters, side by side, so that no width of the images is too small for vectors.

enum { SQUARES = 128, CHANNELS_EACH = 64, PLACES = 9, SOME = 16 };

// Items: sums over some regions, of one group and one block of channels.
typedef struct {
    gradus_piece_of_convolution squares;
    gradus_division division;
    int64_t regions, splits, channels_each, channel_blocks;
    int64_t count, panels;  // squares of the largest region; panels of filters whose sums are kept
} winograd_weight_division;

INLINE winograd_weight_division winograd_weights_divided(const gradus_convolution *c) {
    winograd_weight_division w;
    int64_t size = gradus_most(c->groups * c->filters * c->channels * PLACES, 1);
    w.squares = gradus_forward_piece(c);
    w.squares.rows = gradus_blocks(c->out_height, 2);
    w.squares.columns = gradus_blocks(c->out_width, 2);
    w.division = gradus_divided(&w.squares, SQUARES, ROWS);
    w.regions = w.division.image_blocks * w.division.row_blocks * w.division.column_blocks;
    w.splits = gradus_most(1, gradus_least(gradus_least(w.regions, 16), (1 << 21) / size));
    int64_t blocks = gradus_blocks(c->channels, CHANNELS_EACH);
    w.channels_each = gradus_blocks(gradus_blocks(c->channels, blocks), LANES_float) * LANES_float;
    w.channel_blocks = gradus_blocks(c->channels, w.channels_each);
    gradus_region region = gradus_region_number(&w.squares, &w.division, 0);
    w.count = region.images * region.rows * region.columns;
    w.panels = w.splits == w.regions ? 1 : gradus_blocks(c->filters, COLUMNS_float);
    return w;
}

// How far frequencies are apart: not a multiple of pages, so that 16 of them do not compete for few places of the first-level
// cache.
INLINE int64_t frequency_step(int64_t count, int64_t wide) { return count * wide + 16; }

static void winograd_weight_sizes(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch) {
    winograd_weight_division w = winograd_weights_divided(c);
    gradus_region region = gradus_region_number(&w.squares, &w.division, 0);
    *splits = w.splits;
    *items = w.splits * c->groups * w.channel_blocks;
    *scratch = FREQUENCIES * (frequency_step(w.count, w.channels_each) + frequency_step(w.count, COLUMNS_float) +
                              w.panels * frequency_step(w.channels_each, COLUMNS_float)) +
               region.images * (2 * region.rows + 2) * (2 * region.columns + 2) * LANES_float;
}

// Some rows and columns of `count` planes of each image, position by position with the planes side by side, and zeros outside of
// them. x is the first plane of the first image; of planes that are not there stands something.
static void turn_to_room(int64_t images, int64_t image_size, int64_t count, int64_t height, int64_t width, int64_t top,
                         int64_t left, int64_t rows, int64_t columns, const float *x, float *out) {
    int64_t from, to;
    inside_float(left, 1, width, columns, &from, &to);
    bool is_whole = from == 0 && to == width && columns == width && top >= 0 && top + rows <= height;
    for (int64_t image = 0; image < images; image++, x += image_size) {
        if (is_whole) {
            turn_run_float(rows * width, count, LANES_float, x + top * width, height * width, out);
            out += rows * width * LANES_float;
            continue;
        }
        for (int64_t y = top; y < top + rows; y++, out += columns * LANES_float) {
            if (y < 0 || y >= height || from >= to) {
                memset(out, 0, (size_t)(columns * LANES_float) * sizeof(float));
                continue;
            }
            for (int64_t i = 0; i < from; i++) store_float(out + i * LANES_float, (vector_float){0});
            turn_run_float(to - from, count, LANES_float, x + y * width + left + from, height * width,
                           out + from * LANES_float);
            for (int64_t i = to; i < columns; i++) store_float(out + i * LANES_float, (vector_float){0});
        }
    }
}

// A vector of channels' frequencies, image by image.
INLINE void input_frequencies(const gradus_region *region, const winograd_order *order, const float *room, float *out, int64_t wide,
                              int64_t step) {
    int64_t plane = (2 * region->rows + 2) * (2 * region->columns + 2) * LANES_float;
    for (int64_t image = 0; image < region->images; image++)
        squares_to_frequencies(region, order, image, room + image * plane, out, wide, step);
}

// A vector of filters' frequencies: along one axis u0, u0 + u1, u0 - u1, u1.
INLINE void upstream_frequencies(const gradus_region *region, const winograd_order *order, const float *room, float *all_out,
                                 int64_t wide, int64_t step) {
    int64_t row = 2 * region->columns * LANES_float;
    for (int64_t y = 0; y < region->images * region->rows; y++, room += row) {
        int64_t image = y / region->rows;
        float *out = all_out + square_at(order, image, y % region->rows) * wide;
        for (int64_t x = 0; x < region->columns; x++, room += 2 * LANES_float, out += wide) {
            if (x == order->columns) out = all_out + half_square_at(order, image, y % region->rows) * wide;
            vector_float half[4][2];
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++) {
                vector_float above = load_float(room + i * LANES_float), below = load_float(room + row + i * LANES_float);
                half[0][i] = above;
                half[1][i] = above + below;
                half[2][i] = above - below;
                half[3][i] = below;
            }
#pragma clang loop unroll(full)
            for (int j = 0; j < 4; j++) {
                float *to = out + 4 * j * step;
                store_float(to, half[j][0]);
                store_float(to + step, half[j][0] + half[j][1]);
                store_float(to + 2 * step, half[j][0] - half[j][1]);
                store_float(to + 3 * step, half[j][1]);
            }
        }
    }
}

// A vector of sums of frequencies, `step` apart, to the nine taps: along one axis m0 + (m1 + m2) / 2, (m1 - m2) / 2,
// (m1 + m2) / 2 + m3.
INLINE void sums_to_taps(const float *sums, int64_t step, float *out) {
    vector_float m[4][4], half[3][4];
#pragma clang loop unroll(full)
    for (int y = 0; y < 4; y++)
#pragma clang loop unroll(full)
        for (int x = 0; x < 4; x++) m[y][x] = load_float(sums + (4 * y + x) * step);
#pragma clang loop unroll(full)
    for (int x = 0; x < 4; x++) {
        vector_float both = 0.5f * (m[1][x] + m[2][x]);
        half[0][x] = m[0][x] + both;
        half[1][x] = 0.5f * (m[1][x] - m[2][x]);
        half[2][x] = both + m[3][x];
    }
#pragma clang loop unroll(full)
    for (int y = 0; y < 3; y++) {
        vector_float both = 0.5f * (half[y][1] + half[y][2]);
        store_float(out + 3 * y * LANES_float, half[y][0] + both);
        store_float(out + (3 * y + 1) * LANES_float, 0.5f * (half[y][1] - half[y][2]));
        store_float(out + (3 * y + 2) * LANES_float, both + half[y][3]);
    }
}

// A panel's sums to the taps of so many channels and filters, those of two filters `apart`.
INLINE void place_taps(int64_t channels, int64_t filters, const float *sums, int64_t step, int64_t apart, float *out) {
    float taps[SOME * PLACES * LANES_float];
    for (int64_t f = 0; f < filters; f += LANES_float)
        for (int64_t k = 0; k < channels; k += SOME) {
            int64_t some = least_float(SOME, channels - k);
            for (int64_t i = 0; i < some; i++)
                sums_to_taps(sums + (k + i) * COLUMNS_float + f, step, taps + i * PLACES * LANES_float);
            turn_sums_float(some * PLACES, least_float(LANES_float, filters - f), LANES_float, taps, apart,
                            out + f * apart + k * PLACES);
        }
}

// Items [begin, end) of [splits, groups, blocks of channels], to the same partial sums as the plain way's.
static void winograd_weight_gradient(const gradus_convolution *c, const void *x_, const void *upstream_, void *partial_,
                                     void *scratch, int64_t begin, int64_t end) {
    winograd_weight_division w = winograd_weights_divided(c);
    int64_t plane = c->height * c->width, out_plane = c->out_height * c->out_width;
    int64_t step_x = frequency_step(w.count, w.channels_each), step_u = frequency_step(w.count, COLUMNS_float);
    float *met = scratch, *upstream = met + FREQUENCIES * step_x, *all_sums = upstream + FREQUENCIES * step_u;
    int64_t step_sums = frequency_step(w.channels_each, COLUMNS_float);
    float *room = all_sums + w.panels * FREQUENCIES * step_sums;
    for (int64_t item = begin; item < end; item++) {
        int64_t channel = item % w.channel_blocks * w.channels_each, rest = item / w.channel_blocks;
        int64_t group = rest % c->groups, split = rest / c->groups;
        int64_t channels = least_float(w.channels_each, c->channels - channel);
        int64_t rows_each = gradus_blocks(channels, gradus_blocks(channels, ROWS));
        int64_t first_region = w.regions * split / w.splits, end_region = w.regions * (split + 1) / w.splits;
        float *out = (float *)partial_ + ((split * c->groups + group) * c->filters * c->channels + channel) * PLACES;
        for (int64_t r = first_region; r < end_region; r++) {
            gradus_region region = gradus_region_number(&w.squares, &w.division, r);
            winograd_order order = order_of(&region, c->out_height, c->out_width);
            const float *x = (const float *)x_ + ((region.image * c->groups + group) * c->channels + channel) * plane;
            const float *u = (const float *)upstream_ + (region.image * c->groups + group) * c->filters * out_plane;
            for (int64_t k = 0; k < channels; k += LANES_float) {
                turn_to_room(region.images, c->groups * c->channels * plane, channels - k, c->height, c->width,
                             2 * region.row - c->padding_y, 2 * region.column - c->padding_x, 2 * region.rows + 2,
                             2 * region.columns + 2, x + k * plane, room);
                input_frequencies(&region, &order, room, met + k, w.channels_each, step_x);
            }
            for (int64_t f = 0; f < c->filters; f += COLUMNS_float) {
                int vectors = c->filters - f > LANES_float ? 2 : 1;
                float *sums = all_sums + (w.panels == 1 ? 0 : f / COLUMNS_float) * FREQUENCIES * step_sums;
                for (int i = 0; i < vectors; i++) {
                    int64_t first = f + i * LANES_float;
                    turn_to_room(region.images, c->groups * c->filters * out_plane, c->filters - first, c->out_height,
                                 c->out_width, 2 * region.row, 2 * region.column, 2 * region.rows, 2 * region.columns,
                                 u + first * out_plane, room);
                    upstream_frequencies(&region, &order, room, upstream + i * LANES_float, vectors * LANES_float, step_u);
                }
                for (int64_t e = 0; e < FREQUENCIES; e++) {
                    // The last frequency of half a square is zero.
                    int64_t square = first_square(&order, e), count = end_of_squares(&order, e) - square;
                    for (int64_t k = 0; k < channels; k += rows_each)
                        tiles_along_float[vectors - 1][least_float(rows_each, channels - k) - 1](
                            count, met + e * step_x + square * w.channels_each + k, w.channels_each,
                            upstream + e * step_u + square * vectors * LANES_float, vectors * LANES_float, NULL, 0,
                            r > first_region ? sums + e * step_sums + k * COLUMNS_float : NULL, COLUMNS_float,
                            sums + e * step_sums + k * COLUMNS_float, COLUMNS_float, 0);
                }
                if (r + 1 == end_region)  // while the panel's sums are near the core
                    place_taps(channels, least_float(COLUMNS_float, c->filters - f), sums, step_sums, c->channels * PLACES,
                               out + f * c->channels * PLACES);
            }
        }
    }
}
