// Results with positions side by side in vectors: where a tile's positions lie and where they go. Included by each path once an
// element type.

// What one tile after another computes: some vectors of positions, at places that offsets are added to; where whole vectors go in
// the results, and where pieces of the others do, which go through a buffer.
typedef struct {
    int vectors;
    const T *from[NAME(MOST_VECTORS)];
    int64_t whole[NAME(MOST_VECTORS)];  // or -1
    int64_t pieces, at[NAME(MOST_VECTORS) * NAME(LANES)], length[NAME(MOST_VECTORS) * NAME(LANES)];
    int64_t out[NAME(MOST_VECTORS) * NAME(LANES)];
} NAME(window_block);

// Lanes [at, at + length) go to results from `out` on.
INLINE void NAME(add_lanes)(const gradus_piece_of_convolution *p, NAME(window_block) *block, int64_t at, int64_t length,
                            int64_t out) {
    while (length > 0) {
        int64_t vector = at / NAME(LANES), count = NAME(least)(length, (vector + 1) * NAME(LANES) - at);
        if (count == NAME(LANES) && p->out_column == 1) {
            block->whole[vector] = out;
        } else {
            block->at[block->pieces] = at;
            block->length[block->pieces] = count;
            block->out[block->pieces++] = out;
        }
        at += count;
        length -= count;
        out += count * p->out_column;
    }
}

// Where the next block begins: at a position of a region.
typedef struct { int64_t image, row, column; } NAME(window_cursor);

// Up to `most` vectors along the rows as they lie in the room. A vector runs on over the room's own columns, whose lanes nobody
// wants, into the next row; the last of an image ends with it.
INLINE void NAME(next_vectors)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                               const T *from, int most, NAME(window_cursor) *cursor, NAME(window_block) *block) {
    int64_t last = (region->rows - 1) * room->columns + region->columns;
    block->vectors = 0;
    block->pieces = 0;
    for (; block->vectors < most && cursor->image < region->images; block->vectors++) {
        int64_t first = cursor->row * room->columns + cursor->column;
        int64_t begin = gradus_most(0, gradus_least(first, last - NAME(LANES))), end = begin + NAME(LANES);
        block->from[block->vectors] = from + cursor->image * room->image + begin;
        block->whole[block->vectors] = -1;
        while (first < end) {
            int64_t count = NAME(least)(region->columns - cursor->column, end - first);
            NAME(add_lanes)(p, block, block->vectors * NAME(LANES) + first - begin, count,
                            NAME(place_of)(p, region, cursor->image, cursor->row, cursor->column));
            if ((cursor->column += count) < region->columns) break;
            cursor->column = 0;
            if (++cursor->row == region->rows) {
                cursor->row = 0;
                cursor->image++;
                break;
            }
            first = cursor->row * room->columns;
        }
    }
}

// A tile's sums that are no whole vectors, to where the results lie.
INLINE void NAME(place_pieces)(const gradus_piece_of_convolution *p, const NAME(window_block) *block, const T *tile,
                               int64_t filters, T *out) {
    int64_t wide = block->vectors * NAME(LANES);
    for (int64_t n = 0; n < block->pieces; n++) {
        const T *from = tile + block->at[n];
        T *to = out + block->out[n];
        int64_t length = block->length[n];
        if (p->out_column == 1)
            for (int64_t i = 0; i < filters; i++) NAME(copy_part)(length, from + i * wide, to + i * p->out_plane);
        else
            for (int64_t i = 0; i < filters; i++)
                for (int64_t j = 0; j < length; j++) to[i * p->out_plane + j * p->out_column] = from[i * wide + j];
    }
}

// What the next tile writes, rows of as many planes as it has filters, and where positions are read from far planes a share of what
// the next ones meet, are fetched while this tile is computed: nothing else would foresee them.
INLINE void NAME(fetch_ahead)(const gradus_piece_of_convolution *p, const NAME(window_block) *block, int64_t depth,
                              const int64_t *offset, int64_t filter, int64_t filters, bool is_far,
                              const NAME(window_vectors) *vectors) {
    int64_t next = filter + SLICE, begin = depth * filter / filters, end = depth * NAME(least)(next, filters) / filters;
    for (int j = 0; j < block->vectors; j++) {
        if (block->whole[j] >= 0)
            for (int64_t i = 0; i < SLICE && next + i < filters; i++)
                __builtin_prefetch(vectors->to[j] + (SLICE + i) * p->out_plane, 1, 3);
        for (int64_t t = begin; is_far && t < end; t++)
            __builtin_prefetch(block->from[j] + block->vectors * NAME(LANES) + offset[t], 0, 2);
    }
}

