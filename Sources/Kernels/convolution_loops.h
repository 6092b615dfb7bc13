// Included by convolution.c once for each element type T.

// c[i, j] += sum over k < depth of a[i, k] * b[k, j] for a tile of `rows` by `columns`, both known when this is compiled, of
// which `valid` columns are written. The sum over k is kept in registers and runs in order, whatever the tile.
static inline __attribute__((always_inline)) void NAME(multiply_tile)(
    int rows, int columns, int64_t valid, int64_t depth, const T *a, int64_t a_row, int64_t a_column, const T *b, T *c,
    int64_t c_row) {
    T sum[TILE_ROWS][TILE_COLUMNS] = {{0}};
    for (int64_t k = 0; k < depth; k++)
        for (int i = 0; i < rows; i++) {
            T value = a[i * a_row + k * a_column];
            for (int j = 0; j < columns; j++) sum[i][j] += value * b[k * COLUMNS + j];
        }
    for (int i = 0; i < rows; i++) {
        if (valid >= columns)
            for (int j = 0; j < columns; j++) c[i * c_row + j] += sum[i][j];
        else
            for (int64_t j = 0; j < valid; j++) c[i * c_row + j] += sum[i][j];
    }
}

// c[i, j] += sum over k < depth of a[i, k] * b[k, j], i < rows, j < columns. b is a block: rows of COLUMNS, of which what is
// beyond `columns` is readable up to a multiple of EDGE_COLUMNS.
static void NAME(multiply)(int64_t rows, int64_t columns, int64_t depth, const T *restrict a, int64_t a_row,
                           int64_t a_column, const T *restrict b, T *restrict c, int64_t c_row) {
    int64_t i = 0;
    for (; i + TILE_ROWS <= rows; i += TILE_ROWS) {
        const T *ai = a + i * a_row;
        T *ci = c + i * c_row;
        int64_t j = 0;
        for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS)
            NAME(multiply_tile)(TILE_ROWS, TILE_COLUMNS, TILE_COLUMNS, depth, ai, a_row, a_column, b + j, ci + j, c_row);
        for (; j < columns; j += EDGE_COLUMNS)
            NAME(multiply_tile)(TILE_ROWS, EDGE_COLUMNS, columns - j, depth, ai, a_row, a_column, b + j, ci + j, c_row);
    }
    for (; i < rows; i++) {
        const T *ai = a + i * a_row;
        T *ci = c + i * c_row;
        int64_t j = 0;
        for (; j + TILE_COLUMNS <= columns; j += TILE_COLUMNS)
            NAME(multiply_tile)(1, TILE_COLUMNS, TILE_COLUMNS, depth, ai, a_row, a_column, b + j, ci + j, c_row);
        for (; j < columns; j += EDGE_COLUMNS)
            NAME(multiply_tile)(1, EDGE_COLUMNS, columns - j, depth, ai, a_row, a_column, b + j, ci + j, c_row);
    }
}

// block[tap - first_tap, i] = what the tap meets at output position first + i, zero in the padding. `image` is the group's
// first channel.
static void NAME(gather)(const gradus_convolution *c, const T *image, int64_t first_tap, int64_t taps, int64_t first,
                         int64_t count, T *block) {
    for (int64_t t = 0; t < taps; t++) {
        place at = place_of(c, first_tap + t);
        const T *plane = image + at.channel * c->height * c->width;
        range inside = range_inside(at.x, c->stride_x, c->width);
        T *row = block + t * COLUMNS;
        int64_t y = first / c->out_width, x = first % c->out_width, i = 0;
        while (i < count) {
            int64_t end = x + smaller(c->out_width - x, count - i);
            int64_t input_y = y * c->stride_y + at.y, from = end, to = end;
            if (input_y >= 0 && input_y < c->height) {
                from = clamped(inside.first, x, end);
                to = clamped(inside.last, from, end);
            }
            int64_t input = input_y * c->width + at.x;  // used only at columns inside
            for (; x < from; x++) row[i++] = 0;
            if (c->stride_x == 1)
                for (; x < to; x++) row[i++] = plane[input + x];
            else
                for (; x < to; x++) row[i++] = plane[input + x * c->stride_x];
            for (; x < end; x++) row[i++] = 0;
            y++;
            x = 0;
        }
        for (; i % EDGE_COLUMNS != 0; i++) row[i] = 0;
    }
}

