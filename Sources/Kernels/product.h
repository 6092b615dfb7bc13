// Products of matrices from tiles. Included by each path once an element type, behind product_tile.h and product_packing.h.
//
// DEPTH terms of each sum are added in registers before they join c, so that the panel of b a tile needs, DEPTH by COLUMNS,
// stays in the first-level cache while the rows of a pass by. An element of c is computed in one way wherever a caller cuts
// rows or columns: its terms are added in the order of p, DEPTH at a time.

// As many rows of a are packed at a time as the second-level cache holds beside the rest: each panel of b, which comes from
// farther away, then serves so many rows.
enum { NAME(MIDDLE_ROWS) = 960 / (int)sizeof(T) };

INLINE int64_t NAME(least)(int64_t a, int64_t b) { return a < b ? a : b; }

// Rows of tiles beside one panel of `columns` columns, from an a that is read as it lies or from slices packed for tiles
// (stride_a is then ROWS, slice the distance from one slice to the next).
INLINE void NAME(tiles_down)(int64_t rows, int64_t columns, int64_t depth, const NAME(tile_function) tiles[2][ROWS], const T *a,
                             int64_t stride_a, int64_t slice, const T *b, int64_t row_b, bool add, T *c, int64_t row_c) {
    int vectors = columns > NAME(LANES) ? 2 : 1;
    int64_t missing = vectors * NAME(LANES) - columns;
    for (int64_t i = 0; i < rows; i += ROWS)
        tiles[vectors - 1][NAME(least)(rows - i, ROWS) - 1](depth, a + i / ROWS * slice, stride_a, b, row_b, add,
                                                             c + i * row_c, row_c, missing);
}

// A small product, or any: a is read where it lies, b too where whole panels of it lie as they are wanted. Rows [begin, end).
static void NAME(multiply_in_place)(int64_t n, int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t row_b,
                                    int64_t col_b, bool accumulate, T *c, int64_t row_c, int64_t begin, int64_t end) {
    T panel[DEPTH * NAME(COLUMNS)], slice[ROWS * DEPTH];
    bool is_along = row_a == 1, is_across = col_a == 1 && !is_along;
    for (int64_t p = 0; p < k; p += DEPTH) {
        int64_t depth = NAME(least)(k - p, DEPTH);
        for (int64_t j = 0; j < n; j += NAME(COLUMNS)) {
            int64_t columns = NAME(least)(n - j, NAME(COLUMNS)), step = row_b;
            const T *from = b + p * row_b + j * col_b;
            if (col_b != 1 || columns < NAME(COLUMNS)) {
                NAME(pack)(depth, columns, NAME(COLUMNS), true, from, col_b, row_b, panel);
                from = panel;
                step = NAME(COLUMNS);
            }
            bool add = accumulate || p > 0;
            if (is_along || is_across) {
                NAME(tiles_down)(end - begin, columns, depth, is_along ? NAME(tiles_along) : NAME(tiles_across),
                                 a + begin * row_a + p * col_a, is_along ? col_a : row_a, ROWS * row_a, from, step, add,
                                 c + begin * row_c + j, row_c);
                continue;
            }
            for (int64_t i = begin; i < end; i += ROWS) {  // a by two strides, which only callers with strange views have
                int64_t rows = NAME(least)(end - i, ROWS);
                NAME(pack)(depth, rows, ROWS, false, a + i * row_a + p * col_a, row_a, col_a, slice);
                NAME(tiles_down)(rows, columns, depth, NAME(tiles_along), slice, ROWS, 0, from, step, add,
                                 c + i * row_c + j, row_c);
            }
        }
    }
}

// Panel number q of b for all of k, at packed + q * k * COLUMNS: p by p, COLUMNS numbers each. Panels [begin, end).
static void NAME(pack_panels)(int64_t n, int64_t k, const void *b_, int64_t row_b, int64_t col_b, void *packed_, int64_t begin,
                              int64_t end) {
    const T *b = b_;
    T *packed = packed_;
    for (int64_t q = begin; q < end; q++)
        NAME(pack)(k, NAME(least)(n - q * NAME(COLUMNS), NAME(COLUMNS)), NAME(COLUMNS), true, b + q * NAME(COLUMNS) * col_b,
                   col_b, row_b, packed + q * k * NAME(COLUMNS));
}

