// 3 by 3 windows that move by 1, by Winograd's minimal filtering F(2x2, 3x3): four results from a square of 4 by 4 take 16
// products instead of 36 (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", 2016, section 4.1).
// Included by each path for float.
//
// Squares, weights and results are turned into 16 "frequencies" by sums and differences; a frequency of all channels and a panel
// of squares is a product of matrices like any other. Squares are read as if by a window of 4 by 4 taps that moves by 2.

enum { FREQUENCIES = 16 };

INLINE gradus_piece_of_convolution squares_of(const gradus_piece_of_convolution *p) {
    gradus_piece_of_convolution s = *p;
    s.taps_y = s.taps_x = 4;
    s.stride_y = s.stride_x = 2;
    s.rows = gradus_blocks(p->rows, 2);
    s.columns = gradus_blocks(p->columns, 2);
    return s;
}

// Items: regions of about one panel of squares, so that all channels' frequencies stay in the second-level cache.
INLINE gradus_division squares_divided(const gradus_piece_of_convolution *s) {
    return gradus_divided(s, s->channels <= 128 ? 2 * COLUMNS_float : COLUMNS_float, ROWS);
}

static int64_t winograd_items(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    return squares_divided(&s).count;
}

// A region's frequencies of all channels, and the room for one channel at a time.
static int64_t winograd_scratch(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    gradus_division d = squares_divided(&s);
    gradus_region region = gradus_region_number(&s, &d, 0);
    return FREQUENCIES * s.channels * COLUMNS_float + gradus_room_for(&s, &region).plane * s.channels + 2 * LANES_float;
}

static int64_t winograd_packed_size(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return p.groups * slices_of_float(&p) * ROWS * FREQUENCIES * p.channels;
}

// Along one axis three weights become four: their outer two, and half of their sum with the middle one added and taken off.
#define TURNED(a, b, c, out0, out1, out2, out3)    \
    do {                                           \
        float outer = (a) + (c);                   \
        out0 = (a);                                \
        out1 = 0.5f * (outer + (b));               \
        out2 = 0.5f * (outer - (b));               \
        out3 = (c);                                \
    } while (0)

// Weights as [group, slice of ROWS filters, frequency, channel, filter]. Items [begin, end) of [groups, slices]. Frequencies lie
// whole pages apart, and writing to all of them by turns would drive them out of the first-level cache: some channels at a
// time are gathered beside the core.
static void winograd_pack(int face, const gradus_convolution *c, const void *w_, void *packed_, int64_t begin, int64_t end) {
    enum { CHANNELS = 16, PLACES = 9 };
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    int64_t slices = slices_of_float(&p), step = p.channels * ROWS;
    float ready[FREQUENCIES][CHANNELS * ROWS], taps[PLACES * ROWS] = {0};
    bool is_turned = p.w_x < 0;  // the places of the window lie backwards
    for (int64_t item = begin; item < end; item++) {
        int64_t group = item / slices, slice = item % slices, rows = least_float(p.filters - slice * ROWS, ROWS);
        const float *w = (const float *)w_ + group * p.w_group + slice * ROWS * p.w_filter + p.w_first -
                         (is_turned ? PLACES - 1 : 0);
        float *to = (float *)packed_ + item * FREQUENCIES * step;
        for (int64_t first = 0; first < p.channels; first += CHANNELS, to += CHANNELS * ROWS) {
            int64_t channels = least_float(p.channels - first, CHANNELS);
            for (int64_t channel = 0; channel < channels; channel++, w += p.w_channel) {
                float half[4][3][ROWS];
                pack_float(PLACES, rows, ROWS, true, w, p.w_filter, 1, taps);
                for (int x = 0; x < 3; x++) {
                    const float *top = taps + (is_turned ? PLACES - 1 - x : x) * ROWS;
                    const float *middle = top + (is_turned ? -3 : 3) * ROWS, *bottom = middle + (is_turned ? -3 : 3) * ROWS;
                    for (int i = 0; i < ROWS; i++)
                        TURNED(top[i], middle[i], bottom[i], half[0][x][i], half[1][x][i], half[2][x][i], half[3][x][i]);
                }
                for (int y = 0; y < 4; y++) {
                    float *row = ready[4 * y] + channel * ROWS;
                    for (int i = 0; i < ROWS; i++)
                        TURNED(half[y][0][i], half[y][1][i], half[y][2][i], row[i], row[CHANNELS * ROWS + i],
                               row[2 * CHANNELS * ROWS + i], row[3 * CHANNELS * ROWS + i]);
                }
            }
            for (int e = 0; e < FREQUENCIES; e++)
                memcpy(to + e * step, ready[e], (size_t)(channels * ROWS) * sizeof(float));
        }
    }
}
#undef TURNED

// 16 rows of a panel's squares to their frequencies: along one axis d0 - d2, d1 + d2, d2 - d1, d1 - d3.
INLINE void squares_to_frequencies(const float *squares, float *out, int64_t step) {
    for (int j = 0; j < COLUMNS_float; j += LANES_float) {
        vector_float d[4][4], half[4][4];
#pragma clang loop unroll(full)
        for (int y = 0; y < 4; y++)
#pragma clang loop unroll(full)
            for (int x = 0; x < 4; x++) d[y][x] = load_float(squares + (4 * y + x) * COLUMNS_float + j);
#pragma clang loop unroll(full)
        for (int x = 0; x < 4; x++) {
            half[0][x] = d[0][x] - d[2][x];
            half[1][x] = d[1][x] + d[2][x];
            half[2][x] = d[2][x] - d[1][x];
            half[3][x] = d[1][x] - d[3][x];
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < 4; y++) {
            float *to = out + 4 * y * step + j;
            store_float(to, half[y][0] - half[y][2]);
            store_float(to + step, half[y][1] + half[y][2]);
            store_float(to + 2 * step, half[y][2] - half[y][1]);
            store_float(to + 3 * step, half[y][1] - half[y][3]);
        }
    }
}

