// The largest of each window, and where it is. Included by each path once an element type.

// Larger, or a NaN; and nothing takes the place of a NaN.
#define TAKES(value, largest) (!((value) <= (largest)) && (largest) == (largest))

// Windows [from, to) of a row of results, one after the other.
INLINE void NAME(pool_max_one_by_one)(const gradus_windows *w, const T *plane, int64_t top, int64_t bottom, int64_t from,
                                      int64_t to, T *out, int64_t *indices) {
    for (int64_t j = from; j < to; j++) {
        int64_t left = w->column_starts[j], right = w->column_ends[j], best = top * w->width + left;
        T largest = plane[best];
        for (int64_t r = top; r < bottom; r++)
            for (int64_t c = left; c < right; c++)
                if (TAKES(plane[r * w->width + c], largest)) {
                    largest = plane[r * w->width + c];
                    best = r * w->width + c;
                }
        out[j] = largest;
        if (indices != NULL) indices[j] = best;
    }
}

INLINE void NAME(pool_max_pair)(int64_t count, const T *line, int32_t place, T *restrict largest, int32_t *restrict best) {
    _Pragma("clang loop vectorize_width(8) interleave_count(1)")
    for (int64_t j = 0; j < count; j++) {
        T value = line[2 * j], next = line[2 * j + 1], most = largest[j];
        int32_t at = best[j];
        bool takes = TAKES(value, most);
        at = takes ? place + 2 * (int32_t)j : at;
        most = takes ? value : most;
        takes = TAKES(next, most);
        best[j] = takes ? place + 2 * (int32_t)j + 1 : at;
        largest[j] = takes ? next : most;
    }
}

// The same for windows of one width that begin a stride apart: tap by tap, all windows at once.
INLINE void NAME(pool_max_side_by_side)(const gradus_windows *w, const T *plane, int64_t top, int64_t bottom, int64_t from,
                                        int64_t to, int64_t stride, T *out, int64_t *indices) {
    int64_t left = w->column_starts[from], kernel = w->column_ends[from] - left;
    for (int64_t start = from; start < to; start += LINE) {
        int64_t count = NAME(least)(to - start, LINE), base = left + (start - from) * stride;
        T largest[LINE];
        int32_t best[LINE];
        const T *first = plane + top * w->width + base;
        for (int64_t j = 0; j < count; j++) {
            largest[j] = first[j * stride];
            best[j] = (int32_t)(top * w->width + base + j * stride);
        }
        for (int64_t r = top; r < bottom; r++) {
            int64_t place = r * w->width + base, c = 0;
            // Taps of one row two by two where windows lie side by side: so memory is read as it lies.
            if (stride == 2)
                for (; c + 2 <= kernel; c += 2)
                    NAME(pool_max_pair)(count, plane + place + c, (int32_t)(place + c), largest, best);
            for (; c < kernel; c++)
                for (int64_t j = 0; j < count; j++) {
                    T value = plane[place + c + j * stride];
                    bool takes = TAKES(value, largest[j]);
                    best[j] = takes ? (int32_t)(place + c + j * stride) : best[j];
                    largest[j] = takes ? value : largest[j];
                }
        }
        for (int64_t j = 0; j < count; j++) out[start + j] = largest[j];
        if (indices != NULL)
            for (int64_t j = 0; j < count; j++) indices[start + j] = best[j];
    }
}

static void NAME(pool_max)(const gradus_windows *w, const void *x, void *out, int64_t *indices, int64_t begin, int64_t end) {
    // The windows that are alike: all but those that the padding clips, and none where they are adaptive and uneven.
    int64_t from = 0, to = w->out_width, stride = 0;
    while (from + 1 < to && w->column_ends[from] - w->column_starts[from] < w->column_ends[to / 2] - w->column_starts[to / 2])
        from++;
    if (from + 1 < to) stride = w->column_starts[from + 1] - w->column_starts[from];
    int64_t kernel = w->out_width > 0 ? w->column_ends[from] - w->column_starts[from] : 0, alike = from;
    while (alike < to && w->column_starts[alike] == w->column_starts[from] + (alike - from) * stride &&
           w->column_ends[alike] - w->column_starts[alike] == kernel)
        alike++;
    if (w->height > INT32_MAX / (w->width > 0 ? w->width : 1)) alike = from;  // places are kept in 32 bits meanwhile
    for (int64_t row = begin; row < end; row++) {
        const T *plane = (const T *)x + row / w->out_height * w->height * w->width;
        int64_t top = w->row_starts[row % w->out_height], bottom = w->row_ends[row % w->out_height];
        T *values = (T *)out + row * w->out_width;
        int64_t *places = indices == NULL ? NULL : indices + row * w->out_width;
        NAME(pool_max_one_by_one)(w, plane, top, bottom, 0, from, values, places);
        if (alike > from) NAME(pool_max_side_by_side)(w, plane, top, bottom, from, alike, stride, values, places);
        NAME(pool_max_one_by_one)(w, plane, top, bottom, alike, to, values, places);
    }
}
#undef TAKES
