#include "copy.h"

#include <string.h>

#include "layout.h"

// A transpose reads along one axis and writes along the other. It goes by squares of this side, each by way of a copy on the
// stack, so that every line of the cache is read and written once even where the lines of a square displace each other.
enum { SIDE = 16 };

#define DEFINE(T)                                                                                                      \
    static inline void row_##T(int64_t n, const T *from, int64_t step_a, T *to, int64_t step_b) {                      \
        if (step_a == 1 && step_b == 1 && n > 64) {                                                                    \
            memcpy(to, from, (size_t)n * sizeof(T));                                                                   \
        } else if (step_a == 1 && step_b == 1) {                                                                       \
            for (int64_t j = 0; j < n; j++) to[j] = from[j];                                                           \
        } else if (step_a == 0 && step_b == 1) {                                                                       \
            T value = from[0];                                                                                         \
            for (int64_t j = 0; j < n; j++) to[j] = value;                                                             \
        } else if (step_b == 1) {                                                                                      \
            for (int64_t j = 0; j < n; j++) to[j] = from[j * step_a];                                                  \
        } else {                                                                                                       \
            for (int64_t j = 0; j < n; j++) to[j * step_b] = from[j * step_a];                                         \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    /* `rows` rows of n elements each, neighbouring rows side by side in the source. */                                \
    static void transpose_##T(int64_t rows, int64_t n, const T *from, int64_t step, T *out) {                          \
        T square[SIDE][SIDE];                                                                                          \
        for (int64_t r = 0; r < rows; r += SIDE) {                                                                     \
            for (int64_t c = 0; c < n; c += SIDE) {                                                                    \
                const T *block = from + r + c * step;                                                                  \
                T *to = out + r * n + c;                                                                               \
                int64_t height = rows - r < SIDE ? rows - r : SIDE, width = n - c < SIDE ? n - c : SIDE;               \
                if (height == SIDE && width == SIDE) {                                                                 \
                    for (int64_t j = 0; j < SIDE; j++)                                                                 \
                        for (int64_t i = 0; i < SIDE; i++) square[i][j] = block[i + j * step];                         \
                    for (int64_t i = 0; i < SIDE; i++) memcpy(to + i * n, square[i], sizeof square[i]);                \
                } else {                                                                                               \
                    for (int64_t i = 0; i < height; i++)                                                               \
                        for (int64_t j = 0; j < width; j++) to[i * n + j] = block[i + j * step];                       \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void copy_##T(const gradus_layout *layout, const T *source, T *out, int64_t begin, int64_t end) {           \
        int64_t inner = layout->rank - 1, n = layout->size[inner], step = layout->stride_a[inner];                     \
        bool transposes = inner > 0 && layout->stride_a[inner - 1] == 1 && step != 1;                                  \
        int64_t i = begin;                                                                                             \
        gradus_walk walk = gradus_walk_from(layout, i, end);                                                           \
        while (true) {                                                                                                 \
            const T *from = source + walk.piece.a;                                                                     \
            int64_t done = walk.piece.length;                                                                          \
            int64_t rows = transposes && done == n ? layout->size[inner - 1] - walk.index[inner - 1] : 1;              \
            if (rows > (end - i) / n) rows = (end - i) / n;                                                            \
            if (rows > 1) {                                                                                            \
                transpose_##T(rows, n, from, step, out + i);                                                           \
                done = rows * n;                                                                                       \
            } else {                                                                                                   \
                row_##T(done, from, step, out + i, 1);                                                                 \
            }                                                                                                          \
            i += done;                                                                                                 \
            if (i == end) return;                                                                                      \
            if (rows > 1)                                                                                              \
                walk = gradus_walk_from(layout, i, end);                                                               \
            else                                                                                                       \
                gradus_walk_on(&walk, layout, i, end);                                                                 \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void move_##T(const gradus_layout *layout, const T *source, T *destination, int64_t begin, int64_t end) {   \
        int64_t inner = layout->rank - 1, step_a = layout->stride_a[inner], step_b = layout->stride_b[inner];          \
        int64_t i = begin;                                                                                             \
        gradus_walk walk = gradus_walk_from(layout, i, end);                                                           \
        while (true) {                                                                                                 \
            row_##T(walk.piece.length, source + walk.piece.a, step_a, destination + walk.piece.b, step_b);             \
            i += walk.piece.length;                                                                                    \
            if (i == end) return;                                                                                      \
            gradus_walk_on(&walk, layout, i, end);                                                                     \
        }                                                                                                              \
    }

DEFINE(uint8_t)
DEFINE(uint32_t)
DEFINE(uint64_t)

void gradus_copy_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *out, int64_t begin,
                         int64_t end) {
    if (begin >= end) return;
    switch (element_size) {
        case 1: copy_uint8_t(layout, source, out, begin, end); break;
        case 4: copy_uint32_t(layout, source, out, begin, end); break;
        default: copy_uint64_t(layout, source, out, begin, end); break;
    }
}

void gradus_move_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *destination,
                         int64_t begin, int64_t end) {
    if (begin >= end) return;
    switch (element_size) {
        case 1: move_uint8_t(layout, source, destination, begin, end); break;
        case 4: move_uint32_t(layout, source, destination, begin, end); break;
        default: move_uint64_t(layout, source, destination, begin, end); break;
    }
}

static int64_t clamped(int64_t x, int64_t end) { return x < 0 ? 0 : x > end ? end : x; }

void gradus_band(int64_t element_size, int64_t rows, int64_t columns, int64_t lowest, int64_t highest, const void *source,
                 void *out, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
        const char *from = (const char *)source + row * columns * element_size;
        char *to = (char *)out + row * columns * element_size;
        int64_t first = clamped(row % rows + lowest, columns) * element_size;
        int64_t last = clamped(row % rows + highest + 1, columns) * element_size;
        if (last < first) last = first;
        memset(to, 0, (size_t)first);
        memcpy(to + first, from + first, (size_t)(last - first));
        memset(to + last, 0, (size_t)(columns * element_size - last));
    }
}
