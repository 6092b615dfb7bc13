// Winograd's filtering where squares are fewer than filters, as of small planes behind many channels: the weights are then most of
// what is read, and their frequencies would be written once, and read from beyond the second-level cache. Included by each path
// for float.
//
// So what is packed, once for all threads, are the frequencies of the squares. Whoever computes some filters turns their weights,
// a block of channels at a time, and multiplies them with all squares of a region while they are near the core, as the sums
// are, to which the next block is added.

enum { FEW_SQUARES = 128, FEW_CHANNELS = 64, FEW_FILTERS = 64, FEW_PANELS = FEW_FILTERS / COLUMNS_float };

typedef struct {
    gradus_piece_of_convolution piece, squares;
    gradus_division division;
    int64_t regions, filter_blocks, vectors;  // vectors: of channels
    int64_t step, block, region;              // how far frequencies, blocks of channels and regions are apart, of squares
    int64_t weights, sums, room;              // how far frequencies are apart, of weights and of sums; size of a room
} winograd_few_plan;

static winograd_few_plan winograd_few_planned(int face, const gradus_convolution *c) {
    winograd_few_plan plan = {.piece = gradus_piece_number(face, c, 0)};
    const gradus_piece_of_convolution *p = &plan.piece;
    plan.squares = squares_of(p);
    plan.division = gradus_divided(&plan.squares, FEW_SQUARES, COLUMNS_float);
    plan.regions = plan.division.image_blocks * plan.division.row_blocks * plan.division.column_blocks;
    plan.filter_blocks = gradus_blocks(p->filters, FEW_FILTERS);
    plan.vectors = gradus_blocks(p->channels, LANES_float);
    gradus_region region = gradus_region_number(&plan.squares, &plan.division, 0);
    int64_t count = region.images * region.rows * region.columns;
    plan.step = count * FEW_CHANNELS + LANES_float;  // not by a multiple of pages, as in steps_of
    plan.block = FREQUENCIES * plan.step;
    plan.region = gradus_blocks(p->channels, FEW_CHANNELS) * plan.block;
    plan.weights = FEW_CHANNELS * COLUMNS_float + LANES_float;
    plan.sums = count * COLUMNS_float + LANES_float;
    plan.room = (2 * region.rows + 2) * (2 * region.columns + 2) * LANES_float;
    return plan;
}

static int64_t winograd_few_packed_size(int face, const gradus_convolution *c) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    return plan.piece.groups * plan.regions * plan.region;
}

static int64_t winograd_few_slices(int face, const gradus_convolution *c) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    return plan.piece.groups * plan.regions * plan.vectors;
}

static int64_t winograd_few_items(int face, const gradus_convolution *c) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    return plan.division.count == 0 ? 0 : plan.piece.groups * plan.regions * plan.filter_blocks;
}

static int64_t winograd_few_scratch(int face, const gradus_convolution *c) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    return FEW_PANELS * FREQUENCIES * (plan.weights + plan.sums) + plan.room;
}

// Squares as [group, region, block of FEW_CHANNELS channels, frequency, square, channel]. Items [begin, end) of [groups, regions,
// vectors of channels].
static void winograd_few_pack(int face, const gradus_convolution *c, const void *x_, void *packed, void *room, int64_t begin,
                              int64_t end) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    const gradus_piece_of_convolution *p = &plan.piece;
    int64_t in_plane = p->height * p->width, in_image = p->groups * p->channels * in_plane;
    for (int64_t item = begin; item < end; item++) {
        int64_t channel = item % plan.vectors * LANES_float, number = item / plan.vectors;
        gradus_region region = gradus_region_number(&plan.squares, &plan.division, number % plan.regions);
        const float *x = (const float *)x_ + region.image * in_image + (number / plan.regions * p->channels + channel) * in_plane;
        winograd_order order = order_of(&region, p->rows, p->columns);
        float *to = (float *)packed + number * plan.region + channel / FEW_CHANNELS * plan.block + channel % FEW_CHANNELS;
        for (int64_t image = 0; image < region.images; image++, x += in_image) {
            channels_side_by_side(p, &region, least_float(LANES_float, p->channels - channel), x, room);
            squares_to_frequencies(&region, &order, image, room, to, FEW_CHANNELS, plan.step);
        }
    }
}

