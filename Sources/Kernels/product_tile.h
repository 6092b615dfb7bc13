// The heart of a product: a tile of c, ROWS by COLUMNS, whose sums stay in registers while a column of a and a row of b pass
// by at each step. Included by each path once an element type, behind vectors.h.
enum { NAME(COLUMNS) = 2 * NAME(LANES) };

// How a tile reads a: from a slice that was packed for it, ROWS numbers for each term; down its columns where rows are neighbours; or
// along its rows.
enum { NAME(AS_PACKED), NAME(AS_ALONG), NAME(AS_ACROSS) };

// Terms are multiplied in the order in which they are written: nothing is read before the term it belongs to, as there are no
// registers to keep it in. And of a pointer that is passed on the compiler does not remember that it is another one moved, which
// would take an index besides it: an address with an index costs a multiply-add an operation more.
#define IN_ORDER __asm__ volatile("" ::: "memory")
#define PASSED_ON(pointer) __asm__("" : "+r"(pointer))

// One term of each sum of a tile; the factor of row i lies at from[i][at]. It is loaded once for both vectors of the row. But where a
// multiply-add can take it from memory itself (FACTORS_IN_MEMORY), two rows of three leave that to each of their two, if it is near: a
// load more, and an instruction less, of which a core that another one shares gets too few.
INLINE void NAME(add_term)(int rows, int vectors, bool is_near, const T *const *from, int64_t at, const T *b,
                           NAME(vector) sum[ROWS][2]) {
    NAME(vector) row[2];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) row[j] = NAME(load)(b + j * NAME(LANES));
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        bool is_loaded_once = !FACTORS_IN_MEMORY || !is_near || i % 3 == 0;
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            if (j > 0 && !is_loaded_once) IN_ORDER;  // what was read counts for nothing
            sum[i][j] = NAME(multiply_add)(NAME(all)(from[i][at]), row[j], sum[i][j]);
        }
#if FACTORS_IN_MEMORY
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++)
            if (is_loaded_once) __asm__ volatile("" : "+v"(sum[i][j]));  // nor is the factor kept for later
#endif
    }
    IN_ORDER;
}

// Where the next factors lie, `by` further on: of all rows at a distance that is known, or of each by itself.
INLINE void NAME(move)(int rows, int way, int64_t by, const T **from) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) from[i] = way == NAME(AS_ACROSS) || i == 0 ? from[i] + by : from[0] + i;
}

// `count` times so many terms, known when this is compiled, as the way and whether b is packed are. What it reads from is moved on.
INLINE void NAME(add_terms)(int terms, int rows, int vectors, int way, int64_t count, const T **from, int64_t stride_a,
                            bool b_is_packed, const T **b, int64_t row_b, NAME(vector) sum[ROWS][2]) {
#pragma clang loop unroll(disable)
    for (; count > 0; count--) {
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++)
            if (way == NAME(AS_ACROSS)) PASSED_ON(from[i]);
#pragma clang loop unroll(full)
        for (int p = 0; p < terms; p++) {
            int64_t at = way == NAME(AS_PACKED) ? p * ROWS : way == NAME(AS_ACROSS) ? p : 0;
            NAME(add_term)(rows, vectors, way != NAME(AS_ALONG), from, at, *b + (b_is_packed ? p * NAME(COLUMNS) : 0), sum);
            if (way == NAME(AS_ALONG)) {
                NAME(move)(1, way, stride_a, from);
                PASSED_ON(from[0]);
                NAME(move)(rows, way, 0, from);
            }
            if (!b_is_packed) {
                *b += row_b;
                PASSED_ON(*b);
            }
        }
        if (way != NAME(AS_ALONG)) NAME(move)(rows, way, way == NAME(AS_PACKED) ? terms * ROWS : terms, from);
        if (b_is_packed) *b += terms * NAME(COLUMNS);
    }
}

// All terms of a tile. What is wanted after them is on its way meanwhile, a share beside each stretch of terms: the rows of c,
// and `lines` lines of the cache from `next` on. All at once they would keep those waiting that the terms lie in.
INLINE void NAME(add_all)(int rows, int vectors, int way, int64_t k, const T *a, int64_t stride_a, bool b_is_packed, const T *b,
                          int64_t row_b, const T *next, int64_t lines, const T *c, int64_t row_c,
                          NAME(vector) sum[ROWS][2]) {
    enum { EACH = 3 };
    const T *from[ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) from[i] = a + i * (way == NAME(AS_ACROSS) ? stride_a : 1);
    int64_t groups = k / STEPS, stretch = groups * EACH / rows, share = (lines * EACH + rows - 1) / rows;
#pragma clang loop unroll(disable)
    for (int i = 0; i < rows; i += EACH, groups -= stretch) {
#pragma clang loop unroll(full)
        for (int r = 0; r < EACH * vectors; r++)
            if (i + r / vectors < rows)
                __builtin_prefetch(c + (i + r / vectors) * row_c + r % vectors * NAME(LANES), 1, 3);
#pragma clang loop unroll(disable)
        for (int64_t l = 0; l < share; l++, next += 64 / sizeof(T)) __builtin_prefetch(next, 0, 2);
        NAME(add_terms)(STEPS, rows, vectors, way, i + EACH < rows ? stretch : groups, from, stride_a, b_is_packed, &b, row_b, sum);
    }
    NAME(add_terms)(1, rows, vectors, way, k % STEPS, from, stride_a, b_is_packed, &b, row_b, sum);
}

