// The convolution and its gradient in the input: packed weights times what a window meets. Included by each path once an
// element type.

// The room a thread needs: sums, copies of the channels that TERMS taps touch, and vectors to spare.
static int64_t NAME(convolution_room)(int face, const gradus_convolution *c) {
    int64_t most = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        NAME(window_plan) plan = NAME(planned)(face, c, number);
        most = gradus_most(most, plan.sums + plan.copied);
    }
    return most + 2 * NAME(LANES);
}

static int64_t NAME(convolution_packed_size)(int face, const gradus_convolution *c) {
    int64_t size = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++)
        size += c->groups * NAME(planned)(face, c, number).packed;
    return size;
}

// So many terms of so many filters as tiles read them: [term, `wide` filters].
static void NAME(pack_weights)(const gradus_piece_of_convolution *p, int64_t first, int64_t depth, int64_t filters, int64_t wide,
                               const T *w, T *out) {
    int64_t places = p->taps_y * p->taps_x;
    bool as_they_lie = p->w_y == p->taps_x && p->w_x == 1 && p->w_channel == places;
    if (filters < wide) memset(out, 0, (size_t)(depth * wide) * sizeof(T));
    if (places == 1 || as_they_lie) {
        int64_t step = places == 1 ? p->w_channel : 1;
        if (wide == SLICE)
            NAME(pack_columns)(depth, filters, SLICE, SLICE, w + first * step, p->w_filter, step, out);
        else
            for (int64_t i = 0; i < filters; i += NAME(LANES))
                NAME(pack_columns)(depth, filters - i, NAME(LANES), wide, w + first * step + i * p->w_filter, p->w_filter, step,
                                   out + i);
    } else {
        for (int64_t t = 0; t < depth; t++) {
            int64_t tap = first + t, place = tap % places;
            const T *from = w + tap / places * p->w_channel + place / p->taps_x * p->w_y + place % p->taps_x * p->w_x;
            for (int64_t i = 0; i < filters; i++) out[t * wide + i] = from[i * p->w_filter];
        }
    }
}

// Weights in the order tiles read them: [piece, group, block of TERMS terms, slice of SLICE filters, term, filter], or with filters
// side by side in panels of COLUMNS, of which a last one may be half. Items [begin, end) of [groups, PANEL filters].
static void NAME(convolution_pack)(int face, const gradus_convolution *c, const void *w, void *packed_, int64_t begin,
                                   int64_t end) {
    T *packed = packed_;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++) {
        NAME(window_plan) plan = NAME(planned)(face, c, number);
        const gradus_piece_of_convolution *p = &plan.piece;
        int64_t items = gradus_blocks(p->filters, NAME(PANEL)), slice = plan.way == NAME(BESIDE) ? NAME(COLUMNS) : SLICE;
        int64_t slices = gradus_blocks(p->filters, slice);
        for (int64_t item = begin; item < end && plan.packed > 0; item++) {  // a piece without results has no weights
            int64_t group = item / items, filter = item % items * NAME(PANEL);
            T *to = packed + group * plan.packed;
            for (int64_t first = 0; first < plan.terms; first += TERMS) {
                int64_t depth = NAME(least)(plan.terms - first, TERMS);
                for (int64_t f = filter; f < NAME(least)(filter + NAME(PANEL), p->filters); f += slice) {
                    int64_t count = NAME(least)(slice, p->filters - f);
                    bool is_half = plan.way == NAME(BESIDE) && count <= NAME(LANES);
                    NAME(pack_weights)(p, first, depth, count, is_half ? NAME(LANES) : slice,
                                       (const T *)w + group * p->w_group + f * p->w_filter + p->w_first,
                                       to + first * slices * slice + f * depth);
                }
            }
        }
        packed += c->groups * plan.packed;
    }
}

static int64_t NAME(convolution_items)(int face, const gradus_convolution *c) {
    int64_t items = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c); number++)
        items += NAME(planned)(face, c, number).division.count;
    return items;
}

static void NAME(convolve_region)(const NAME(window_plan) *plan, const gradus_region *region, int64_t group, int64_t filter,
                                  int64_t filter_end, const T *x, const T *packed, const T *bias, T *out, T *sums) {
    const gradus_piece_of_convolution *p = &plan->piece;
    int64_t filters = filter_end - filter, places = p->taps_y * p->taps_x;
    int64_t slice = plan->way == NAME(BESIDE) ? NAME(COLUMNS) : SLICE, slices = gradus_blocks(p->filters, slice);
    T *copy = sums + plan->sums;
    NAME(window_terms) terms = {.room = NAME(room_of)(p, &plan->division, region), .from = copy};
    if (bias != NULL) bias += group * p->filters + filter;
    out += (group * p->filters + filter) * p->out_plane;
    for (int64_t first = 0; first == 0 || first < plan->terms; first += TERMS) {  // once if there are none
        terms.first = first;
        terms.depth = NAME(least)(plan->terms - first, TERMS);
        terms.is_first = first == 0;
        terms.is_last = first + terms.depth == plan->terms;
        if (terms.depth > 0) {
            terms.channel = first / places;
            int64_t channels = (first + terms.depth - 1) / places - terms.channel + 1;
            const T *from = x + ((region->image * p->groups + group) * p->channels + terms.channel) * p->height * p->width;
            if (terms.room.is_image)
                terms.from = from + (region->row + p->from_y) * p->width + region->column + p->from_x;
            else
                NAME(copy_to_room)(p, region, &terms.room, channels, from, copy);
        }
        for (int64_t t = 0; t < terms.depth; t++) {
            int64_t tap = first + t, place = tap % places;
            terms.offset[t] = (tap / places - terms.channel) * terms.room.plane +
                              gradus_tap_in_room(p, &terms.room, place / p->taps_x, place % p->taps_x);
        }
        (plan->way == NAME(BESIDE) ? NAME(convolve_beside) : NAME(convolve_along))(
            plan, &terms, region, filters, packed + first * slices * slice + filter * terms.depth, bias, out, sums);
    }
}

// Items [begin, end) of [pieces, groups, regions, blocks of filters].
static void NAME(convolution_run)(int face, const gradus_convolution *c, const void *x, const void *packed_, const void *bias,
                                  void *out, void *scratch, int64_t begin, int64_t end) {
    const T *packed = packed_;
    int64_t before = 0;
    for (int64_t number = 0; number < gradus_piece_count(face, c) && before < end; number++) {
        NAME(window_plan) plan = NAME(planned)(face, c, number);
        const gradus_division *d = &plan.division;
        for (int64_t item = gradus_most(begin - before, 0); item < gradus_least(end - before, d->count); item++) {
            int64_t filter = item % d->filter_blocks * d->filters_each, rest = item / d->filter_blocks;
            int64_t regions = d->count / d->filter_blocks / c->groups, group = rest / regions;
            gradus_region region = gradus_region_number(&plan.piece, d, rest % regions);
            NAME(convolve_region)(&plan, &region, group, filter, NAME(least)(filter + d->filters_each, plan.piece.filters), x,
                                  packed + group * plan.packed, bias, out, scratch);
        }
        before += d->count;
        packed += c->groups * plan.packed;
    }
}
