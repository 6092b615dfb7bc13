// The gradient of a convolution in its weights: the upstream gradient times what each tap met, summed over positions and images.
// Included by each path once an element type.
//
// Regions of results are shared out to `splits` partial sums [split, group, tap, filter], and taps to blocks where splits are
// too few to go round. In a tile taps are rows, whose meetings lie along positions as they are gathered, and filters columns,
// for which the upstream gradient is packed crosswise.

typedef struct { int64_t regions, splits, taps_each, tap_blocks; gradus_division division; } NAME(weight_division);

INLINE NAME(weight_division) NAME(weights_divided)(const gradus_piece_of_convolution *p) {
    NAME(weight_division) w;
    int64_t terms = gradus_piece_terms(p), size = gradus_most(p->groups * p->filters * terms, 1);
    w.division = gradus_divided(p, DEPTH, ROWS);
    w.regions = w.division.image_blocks * w.division.row_blocks * w.division.column_blocks;
    w.splits = gradus_most(1, gradus_least(gradus_least(w.regions, 16), (1 << 20) / size));
    int64_t wanted = gradus_least(gradus_blocks(16, w.splits * p->groups), gradus_blocks(terms, 4 * ROWS));
    w.taps_each = gradus_blocks(gradus_blocks(terms, wanted), ROWS) * ROWS;
    w.tap_blocks = gradus_blocks(terms, w.taps_each);
    return w;
}

static void NAME(weight_gradient_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch) {
    gradus_piece_of_convolution p = gradus_forward_piece(c);
    NAME(weight_division) w = NAME(weights_divided)(&p);
    gradus_region region = gradus_region_number(&p, &w.division, 0);
    gradus_room room = gradus_room_for(&p, &region);
    *splits = w.splits;
    *items = w.splits * p.groups * w.tap_blocks;
    *scratch = room.plane * NAME(channels_of)(&p, w.taps_each) + 2 * NAME(LANES) +
               gradus_blocks(p.filters, NAME(COLUMNS)) * NAME(COLUMNS) * DEPTH;
}

// out[panel][position][filter of the panel]: the upstream gradient along the runs. `upstream` is the group's first filter.
static void NAME(pack_upstream)(const gradus_piece_of_convolution *p, const NAME(runs) *runs, int64_t count, const T *upstream,
                                T *out) {
    for (int64_t f = 0; f < p->filters; f += NAME(COLUMNS), out += count * NAME(COLUMNS))
        for (int64_t n = 0; n < runs->count;) {
            int64_t first = n, length = 0;
            do length += runs->length[n++];
            while (n < runs->count && runs->out[n] == runs->out[first] + length);
            NAME(pack)(length, NAME(least)(p->filters - f, NAME(COLUMNS)), NAME(COLUMNS), true,
                       upstream + runs->out[first] + f * p->out_plane, p->out_plane, 1,
                       out + runs->at[first] * NAME(COLUMNS));
        }
}

