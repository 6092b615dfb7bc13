// How a convolution is cut up. Both the convolution and its gradient in the input are, for this, a product of packed weights
// with what a window meets as it moves over planes: the gradient's window moves over the upstream gradient, by a kernel turned
// around. With strides the gradient falls into stride_y * stride_x pieces, each a window that moves by steps of 1 and whose
// results lie a stride apart (every row and column of the input meets only every stride-th tap).
#ifndef GRADUS_CONVOLUTION_PLAN_H
#define GRADUS_CONVOLUTION_PLAN_H

#include "convolution.h"

typedef struct {
    int64_t images, groups, channels, height, width;  // what is read; channels of a group
    int64_t taps_y, taps_x, step_y, step_x;           // the window: how many taps, how far apart
    int64_t stride_y, stride_x, from_y, from_x;       // how it moves, and where its first tap begins
    int64_t filters, rows, columns;                   // results; filters of a group
    int64_t out_plane, out_row, out_column, out_first;
    int64_t w_group, w_filter, w_channel, w_first, w_y, w_x;  // where the weights lie
} gradus_piece_of_convolution;

// A part of the results of a piece: of some images (whole planes), or of one, some rows of it or a part of one row.
typedef struct { int64_t image, images, row, rows, column, columns; } gradus_region;

// How the results are shared out: regions, each for one group and one block of filters.
typedef struct {
    int64_t images_each, rows_each, columns_each, image_blocks, row_blocks, column_blocks;
    int64_t filters_each, filter_blocks;  // filters_each is a multiple of `rows` of a tile
    int64_t count;                        // of items, all groups
} gradus_division;

static inline int64_t gradus_least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t gradus_most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t gradus_blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }
static inline int64_t gradus_common_divisor(int64_t a, int64_t b) {
    while (b) { int64_t rest = a % b; a = b; b = rest; }
    return a;
}

static inline gradus_piece_of_convolution gradus_forward_piece(const gradus_convolution *c) {
    int64_t places = c->kernel_height * c->kernel_width, taps = c->channels * places;
    return (gradus_piece_of_convolution){
        .images = c->images, .groups = c->groups, .channels = c->channels, .height = c->height, .width = c->width,
        .taps_y = c->kernel_height, .taps_x = c->kernel_width, .step_y = c->dilation_y, .step_x = c->dilation_x,
        .stride_y = c->stride_y, .stride_x = c->stride_x, .from_y = -c->padding_y, .from_x = -c->padding_x,
        .filters = c->filters, .rows = c->out_height, .columns = c->out_width,
        .out_plane = c->out_height * c->out_width, .out_row = c->out_width, .out_column = 1, .out_first = 0,
        .w_group = c->filters * taps, .w_filter = taps, .w_channel = places, .w_first = 0, .w_y = c->kernel_width, .w_x = 1};
}

// Along one axis, for inputs at `remainder` and every stride further: which taps they meet (the last of them first), and where
// in the upstream gradient.
typedef struct { int64_t taps, last, apart, from, step; } gradus_turned;

static inline gradus_turned gradus_turned_axis(int64_t remainder, int64_t kernel, int64_t stride, int64_t padding,
                                               int64_t dilation) {
    int64_t common = gradus_common_divisor(stride, dilation);
    gradus_turned t = {0, 0, stride / common, 0, dilation / common};
    for (int64_t i = 0; i < kernel; i++)
        if ((remainder + padding - i * dilation) % stride == 0) { t.taps++; t.last = i; }
    t.from = (remainder + padding - t.last * dilation) / stride;
    return t;
}

static inline gradus_piece_of_convolution gradus_input_gradient_piece(const gradus_convolution *c, int64_t number) {
    int64_t y = number / c->stride_x, x = number % c->stride_x;
    gradus_turned down = gradus_turned_axis(y, c->kernel_height, c->stride_y, c->padding_y, c->dilation_y);
    gradus_turned across = gradus_turned_axis(x, c->kernel_width, c->stride_x, c->padding_x, c->dilation_x);
    int64_t places = c->kernel_height * c->kernel_width, taps = c->channels * places;
    return (gradus_piece_of_convolution){
        .images = c->images, .groups = c->groups, .channels = c->filters, .height = c->out_height, .width = c->out_width,
        .taps_y = down.taps, .taps_x = across.taps, .step_y = down.step, .step_x = across.step,
        .stride_y = 1, .stride_x = 1, .from_y = down.from, .from_x = across.from,
        .filters = c->channels,
        .rows = y < c->height ? gradus_blocks(c->height - y, c->stride_y) : 0,
        .columns = x < c->width ? gradus_blocks(c->width - x, c->stride_x) : 0,
        .out_plane = c->height * c->width, .out_row = c->stride_y * c->width, .out_column = c->stride_x,
        .out_first = y * c->width + x,
        .w_group = c->filters * taps, .w_filter = places, .w_channel = taps,
        .w_first = down.last * c->kernel_width + across.last, .w_y = -down.apart * c->kernel_width, .w_x = -across.apart};
}

