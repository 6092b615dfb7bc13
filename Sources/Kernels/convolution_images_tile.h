// Tiles of sums for images side by side in vectors: products of numbers and vectors, or of vectors and vectors. Included by each path for
// float, behind vectors.h and product_tile.h.

// A tile has up to SLICE by WIDEST sums, and no more than registers hold.
enum { WIDEST = 8, MOST_SUMS = 2 * ROWS };

// One term of a tile: sum[i][j] += one[i] * other[j], where one is `rows` numbers or, lanes apart, vectors, and other vectors. The
// fewer are loaded first; of the others every second is loaded once, too, and where multiply-adds can take factors from memory the
// rest is left to them (FACTORS_IN_MEMORY; product_tile.h says why). With AVX2 they could take vectors from there, but loads are
// too many then.
INLINE void image_term(int rows, int columns, bool are_numbers, const float *one, const float *other,
                       vector_float sum[SLICE][WIDEST]) {
    enum { L = LANES_float };
    vector_float kept[WIDEST];
    bool keeps_rows = rows <= columns;
    int few = keeps_rows ? rows : columns, many = keeps_rows ? columns : rows;
#pragma clang loop unroll(full)
    for (int i = 0; i < few; i++)
        kept[i] = !keeps_rows ? load_float(other + i * L) : are_numbers ? all_float(one[i]) : load_float(one + i * L);
#pragma clang loop unroll(full)
    for (int j = 0; j < many; j++) {
        bool is_from_memory = FACTORS_IN_MEMORY && j % 2 == 1;
#pragma clang loop unroll(full)
        for (int i = 0; i < few; i++) {
            if (i > 0 && is_from_memory) IN_ORDER;
            vector_float met = keeps_rows    ? load_float(other + j * L)
                               : are_numbers ? all_float(one[j])
                                             : load_float(one + j * L);
            vector_float *to = keeps_rows ? &sum[i][j] : &sum[j][i];
            *to = multiply_add_float(met, kept[i], *to);
        }
    }
    IN_ORDER;
}

// The terms that a tile of results adds up: `runs` runs of `count` terms, one behind the other `apart` terms further on. Where the
// tile's first position meets a term is from + offset.
typedef struct { int64_t runs, count, apart; const int64_t *offset; } image_terms;

// to[i * row + j] = sum over terms of w[t * rows + i] * from[offset[t] + j], added to start[i] or to what is there; in vectors.
INLINE void image_tile(int rows, int columns, const image_terms *terms, const float *w, const float *from, const float *start,
                       float *to, int64_t row) {
    enum { L = LANES_float };
    vector_float sum[SLICE][WIDEST];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < columns; j++) sum[i][j] = start ? all_float(start[i]) : load_float(to + i * row + j * L);
    const int64_t *offset = terms->offset;
    int64_t rest = terms->apart - terms->count;
    for (int64_t n = terms->runs; n > 0; n--) {
#pragma clang loop unroll(disable)
        for (int64_t t = terms->count / 2; t > 0; t--, offset += 2, w += 2 * rows) {
            const float *met = from + offset[0], *next = from + offset[1];
            PASSED_ON(met);
            PASSED_ON(next);
            image_term(rows, columns, true, w, met, sum);
            image_term(rows, columns, true, w + rows, next, sum);
        }
        if (terms->count % 2) {
            const float *met = from + *offset++;
            PASSED_ON(met);
            image_term(rows, columns, true, w, met, sum);
            w += rows;
        }
        offset += rest;
        w += rest * rows;
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < columns; j++) store_float(to + i * row + j * L, sum[i][j]);
}

// What a tile of the weights' gradient passes by: lines of positions, `count` in each, and where the next position and the next line
// lie in u and in x.
typedef struct { int64_t lines, count, step_u, line_u, line_x; } image_lines;

