// The gradient of a convolution in its input the other way round: each upstream element times the kernel is added to where it
// came from. Nothing meets padding, and few channels are no hindrance: rows of tiles are taps. Included by each path once an
// element type.

static int64_t NAME(spread_scratch)(const gradus_convolution *c) {
    return gradus_blocks(c->channels * c->kernel_height * c->kernel_width, ROWS) * ROWS * c->filters;
}

// Adds row i of a tile, the products of tap first + i with the upstream at positions [position, position + columns).
INLINE void NAME(add_taps)(const gradus_convolution *c, int64_t first, int64_t taps, int64_t position, int64_t columns,
                           const T *tile, T *image) {
    for (int64_t i = 0; i < taps; i++, tile += NAME(COLUMNS)) {
        int64_t tap = first + i, row = tap / c->kernel_width;
        int64_t offset = tap % c->kernel_width * c->dilation_x - c->padding_x, from, to;
        T *plane = image + row / c->kernel_height * c->height * c->width;
        NAME(inside)(offset, c->stride_x, c->width, c->out_width, &from, &to);
        int64_t y = position / c->out_width, x = position % c->out_width;
        for (int64_t at = 0; at < columns; y++, x = 0) {
            int64_t end = NAME(least)(c->out_width, x + columns - at);
            int64_t input_y = y * c->stride_y + row % c->kernel_height * c->dilation_y - c->padding_y;
            if (input_y >= 0 && input_y < c->height) {
                T *line = plane + input_y * c->width + offset;
                const T *sums = tile + at - x;
                int64_t last = NAME(least)(to, end), next = gradus_most(from, x);
                if (c->stride_x == 1)
                    for (int64_t q = next; q < last; q++) line[q] += sums[q];
                else
                    for (int64_t q = next; q < last; q++) line[q * c->stride_x] += sums[q];
            }
            at += end - x;
        }
    }
}

// Items [begin, end) of [images, groups].
static void NAME(spread)(const gradus_convolution *c, const void *upstream, const void *w, const void *bias_, void *out,
                         void *scratch, int64_t begin, int64_t end) {
    T panel[DEPTH * NAME(COLUMNS)], tile[ROWS * NAME(COLUMNS)], *packed = scratch;
    const T *bias = bias_;
    int64_t taps = c->channels * c->kernel_height * c->kernel_width, positions = c->out_height * c->out_width;
    int64_t plane = c->height * c->width;
    for (int64_t item = begin; item < end; item++) {
        int64_t group = item % c->groups;
        const T *from = (const T *)upstream + item * c->filters * positions;
        T *image = (T *)out + item * c->channels * plane;
        for (int64_t k = 0; k < c->channels; k++)
            for (int64_t i = 0; i < plane; i++) image[k * plane + i] = bias ? bias[group * c->channels + k] : 0;
        for (int64_t tap = 0; tap < taps; tap += ROWS)
            NAME(pack)(c->filters, NAME(least)(taps - tap, ROWS), ROWS, false,
                       (const T *)w + group * c->filters * taps + tap, 1, taps, packed + tap * c->filters);
        for (int64_t position = 0; position < positions; position += NAME(COLUMNS)) {
            int64_t columns = NAME(least)(positions - position, NAME(COLUMNS));
            int vectors = columns > NAME(LANES) ? 2 : 1;
            for (int64_t filter = 0; filter < c->filters; filter += DEPTH) {
                int64_t depth = NAME(least)(c->filters - filter, DEPTH);
                NAME(pack)(depth, columns, NAME(COLUMNS), true, from + filter * positions + position, 1, positions, panel);
                for (int64_t tap = 0; tap < taps; tap += ROWS) {
                    int64_t rows = NAME(least)(taps - tap, ROWS);
                    NAME(tiles_along)[vectors - 1][rows - 1](depth, packed + tap * c->filters + filter * ROWS, ROWS, panel,
                                                             NAME(COLUMNS), NULL, 0, NULL, 0, tile, NAME(COLUMNS), 0);
                    NAME(add_taps)(c, tap, rows, position, columns, tile, image);
                }
            }
        }
    }
}
