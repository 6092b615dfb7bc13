// The heart of a product: a tile of c, ROWS by COLUMNS, whose sums stay in registers while a column of a and a row of b pass
// by at each step. Included by each path once an element type, behind vectors.h.
enum { NAME(COLUMNS) = 2 * NAME(LANES) };

// One term of each sum of a tile. A factor is loaded once for both vectors of its row. But where a multiply-add can take it from
// memory itself (FACTORS_IN_MEMORY), two rows of three leave that to each of their two: a load more, and an instruction less, of
// which a core that another one shares gets too few. `again` is `a`, as a pointer that the compiler takes for another one.
INLINE void NAME(add_term)(int rows, int vectors, bool rows_are_neighbours, const T *a, const T *again, int64_t stride_a,
                           const T *b, NAME(vector) sum[ROWS][2]) {
    NAME(vector) row[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) row[j] = NAME(load)(b + j * NAME(LANES));
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        int64_t at = rows_are_neighbours ? i : i * stride_a;
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            NAME(vector) factor = NAME(all)(j == 1 && i % 3 != 0 ? again[at] : a[at]);
            sum[i][j] = NAME(multiply_add)(factor, row[j], sum[i][j]);
        }
    }
}

// The first `count` sums of a vector that is not wanted whole: a half of it, a quarter, …, as the bits of the number say.
INLINE void NAME(store_some)(int64_t count, NAME(vector) sums, bool add, T *to) {
    T all[NAME(LANES)], *from = all;
    NAME(store)(all, sums);
#pragma clang loop unroll(full)
    for (int some = NAME(LANES) / 2; some > 0; some /= 2) {
        if (!(count & some)) continue;
#pragma clang loop unroll(full)
        for (int l = 0; l < some; l++) to[l] = add ? to[l] + from[l] : from[l];
        to += some;
        from += some;
    }
}

// c[i, j] = sum over p < k of a[i, p] * b[p, j], added to what c held if `add`, for `rows` rows and the columns of `vectors`
// vectors, of which the last `missing` are computed and not written. Rows of b lie row_b apart. a is read down its columns:
// a[i, p] = a[i * row_a + p * col_a], one of the two strides being 1 (`rows_are_neighbours` says which). All but strides, k
// and `missing` is known when this is compiled, so the loops over rows and vectors vanish.
INLINE void NAME(tile)(int rows, int vectors, bool rows_are_neighbours, int64_t k, const T *a, int64_t stride_a, const T *b,
                       int64_t row_b, bool add, T *c, int64_t row_c, int64_t missing) {
    NAME(vector) sum[ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = (NAME(vector)){0};
    if (add)  // c is on its way while the terms are multiplied
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) __builtin_prefetch(c + i * row_c + j * NAME(LANES), 1, 3);
    int64_t p = 0;
    if (rows_are_neighbours && stride_a == ROWS && row_b == NAME(COLUMNS)) {  // both are packed: the strides are known too
#if FACTORS_IN_MEMORY
        const T *volatile hidden = a;
        const T *again = hidden;
#else
        const T *again = a;
#endif
        for (; p + STEPS <= k; p += STEPS, a += STEPS * ROWS, again += STEPS * ROWS, b += STEPS * NAME(COLUMNS))
#pragma clang loop unroll(full)
            for (int s = 0; s < STEPS; s++)
                NAME(add_term)(rows, vectors, true, a + s * ROWS, again + s * ROWS, ROWS, b + s * NAME(COLUMNS), sum);
    }
#pragma clang loop unroll(disable)
    for (; p < k; p++, a += rows_are_neighbours ? stride_a : 1, b += row_b)
        NAME(add_term)(rows, vectors, rows_are_neighbours, a, a, stride_a, b, sum);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            T *to = c + i * row_c + j * NAME(LANES);
            if (j < vectors - 1 || missing == 0) {
                NAME(store)(to, add ? NAME(load)(to) + sum[i][j] : sum[i][j]);
            } else {
                NAME(store_some)(NAME(LANES) - missing, sum[i][j], add, to);
            }
        }
}

// The tile for each number of rows, one function per way to read a: [vectors - 1][rows - 1].
typedef void (*NAME(tile_function))(int64_t k, const T *a, int64_t stride_a, const T *b, int64_t row_b, bool add, T *c,
                                    int64_t row_c, int64_t missing);

#define TILE(WAY, NEIGHBOURS, VECTORS, N)                                                                                     \
    static void NAME(tile_##WAY##_##VECTORS##_##N)(int64_t k, const T *a, int64_t stride_a, const T *b, int64_t row_b,         \
                                                   bool add, T *c, int64_t row_c, int64_t missing) {                          \
        NAME(tile)(N, VECTORS, NEIGHBOURS, k, a, stride_a, b, row_b, add, c, row_c, missing);                                 \
    }
#define TILES(N) TILE(along, true, 1, N) TILE(along, true, 2, N) TILE(across, false, 1, N) TILE(across, false, 2, N)
EACH_ROW(TILES)
#undef TILES
#undef TILE

#define ALONG_1(N) NAME(tile_along_1_##N),
#define ALONG_2(N) NAME(tile_along_2_##N),
#define ACROSS_1(N) NAME(tile_across_1_##N),
#define ACROSS_2(N) NAME(tile_across_2_##N),
static const NAME(tile_function) NAME(tiles_along)[2][ROWS] = {{EACH_ROW(ALONG_1)}, {EACH_ROW(ALONG_2)}};
static const NAME(tile_function) NAME(tiles_across)[2][ROWS] = {{EACH_ROW(ACROSS_1)}, {EACH_ROW(ACROSS_2)}};
#undef ALONG_1
#undef ALONG_2
#undef ACROSS_1
#undef ACROSS_2
