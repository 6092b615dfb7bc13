#include "copy.h"

#include "layout.h"

#define DEFINE(T)                                                                                                       \
    static void copy_##T(const gradus_layout *layout, const T *source, T *out, int64_t begin, int64_t end) {            \
        int64_t stride = layout->stride_a[layout->rank - 1];                                                            \
        for (int64_t i = begin; i < end;) {                                                                             \
            gradus_piece piece = gradus_piece_at(layout, i, end);                                                       \
            const T *from = source + piece.a;                                                                           \
            if (stride == 1)                                                                                            \
                for (int64_t j = 0; j < piece.length; j++) out[i + j] = from[j];                                        \
            else                                                                                                        \
                for (int64_t j = 0; j < piece.length; j++) out[i + j] = from[j * stride];                               \
            i += piece.length;                                                                                          \
        }                                                                                                               \
    }                                                                                                                   \
    static void scatter_##T(const gradus_layout *layout, const T *source, T *destination, int64_t begin, int64_t end) { \
        int64_t stride = layout->stride_a[layout->rank - 1];                                                            \
        for (int64_t i = begin; i < end;) {                                                                             \
            gradus_piece piece = gradus_piece_at(layout, i, end);                                                       \
            T *to = destination + piece.a;                                                                              \
            for (int64_t j = 0; j < piece.length; j++) to[j * stride] = source[i + j];                                  \
            i += piece.length;                                                                                          \
        }                                                                                                               \
    }

DEFINE(uint8_t)
DEFINE(uint32_t)
DEFINE(uint64_t)

void gradus_copy_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *out, int64_t begin,
                         int64_t end) {
    switch (element_size) {
        case 1: copy_uint8_t(layout, source, out, begin, end); break;
        case 4: copy_uint32_t(layout, source, out, begin, end); break;
        default: copy_uint64_t(layout, source, out, begin, end); break;
    }
}

void gradus_scatter_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *destination,
                            int64_t begin, int64_t end) {
    switch (element_size) {
        case 1: scatter_uint8_t(layout, source, destination, begin, end); break;
        case 4: scatter_uint32_t(layout, source, destination, begin, end); break;
        default: scatter_uint64_t(layout, source, destination, begin, end); break;
    }
}
