// How a piece of a convolution is computed, which its sizes alone decide. Included by each path once an element type.

// Results are made with positions side by side in vectors, met where they lie or gathered first; or with filters side by side.
enum { NAME(ALONG), NAME(GATHERS), NAME(BESIDE) };

enum {
    NAME(GATHERED) = VECTORS * NAME(LANES),                   // positions that are gathered at a time
    NAME(PANEL) = NAME(COLUMNS) > SLICE ? NAME(COLUMNS) : SLICE     // filters that are packed at a time
};

typedef struct {
    gradus_piece_of_convolution piece;
    gradus_division division;
    int way;
    int64_t terms, packed, sums, copied;  // packed: elements of a group; sums, copied: of scratch, those of the largest region
} NAME(window_plan);

// Terms [first, first + depth) of a region: where the first position meets them is from + offset.
typedef struct {
    gradus_room room;
    const T *from;
    int64_t first, depth, channel, offset[TERMS];
    bool is_first, is_last;  // of all the terms
} NAME(window_terms);

// Whether regions are read where they lie: no window meets padding, and a vector fits into the lines of the smallest.
INLINE gradus_room NAME(room_of)(const gradus_piece_of_convolution *p, const gradus_division *d, const gradus_region *region) {
    int64_t rows = p->rows - (d->row_blocks - 1) * d->rows_each, columns = p->columns - (d->column_blocks - 1) * d->columns_each;
    bool fits = (rows - 1) * p->width + columns >= NAME(LANES);
    return fits && gradus_meets_no_padding(p) ? gradus_room_in_image(p) : gradus_room_for(p, region);
}

// How many vectors of positions a plane takes, as they lie.
INLINE int64_t NAME(vectors_along)(const gradus_region *region, const gradus_room *room) {
    int64_t last = (region->rows - 1) * room->columns + region->columns, count = 0;
    for (int64_t at = 0; at < last; count++) {
        at += NAME(LANES);
        if (at % room->columns >= region->columns) at += room->columns - at % room->columns;
    }
    return count;
}

// The way that takes the fewest multiply-adds of vectors. A plane's rows leave lanes between them; a run of a gathered vector takes
// the time of some six; filters that fill no vector leave lanes too, and results that lie with filters side by side must be turned.
INLINE int NAME(way_of)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                        int64_t terms) {
    int64_t positions = region->images * region->rows * region->columns;
    int64_t along = region->images * NAME(vectors_along)(region, room) * p->filters;
    int64_t runs = NAME(LANES) / region->columns + 2;
    int64_t gathered = gradus_blocks(positions, NAME(LANES)) * (p->filters + 6 * runs);
    int64_t beside = positions * gradus_blocks(p->filters, NAME(LANES)) * (terms + 12) / gradus_most(terms, 1);
    if (region->columns * gradus_least(p->filters, NAME(COLUMNS)) < 8 * NAME(LANES)) beside *= 2;  // sums wait for each other
    if (beside < along && beside < gathered) return NAME(BESIDE);
    return gathered < along && !room->is_image ? NAME(GATHERS) : NAME(ALONG);
}

static NAME(window_plan) NAME(planned)(int face, const gradus_convolution *c, int64_t number) {
    NAME(window_plan) plan = {.piece = gradus_piece_number(face, c, number)};
    const gradus_piece_of_convolution *p = &plan.piece;
    plan.division = gradus_divided(p, POSITIONS, NAME(PANEL));
    plan.terms = gradus_piece_terms(p);
    if (plan.division.count == 0) return plan;
    gradus_region region = gradus_region_number(p, &plan.division, 0);
    gradus_room room = NAME(room_of)(p, &plan.division, &region);
    plan.way = NAME(way_of)(p, &region, &room, plan.terms);
    int64_t positions = region.images * region.rows * region.columns, filters = gradus_least(plan.division.filters_each, p->filters);
    bool is_one = plan.terms <= TERMS;
    if (plan.way == NAME(BESIDE)) {
        plan.packed = gradus_blocks(p->filters, NAME(COLUMNS)) * NAME(COLUMNS) * plan.terms;
        plan.sums = positions * (is_one ? NAME(COLUMNS) : gradus_blocks(filters, NAME(COLUMNS)) * NAME(COLUMNS));
    } else {
        int64_t vectors = plan.way == NAME(GATHERS) ? gradus_blocks(positions, NAME(LANES))
                                                    : region.images * NAME(vectors_along)(&region, &room);
        plan.packed = gradus_blocks(p->filters, SLICE) * SLICE * plan.terms;
        plan.sums = is_one ? SLICE * NAME(MOST_VECTORS) * NAME(LANES)
                           : vectors * NAME(LANES) * gradus_blocks(filters, SLICE) * SLICE;
    }
    if (!room.is_image && plan.terms > 0) plan.copied = room.plane * NAME(channels_of)(p, TERMS);
    return plan;
}