// Items [begin, end) of [splits, groups, blocks of taps].
static void NAME(weight_gradient)(const gradus_convolution *c, const void *x_, const void *upstream_, void *partial_,
                                  void *scratch, int64_t begin, int64_t end) {
    enum { WIDE = DEPTH + 2 * NAME(LANES) };
    const T *x = x_, *upstream = upstream_;
    T met[ROWS * WIDE + NAME(LANES)];
    NAME(runs) runs;
    gradus_piece_of_convolution p = gradus_forward_piece(c);
    NAME(weight_division) w = NAME(weights_divided)(&p);
    int64_t terms = gradus_piece_terms(&p), places = p.taps_y * p.taps_x;
    for (int64_t item = begin; item < end; item++) {
        int64_t tap = item % w.tap_blocks * w.taps_each, tap_end = NAME(least)(tap + w.taps_each, terms);
        int64_t group = item / w.tap_blocks % p.groups, split = item / w.tap_blocks / p.groups;
        int64_t channel = tap / places, channels = (tap_end - 1) / places - channel + 1;
        T *sums = (T *)partial_ + (split * p.groups + group) * terms * p.filters;
        bool add = false;
        for (int64_t r = w.regions * split / w.splits; r < w.regions * (split + 1) / w.splits; r++) {
            gradus_region region = gradus_region_number(&p, &w.division, r);
            gradus_room room = gradus_room_for(&p, &region);
            T *packed = (T *)scratch + room.plane * channels + 2 * NAME(LANES);
            int64_t plane = (region.image * p.groups + group) * p.channels + channel;
            NAME(copy_to_room)(&p, &region, &room, channels, x + plane * p.height * p.width, scratch);
            int64_t positions = region.images * region.rows * region.columns;
            int64_t each = gradus_blocks(positions, gradus_blocks(positions, DEPTH));
            for (int64_t first = 0; first < positions; first += each, add = true) {
                int64_t count = NAME(least)(each, positions - first);
                NAME(find_runs)(&p, &region, &room, first, count, &runs);
                NAME(pack_upstream)(&p, &runs, count, upstream + group * p.filters * p.out_plane, packed);
                for (int64_t t = tap; t < tap_end; t += ROWS) {
                    int64_t rows = NAME(least)(tap_end - t, ROWS);
                    NAME(gather_taps)(&p, &room, &runs, scratch, channel, t, rows, WIDE, met);
                    for (int64_t f = 0; f < p.filters; f += NAME(COLUMNS)) {
                        int64_t columns = NAME(least)(p.filters - f, NAME(COLUMNS));
                        int vectors = columns > NAME(LANES) ? 2 : 1;
                        NAME(tiles_across)[vectors - 1][rows - 1](count, met, WIDE, packed + f * count, NAME(COLUMNS), add,
                                                                  sums + t * p.filters + f, p.filters,
                                                                  vectors * NAME(LANES) - columns);
                    }
                }
            }
        }
    }
}

// out[group, filter, tap] = the sum over splits of partial, in double. Items [begin, end) of [groups, blocks of FILTERS].
// Squares are turned beside the core: rows of the result lie so far apart that few of them fit into the first-level cache.
static void NAME(sum_splits)(const gradus_convolution *c, int64_t splits, const void *partial_, void *out_, int64_t begin,
                             int64_t end) {
    enum { TAPS = 64, FILTERS = 64 };
    int64_t terms = c->channels * c->kernel_height * c->kernel_width, blocks = gradus_blocks(c->filters, FILTERS);
    int64_t size = c->groups * terms * c->filters;
    T sums[TAPS * FILTERS], turned[FILTERS * TAPS];
    for (int64_t item = begin; item < end; item++) {
        int64_t group = item / blocks, filter = item % blocks * FILTERS;
        int64_t filters = NAME(least)(FILTERS, c->filters - filter);
        for (int64_t tap = 0; tap < terms; tap += TAPS) {
            int64_t taps = NAME(least)(TAPS, terms - tap);
            const T *from = (const T *)partial_ + (group * terms + tap) * c->filters + filter;
            for (int64_t t = 0; t < taps; t++) {
                const T *row = from + t * c->filters;
                double sum[FILTERS];
                // Pieces of rows are met in no order that the processor would foresee.
                if (tap + TAPS + t < terms)
                    for (int64_t f = 0; f < filters; f += 64 / (int64_t)sizeof(T))
                        __builtin_prefetch(row + TAPS * c->filters + f);
                for (int64_t f = 0; f < filters; f++) sum[f] = row[f];
                for (int64_t split = 1; split < splits; split++)
                    for (int64_t f = 0; f < filters; f++) sum[f] += row[split * size + f];
                for (int64_t f = 0; f < filters; f++) sums[t * FILTERS + f] = (T)sum[f];
            }
            NAME(pack)(filters, taps, TAPS, false, sums, FILTERS, 1, turned);
            T *to = (T *)out_ + (group * c->filters + filter) * terms + tap;
            for (int64_t f = 0; f < filters; f++) memcpy(to + f * terms, turned + f * TAPS, (size_t)taps * sizeof(T));
        }
    }
}
