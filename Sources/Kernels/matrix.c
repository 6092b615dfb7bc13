#include "matrix.h"

#include "path.h"
#include "reduction.h"

static const gradus_products *products(int type) { return &gradus_current_path()->products[type]; }

void gradus_gemm(int type, int64_t m, int64_t n, int64_t k, const void *a, int64_t row_stride_a, int64_t col_stride_a,
                 const void *b, int64_t row_stride_b, int64_t col_stride_b, const void *start, int64_t row_stride_start, void *c,
                 int64_t row_stride_c, int64_t begin, int64_t end) {
    (void)m;
    products(type)->multiply(n, k, a, row_stride_a, col_stride_a, b, row_stride_b, col_stride_b, start, row_stride_start, c,
                             row_stride_c, begin, end);
}

int64_t gradus_gemm_panel(int type) { return products(type)->columns; }

void gradus_gemm_pack(int type, int64_t n, int64_t k, const void *b, int64_t row_stride_b, int64_t col_stride_b, void *packed,
                      int64_t begin, int64_t end) {
    products(type)->pack_panels(n, k, b, row_stride_b, col_stride_b, packed, begin, end);
}

void gradus_gemm_packed(int type, int64_t k, const void *a, int64_t row_stride_a, int64_t col_stride_a, const void *packed,
                        const void *start, int64_t row_stride_start, void *c, int64_t row_stride_c, int64_t begin, int64_t end,
                        int64_t from, int64_t to) {
    products(type)->multiply_panels(k, a, row_stride_a, col_stride_a, packed, start, row_stride_start, c, row_stride_c, begin, end,
                                    from, to);
}

void gradus_dot(int type, int64_t n, const void *a, const void *b, double *out, int64_t begin, int64_t end) {
    int64_t size = type == GRADUS_FLOAT32 ? sizeof(float) : sizeof(double);
    for (int64_t block = begin; block < end; block++) {
        int64_t start = block * GRADUS_REDUCTION_BLOCK;
        int64_t count = n - start < GRADUS_REDUCTION_BLOCK ? n - start : GRADUS_REDUCTION_BLOCK;
        out[block] = products(type)->dot(count, (const char *)a + start * size, (const char *)b + start * size);
    }
}