// Frequencies of a filter's squares, `step` apart, to two rows of results, even and odd columns each: along one axis
// m0 + m1 + m2 and m1 - m2 - m3.
INLINE void frequencies_to_results(const float *from, int64_t step, float results[4][COLUMNS_float]) {
    for (int j = 0; j < COLUMNS_float; j += LANES_float) {
        vector_float m[4][4], half[2][4];
#pragma clang loop unroll(full)
        for (int y = 0; y < 4; y++)
#pragma clang loop unroll(full)
            for (int x = 0; x < 4; x++) m[y][x] = load_float(from + (4 * y + x) * step + j);
#pragma clang loop unroll(full)
        for (int x = 0; x < 4; x++) {
            half[0][x] = m[0][x] + m[1][x] + m[2][x];
            half[1][x] = m[1][x] - m[2][x] - m[3][x];
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < 2; y++) {
            store_float(results[2 * y] + j, half[y][0] + half[y][1] + half[y][2]);
            store_float(results[2 * y + 1] + j, half[y][1] - half[y][2] - half[y][3]);
        }
    }
}

// The results of one filter's squares to where they lie; a last odd row or column has half a square.
INLINE void place_results(const gradus_piece_of_convolution *p, const gradus_region *region, int64_t first, int64_t count,
                          const float results[4][COLUMNS_float], float bias, float *out) {
    int64_t row = first / region->columns, x = first % region->columns;
    int64_t image_size = p->groups * p->filters * p->out_plane;
    for (int64_t at = 0; at < count; row++, x = 0) {
        int64_t length = least_float(region->columns - x, count - at), column = 2 * (region->column + x);
        int64_t y = 2 * (region->row + row % region->rows), whole = least_float(length, (p->columns - column) / 2);
        float *to = out + (region->image + row / region->rows) * image_size + y * p->out_row + column;
        for (int64_t half = 0; half < least_float(2, p->rows - y); half++, to += p->out_row) {
            const float *even = results[2 * half] + at, *odd = results[2 * half + 1] + at;
            for (int64_t i = 0; i < whole; i++) {
                to[2 * i] = even[i] + bias;
                to[2 * i + 1] = odd[i] + bias;
            }
            if (whole < length) to[2 * whole] = even[whole] + bias;
        }
        at += length;
    }
}

// Items [begin, end) of [groups, regions, blocks of filters].
static void winograd_run(int face, const gradus_convolution *c, const void *x_, const void *packed_, const void *bias_,
                         void *out_, void *scratch, int64_t begin, int64_t end) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0), s = squares_of(&p);
    gradus_division d = squares_divided(&s);
    const float *bias = bias_;
    float squares[FREQUENCIES * COLUMNS_float + 2 * LANES_float], results[4][COLUMNS_float];
    float products[FREQUENCIES * ROWS * COLUMNS_float], *frequencies = scratch;
    float *room_start = frequencies + FREQUENCIES * s.channels * COLUMNS_float;
    runs_float runs;
    int64_t step = s.channels * COLUMNS_float, regions = d.count / d.filter_blocks / p.groups;
    int64_t slices = slices_of_float(&p);
    for (int64_t item = begin; item < end; item++) {
        int64_t filter = item % d.filter_blocks * d.filters_each, rest = item / d.filter_blocks, group = rest / regions;
        int64_t filter_end = least_float(filter + d.filters_each, p.filters);
        gradus_region region = gradus_region_number(&s, &d, rest % regions);
        gradus_room room = gradus_room_for(&s, &region);
        const float *x = (const float *)x_ + (region.image * p.groups + group) * p.channels * p.height * p.width;
        float *out = (float *)out_ + group * p.filters * p.out_plane;
        int64_t positions = region.images * region.rows * region.columns;
        copy_to_room_float(&s, &region, &room, s.channels, x, room_start);
        for (int64_t first = 0; first < positions; first += COLUMNS_float) {
            int64_t count = least_float(positions - first, COLUMNS_float);
            find_runs_float(&s, &region, &room, first, count, &runs);
            for (int64_t channel = 0; channel < s.channels; channel++) {
                gather_taps_float(&s, &room, &runs, room_start + channel * room.plane, 0, 0, FREQUENCIES, COLUMNS_float,
                                  squares);
                squares_to_frequencies(squares, frequencies + channel * COLUMNS_float, step);
            }
            for (int64_t f = filter; f < filter_end; f += ROWS) {
                int64_t rows = least_float(filter_end - f, ROWS);
                const float *a = (const float *)packed_ + (group * slices + f / ROWS) * FREQUENCIES * s.channels * ROWS;
                for (int64_t e = 0; e < FREQUENCIES; e++)
                    for (int64_t channel = 0; channel < s.channels; channel += DEPTH)
                        tiles_along_float[count > LANES_float][rows - 1](
                            least_float(s.channels - channel, DEPTH), a + (e * s.channels + channel) * ROWS, ROWS,
                            frequencies + e * step + channel * COLUMNS_float, COLUMNS_float, channel > 0,
                            products + e * ROWS * COLUMNS_float, COLUMNS_float, 0);
                for (int64_t i = 0; i < rows; i++) {
                    frequencies_to_results(products + i * COLUMNS_float, ROWS * COLUMNS_float, results);
                    place_results(&p, &region, first, count, results, bias ? bias[group * p.filters + f + i] : 0,
                                  out + (f + i) * p.out_plane);
                }
            }
        }
    }
}
