// Products of matrices from tiles. Included by each path once an element type, behind product_tile.h and product_packing.h.
//
// DEPTH terms of each sum are added in registers before they join c, so that the panel of b a tile needs, DEPTH by COLUMNS,
// stays in the first-level cache while the rows of a pass by. An element of c is computed in one way wherever a caller cuts
// rows or columns: its terms are added in the order of p, DEPTH at a time.

// As many rows of a are packed at a time as the second-level cache holds beside the rest: each panel of b, which comes from
// farther away, then serves so many rows.
enum { NAME(MIDDLE_ROWS) = 132 };

// b is read where it lies unless its rows are whole pages apart, which then compete for few places of the caches, and enough rows of
// a make use of a copy.
enum { NAME(FEW_ROWS) = 96, NAME(FEW_PANELS) = 8 };

INLINE int64_t NAME(least)(int64_t a, int64_t b) { return a < b ? a : b; }

// Rows of an a that is read as it lies go in tiles of one height, as low ones keep the units for products less busy. Those whole
// pages apart, or halves of pages, meet in few places of the first-level cache, with room for eight lines each: with twelve rows a
// tile waits for half of them.
INLINE int64_t NAME(height)(int64_t rows, int64_t row_a) {
    int64_t most = row_a * (int64_t)sizeof(T) % (PAGE / 2) == 0 && ROWS > 8 ? 8 : ROWS;
    return rows > 0 ? gradus_blocks(rows, gradus_blocks(rows, most)) : most;
}

// Rows of tiles beside one panel of `columns` columns, from an a that is read as it lies or from slices packed for tiles
// (stride_a is then ROWS, and `height`, the rows of a tile, too). `row_a` is the distance from row to row at which tiles begin.
// Meanwhile `next`, a packed panel as deep or none, is fetched, a share beside each tile. What sums start from is said at the tile.
INLINE void NAME(tiles_down)(int64_t rows, int64_t height, int64_t columns, int64_t depth, const NAME(tile_function) tiles[2][ROWS],
                             const T *a, int64_t row_a, int64_t stride_a, const T *b, int64_t row_b, const T *next,
                             const T *start, int64_t row_start, T *c, int64_t row_c) {
    int vectors = columns > NAME(LANES) ? 2 : 1;
    int64_t missing = vectors * NAME(LANES) - columns, in_line = 64 / (int64_t)sizeof(T);
    int64_t lines = next ? gradus_blocks(depth * NAME(COLUMNS) / in_line, gradus_blocks(rows, height)) : 0;
    for (int64_t i = 0; i < rows; i += height) {
        tiles[vectors - 1][NAME(least)(rows - i, height) - 1](depth, a + i * row_a, stride_a, b, row_b, next, lines,
                                                               start ? start + i * row_start : NULL, row_start, c + i * row_c,
                                                               row_c, missing);
        if (next) next += lines * in_line;
    }
}