// The adjoint of gather: adds each element of the block to the place it would have come from.
static void NAME(scatter)(const gradus_convolution *c, const T *block, int64_t first_tap, int64_t taps, int64_t first,
                          int64_t count, T *image) {
    for (int64_t t = 0; t < taps; t++) {
        place at = place_of(c, first_tap + t);
        T *plane = image + at.channel * c->height * c->width;
        range inside = range_inside(at.x, c->stride_x, c->width);
        const T *row = block + t * COLUMNS;
        int64_t y = first / c->out_width, x = first % c->out_width, i = 0;
        while (i < count) {
            int64_t end = x + smaller(c->out_width - x, count - i);
            int64_t input_y = y * c->stride_y + at.y;
            if (input_y >= 0 && input_y < c->height) {
                int64_t from = clamped(inside.first, x, end), to = clamped(inside.last, from, end);
                int64_t input = input_y * c->width + at.x;
                if (c->stride_x == 1)
                    for (int64_t j = from; j < to; j++) plane[input + j] += row[i - x + j];
                else
                    for (int64_t j = from; j < to; j++) plane[input + j * c->stride_x] += row[i - x + j];
            }
            i += end - x;
            y++;
            x = 0;
        }
    }
}

static void NAME(convolve)(const gradus_convolution *c, const T *x, const T *w, const T *bias, T *out, int64_t begin,
                           int64_t end) {
    T block[DEPTH * COLUMNS];
    int64_t taps = c->channels * c->kernel_height * c->kernel_width;
    int64_t positions = c->out_height * c->out_width, position_blocks = blocks(positions, COLUMNS);
    for (int64_t item = begin; item < end; item++) {
        int64_t first = item % position_blocks * COLUMNS, count = smaller(COLUMNS, positions - first);
        int64_t plane = item / position_blocks, group = plane % c->groups;  // of [images, groups]
        const T *image = x + plane * c->channels * c->height * c->width;
        const T *filters = w + group * c->filters * taps;
        T *to = out + plane * c->filters * positions + first;
        for (int64_t f = 0; f < c->filters; f++) {
            T start = bias ? bias[group * c->filters + f] : 0;
            for (int64_t i = 0; i < count; i++) to[f * positions + i] = start;
        }
        for (int64_t tap = 0; tap < taps; tap += DEPTH) {
            int64_t depth = smaller(DEPTH, taps - tap);
            NAME(gather)(c, image, tap, depth, first, count, block);
            NAME(multiply)(c->filters, count, depth, filters + tap, taps, 1, block, to, positions);
        }
    }
}

static void NAME(input_gradient)(const gradus_convolution *c, const T *upstream, const T *w, const T *bias, T *out,
                                 int64_t begin, int64_t end) {
    T block[DEPTH * COLUMNS], met[COLUMNS * COLUMNS];
    int64_t places = c->kernel_height * c->kernel_width, taps = c->channels * places;
    int64_t positions = c->out_height * c->out_width, input = c->height * c->width;
    int64_t channel_blocks = blocks(c->channels, GRADUS_CONVOLUTION_CHANNELS);
    for (int64_t item = begin; item < end; item++) {
        int64_t channel = item % channel_blocks * GRADUS_CONVOLUTION_CHANNELS;
        int64_t channel_end = smaller(channel + GRADUS_CONVOLUTION_CHANNELS, c->channels);
        int64_t plane = item / channel_blocks, group = plane % c->groups;
        const T *filters = w + group * c->filters * taps;
        const T *from = upstream + plane * c->filters * positions;
        T *image = out + plane * c->channels * input;
        for (int64_t k = channel; k < channel_end; k++) {
            T start = bias ? bias[group * c->channels + k] : 0;
            for (int64_t i = 0; i < input; i++) image[k * input + i] = start;
        }
        for (int64_t first = 0; first < positions; first += COLUMNS)
            for (int64_t filter = 0; filter < c->filters; filter += DEPTH) {
                int64_t count = smaller(COLUMNS, positions - first), depth = smaller(DEPTH, c->filters - filter);
                for (int64_t f = 0; f < depth; f++) {
                    int64_t i = 0;
                    for (; i < count; i++) block[f * COLUMNS + i] = from[(filter + f) * positions + first + i];
                    for (; i % EDGE_COLUMNS != 0; i++) block[f * COLUMNS + i] = 0;
                }
                for (int64_t tap = channel * places; tap < channel_end * places; tap += COLUMNS) {
                    int64_t rows = smaller(COLUMNS, channel_end * places - tap);
                    for (int64_t i = 0; i < rows * COLUMNS; i++) met[i] = 0;
                    NAME(multiply)(rows, count, depth, filters + filter * taps + tap, 1, taps, block, met, COLUMNS);
                    NAME(scatter)(c, met, tap, rows, first, count, image);
                }
            }
    }
}

