// Copies what a window meets from planes to where tiles read it. Included by each path once an element type.

// The columns [from, to) of `columns` whose place, column * stride + offset, lies in [0, width).
INLINE void NAME(inside)(int64_t offset, int64_t stride, int64_t width, int64_t columns, int64_t *from, int64_t *to) {
    int64_t first = offset < 0 ? (-offset + stride - 1) / stride : 0;
    int64_t last = offset < width ? (width - offset + stride - 1) / stride : 0;
    *from = first < columns ? first : columns;
    *to = last < *from ? *from : last < columns ? last : columns;
}

// The room's copy of `channels` channels; x is the first of them of the region's first image.
static void NAME(copy_to_room)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                               int64_t channels, const T *x, T *out) {
    int64_t image_size = p->groups * p->channels * p->height * p->width;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t image = 0; image < region->images; image++) {
            const T *plane = x + image * image_size + c * p->height * p->width;
            for (int64_t r = 0; r < room->rows; r++) {
                int64_t y = region->row * p->stride_y + p->from_y + r;
                for (int64_t phase = 0; phase < room->phases; phase++, out += room->columns) {
                    int64_t offset = region->column * p->stride_x + p->from_x + phase, from = 0, to = 0;
                    if (y >= 0 && y < p->height)
                        NAME(inside)(offset, p->stride_x, p->width, room->columns, &from, &to);
                    const T *row = plane + y * p->width + offset;
                    for (int64_t q = 0; q < from; q++) out[q] = 0;
                    if (p->stride_x == 1)
                        for (int64_t q = from; q < to; q++) out[q] = row[q];
                    else
                        for (int64_t q = from; q < to; q++) out[q] = row[q * p->stride_x];
                    for (int64_t q = to; q < room->columns; q++) out[q] = 0;
                }
            }
        }
}

// Positions of a region that follow each other as runs in the room and in the results.
typedef struct {
    int64_t count;
    int64_t at[DEPTH], length[DEPTH];  // among the positions
    int64_t room[DEPTH], out[DEPTH];   // where each run begins
} NAME(runs);

INLINE void NAME(find_runs)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                            int64_t first, int64_t count, NAME(runs) *runs) {
    int64_t row = first / region->columns, x = first % region->columns;
    runs->count = 0;
    for (int64_t at = 0; at < count; row++, x = 0) {
        int64_t image = row / region->rows, y = row % region->rows, n = runs->count++;
        runs->at[n] = at;
        runs->length[n] = NAME(least)(region->columns - x, count - at);
        runs->room[n] = (image * room->rows + y * p->stride_y) * room->row + x;
        runs->out[n] = (region->image + image) * p->groups * p->filters * p->out_plane + p->out_first +
                       (region->row + y) * p->out_row + (region->column + x) * p->out_column;
        at += runs->length[n];
    }
}

// out[t * wide + i] = what tap first + t meets at position i, from a room whose first channel is `channel`. Copies whole
// vectors: what stands behind a run is overwritten by the next, or behind the last row is room to spare.
static void NAME(gather_taps)(const gradus_piece_of_convolution *p, const gradus_room *room, const NAME(runs) *runs,
                              const T *from, int64_t channel, int64_t first, int64_t taps, int64_t wide, T *out) {
    int64_t tap_x = first % p->taps_x, tap_y = first / p->taps_x % p->taps_y;
    int64_t plane = first / p->taps_x / p->taps_y - channel;
    for (int64_t t = 0; t < taps; t++, out += wide) {
        int64_t reach = tap_x * p->step_x;
        const T *place = from + plane * room->plane + tap_y * p->step_y * room->row +
                         reach % p->stride_x * room->columns + reach / p->stride_x;
        for (int64_t n = 0; n < runs->count; n++) {
            const T *source = place + runs->room[n];
            T *to = out + runs->at[n];
            for (int64_t i = 0; i < runs->length[n]; i += NAME(LANES)) NAME(store)(to + i, NAME(load)(source + i));
        }
        if (++tap_x == p->taps_x) {
            tap_x = 0;
            if (++tap_y == p->taps_y) { tap_y = 0; plane++; }
        }
    }
}

// How many channels `taps` neighbouring taps touch at most.
INLINE int64_t NAME(channels_of)(const gradus_piece_of_convolution *p, int64_t taps) {
    int64_t places = p->taps_y * p->taps_x;
    return places == 0 ? 0 : NAME(least)((taps + places - 2) / places + 1, p->channels);
}