// A small product, or any: a is read where it lies, b too where whole panels of it lie as they are wanted, or else through a
// copy in the first-level cache. Rows [begin, end).
static void NAME(multiply_in_place)(int64_t n, int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t row_b,
                                    int64_t col_b, const T *first, int64_t row_first, T *c, int64_t row_c, int64_t begin,
                                    int64_t end) {
    _Alignas(64) T panel[DEPTH * NAME(COLUMNS)];  // no vector of it lies across two lines of the cache
    T slice[ROWS * DEPTH];
    bool is_along = row_a == 1, is_across = col_a == 1 && !is_along;
    const int64_t height = NAME(height)(end - begin, is_along ? 1 : row_a);
    bool is_copied = col_b != 1 || (row_b * (int64_t)sizeof(T) % PAGE == 0 && end - begin >= NAME(FEW_ROWS));
    for (int64_t p = 0; p < k; p += DEPTH) {
        int64_t depth = NAME(least)(k - p, DEPTH), row_start = p > 0 ? row_c : row_first;
        const T *start = p > 0 ? c : first;
        for (int64_t j = 0; j < n; j += NAME(COLUMNS)) {
            int64_t columns = NAME(least)(n - j, NAME(COLUMNS)), step = row_b;
            const T *from = b + p * row_b + j * col_b;
            if (is_copied || columns < NAME(COLUMNS)) {
                NAME(pack)(depth, columns, NAME(COLUMNS), true, from, col_b, row_b, panel);
                from = panel;
                step = NAME(COLUMNS);
            }
            if (is_along || is_across) {
                NAME(tiles_down)(end - begin, height, columns, depth, is_along ? NAME(tiles_along) : NAME(tiles_across),
                                 a + begin * row_a + p * col_a, row_a, is_along ? col_a : row_a, from, step, NULL,
                                 start ? start + begin * row_start + j : NULL, row_start, c + begin * row_c + j, row_c);
                continue;
            }
            for (int64_t i = begin; i < end; i += ROWS) {  // a by two strides, which only callers with strange views have
                int64_t rows = NAME(least)(end - i, ROWS);
                NAME(pack)(depth, rows, ROWS, false, a + i * row_a + p * col_a, row_a, col_a, slice);
                NAME(tiles_down)(rows, ROWS, columns, depth, NAME(tiles_along), slice, 0, ROWS, from, step, NULL,
                                 start ? start + i * row_start + j : NULL, row_start, c + i * row_c + j, row_c);
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

// Rows of a in slices of ROWS, as tiles read them. Where rows are neighbours, four slices are packed side by side: they read whole
// lines of the cache, which columns far apart would drive out before the next slice came to them.
static void NAME(pack_slices)(int64_t depth, int64_t rows, const T *a, int64_t row_a, int64_t col_a, T *slices) {
    enum { TOGETHER = 4 };
    int64_t s = 0;
    if (row_a == 1)
        for (; s + TOGETHER * ROWS <= rows; s += TOGETHER * ROWS)
            for (int64_t p = 0; p < depth; p++)
#pragma clang loop unroll(full)
                for (int64_t t = s; t < s + TOGETHER * ROWS; t += ROWS)
                    memcpy(slices + t * depth + p * ROWS, a + t + p * col_a, ROWS * sizeof(T));
    for (; s < rows; s += ROWS)
        NAME(pack)(depth, NAME(least)(rows - s, ROWS), ROWS, false, a + s * row_a, row_a, col_a, slices + s * depth);
}

// The part of a large product that lies in rows [begin, end) and columns [from, to), `from` at the border of a panel, from
// panels packed before. Its rows of a are packed here, MIDDLE_ROWS by DEPTH at a time, which the second-level cache holds, unless they
// are read as they lie because so few panels would make use of it that packing takes as long as the product.
static void NAME(multiply_panels)(int64_t k, const void *a_, int64_t row_a, int64_t col_a, const void *packed_,
                                  const void *first_, int64_t row_first, void *c_, int64_t row_c, int64_t begin, int64_t end,
                                  int64_t from, int64_t to) {
    const T *a = a_, *packed = packed_, *first = first_;
    T *c = c_;
    _Alignas(64) T slices[NAME(MIDDLE_ROWS) * DEPTH];
    const bool is_across = col_a == 1 && row_a != 1 && to - from <= NAME(FEW_PANELS) * NAME(COLUMNS);
    for (int64_t i = begin; i < end; i += NAME(MIDDLE_ROWS)) {
        int64_t rows = NAME(least)(end - i, NAME(MIDDLE_ROWS)), height = is_across ? NAME(height)(rows, row_a) : ROWS;
        for (int64_t p = 0; p < k; p += DEPTH) {
            int64_t depth = NAME(least)(k - p, DEPTH), row_start = p > 0 ? row_c : row_first;
            const T *start = p > 0 ? c : first;
            const T *left = a + i * row_a + p * col_a;
            if (!is_across) NAME(pack_slices)(depth, rows, left, row_a, col_a, slices);
            for (int64_t j = from; j < to; j += NAME(COLUMNS)) {
                bool is_last = j + NAME(COLUMNS) >= to;
                const T *panel = packed + j * k + p * NAME(COLUMNS);
                const T *next = !is_last ? panel + k * NAME(COLUMNS)
                                : k - p >= 2 * DEPTH ? packed + from * k + (p + DEPTH) * NAME(COLUMNS) : NULL;
                NAME(tiles_down)(rows, height, NAME(least)(to - j, NAME(COLUMNS)), depth,
                                 is_across ? NAME(tiles_across) : NAME(tiles_along), is_across ? left : slices,
                                 is_across ? row_a : depth, is_across ? row_a : ROWS, panel, NAME(COLUMNS), next,
                                 start ? start + i * row_start + j : NULL, row_start, c + i * row_c + j, row_c);
            }
        }
    }
}

// `rows` rows beside a vector, each in PARTS sums that lie side by side; how many rows go together, so that none waits for its
// own last sum, changes no result.
INLINE void NAME(dot_rows)(int rows, int64_t k, const T *a, int64_t row_a, const T *b, const T *start, int64_t row_start, T *c,
                           int64_t row_c) {
    T lane[4][PARTS] = {{0}};
    int64_t p = 0;
    for (; p + PARTS <= k; p += PARTS)
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
            for (int l = 0; l < PARTS; l++) lane[r][l] += a[r * row_a + p + l] * b[p + l];
    for (int r = 0; r < rows; r++) {
        for (int width = PARTS / 2; width > 0; width /= 2)
            for (int l = 0; l < width; l++) lane[r][l] += lane[r][l + width];
        for (int64_t q = p; q < k; q++) lane[r][0] += a[r * row_a + q] * b[q];
        c[r * row_c] = start ? start[r * row_start] + lane[r][0] : lane[r][0];
    }
}

// A matrix by a vector (n = 1) reads the matrix once, in the order it lies in, and packs nothing: numbers of its rows are
// neighbours, and those of the vector, or those of its columns are.
static void NAME(multiply_vector)(int64_t k, const T *a, int64_t row_a, int64_t col_a, const T *b, int64_t step, const T *start,
                                  int64_t row_start, T *c, int64_t row_c, int64_t begin, int64_t end) {
    if (col_a == 1 && step == 1) {
        int64_t i = begin;
        for (; i + 4 <= end; i += 4)
            NAME(dot_rows)(4, k, a + i * row_a, row_a, b, start ? start + i * row_start : NULL, row_start, c + i * row_c, row_c);
        for (; i < end; i++)
            NAME(dot_rows)(1, k, a + i * row_a, row_a, b, start ? start + i * row_start : NULL, row_start, c + i * row_c, row_c);
        return;
    }
    for (int64_t i = begin; i < end; i += LINE) {
        int64_t rows = NAME(least)(end - i, LINE);
        T sum[LINE] = {0};
        for (int64_t p = 0; p < k; p++) {
            const T *column = a + i + p * col_a;
            T factor = b[p * step];
            for (int64_t r = 0; r < rows; r++) sum[r] += column[r] * factor;
        }
        for (int64_t r = 0; r < rows; r++) c[(i + r) * row_c] = start ? start[(i + r) * row_start] + sum[r] : sum[r];
    }
}

// c = a b or start + a b, rows [begin, end), without memory of one's own.
static void NAME(multiply)(int64_t n, int64_t k, const void *a, int64_t row_a, int64_t col_a, const void *b, int64_t row_b,
                           int64_t col_b, const void *start, int64_t row_start, void *c, int64_t row_c, int64_t begin,
                           int64_t end) {
    if (k == 0)
        for (int64_t i = begin; i < end; i++)
            for (int64_t j = 0; j < n; j++) ((T *)c)[i * row_c + j] = start ? ((const T *)start)[i * row_start + j] : 0;
    else if (n == 1 && (row_a == 1 || (col_a == 1 && row_b == 1)))
        NAME(multiply_vector)(k, a, row_a, col_a, b, row_b, start, row_start, c, row_c, begin, end);
    else
        NAME(multiply_in_place)(n, k, a, row_a, col_a, b, row_b, col_b, start, row_start, c, row_c, begin, end);
}

// The sum of n products in double precision, of SUMS sums side by side, so that none waits for itself.
static double NAME(dot)(int64_t n, const void *a_, const void *b_) {
    const T *a = a_, *b = b_;
    double lane[SUMS] = {0};
    int64_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (int l = 0; l < SUMS; l++) lane[l] += (double)a[i + l] * b[i + l];
    for (int width = SUMS / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++) lane[l] += lane[l + width];
    for (; i < n; i++) lane[0] += (double)a[i] * b[i];
    return lane[0];
}
