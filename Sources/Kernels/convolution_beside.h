// Results with filters side by side in vectors: no plane is too narrow. Included by each path once an element type.

// to[i][j] = start[j] + sum over t < k of from[i + offset[t]] * w[t][j] for so many positions i and vectors of
// filters j; or that added to what is there. The numbers of positions and vectors are known when this is compiled.
INLINE void NAME(beside_tile)(int positions, int vectors, int64_t k, const T *from, const int64_t *offset, const T *w,
                              const T *start, bool add, T *to) {
    NAME(vector) sum[ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = NAME(load)(start + j * NAME(LANES));
#pragma clang loop unroll(disable)
    for (int64_t t = 0; t < k; t++, w += vectors * NAME(LANES)) {
        const T *met = from + offset[t];
        NAME(vector) weight[2];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) weight[j] = NAME(load)(w + j * NAME(LANES));
#pragma clang loop unroll(full)
        for (int i = 0; i < positions; i++) {
            NAME(vector) factor = NAME(all)(met[i]);
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) sum[i][j] = NAME(multiply_add)(factor, weight[j], sum[i][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            T *place = to + (i * vectors + j) * NAME(LANES);
            NAME(store)(place, add ? NAME(load)(place) + sum[i][j] : sum[i][j]);
        }
}

typedef void (*NAME(beside_tile_function))(int64_t k, const T *from, const int64_t *offset, const T *w, const T *start, bool add,
                                           T *to);
#define TILE(WIDTH, N)                                                                                                       \
    static void NAME(beside_tile_##WIDTH##_##N)(int64_t k, const T *from, const int64_t *offset, const T *w, const T *start, \
                                                  bool add, T *to) {                                                         \
        NAME(beside_tile)(N, WIDTH, k, from, offset, w, start, add, to);                                                     \
    }
#define TILES(N) TILE(1, N) TILE(2, N)
EACH_ROW(TILES)
#undef TILES
#undef TILE
#define TILE_1(N) NAME(beside_tile_1_##N),
#define TILE_2(N) NAME(beside_tile_2_##N),
static const NAME(beside_tile_function) NAME(beside_tiles)[2][ROWS] = {{EACH_ROW(TILE_1)}, {EACH_ROW(TILE_2)}};
#undef TILE_1
#undef TILE_2

// Where rows lie of which a vector's numbers come: the last one again where there are fewer.
INLINE void NAME(find_rows)(int64_t count, const T *x, int64_t apart, const T *row[NAME(LANES)]) {
    for (int i = 0; i < NAME(LANES); i++) row[i] = x + NAME(least)(i, count - 1) * apart;
}

// Results of `filters` filters side by side, at most a vector, positions `apart`, to a line of each one's plane.
static void NAME(filters_one_by_one)(int64_t filters, int64_t count, const T *from, int64_t apart, int64_t plane, T *out) {
    for (int64_t next = 0; next < count; next += NAME(LANES)) {
        const T *row[NAME(LANES)];
        int64_t at = gradus_most(0, gradus_least(next, count - NAME(LANES))), f = 0;
        if (count >= NAME(LANES)) {
            NAME(find_rows)(NAME(LANES), from + at * apart, apart, row);
            for (; f + SIDE <= filters; f += SIDE) NAME(turn)(row, f, NAME(LANES), plane, out + f * plane + at);
        }
        for (; f < filters; f++)
            for (int64_t i = at; i < gradus_least(at + NAME(LANES), count); i++) out[f * plane + i] = from[i * apart + f];
    }
}

// The results of a panel of filters to where they lie.
INLINE void NAME(place_panel)(const gradus_piece_of_convolution *p, const gradus_region *region, int64_t filters, int64_t wide,
                              const T *sums, T *out) {
    bool is_whole = region->columns == p->columns && p->out_row == p->columns;
    int64_t count = is_whole ? region->rows * region->columns : region->columns;
    for (int64_t image = 0; image < region->images; image++)
        for (int64_t y = 0; y < (is_whole ? 1 : region->rows); y++, sums += count * wide) {
            T *to = out + NAME(place_of)(p, region, image, y, 0);
            for (int64_t f = 0; f < filters; f += NAME(LANES)) {
                int64_t some = NAME(least)(NAME(LANES), filters - f);
                if (p->out_column == 1)
                    NAME(filters_one_by_one)(some, count, sums + f, wide, p->out_plane, to + f * p->out_plane);
                else
                    for (int64_t i = 0; i < some; i++)
                        for (int64_t j = 0; j < count; j++)
                            to[(f + i) * p->out_plane + j * p->out_column] = sums[j * wide + f + i];
            }
        }
}

// All filters of a region's results, for the terms of one block. `sums` are kept for all filters until the last terms, or for one
// panel if these are the first too.
static void NAME(convolve_beside)(const NAME(window_plan) *plan, const NAME(window_terms) *terms, const gradus_region *region,
                                  int64_t filters, const T *packed, const T *bias, T *out, T *sums) {
    const gradus_piece_of_convolution *p = &plan->piece;
    int64_t positions = region->images * region->rows * region->columns;
    int64_t each = gradus_blocks(region->columns, gradus_blocks(region->columns, ROWS));
    for (int64_t f = 0; f < filters; f += NAME(COLUMNS), packed += NAME(COLUMNS) * terms->depth) {
        int64_t count = NAME(least)(NAME(COLUMNS), filters - f), wide = count > NAME(LANES) ? NAME(COLUMNS) : NAME(LANES);
        T start[NAME(COLUMNS)] = {0}, *to = sums;
        if (bias != NULL && terms->is_first) memcpy(start, bias + f, (size_t)count * sizeof(T));
        for (int64_t image = 0; image < region->images; image++)
            for (int64_t y = 0; y < region->rows; y++)
                for (int64_t x = 0; x < region->columns; x += each) {
                    int64_t some = NAME(least)(each, region->columns - x);
                    NAME(beside_tiles)[wide / NAME(LANES) - 1][some - 1](
                        terms->depth, terms->from + image * terms->room.image + y * terms->room.columns + x, terms->offset, packed,
                        start, !terms->is_first, to);
                    to += some * wide;
                }
        if (terms->is_last) NAME(place_panel)(p, region, count, wide, sums, out + f * p->out_plane);
        if (!(terms->is_first && terms->is_last)) sums += positions * NAME(COLUMNS);
    }
}
