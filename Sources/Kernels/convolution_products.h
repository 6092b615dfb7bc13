// The convolution and its gradient in the input: packed weights times what a window meets. Included by each path once an
// element type.

// The room a thread needs: copies of the channels that DEPTH taps touch, and vectors to spare.
static int64_t NAME(convolution_room)(int face, const gradus_convolution *c) {
    int64_t most = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        gradus_piece_of_convolution p = gradus_piece_number(face, c, number);
        gradus_division d = gradus_divided(&p, POSITIONS, ROWS);
        if (d.count == 0 || gradus_piece_terms(&p) == 0) continue;
        gradus_region region = gradus_region_number(&p, &d, 0);
        gradus_room room = gradus_room_for(&p, &region);
        most = gradus_most(most, room.plane * NAME(channels_of)(&p, DEPTH));
    }
    return most + 2 * NAME(LANES);
}

INLINE int64_t NAME(slices_of)(const gradus_piece_of_convolution *p) { return gradus_blocks(p->filters, ROWS); }

static int64_t NAME(convolution_packed_size)(int face, const gradus_convolution *c) {
    int64_t size = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        gradus_piece_of_convolution p = gradus_piece_number(face, c, number);
        size += p.groups * NAME(slices_of)(&p) * ROWS * gradus_piece_terms(&p);
    }
    return size;
}

// Weights in the order tiles read them: [piece, group, block of DEPTH terms, slice of ROWS filters, term, filter].
// Items [begin, end) of [groups, slices].
static void NAME(convolution_pack)(int face, const gradus_convolution *c, const void *w_, void *packed_, int64_t begin,
                                   int64_t end) {
    T *packed = packed_;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        gradus_piece_of_convolution p = gradus_piece_number(face, c, number);
        int64_t slices = NAME(slices_of)(&p), terms = gradus_piece_terms(&p), places = p.taps_y * p.taps_x;
        for (int64_t item = begin; item < end; item++) {
            int64_t group = item / slices, slice = item % slices, rows = NAME(least)(p.filters - slice * ROWS, ROWS);
            const T *w = (const T *)w_ + group * p.w_group + slice * ROWS * p.w_filter + p.w_first;
            T *to = packed + group * slices * ROWS * terms;
            for (int64_t first = 0; first < terms; first += DEPTH) {
                int64_t depth = NAME(least)(terms - first, DEPTH);
                T *block = to + first * slices * ROWS + slice * depth * ROWS;
                if (places == 1) {
                    NAME(pack)(depth, rows, ROWS, false, w + first * p.w_channel, p.w_filter, p.w_channel, block);
                    continue;
                }
                if (p.w_y == p.taps_x && p.w_x == 1 && p.w_channel == places) {  // as they lie
                    NAME(pack)(depth, rows, ROWS, false, w + first, p.w_filter, 1, block);
                    continue;
                }
                for (int64_t t = 0; t < depth; t++) {
                    int64_t tap = first + t, place = tap % places;
                    const T *from = w + tap / places * p.w_channel + place / p.taps_x * p.w_y + place % p.taps_x * p.w_x;
                    for (int64_t i = 0; i < rows; i++) block[t * ROWS + i] = from[i * p.w_filter];
                }
            }
        }
        packed += p.groups * slices * ROWS * terms;
    }
}

static int64_t NAME(convolution_items)(int face, const gradus_convolution *c) {
    int64_t items = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        gradus_piece_of_convolution p = gradus_piece_number(face, c, number);
        items += gradus_divided(&p, POSITIONS, ROWS).count;
    }
    return items;
}

// Whether the runs lie behind each other in the results, so that a tile writes across them.
INLINE bool NAME(are_joined)(const gradus_piece_of_convolution *p, const NAME(runs) *runs) {
    if (p->out_column != 1) return false;
    for (int64_t n = 1; n < runs->count; n++)
        if (runs->out[n] != runs->out[0] + runs->at[n]) return false;
    return true;
}

// One tile's sums to where the results lie.
INLINE void NAME(spread_tile)(const gradus_piece_of_convolution *p, const NAME(runs) *runs, const T *tile, int64_t rows,
                              bool add, T *out) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t n = 0; n < runs->count; n++) {
            const T *from = tile + i * NAME(COLUMNS) + runs->at[n];
            T *to = out + i * p->out_plane + runs->out[n];
            for (int64_t j = 0; j < runs->length[n]; j++)
                to[j * p->out_column] = add ? to[j * p->out_column] + from[j] : from[j];
        }
}

