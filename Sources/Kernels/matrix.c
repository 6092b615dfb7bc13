#include "matrix.h"

#include "reduction.h"

// The product is cut into tiles of ROWS x COLUMNS, whose sums stay in registers while the tile's rows of a and columns of b
// pass by. For that both are first copied ("packed") into the order in which they are read: a slice of a is DEPTH columns of
// ROWS rows, a panel of b DEPTH rows of COLUMNS columns. Tiles that stick out are filled up with zeros and computed whole, so
// that an element is computed in the same way wherever the tile's border lies. No product is left out for being 0 * x.
enum { ROWS = 4, DEPTH = 256, PANEL_BYTES = 128 << 10, LANES = 16, STRIP = 256 };

#define DEFINE(T, COLUMNS)                                                                                             \
    enum { PANELS_##T = PANEL_BYTES / (DEPTH * COLUMNS * (int)sizeof(T)) };                                            \
                                                                                                                       \
    static void tile_##T(int64_t k, const T *a, const T *b, bool add, T *c, int64_t stride_c) {                        \
        T sum[ROWS][COLUMNS] = {{0}};                                                                                  \
        for (int64_t p = 0; p < k; p++)                                                                                \
            for (int j = 0; j < COLUMNS; j++)                                                                          \
                for (int i = 0; i < ROWS; i++) sum[i][j] += a[p * ROWS + i] * b[p * COLUMNS + j];                      \
        for (int i = 0; i < ROWS; i++)                                                                                 \
            for (int j = 0; j < COLUMNS; j++)                                                                          \
                c[i * stride_c + j] = add ? c[i * stride_c + j] + sum[i][j] : sum[i][j];                               \
    }                                                                                                                  \
                                                                                                                       \
    /* A tile that sticks out of c: through a whole one beside it. */                                                  \
    static void edge_tile_##T(int64_t k, const T *a, const T *b, bool add, T *c, int64_t stride_c, int64_t rows,       \
                              int64_t columns) {                                                                       \
        T whole[ROWS * COLUMNS];                                                                                       \
        tile_##T(k, a, b, false, whole, COLUMNS);                                                                      \
        for (int64_t i = 0; i < rows; i++)                                                                             \
            for (int64_t j = 0; j < columns; j++) {                                                                    \
                T sum = whole[i * COLUMNS + j];                                                                        \
                c[i * stride_c + j] = add ? c[i * stride_c + j] + sum : sum;                                           \
            }                                                                                                          \
    }                                                                                                                  \
                                                                                                                       \
    /* `count` of `wide` neighbours each, zeros for those missing: out[p][i] = x[i * stride + p * step]. */            \
    static void pack_##T(int64_t k, int64_t count, int64_t wide, const T *x, int64_t stride, int64_t step, T *out) {   \
        if (count < wide)                                                                                              \
            for (int64_t i = 0; i < k * wide; i++) out[i] = 0;                                                         \
        if (stride == 1)                                                                                               \
            for (int64_t p = 0; p < k; p++)                                                                            \
                for (int64_t i = 0; i < count; i++) out[p * wide + i] = x[p * step + i];                               \
        else                                                                                                           \
            for (int64_t i = 0; i < count; i++)                                                                        \
                for (int64_t p = 0; p < k; p++) out[p * wide + i] = x[i * stride + p * step];                          \
    }                                                                                                                  \
                                                                                                                       \
    static void tiled_##T(int64_t n, int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t row_b,   \
                          int64_t col_b, bool accumulate, T *c, int64_t row_c, int64_t begin, int64_t end) {           \
        T panels[PANELS_##T][DEPTH * COLUMNS], slice[DEPTH * ROWS];                                                    \
        for (int64_t p = 0; p < k; p += DEPTH) {                                                                       \
            int64_t depth = k - p < DEPTH ? k - p : DEPTH;                                                             \
            bool add = accumulate || p > 0;                                                                            \
            for (int64_t j = 0; j < n; j += PANELS_##T * COLUMNS) {                                                    \
                int64_t width = n - j < PANELS_##T * COLUMNS ? n - j : PANELS_##T * COLUMNS;                           \
                for (int64_t q = 0; q < width; q += COLUMNS) {                                                         \
                    int64_t columns = width - q < COLUMNS ? width - q : COLUMNS;                                       \
                    pack_##T(depth, columns, COLUMNS, b + p * row_b + (j + q) * col_b, col_b, row_b,                   \
                             panels[q / COLUMNS]);                                                                     \
                }                                                                                                      \
                for (int64_t i = begin; i < end; i += ROWS) {                                                          \
                    int64_t rows = end - i < ROWS ? end - i : ROWS;                                                    \
                    pack_##T(depth, rows, ROWS, a + i * row_a + p * col_a, row_a, col_a, slice);                       \
                    for (int64_t q = 0; q < width; q += COLUMNS) {                                                     \
                        int64_t columns = width - q < COLUMNS ? width - q : COLUMNS;                                   \
                        T *to = c + i * row_c + j + q;                                                                 \
                        if (rows == ROWS && columns == COLUMNS)                                                        \
                            tile_##T(depth, slice, panels[q / COLUMNS], add, to, row_c);                               \
                        else                                                                                           \
                            edge_tile_##T(depth, slice, panels[q / COLUMNS], add, to, row_c, rows, columns);           \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    /* A matrix by a vector (n = 1) reads the matrix once, in the order it lies in, and packs nothing. */              \
    static void vector_##T(int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t step, bool add,    \
                           T *c, int64_t row_c, int64_t begin, int64_t end) {                                          \
        if (col_a == 1 && step == 1) {                                                                                 \
            for (int64_t i = begin; i < end; i++) {                                                                    \
                const T *row = a + i * row_a;                                                                          \
                T lane[LANES] = {0};                                                                                   \
                int64_t p = 0;                                                                                         \
                for (; p + LANES <= k; p += LANES)                                                                     \
                    for (int l = 0; l < LANES; l++) lane[l] += row[p + l] * b[p + l];                                  \
                for (int width = LANES / 2; width > 0; width /= 2)                                                     \
                    for (int l = 0; l < width; l++) lane[l] += lane[l + width];                                        \
                for (; p < k; p++) lane[0] += row[p] * b[p];                                                           \
                c[i * row_c] = add ? c[i * row_c] + lane[0] : lane[0];                                                 \
            }                                                                                                          \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t i = begin; i < end; i += STRIP) {                                                                 \
            int64_t rows = end - i < STRIP ? end - i : STRIP;                                                          \
            T sum[STRIP] = {0};                                                                                        \
            for (int64_t p = 0; p < k; p++) {                                                                          \
                const T *column = a + i * row_a + p * col_a;                                                           \
                T factor = b[p * step];                                                                                \
                if (row_a == 1)                                                                                        \
                    for (int64_t r = 0; r < rows; r++) sum[r] += column[r] * factor;                                   \
                else                                                                                                   \
                    for (int64_t r = 0; r < rows; r++) sum[r] += column[r * row_a] * factor;                           \
            }                                                                                                          \
            for (int64_t r = 0; r < rows; r++) c[(i + r) * row_c] = add ? c[(i + r) * row_c] + sum[r] : sum[r];        \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void gemm_##T(int64_t n, int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t row_b,    \
                         int64_t col_b, bool accumulate, T *c, int64_t row_c, int64_t begin, int64_t end) {            \
        if (k == 0 && !accumulate)                                                                                     \
            for (int64_t i = begin; i < end; i++)                                                                      \
                for (int64_t j = 0; j < n; j++) c[i * row_c + j] = 0;                                                  \
        else if (n == 1)                                                                                               \
            vector_##T(k, a, row_a, col_a, b, row_b, accumulate, c, row_c, begin, end);                                \
        else                                                                                                           \
            tiled_##T(n, k, a, row_a, col_a, b, row_b, col_b, accumulate, c, row_c, begin, end);                       \
    }                                                                                                                  \
                                                                                                                       \
    static double dot_##T(int64_t n, const T *a, const T *b) {                                                         \
        double lane[LANES] = {0};                                                                                      \
        int64_t i = 0;                                                                                                 \
        for (; i + LANES <= n; i += LANES)                                                                             \
            for (int l = 0; l < LANES; l++) lane[l] += (double)a[i + l] * b[i + l];                                    \
        for (int width = LANES / 2; width > 0; width /= 2)                                                             \
            for (int l = 0; l < width; l++) lane[l] += lane[l + width];                                                \
        for (; i < n; i++) lane[0] += (double)a[i] * b[i];                                                             \
        return lane[0];                                                                                                \
    }

DEFINE(float, 8)
DEFINE(double, 4)

void gradus_gemm(int type, int64_t m, int64_t n, int64_t k, const void *a, int64_t row_stride_a, int64_t col_stride_a,
                 const void *b, int64_t row_stride_b, int64_t col_stride_b, bool accumulate, void *c, int64_t row_stride_c,
                 int64_t begin, int64_t end) {
    (void)m;
    if (type == GRADUS_FLOAT32)
        gemm_float(n, k, a, row_stride_a, col_stride_a, b, row_stride_b, col_stride_b, accumulate, c, row_stride_c, begin, end);
    else
        gemm_double(n, k, a, row_stride_a, col_stride_a, b, row_stride_b, col_stride_b, accumulate, c, row_stride_c, begin, end);
}

void gradus_dot(int type, int64_t n, const void *a, const void *b, double *out, int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; block++) {
        int64_t start = block * GRADUS_REDUCTION_BLOCK;
        int64_t count = n - start < GRADUS_REDUCTION_BLOCK ? n - start : GRADUS_REDUCTION_BLOCK;
        if (type == GRADUS_FLOAT32)
            out[block] = dot_float(count, (const float *)a + start, (const float *)b + start);
        else
            out[block] = dot_double(count, (const double *)a + start, (const double *)b + start);
    }
}
