// The heart of a convolution: a tile of results, SLICE filters by some vectors of positions, whose sums stay in registers while
// all terms pass by. What a term meets is read where it lies, each vector from a place of its own. Included by each path once an
// element type.

// Fewer filters take more vectors, so that there are always enough sums to wait for.
enum { NAME(MOST_VECTORS) = 2 * VECTORS };

// Where a tile's vectors come from and go to.
typedef struct {
    const T *from[NAME(MOST_VECTORS)];
    T *to[NAME(MOST_VECTORS)];
    int64_t row[NAME(MOST_VECTORS)];  // from a filter's results to the next one's
} NAME(window_vectors);

// to[j][i * row[j]] = start[i] + sum over t < k of a[t * SLICE + i] * from[j][offset[t]], for `filters` filters i; or that added to
// what is there. The numbers of filters and vectors are known when this is compiled.
INLINE void NAME(window_tile)(int filters, int vectors, int64_t k, const T *a, const int64_t *offset, const T *start,
                              bool add, const NAME(window_vectors) *v) {
    NAME(vector) sum[SLICE][NAME(MOST_VECTORS)];
    const T *from[NAME(MOST_VECTORS)];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) from[j] = v->from[j];
#pragma clang loop unroll(full)
    for (int i = 0; i < filters; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = NAME(all)(start[i]);
#pragma clang loop unroll(disable)
    for (int64_t t = 0; t < k; t++, a += SLICE) {
        NAME(vector) met[NAME(MOST_VECTORS)];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) met[j] = NAME(load)(from[j] + offset[t]);
#pragma clang loop unroll(full)
        for (int i = 0; i < filters; i++) {
            NAME(vector) factor = NAME(all)(a[i]);
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) sum[i][j] = NAME(multiply_add)(factor, met[j], sum[i][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
        T *to = v->to[j];
        int64_t row = v->row[j];
        if (add)
#pragma clang loop unroll(full)
            for (int i = 0; i < filters; i++) NAME(store)(to + i * row, NAME(load)(to + i * row) + sum[i][j]);
        else
#pragma clang loop unroll(full)
            for (int i = 0; i < filters; i++) NAME(store)(to + i * row, sum[i][j]);
    }
}

typedef void (*NAME(window_tile_function))(int64_t k, const T *a, const int64_t *offset, const T *start, bool add,
                                           const NAME(window_vectors) *v);

#define TILE(WIDTH, N)                                                                                                  \
    static void NAME(window_tile_##WIDTH##_##N)(int64_t k, const T *a, const int64_t *offset, const T *start, bool add, \
                                                  const NAME(window_vectors) *v) {                                      \
        NAME(window_tile)(N, WIDTH, k, a, offset, start, add, v);                                                       \
    }
#if VECTORS == 3
#define TILES(N) TILE(1, N) TILE(2, N) TILE(3, N)
#define WIDE_TILES(N) TILE(4, N) TILE(5, N) TILE(6, N)
#else
#define TILES(N) TILE(1, N) TILE(2, N)
#define WIDE_TILES(N) TILE(3, N) TILE(4, N)
#endif
EACH_FILTER(TILES)
EACH_FEW(WIDE_TILES)
#undef WIDE_TILES
#undef TILES
#undef TILE

#define TILE_1(N) NAME(window_tile_1_##N),
#define TILE_2(N) NAME(window_tile_2_##N),
#define TILE_3(N) NAME(window_tile_3_##N),
#define TILE_4(N) NAME(window_tile_4_##N),
#define TILE_5(N) NAME(window_tile_5_##N),
#define TILE_6(N) NAME(window_tile_6_##N),
// [vectors - 1][filters - 1]; more than VECTORS only for up to half of SLICE.
static const NAME(window_tile_function) NAME(window_tiles)[NAME(MOST_VECTORS)][SLICE] = {
#if VECTORS == 3
    {EACH_FILTER(TILE_1)}, {EACH_FILTER(TILE_2)}, {EACH_FILTER(TILE_3)}, {EACH_FEW(TILE_4)}, {EACH_FEW(TILE_5)}, {EACH_FEW(TILE_6)}};
#else
    {EACH_FILTER(TILE_1)}, {EACH_FILTER(TILE_2)}, {EACH_FEW(TILE_3)}, {EACH_FEW(TILE_4)}};
#endif
#undef TILE_1
#undef TILE_2
#undef TILE_3
#undef TILE_4
#undef TILE_5
#undef TILE_6