static inline int64_t gradus_piece_count(int face, const gradus_convolution *c) {
    return face == GRADUS_INPUT_GRADIENT ? c->stride_y * c->stride_x : 1;
}
static inline gradus_piece_of_convolution gradus_piece_number(int face, const gradus_convolution *c, int64_t number) {
    return face == GRADUS_INPUT_GRADIENT ? gradus_input_gradient_piece(c, number) : gradus_forward_piece(c);
}
static inline int64_t gradus_piece_terms(const gradus_piece_of_convolution *p) { return p->channels * p->taps_y * p->taps_x; }

// Regions of some `positions` results a channel, in rows of like number; at least 8 items where filters, tile_rows at a
// time, make that many.
static inline gradus_division gradus_divided(const gradus_piece_of_convolution *p, int64_t positions, int64_t tile_rows) {
    gradus_division d = {1, p->rows, p->columns, p->images, 1, 1, p->filters, 1, 0};
    int64_t plane = p->rows * p->columns;
    if (plane == 0 || p->images == 0) return d;
    if (plane <= positions) {
        d.images_each = gradus_most(1, gradus_least(positions / plane, p->images));
        d.image_blocks = gradus_blocks(p->images, d.images_each);
    } else if (p->columns > 2 * positions) {
        d.rows_each = 1;
        d.row_blocks = p->rows;
        d.columns_each = positions;
        d.column_blocks = gradus_blocks(p->columns, positions);
    } else {
        d.rows_each = gradus_blocks(p->rows, gradus_blocks(plane, positions));
        d.row_blocks = gradus_blocks(p->rows, d.rows_each);
    }
    int64_t regions = d.image_blocks * d.row_blocks * d.column_blocks, items = regions * p->groups;
    int64_t wanted = gradus_least(gradus_blocks(8, items), gradus_blocks(p->filters, 4 * tile_rows));
    d.filters_each = gradus_blocks(gradus_blocks(p->filters, wanted), tile_rows) * tile_rows;
    d.filter_blocks = gradus_blocks(p->filters, d.filters_each);
    d.count = items * d.filter_blocks;
    return d;
}

static inline gradus_region gradus_region_number(const gradus_piece_of_convolution *p, const gradus_division *d,
                                                 int64_t number) {
    int64_t column = number % d->column_blocks * d->columns_each, rest = number / d->column_blocks;
    int64_t row = rest % d->row_blocks * d->rows_each, image = rest / d->row_blocks * d->images_each;
    return (gradus_region){image, gradus_least(d->images_each, p->images - image),
                           row,   gradus_least(d->rows_each, p->rows - row),
                           column, gradus_least(d->columns_each, p->columns - column)};
}

// How what a region reads is kept: a copy of its rows with the padding in it, so that no tap need ask where it lies. Rows and
// columns that are met together, a stride apart, lie side by side: [channel, image, phase of rows, phase of columns, row, column].
// Or where it lies in x, if no window meets padding and they move by 1.
typedef struct {
    bool is_image;                        // read where it lies
    int64_t phases_y, phases_x, rows, columns;
    int64_t phase, image, plane;          // what lies between two phases of columns, images and channels
} gradus_room;

static inline bool gradus_meets_no_padding(const gradus_piece_of_convolution *p) {
    return p->stride_y == 1 && p->stride_x == 1 && p->from_y >= 0 && p->from_x >= 0 &&
           p->from_y + p->rows + (p->taps_y - 1) * p->step_y <= p->height &&
           p->from_x + p->columns + (p->taps_x - 1) * p->step_x <= p->width;
}

static inline gradus_room gradus_room_for(const gradus_piece_of_convolution *p, const gradus_region *r) {
    gradus_room room = {.is_image = false};
    int64_t reach_y = gradus_most(p->taps_y - 1, 0) * p->step_y, reach_x = gradus_most(p->taps_x - 1, 0) * p->step_x;
    room.phases_y = gradus_least(p->stride_y, reach_y + 1);
    room.phases_x = gradus_least(p->stride_x, reach_x + 1);
    room.rows = r->rows + reach_y / p->stride_y;
    room.columns = r->columns + reach_x / p->stride_x;
    room.phase = room.rows * room.columns;
    room.image = room.phases_y * room.phases_x * room.phase;
    room.plane = r->images * room.image;
    return room;
}

static inline gradus_room gradus_room_in_image(const gradus_piece_of_convolution *p) {
    int64_t plane = p->height * p->width;
    return (gradus_room){true, 1, 1, p->height, p->width, plane, p->groups * p->channels * plane, plane};
}

// Where a tap lies from the first, in the first channel.
static inline int64_t gradus_tap_in_room(const gradus_piece_of_convolution *p, const gradus_room *room, int64_t y, int64_t x) {
    y *= p->step_y;
    x *= p->step_x;
    return (y % p->stride_y * room->phases_x + x % p->stride_x) * room->phase + y / p->stride_y * room->columns + x / p->stride_x;
}

#endif