// to[i * row + j] += sum over positions of u[i] * x[j], in vectors.
INLINE void image_weight_tile(int rows, int columns, const image_lines *lines, const float *u, const float *x, float *to,
                              int64_t row) {
    enum { L = LANES_float };
    vector_float sum[SLICE][WIDEST];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < columns; j++) {
            sum[i][j] = load_float(to + i * row + j * L);
            __builtin_prefetch(to + i * row + (columns + j) * L, 1, 3);  // the next taps'
        }
    for (int64_t y = 0; y < lines->lines; y++) {
        const float *one = u + y * lines->line_u, *other = x + y * lines->line_x;
#pragma clang loop unroll(disable)
        for (int64_t n = lines->count; n > 0; n--, one += lines->step_u, other += L) {
            PASSED_ON(one);
            PASSED_ON(other);
            image_term(rows, columns, false, one, other, sum);
        }
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < columns; j++) store_float(to + i * row + j * L, sum[i][j]);
}

typedef void (*image_tile_function)(const image_terms *terms, const float *w, const float *from, const float *start, float *to,
                                    int64_t row);
typedef void (*image_weight_tile_function)(const image_lines *lines, const float *u, const float *x, float *to, int64_t row);

// Of more sums than registers hold there is none.
#define TILE(WIDTH, N)                                                                                                       \
    static void image_tile_##WIDTH##_##N(const image_terms *terms, const float *w, const float *from, const float *start,    \
                                         float *to, int64_t row) {                                                          \
        if (WIDTH * N <= MOST_SUMS) image_tile(N, WIDTH, terms, w, from, start, to, row);                                    \
    }                                                                                                                        \
    static void image_weight_tile_##WIDTH##_##N(const image_lines *lines, const float *u, const float *x, float *to,         \
                                                int64_t row) {                                                              \
        if (WIDTH * N <= MOST_SUMS) image_weight_tile(N, WIDTH, lines, u, x, to, row);                                       \
    }
#define TILES(N) TILE(1, N) TILE(2, N) TILE(3, N) TILE(4, N) TILE(5, N) TILE(6, N) TILE(7, N) TILE(8, N)
EACH_FILTER(TILES)
#undef TILES
#undef TILE

// [rows - 1][columns - 1].
#define EACH_WIDTH(X) {X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8)},
#define NAMED(N) {image_tile_1_##N, image_tile_2_##N, image_tile_3_##N, image_tile_4_##N, \
                  image_tile_5_##N, image_tile_6_##N, image_tile_7_##N, image_tile_8_##N},
static const image_tile_function image_tiles[SLICE][WIDEST] = {EACH_FILTER(NAMED)};
#undef NAMED
#define NAMED(N) {image_weight_tile_1_##N, image_weight_tile_2_##N, image_weight_tile_3_##N, image_weight_tile_4_##N, \
                  image_weight_tile_5_##N, image_weight_tile_6_##N, image_weight_tile_7_##N, image_weight_tile_8_##N},
static const image_weight_tile_function image_weight_tiles[SLICE][WIDEST] = {EACH_FILTER(NAMED)};
#undef NAMED
#undef EACH_WIDTH

// How `rows` and `columns` are cut: tiles of up to `rows_each` by `columns_each`, of even size.
typedef struct { int64_t rows_each, columns_each; } image_cut;

// What a term of such a tile takes, in instructions: its multiply-adds, what is loaded for them, some to go on. Fewer sums than some
// have to wait for each other.
INLINE int64_t image_term_cost(int64_t rows, int64_t columns) {
    int64_t few = gradus_least(rows, columns), many = gradus_most(rows, columns);
    int64_t loads = few + (FACTORS_IN_MEMORY ? (many + 1) / 2 : many);
    return gradus_most(rows * columns + loads, 12) + 2;
}

// The cut that takes the fewest, of up to `most` rows.
INLINE image_cut image_cut_of(int64_t rows, int64_t columns, int64_t most) {
    image_cut best = {1, 1};
    int64_t least = INT64_MAX;
    for (int64_t each = 1; each <= most && each <= rows; each++) {
        int64_t widest = gradus_least(WIDEST, MOST_SUMS / each), across = gradus_blocks(columns, widest);
        int64_t wide = gradus_blocks(columns, across), rest_down = rows % each, rest_across = columns % wide;
        int64_t cost = rows / each * (columns / wide * image_term_cost(each, wide) + (rest_across ? image_term_cost(each, rest_across) : 0));
        if (rest_down > 0)
            cost += columns / wide * image_term_cost(rest_down, wide) + (rest_across ? image_term_cost(rest_down, rest_across) : 0);
        if (cost > least) continue;
        least = cost;
        best = (image_cut){each, wide};
    }
    return best;
}