// One block of positions and TERMS terms, all filters. Pieces are added up in `sums`, [slice, filter, lane], until the last terms;
// if these are the first too, one slice's room is enough.
INLINE void NAME(compute_block)(const gradus_piece_of_convolution *p, const NAME(window_block) *block, int64_t depth,
                                const int64_t *offset, const T *packed, const T *start, bool is_first, bool is_last,
                                int64_t filters, bool is_far, T *out, T *sums) {
    static const T nothing[SLICE] = {0};
    int64_t wide = block->vectors * NAME(LANES), step = is_first && is_last ? 0 : SLICE * wide;
    NAME(window_vectors) vectors;
    for (int j = 0; j < block->vectors; j++) {
        bool is_whole = block->whole[j] >= 0;
        vectors.from[j] = block->from[j];
        vectors.to[j] = is_whole ? out + block->whole[j] : sums + j * NAME(LANES);
        vectors.row[j] = is_whole ? p->out_plane : wide;
    }
    for (int64_t f = 0; f < filters; f += SLICE, sums += step) {
        int64_t count = NAME(least)(filters - f, SLICE);
        NAME(fetch_ahead)(p, block, depth, offset, f, filters, is_far, &vectors);
        NAME(window_tiles)[block->vectors - 1][count - 1](depth, packed + f * depth, offset,
                                                          start && is_first ? start + f : nothing, !is_first, &vectors);
        if (is_last && block->pieces > 0) NAME(place_pieces)(p, block, sums, count, out + f * p->out_plane);
        for (int j = 0; j < block->vectors; j++) vectors.to[j] += block->whole[j] >= 0 ? SLICE * p->out_plane : step;
    }
}

// What so many positions from `first` on meet, gathered into a panel; and where they go.
INLINE void NAME(gather_block)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                               const T *from, int64_t channel, int64_t term, int64_t depth, int64_t first, int64_t count,
                               T *panel, NAME(window_block) *block) {
    NAME(runs) runs;
    NAME(find_runs)(p, region, room, first, count, &runs);
    NAME(gather_taps)(p, room, &runs, from, channel, term, depth, NAME(GATHERED), panel);
    block->vectors = (int)gradus_blocks(count, NAME(LANES));
    block->pieces = 0;
    for (int j = 0; j < block->vectors; j++) {
        block->from[j] = panel + j * NAME(LANES);
        block->whole[j] = -1;
    }
    for (int64_t n = 0; n < runs.count;) {
        int64_t at = n, length = 0;
        do length += runs.length[n++];
        while (n < runs.count && runs.out[n] == runs.out[at] + length * p->out_column);
        NAME(add_lanes)(p, block, runs.at[at], length, runs.out[at]);
    }
}

// All filters of a region's results, for the terms of one block.
static void NAME(convolve_along)(const NAME(window_plan) *plan, const NAME(window_terms) *terms, const gradus_region *region,
                                 int64_t filters, const T *packed, const T *start, T *out, T *sums) {
    const gradus_piece_of_convolution *p = &plan->piece;
    T panel[TERMS * NAME(GATHERED) + 2 * NAME(LANES)];
    int64_t positions = region->images * region->rows * region->columns, step[TERMS];
    int most = filters <= SLICE / 2 ? NAME(MOST_VECTORS) : VECTORS;
    bool gathers = plan->way == NAME(GATHERS) && terms->depth > 0;
    bool is_far = !gathers && terms->room.is_image;
    for (int64_t t = 0; t < terms->depth; t++) step[t] = gathers ? t * NAME(GATHERED) : terms->offset[t];
    NAME(window_block) block;
    NAME(window_cursor) cursor = {0, 0, 0};
    for (int64_t position = 0; gathers ? position < positions : cursor.image < region->images; position += NAME(GATHERED)) {
        if (gathers)
            NAME(gather_block)(p, region, &terms->room, terms->from, terms->channel, terms->first, terms->depth, position,
                               NAME(least)(positions - position, NAME(GATHERED)), panel, &block);
        else
            NAME(next_vectors)(p, region, &terms->room, terms->from, most, &cursor, &block);
        NAME(compute_block)(p, &block, terms->depth, step, packed, start, terms->is_first, terms->is_last, filters, is_far,
                            out, sums);
        if (!(terms->is_first && terms->is_last)) sums += gradus_blocks(filters, SLICE) * SLICE * block.vectors * NAME(LANES);
    }
}
