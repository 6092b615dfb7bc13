// Copies what a window meets from planes to where tiles read it. Included by each path once an element type.

// The columns [from, to) of `columns` whose place, column * stride + offset, lies in [0, width).
INLINE void NAME(inside)(int64_t offset, int64_t stride, int64_t width, int64_t columns, int64_t *from, int64_t *to) {
    int64_t first = offset < 0 ? (-offset + stride - 1) / stride : 0;
    int64_t last = offset < width ? (width - offset + stride - 1) / stride : 0;
    *from = first < columns ? first : columns;
    *to = last < *from ? *from : last < columns ? last : columns;
}

// Rows are short: a call to the library for each would take longer than the copy, and a compiler makes one of every plain loop.
// Fewer numbers than a vector holds are two parts of one that may overlap; a last vector overlaps the one before.
INLINE void NAME(copy_overlapping)(int64_t n, int part, const T *from, T *out) {
    T first[NAME(LANES)], last[NAME(LANES)];
    memcpy(first, from, (size_t)part * sizeof(T));
    memcpy(last, from + n - part, (size_t)part * sizeof(T));
    memcpy(out, first, (size_t)part * sizeof(T));
    memcpy(out + n - part, last, (size_t)part * sizeof(T));
}

INLINE void NAME(copy_part)(int64_t n, const T *from, T *out) {
    if (NAME(LANES) > 8 && n >= 8)
        NAME(copy_overlapping)(n, 8, from, out);
    else if (NAME(LANES) > 4 && n >= 4)
        NAME(copy_overlapping)(n, 4, from, out);
    else if (NAME(LANES) > 2 && n >= 2)
        NAME(copy_overlapping)(n, 2, from, out);
    else if (n == 1)
        *out = *from;
}

INLINE void NAME(copy_line)(int64_t n, const T *from, T *out) {
    enum { L = NAME(LANES) };
    if (n < L) {
        NAME(copy_part)(n, from, out);
    } else if (n <= 4 * L) {
        NAME(store)(out, NAME(load)(from));
        if (n > 2 * L) NAME(store)(out + L, NAME(load)(from + L));
        if (n > 3 * L) NAME(store)(out + 2 * L, NAME(load)(from + 2 * L));
        NAME(store)(out + n - L, NAME(load)(from + n - L));
    } else {
        memcpy(out, from, (size_t)n * sizeof(T));
    }
}

INLINE void NAME(clear_line)(int64_t n, T *out) {
    enum { L = NAME(LANES) };
    static const T zeros[L] = {0};
    if (n < L) {
        NAME(copy_part)(n, zeros, out);
    } else if (n <= 4 * L) {
        NAME(store)(out, (NAME(vector)){0});
        if (n > 2 * L) NAME(store)(out + L, (NAME(vector)){0});
        if (n > 3 * L) NAME(store)(out + 2 * L, (NAME(vector)){0});
        NAME(store)(out + n - L, (NAME(vector)){0});
    } else {
        memset(out, 0, (size_t)n * sizeof(T));
    }
}

// Every second number.
INLINE void NAME(copy_every_second)(int64_t n, const T *from, T *out) {
    int64_t q = 0;
    for (; q + NAME(LANES) < n; q += NAME(LANES))  // not up to n, where the odd one behind it may be no number of ours
        NAME(store)(out + q, EVEN(NAME(load)(from + 2 * q), NAME(load)(from + 2 * q + NAME(LANES))));
#pragma clang loop vectorize(disable)
    for (; q < n; q++) out[q] = from[2 * q];
}

// The room's copy of `channels` channels; x is the first of them of the region's first image. Zeros behind it for tiles whose last
// vector reaches too far.
static void NAME(copy_to_room)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                               int64_t channels, const T *x, T *out) {
    int64_t image_size = p->groups * p->channels * p->height * p->width;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t image = 0; image < region->images; image++) {
            const T *plane = x + image * image_size + c * p->height * p->width;
            for (int64_t phase = 0; phase < room->phases_y * room->phases_x; phase++) {
                int64_t y = region->row * p->stride_y + p->from_y + phase / room->phases_x, from, to;
                int64_t offset = region->column * p->stride_x + p->from_x + phase % room->phases_x;
                NAME(inside)(offset, p->stride_x, p->width, room->columns, &from, &to);
                for (int64_t r = 0; r < room->rows; r++, y += p->stride_y, out += room->columns) {
                    if (y < 0 || y >= p->height) {
                        NAME(clear_line)(room->columns, out);
                        continue;
                    }
                    const T *row = plane + y * p->width + offset + from * p->stride_x;
                    NAME(clear_line)(from, out);
                    if (p->stride_x == 1)
                        NAME(copy_line)(to - from, row, out + from);
                    else if (p->stride_x == 2)
                        NAME(copy_every_second)(to - from, row, out + from);
                    else
                        for (int64_t q = 0; q < to - from; q++) out[from + q] = row[q * p->stride_x];
                    NAME(clear_line)(room->columns - to, out + to);
                }
            }
        }
    NAME(store)(out, (NAME(vector)){0});
}

// Positions of a region that follow each other as runs in the room and in the results.
typedef struct {
    int64_t count;
    int64_t at[DEPTH], length[DEPTH];  // among the positions
    int64_t room[DEPTH], out[DEPTH];   // where each run begins
} NAME(runs);

INLINE int64_t NAME(place_of)(const gradus_piece_of_convolution *p, const gradus_region *region, int64_t image, int64_t y,
                              int64_t x) {
    return (region->image + image) * p->groups * p->filters * p->out_plane + p->out_first + (region->row + y) * p->out_row +
           (region->column + x) * p->out_column;
}

INLINE void NAME(find_runs)(const gradus_piece_of_convolution *p, const gradus_region *region, const gradus_room *room,
                            int64_t first, int64_t count, NAME(runs) *runs) {
    int64_t row = first / region->columns, x = first % region->columns;
    runs->count = 0;
    for (int64_t at = 0; at < count; row++, x = 0) {
        int64_t image = row / region->rows, y = row % region->rows, n = runs->count++;
        runs->at[n] = at;
        runs->length[n] = NAME(least)(region->columns - x, count - at);
        runs->room[n] = image * room->image + y * room->columns + x;
        runs->out[n] = NAME(place_of)(p, region, image, y, x);
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
        const T *place = from + plane * room->plane + gradus_tap_in_room(p, room, tap_y, tap_x);
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