static void NAME(convolve_region)(const gradus_piece_of_convolution *p, const gradus_region *region, int64_t group,
                                  int64_t filter, int64_t filter_end, const T *x, const T *packed, const T *bias, T *out,
                                  T *scratch) {
    T panel[DEPTH * NAME(COLUMNS) + 2 * NAME(LANES)], tile[ROWS * NAME(COLUMNS)];
    NAME(runs) runs;
    gradus_room room = gradus_room_for(p, region);
    int64_t positions = region->images * region->rows * region->columns, places = p->taps_y * p->taps_x;
    int64_t terms = p->channels * places, slices = NAME(slices_of)(p);
    out += group * p->filters * p->out_plane;
    bool starts = bias != NULL || terms == 0;
    if (starts)
        for (int64_t first = 0; first < positions; first += DEPTH) {
            NAME(find_runs)(p, region, &room, first, NAME(least)(positions - first, DEPTH), &runs);
            for (int64_t f = filter; f < filter_end; f++)
                for (int64_t n = 0; n < runs.count; n++)
                    for (int64_t j = 0; j < runs.length[n]; j++)
                        out[f * p->out_plane + runs.out[n] + j * p->out_column] = bias ? bias[group * p->filters + f] : 0;
        }
    for (int64_t first = 0; first < terms; first += DEPTH) {
        int64_t depth = NAME(least)(terms - first, DEPTH), channel = first / places;
        int64_t channels = (first + depth - 1) / places - channel + 1;
        int64_t plane = (region->image * p->groups + group) * p->channels + channel;
        bool add = starts || first > 0;
        NAME(copy_to_room)(p, region, &room, channels, x + plane * p->height * p->width, scratch);
        for (int64_t position = 0; position < positions; position += NAME(COLUMNS)) {
            int64_t columns = NAME(least)(positions - position, NAME(COLUMNS));
            int vectors = columns > NAME(LANES) ? 2 : 1;
            NAME(find_runs)(p, region, &room, position, columns, &runs);
            NAME(gather_taps)(p, &room, &runs, scratch, channel, first, depth, NAME(COLUMNS), panel);
            bool joined = NAME(are_joined)(p, &runs);
            for (int64_t f = filter; f < filter_end; f += ROWS) {
                int64_t rows = NAME(least)(filter_end - f, ROWS);
                const T *a = packed + first * slices * ROWS + f * depth;
                NAME(tile_function) multiply = NAME(tiles_along)[vectors - 1][rows - 1];
                if (joined) {
                    multiply(depth, a, ROWS, panel, NAME(COLUMNS), add, out + f * p->out_plane + runs.out[0], p->out_plane,
                             vectors * NAME(LANES) - columns);
                } else {
                    multiply(depth, a, ROWS, panel, NAME(COLUMNS), false, tile, NAME(COLUMNS), 0);
                    NAME(spread_tile)(p, &runs, tile, rows, add, out + f * p->out_plane);
                }
            }
        }
    }
}

// Items [begin, end) of [pieces, groups, regions, blocks of filters].
static void NAME(convolution_run)(int face, const gradus_convolution *c, const void *x, const void *packed_, const void *bias,
                                  void *out, void *scratch, int64_t begin, int64_t end) {
    const T *packed = packed_;
    int64_t before = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c) && before < end; number++) {
        gradus_piece_of_convolution p = gradus_piece_number(face, c, number);
        gradus_division d = gradus_divided(&p, POSITIONS, ROWS);
        int64_t group_size = NAME(slices_of)(&p) * ROWS * gradus_piece_terms(&p);
        for (int64_t item = gradus_most(begin - before, 0); item < gradus_least(end - before, d.count); item++) {
            int64_t filter = item % d.filter_blocks * d.filters_each, rest = item / d.filter_blocks;
            int64_t group = rest / (d.count / d.filter_blocks / p.groups);
            gradus_region region = gradus_region_number(&p, &d, rest % (d.count / d.filter_blocks / p.groups));
            NAME(convolve_region)(&p, &region, group, filter, NAME(least)(filter + d.filters_each, p.filters), x,
                                  packed + group * group_size, bias, out, scratch);
        }
        before += d.count;
        packed += p.groups * group_size;
    }
}
