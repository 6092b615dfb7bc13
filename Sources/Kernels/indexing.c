#include "indexing.h"

#include <string.h>

#include "layout.h"

int64_t gradus_first_out_of_range(int64_t n, const int64_t *indices, int64_t size) {
    // Without a branch an element, a block at a time.
    for (int64_t start = 0; start < n; start += 1024) {
        int64_t end = start + 1024 < n ? start + 1024 : n;
        bool wrong = false;
        for (int64_t i = start; i < end; i++) wrong |= indices[i] < -size || indices[i] >= size;
        for (int64_t i = start; wrong && i < end; i++)
            if (indices[i] < -size || indices[i] >= size) return i;
    }
    return n;
}

static inline int64_t wrapped(int64_t index, int64_t size) { return index < 0 ? index + size : index; }

#define TAKE(T)                                                                                                        \
    for (int64_t row = begin; row < end; row++) {                                                                      \
        ((T *)out)[row] = ((const T *)source)[matrix * size + wrapped(indices[p], size)];                              \
        if (++p == n) p = 0, matrix++;                                                                                 \
    }                                                                                                                  \
    break

void gradus_take(int64_t element_size, int64_t columns, int64_t n, int64_t size, const int64_t *indices, const void *source,
                 void *out, int64_t begin, int64_t end) {
    int64_t matrix = begin / n, p = begin % n, bytes = columns * element_size;
    switch (columns == 1 ? element_size : 0) {
        case 1: TAKE(uint8_t);
        case 4: TAKE(uint32_t);
        case 8: TAKE(uint64_t);
        default:
            for (int64_t row = begin; row < end; row++) {
                memcpy((char *)out + row * bytes,
                       (const char *)source + (matrix * size + wrapped(indices[p], size)) * bytes, (size_t)bytes);
                if (++p == n) p = 0, matrix++;
            }
    }
}

#define GATHER(T)                                                                                                      \
    for (int64_t i = begin; i < end;) {                                                                                \
        const T *from = (const T *)source + walk.piece.a;                                                              \
        const int64_t *index = indices + i;                                                                            \
        T *to = (T *)out + i;                                                                                          \
        int64_t length = walk.piece.length;                                                                            \
        for (int64_t j = 0; j < length; j++) to[j] = from[j * step + wrapped(index[j], size) * axis_stride];           \
        i += length;                                                                                                   \
        if (i < end) gradus_walk_on(&walk, layout, i, end);                                                            \
    }                                                                                                                  \
    break

void gradus_gather(int64_t element_size, const gradus_layout *layout, int64_t axis_stride, int64_t size,
                   const int64_t *indices, const void *source, void *out, int64_t begin, int64_t end) {
    gradus_walk walk = gradus_walk_from(layout, begin, end);
    int64_t step = layout->stride_a[layout->rank - 1];
    switch (element_size) {
        case 1: GATHER(uint8_t);
        case 4: GATHER(uint32_t);
        default: GATHER(uint64_t);
    }
}

// Integers wrap around, so they are added as unsigned ones.
#define DEFINE(T)                                                                                                      \
    static void take_add_##T(int64_t n, int64_t columns, int64_t size, const int64_t *indices, const T *source, T *out,\
                             int64_t begin, int64_t end) {                                                             \
        for (int64_t i = begin; i < end;) {                                                                            \
            int64_t matrix = i / columns, column = i % columns;                                                        \
            int64_t length = columns - column < end - i ? columns - column : end - i;                                  \
            const T *from = source + matrix * n * columns + column;                                                    \
            T *to = out + matrix * size * columns + column;                                                            \
            for (int64_t p = 0; p < n; p++) {                                                                          \
                T *row = to + wrapped(indices[p], size) * columns;                                                     \
                for (int64_t j = 0; j < length; j++) row[j] += from[p * columns + j];                                  \
            }                                                                                                          \
            i += length;                                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void scatter_add_##T(const gradus_layout *layout, int64_t n, int64_t source_stride, int64_t axis_stride,    \
                                int64_t size, const int64_t *indices, const T *source, T *out, int64_t begin,          \
                                int64_t end) {                                                                         \
        int64_t inner = layout->rank - 1, step_a = layout->stride_a[inner], step_b = layout->stride_b[inner];          \
        gradus_walk walk = gradus_walk_from(layout, begin, end);                                                       \
        for (int64_t i = begin; i < end;) {                                                                            \
            int64_t length = walk.piece.length;                                                                        \
            const int64_t *index = indices + walk.piece.b;                                                             \
            const T *from = source + walk.piece.b;                                                                     \
            T *to = out + walk.piece.a;                                                                                \
            if (source_stride == 1) { /* line by line: each lies in one piece */                                       \
                for (int64_t j = 0; j < length; j++)                                                                   \
                    for (int64_t k = 0; k < n; k++) {                                                                  \
                        int64_t at = j * step_b + k;                                                                   \
                        to[j * step_a + wrapped(index[at], size) * axis_stride] += from[at];                           \
                    }                                                                                                  \
            } else { /* all lines side by side, which lie next to each other */                                        \
                for (int64_t k = 0; k < n; k++)                                                                        \
                    for (int64_t j = 0; j < length; j++) {                                                             \
                        int64_t at = j * step_b + k * source_stride;                                                   \
                        to[j * step_a + wrapped(index[at], size) * axis_stride] += from[at];                           \
                    }                                                                                                  \
            }                                                                                                          \
            i += length;                                                                                               \
            if (i < end) gradus_walk_on(&walk, layout, i, end);                                                        \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)
DEFINE(uint64_t)

void gradus_take_add(int type, int64_t n, int64_t columns, int64_t size, const int64_t *indices, const void *source,
                     void *out, int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32: take_add_float(n, columns, size, indices, source, out, begin, end); break;
        case GRADUS_FLOAT64: take_add_double(n, columns, size, indices, source, out, begin, end); break;
        default: take_add_uint64_t(n, columns, size, indices, source, out, begin, end); break;
    }
}

void gradus_scatter_add(int type, const gradus_layout *layout, int64_t n, int64_t source_stride, int64_t axis_stride,
                        int64_t size, const int64_t *indices, const void *source, void *out, int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32:
            scatter_add_float(layout, n, source_stride, axis_stride, size, indices, source, out, begin, end);
            break;
        case GRADUS_FLOAT64:
            scatter_add_double(layout, n, source_stride, axis_stride, size, indices, source, out, begin, end);
            break;
        default:
            scatter_add_uint64_t(layout, n, source_stride, axis_stride, size, indices, source, out, begin, end);
            break;
    }
}