static void NAME(weight_gradient)(const gradus_convolution *c, int64_t splits, const T *x, const T *upstream,
                                  double *partial, int64_t begin, int64_t end) {
    T met[GRADUS_CONVOLUTION_TAPS * COLUMNS], block[COLUMNS * COLUMNS], product[GRADUS_CONVOLUTION_TAPS * COLUMNS];
    int64_t taps = c->channels * c->kernel_height * c->kernel_width, tap_blocks = blocks(taps, GRADUS_CONVOLUTION_TAPS);
    int64_t positions = c->out_height * c->out_width;
    for (int64_t item = begin; item < end; item++) {
        int64_t tap = item % tap_blocks * GRADUS_CONVOLUTION_TAPS, rows = smaller(GRADUS_CONVOLUTION_TAPS, taps - tap);
        int64_t group = item / tap_blocks % c->groups, split = item / tap_blocks / c->groups;
        double *sum = partial + ((split * c->groups + group) * taps + tap) * c->filters;
        for (int64_t i = 0; i < rows * c->filters; i++) sum[i] = 0;
        for (int64_t n = c->images * split / splits; n < c->images * (split + 1) / splits; n++)
            for (int64_t first = 0; first < positions; first += COLUMNS) {
                int64_t plane = n * c->groups + group, count = smaller(COLUMNS, positions - first);
                NAME(gather)(c, x + plane * c->channels * c->height * c->width, tap, rows, first, count, met);
                for (int64_t filter = 0; filter < c->filters; filter += COLUMNS) {
                    const T *from = upstream + (plane * c->filters + filter) * positions + first;
                    int64_t columns = smaller(COLUMNS, c->filters - filter);
                    for (int64_t i = 0; i < count; i++) {
                        int64_t f = 0;
                        for (; f < columns; f++) block[i * COLUMNS + f] = from[f * positions + i];
                        for (; f % EDGE_COLUMNS != 0; f++) block[i * COLUMNS + f] = 0;
                    }
                    for (int64_t i = 0; i < rows * COLUMNS; i++) product[i] = 0;
                    NAME(multiply)(rows, columns, count, met, COLUMNS, 1, block, product, COLUMNS);
                    for (int64_t t = 0; t < rows; t++)
                        for (int64_t f = 0; f < columns; f++)
                            sum[t * c->filters + filter + f] += product[t * COLUMNS + f];
                }
            }
    }
}

static void NAME(sum_splits)(const gradus_convolution *c, int64_t splits, const double *partial, T *out, int64_t begin,
                             int64_t end) {
    int64_t taps = c->channels * c->kernel_height * c->kernel_width, size = c->groups * taps * c->filters;
    for (int64_t item = begin; item < end; item++) {
        const double *from = partial + item / c->filters * taps * c->filters + item % c->filters;
        for (int64_t tap = 0; tap < taps; tap++) {
            double sum = 0;
            for (int64_t split = 0; split < splits; split++) sum += from[split * size + tap * c->filters];
            out[item * taps + tap] = (T)sum;
        }
    }
}