// The part of a large product that lies in rows [begin, end) and columns [from, to), `from` at the border of a panel, from
// panels packed before. Its rows of a are packed here, MIDDLE_ROWS by DEPTH at a time, which the second-level cache holds.
static void NAME(multiply_panels)(int64_t k, const void *a_, int64_t row_a, int64_t col_a, const void *packed_, bool accumulate,
                                  void *c_, int64_t row_c, int64_t begin, int64_t end, int64_t from, int64_t to) {
    const T *a = a_, *packed = packed_;
    T *c = c_, slices[NAME(MIDDLE_ROWS) * DEPTH];
    for (int64_t i = begin; i < end; i += NAME(MIDDLE_ROWS)) {
        int64_t rows = NAME(least)(end - i, NAME(MIDDLE_ROWS));
        for (int64_t p = 0; p < k; p += DEPTH) {
            int64_t depth = NAME(least)(k - p, DEPTH);
            for (int64_t s = 0; s < rows; s += ROWS)
                NAME(pack)(depth, NAME(least)(rows - s, ROWS), ROWS, false, a + (i + s) * row_a + p * col_a, row_a, col_a,
                           slices + s * depth);
            for (int64_t j = from; j < to; j += NAME(COLUMNS))
                NAME(tiles_down)(rows, NAME(least)(to - j, NAME(COLUMNS)), depth, NAME(tiles_along), slices, ROWS, ROWS * depth,
                                 packed + j * k + p * NAME(COLUMNS), NAME(COLUMNS), accumulate || p > 0, c + i * row_c + j,
                                 row_c);
        }
    }
}

// A matrix by a vector (n = 1) reads the matrix once, in the order it lies in, and packs nothing.
static void NAME(multiply_vector)(int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t step, bool add, T *c,
                                  int64_t row_c, int64_t begin, int64_t end) {
    if (col_a == 1 && step == 1) {
        for (int64_t i = begin; i < end; i++) {
            const T *row = a + i * row_a;
            T lane[PARTS] = {0};
            int64_t p = 0;
            for (; p + PARTS <= k; p += PARTS)
                for (int l = 0; l < PARTS; l++) lane[l] += row[p + l] * b[p + l];
            for (int width = PARTS / 2; width > 0; width /= 2)
                for (int l = 0; l < width; l++) lane[l] += lane[l + width];
            for (; p < k; p++) lane[0] += row[p] * b[p];
            c[i * row_c] = add ? c[i * row_c] + lane[0] : lane[0];
        }
        return;
    }
    for (int64_t i = begin; i < end; i += LINE) {
        int64_t rows = NAME(least)(end - i, LINE);
        T sum[LINE] = {0};
        for (int64_t p = 0; p < k; p++) {
            const T *column = a + i * row_a + p * col_a;
            T factor = b[p * step];
            if (row_a == 1)
                for (int64_t r = 0; r < rows; r++) sum[r] += column[r] * factor;
            else
                for (int64_t r = 0; r < rows; r++) sum[r] += column[r * row_a] * factor;
        }
        for (int64_t r = 0; r < rows; r++) c[(i + r) * row_c] = add ? c[(i + r) * row_c] + sum[r] : sum[r];
    }
}

// c = a b or c += a b, rows [begin, end), without memory of one's own.
static void NAME(multiply)(int64_t n, int64_t k, const void *a, int64_t row_a, int64_t col_a, const void *b, int64_t row_b,
                           int64_t col_b, bool accumulate, void *c, int64_t row_c, int64_t begin, int64_t end) {
    if (k == 0 && !accumulate)
        for (int64_t i = begin; i < end; i++)
            for (int64_t j = 0; j < n; j++) ((T *)c)[i * row_c + j] = 0;
    else if (n == 1)
        NAME(multiply_vector)(k, a, row_a, col_a, b, row_b, accumulate, c, row_c, begin, end);
    else
        NAME(multiply_in_place)(n, k, a, row_a, col_a, b, row_b, col_b, accumulate, c, row_c, begin, end);
}

// The sum of n products in double precision.
static double NAME(dot)(int64_t n, const void *a_, const void *b_) {
    const T *a = a_, *b = b_;
    double lane[PARTS] = {0};
    int64_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (int l = 0; l < PARTS; l++) lane[l] += (double)a[i + l] * b[i + l];
    for (int width = PARTS / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++) lane[l] += lane[l + width];
    for (; i < n; i++) lane[0] += (double)a[i] * b[i];
    return lane[0];
}
