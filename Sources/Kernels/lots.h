// Sums along lines are kept in double, of LOT numbers side by side, on every path the same: each has as many vectors as that takes.
// Included by each path.
enum { LOT = 16 };
typedef double lot_of_doubles __attribute__((vector_size(LOT * sizeof(double))));
typedef double lot_in_memory __attribute__((vector_size(LOT * sizeof(double)), aligned(sizeof(double)), may_alias));

INLINE double sum_of_lot(const lot_of_doubles *v) {
    double part[LOT];
    memcpy(part, v, sizeof part);
    for (int width = LOT / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) part[i] += part[i + width];
    return part[0];
}

// Streams are fetched 2 KB ahead where there are several: the processor follows one by itself no further than to the end of its page.
#define FETCH(p) __builtin_prefetch((const char *)(p) + 2048)
#define FETCH_1(a) FETCH(a + line)
#define FETCH_2(a, b) FETCH_1(a); FETCH_1(b)
#define FETCH_3(a, b, c) FETCH_2(a, b); FETCH_1(c)
#define FETCH_4(a, b, c, d) FETCH_3(a, b, c); FETCH_1(d)
#define FETCH_5(a, b, c, d, e) FETCH_4(a, b, c, d); FETCH_1(e)

// Results too large to be found in a cache by who reads them next are written past the caches: so they need not be read before, and what
// is in the caches stays. In whole lines only. Such stores are overtaken by others until `end_of_stream`.
enum { STREAMED = 1 << 23 };  // bytes
INLINE bool is_streamed(const void *to, int64_t row, int64_t all) {
    return all >= STREAMED && ((uintptr_t)to | (uintptr_t)row) % 64 == 0;
}
INLINE void end_of_stream(void) {
#if defined(__x86_64__)
    __builtin_ia32_sfence();
#endif
}

// Each i from `first` to `last`, LOT at a time, behind the fetches of what begins at `line`.
#define EACH_AHEAD(first, last, FETCHES, ...)                           \
    do {                                                                \
        int64_t line = first;                                           \
        for (; line + LOT <= last; line += LOT) {                       \
            FETCHES;                                                    \
            for (int64_t i = line; i < line + LOT; i++) { __VA_ARGS__ } \
        }                                                               \
        for (int64_t i = line; i < last; i++) { __VA_ARGS__ }           \
    } while (0)