// The first `count` numbers of a vector that is not wanted whole: a half of it, a quarter, …, as the bits of the number say.
INLINE void NAME(move_some)(int64_t count, const T *from, T *to) {
#pragma clang loop unroll(full)
    for (int some = NAME(LANES) / 2; some > 0; some /= 2) {
        if (!(count & some)) continue;
#pragma clang loop unroll(full)
        for (int l = 0; l < some; l++) to[l] = from[l];
        to += some;
        from += some;
    }
}

// What the sums of a tile start from, added to them: in a pass of its own, and of whole vectors by itself, as a question asked of each
// vector would cost as much.
INLINE void NAME(add_start)(int rows, int vectors, bool is_whole, const T *start, int64_t row_start, int64_t missing,
                            NAME(vector) sum[ROWS][2]) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            const T *from = start + i * row_start + j * NAME(LANES);
            if (j < vectors - 1 || is_whole) {
                sum[i][j] = NAME(load)(from) + sum[i][j];
            } else {
                T all[NAME(LANES)] = {0};
                NAME(move_some)(NAME(LANES) - missing, from, all);
                sum[i][j] = NAME(load)(all) + sum[i][j];
            }
        }
}

// c[i, j] = start[i, j] + sum over p < k of a[i, p] * b[p, j], for `rows` rows and the columns of `vectors` vectors, of which the last
// `missing` are computed and not written. No start is zeros; c itself is one, and one row for all (row_start = 0) is a bias. Rows of b
// lie row_b apart; a[i, p] lies at i + p * stride_a, or at i * stride_a + p if it is read along its rows. All but strides, k, `missing`,
// the start and what is fetched meanwhile is known when this is compiled, so the loops over rows and vectors vanish.
INLINE void NAME(tile)(int rows, int vectors, bool is_across, int64_t k, const T *a, int64_t stride_a, const T *b, int64_t row_b,
                       const T *next, int64_t lines, const T *start, int64_t row_start, T *c, int64_t row_c, int64_t missing) {
    NAME(vector) sum[ROWS][2];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = (NAME(vector)){0};
    int way = is_across ? NAME(AS_ACROSS) : NAME(AS_ALONG);
    if (row_b != NAME(COLUMNS))
        NAME(add_all)(rows, vectors, way, k, a, stride_a, false, b, row_b, next, lines, c, row_c, sum);
    else if (is_across || stride_a != ROWS)
        NAME(add_all)(rows, vectors, way, k, a, stride_a, true, b, row_b, next, lines, c, row_c, sum);
    else
        NAME(add_all)(rows, vectors, NAME(AS_PACKED), k, a, ROWS, true, b, row_b, next, lines, c, row_c, sum);
    if (start && missing == 0)
        NAME(add_start)(rows, vectors, true, start, row_start, 0, sum);
    else if (start)
        NAME(add_start)(rows, vectors, false, start, row_start, missing, sum);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) {
            T *to = c + i * row_c + j * NAME(LANES);
            if (j < vectors - 1 || missing == 0) {
                NAME(store)(to, sum[i][j]);
            } else {
                T all[NAME(LANES)];
                NAME(store)(all, sum[i][j]);
                NAME(move_some)(NAME(LANES) - missing, all, to);
            }
        }
}

// The tile for each number of rows, one function per way to read a: [vectors - 1][rows - 1].
typedef void (*NAME(tile_function))(int64_t k, const T *a, int64_t stride_a, const T *b, int64_t row_b, const T *next,
                                    int64_t lines, const T *start, int64_t row_start, T *c, int64_t row_c, int64_t missing);

#define TILE(WAY, IS_ACROSS, VECTORS, N)                                                                                    \
    static void NAME(tile_##WAY##_##VECTORS##_##N)(int64_t k, const T *a, int64_t stride_a, const T *b, int64_t row_b,       \
                                                   const T *next, int64_t lines, const T *start, int64_t row_start, T *c,    \
                                                   int64_t row_c, int64_t missing) {                                         \
        NAME(tile)(N, VECTORS, IS_ACROSS, k, a, stride_a, b, row_b, next, lines, start, row_start, c, row_c, missing);       \
    }
#define TILES(N) TILE(along, false, 1, N) TILE(along, false, 2, N) TILE(across, true, 1, N) TILE(across, true, 2, N)
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