// A block of channels of all squares times the weights of some filters, which lie as in `scratch`.
INLINE void multiply_few_squares(const winograd_few_plan *plan, const winograd_order *order, int64_t channels, int64_t filters,
                                 const float *met, const float *weights, bool add, float *sums) {
    for (int64_t e = 0; e < FREQUENCIES; e++) {
        int64_t square = first_square(order, e), end = end_of_squares(order, e), count = end - square;
        int64_t tiles = gradus_blocks(count, ROWS), rows_each = tiles == 0 ? 0 : gradus_blocks(count, tiles);
        int64_t last = square + tiles * rows_each;
        for (; square < end; square += rows_each) {
            const float *from = met + e * plan->step + square * FEW_CHANNELS;
            int64_t rows = least_float(rows_each, end - square), ahead = square + 2 * rows_each;
            // The squares after the next ones are fetched, once: all come from far away.
            const float *next = ahead < last ? from + 2 * rows_each * FEW_CHANNELS
                                             : met + (e + 1) * plan->step + (first_square(order, e + 1) + ahead - last) * FEW_CHANNELS;
            for (int64_t f = 0; f < filters; f += COLUMNS_float) {
                int64_t panel = f / COLUMNS_float * FREQUENCIES + e, wide = panel_wide(filters - f);
                float *to = sums + panel * plan->sums + square * wide;
                tiles_across_float[wide / LANES_float - 1][rows - 1](
                    channels, from, FEW_CHANNELS, weights + panel * plan->weights, wide, next,
                    f == 0 ? rows * FEW_CHANNELS * (int64_t)sizeof(float) / 64 : 0, add ? to : NULL, wide, to, wide, 0);
            }
        }
    }
}

// Items [begin, end) of [groups, regions, blocks of FEW_FILTERS filters].
static void winograd_few_run(int face, const gradus_convolution *c, const void *w_, const void *packed, const void *bias, void *out,
                             void *scratch, int64_t begin, int64_t end) {
    winograd_few_plan plan = winograd_few_planned(face, c);
    const gradus_piece_of_convolution *p = &plan.piece;
    float *weights = scratch, *sums = weights + FEW_PANELS * FREQUENCIES * plan.weights;
    float *room = sums + FEW_PANELS * FREQUENCIES * plan.sums;
    for (int64_t item = begin; item < end; item++) {
        int64_t filter = item % plan.filter_blocks * FEW_FILTERS, number = item / plan.filter_blocks, group = number / plan.regions;
        int64_t filters = least_float(FEW_FILTERS, p->filters - filter);
        gradus_region region = gradus_region_number(&plan.squares, &plan.division, number % plan.regions);
        winograd_order order = order_of(&region, p->rows, p->columns);
        const float *w = (const float *)w_ + group * p->w_group + filter * p->w_filter + p->w_first;
        const float *met = (const float *)packed + number * plan.region;
        for (int64_t channel = 0; channel < p->channels; channel += FEW_CHANNELS, met += plan.block) {
            int64_t channels = least_float(FEW_CHANNELS, p->channels - channel);
            for (int64_t f = 0; f < filters; f += COLUMNS_float)
                weights_to_frequencies(p, least_float(COLUMNS_float, filters - f), channels,
                                       w + f * p->w_filter + channel * p->w_channel,
                                       weights + f / COLUMNS_float * FREQUENCIES * plan.weights, plan.weights);
            multiply_few_squares(&plan, &order, channels, filters, met, weights, channel > 0, sums);
        }
        place_results(p, &region, &order, group * p->filters + filter, filters, sums, plan.sums, bias, out, room);
    }
}
