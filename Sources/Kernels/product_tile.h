// The heart of a product: a tile of c, ROWS by COLUMNS, whose sums stay in registers while a column of a and a row of b pass
// by at each step. Included by each path once an element type, behind vectors.h.
enum { NAME(COLUMNS) = 2 * NAME(LANES) };

// Terms are multiplied in the order in which they are written: nothing is read before the term it belongs to, as there are no
// registers to keep it in. And of a pointer that is passed on the compiler does not remember that it is another one moved, which
// would take an index besides it: an address with an index costs a multiply-add an operation more.
#define IN_ORDER __asm__ volatile("" ::: "memory")
#define PASSED_ON(pointer) __asm__("" : "+r"(pointer))

// One term of each sum of a tile; the factor of row i lies at from[i][at]. It is loaded once for both vectors of the row. But where a
// multiply-add can take it from memory itself (FACTORS_IN_MEMORY), two rows of three leave that to each of their two: a load more, and
// an instruction less, of which a core that another one shares gets too few.
INLINE void NAME(add_term)(int rows, int vectors, const T *const *from, int64_t at, const T *b, NAME(vector) sum[ROWS][2]) {
    NAME(vector) row[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) row[j] = NAME(load)(b + j * NAME(LANES));
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        bool is_loaded_once = !FACTORS_IN_MEMORY || i % 3 == 0;
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            if (j > 0 && !is_loaded_once) IN_ORDER;  // what was read counts for nothing
            sum[i][j] = NAME(multiply_add)(NAME(all)(from[i][at]), row[j], sum[i][j]);
        }
#if FACTORS_IN_MEMORY
        if (is_loaded_once) __asm__ volatile("" : "+v"(sum[i][0]), "+v"(sum[i][1]));  // nor is the factor kept for later
#endif
    }
    IN_ORDER;
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

// Where the factors of a term lie, if a is read down rows that are neighbours.
INLINE void NAME(place)(int rows, const T *a, const T **from) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) from[i] = a + i;
}

// `count` times so many terms, known when this is compiled, as strides of ROWS and COLUMNS are. What it reads is moved on.
INLINE void NAME(add_terms)(int terms, int rows, int vectors, bool rows_are_neighbours, int64_t count, const T **from,
                            int64_t stride_a, const T **b, int64_t row_b, NAME(vector) sum[ROWS][2]) {
    bool is_packed = rows_are_neighbours && stride_a == ROWS;
#pragma clang loop unroll(disable)
    for (; count > 0; count--) {
        if (!rows_are_neighbours)
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) PASSED_ON(from[i]);
#pragma clang loop unroll(full)
        for (int p = 0; p < terms; p++) {
            NAME(add_term)(rows, vectors, from, is_packed ? p * ROWS : rows_are_neighbours ? 0 : p,
                           *b + (row_b == NAME(COLUMNS) ? p * row_b : 0), sum);
            if (rows_are_neighbours && !is_packed) {
                const T *next = from[0] + stride_a;
                PASSED_ON(next);
                NAME(place)(rows, next, from);
            }
            if (row_b != NAME(COLUMNS)) {
                *b += row_b;
                PASSED_ON(*b);
            }
        }
        if (is_packed) NAME(place)(rows, from[0] + terms * ROWS, from);
        if (!rows_are_neighbours)
#pragma clang loop unroll(full)
            for (int i = 0; i < rows; i++) from[i] += terms;
        if (row_b == NAME(COLUMNS)) *b += terms * row_b;
    }
}

// All terms of a tile.
INLINE void NAME(add_all)(int rows, int vectors, bool rows_are_neighbours, int64_t k, const T *a, int64_t stride_a, const T *b,
                          int64_t row_b, NAME(vector) sum[ROWS][2]) {
    const T *from[ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) from[i] = a + i * (rows_are_neighbours ? 1 : stride_a);
    NAME(add_terms)(STEPS, rows, vectors, rows_are_neighbours, k / STEPS, from, stride_a, &b, row_b, sum);
    NAME(add_terms)(1, rows, vectors, rows_are_neighbours, k % STEPS, from, stride_a, &b, row_b, sum);
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
    bool b_is_packed = row_b == NAME(COLUMNS);
    if (rows_are_neighbours && stride_a == ROWS && b_is_packed)  // each way with the strides that it knows, or does not
        NAME(add_all)(rows, vectors, true, k, a, ROWS, b, NAME(COLUMNS), sum);
    else if (b_is_packed)
        NAME(add_all)(rows, vectors, rows_are_neighbours, k, a, stride_a, b, NAME(COLUMNS), sum);
    else
        NAME(add_all)(rows, vectors, rows_are_neighbours, k, a, stride_a, b, row_b, sum);
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
