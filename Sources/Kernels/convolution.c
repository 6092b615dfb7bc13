#include "convolution.h"

#include "path.h"

static const gradus_convolutions *kernels(int type) { return &gradus_current_path()->convolutions[type]; }

int64_t gradus_convolution_packed(int type, int face, const gradus_convolution *c) { return kernels(type)->packed(face, c); }

int64_t gradus_convolution_slices(int type, int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return p.groups * gradus_blocks(p.filters, kernels(type)->rows);
}

void gradus_convolution_pack(int type, int face, const gradus_convolution *c, const void *w, void *packed, int64_t begin,
                             int64_t end) {
    kernels(type)->pack(face, c, w, packed, begin, end);
}

int64_t gradus_convolution_items(int type, int face, const gradus_convolution *c) { return kernels(type)->items(face, c); }

int64_t gradus_convolution_scratch(int type, int face, const gradus_convolution *c) { return kernels(type)->scratch(face, c); }

void gradus_convolution_run(int type, int face, const gradus_convolution *c, const void *x, const void *packed,
                            const void *bias, void *out, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->run(face, c, x, packed, bias, out, scratch, begin, end);
}

gradus_weight_gradient_sizes gradus_convolution_weight_sizes(int type, const gradus_convolution *c) {
    gradus_weight_gradient_sizes sizes;
    kernels(type)->weight_sizes(c, &sizes.splits, &sizes.items, &sizes.scratch);
    return sizes;
}

void gradus_convolution_weight_gradient(int type, const gradus_convolution *c, const void *x, const void *upstream,
                                        void *partial, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->weight_gradient(c, x, upstream, partial, scratch, begin, end);
}

void gradus_convolution_sum_splits(int type, const gradus_convolution *c, int64_t splits, const void *partial, void *out,
                                   int64_t begin, int64_t end) {
    kernels(type)->sum_splits(c, splits, partial, out, begin, end);
}

int64_t gradus_convolution_spread_scratch(int type, const gradus_convolution *c) { return kernels(type)->spread_scratch(c); }

void gradus_convolution_spread(int type, const gradus_convolution *c, const void *upstream, const void *w, const void *bias,
                               void *out, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->spread(c, upstream, w, bias, out, scratch, begin, end);
}

// x - x is 0 of a finite number, else NaN.
#define ARE_FINITE(T)                                              \
    do {                                                           \
        const T *from = x;                                         \
        for (; i + 64 <= n; i += 64) {                             \
            bool all = true;                                       \
            for (int l = 0; l < 64; l++) all &= from[i + l] - from[i + l] == 0; \
            if (!all) return false;                                \
        }                                                          \
        for (; i < n; i++)                                         \
            if (!(from[i] - from[i] == 0)) return false;           \
    } while (0)

bool gradus_are_finite(int type, int64_t n, const void *x) {
    int64_t i = 0;
    if (type == GRADUS_FLOAT32) ARE_FINITE(float);
    else ARE_FINITE(double);
    return true;
}
