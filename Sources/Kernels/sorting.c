#include "sorting.h"

#include <string.h>

// Runs of this many are sorted by insertion, then merged two by two.
enum { RUN = 16 };

// BEFORE(a, b): whether a is to stand before b. Nothing but a number stands before a NaN, and a NaN before nothing.
#define UPWARDS(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))
#define DOWNWARDS(a, b) ((a) > (b) || ((b) != (b) && (a) == (a)))

#define DEFINE(NAME, T, BEFORE)                                                                                        \
    static void sort_##NAME(int64_t n, const T *x, T *values, int64_t *indices, T *spare, int64_t *spare_indices) {    \
        /* Each merge goes from one pair of blocks to the other: begin where the last one ends in `values`. */         \
        int merges = 0;                                                                                                \
        for (int64_t run = RUN; run < n; run *= 2) merges++;                                                           \
        T *from = merges % 2 ? spare : values, *to = merges % 2 ? values : spare;                                      \
        int64_t *from_i = merges % 2 ? spare_indices : indices, *to_i = merges % 2 ? indices : spare_indices;          \
                                                                                                                       \
        for (int64_t start = 0; start < n; start += RUN)                                                               \
            for (int64_t i = start; i < n && i < start + RUN; i++) {                                                   \
                T v = x[i];                                                                                            \
                int64_t j = i;                                                                                         \
                for (; j > start && BEFORE(v, from[j - 1]); j--) from[j] = from[j - 1], from_i[j] = from_i[j - 1];     \
                from[j] = v, from_i[j] = i;                                                                            \
            }                                                                                                          \
                                                                                                                       \
        for (int64_t run = RUN; run < n; run *= 2) {                                                                   \
            for (int64_t start = 0; start < n; start += 2 * run) {                                                     \
                int64_t middle = n - start < run ? n : start + run, end = n - middle < run ? n : middle + run;         \
                int64_t a = start, b = middle, out = start;                                                            \
                while (a < middle && b < end) {                                                                        \
                    bool right = BEFORE(from[b], from[a]);                                                             \
                    int64_t taken = right ? b : a;                                                                     \
                    to[out] = from[taken], to_i[out] = from_i[taken];                                                  \
                    out++, a += !right, b += right;                                                                    \
                }                                                                                                      \
                int64_t rest = a < middle ? a : b;                                                                     \
                memcpy(to + out, from + rest, (size_t)(end - out) * sizeof(T));                                        \
                memcpy(to_i + out, from_i + rest, (size_t)(end - out) * sizeof(int64_t));                              \
            }                                                                                                          \
            T *swap = from;                                                                                            \
            int64_t *swap_i = from_i;                                                                                  \
            from = to, to = swap;                                                                                      \
            from_i = to_i, to_i = swap_i;                                                                              \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    /* Whether a at i stands behind b at j, equal elements by where they are. */                                       \
    static inline bool behind_##NAME(T a, int64_t i, T b, int64_t j) {                                                 \
        return BEFORE(b, a) || (!BEFORE(a, b) && i > j);                                                               \
    }                                                                                                                  \
                                                                                                                       \
    /* Puts v into a heap of k with a hole, from the hole downwards. The last of all stands at the top. */             \
    static void sink_##NAME(int64_t hole, int64_t k, T *values, int64_t *indices, T v, int64_t index) {                \
        for (int64_t child; (child = 2 * hole + 1) < k; hole = child) {                                                \
            if (child + 1 < k && behind_##NAME(values[child + 1], indices[child + 1], values[child], indices[child]))  \
                child++;                                                                                               \
            if (!behind_##NAME(values[child], indices[child], v, index)) break;                                        \
            values[hole] = values[child], indices[hole] = indices[child];                                              \
        }                                                                                                              \
        values[hole] = v, indices[hole] = index;                                                                       \
    }                                                                                                                  \
                                                                                                                       \
    /* A heap of the k that come first so far; in the end its top is moved to the back until all of it is sorted. */   \
    static void top_##NAME(int64_t n, int64_t k, const T *x, T *values, int64_t *indices) {                            \
        for (int64_t i = 0; i < k; i++) values[i] = x[i], indices[i] = i;                                              \
        for (int64_t i = k / 2 - 1; i >= 0; i--) sink_##NAME(i, k, values, indices, values[i], indices[i]);            \
        for (int64_t i = k; i < n; i++)                                                                                \
            if (BEFORE(x[i], values[0])) sink_##NAME(0, k, values, indices, x[i], i);                                  \
        for (int64_t i = k - 1; i > 0; i--) {                                                                          \
            T last = values[i];                                                                                        \
            int64_t index = indices[i];                                                                                \
            values[i] = values[0], indices[i] = indices[0];                                                            \
            sink_##NAME(0, i, values, indices, last, index);                                                           \
        }                                                                                                              \
    }

DEFINE(float32_upwards, float, UPWARDS)
DEFINE(float32_downwards, float, DOWNWARDS)
DEFINE(float64_upwards, double, UPWARDS)
DEFINE(float64_downwards, double, DOWNWARDS)
DEFINE(int64_upwards, int64_t, UPWARDS)
DEFINE(int64_downwards, int64_t, DOWNWARDS)

#define SORT(NAME, T)                                                                                     \
    for (int64_t line = begin; line < end; line++)                                                        \
        (descending ? sort_##NAME##_downwards : sort_##NAME##_upwards)(                                   \
            n, (const T *)x + line * n, (T *)values + line * n, indices + line * n, (T *)spare_values + line * n, \
            spare_indices + line * n)

void gradus_sort(int type, bool descending, int64_t n, const void *x, void *values, int64_t *indices, void *spare_values,
                 int64_t *spare_indices, int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32: SORT(float32, float); break;
        case GRADUS_FLOAT64: SORT(float64, double); break;
        case GRADUS_INT64: SORT(int64, int64_t); break;
    }
}

#define TOP(NAME, T)                                                  \
    for (int64_t line = begin; line < end; line++)                    \
        (descending ? top_##NAME##_downwards : top_##NAME##_upwards)( \
            n, k, (const T *)x + line * n, (T *)values + line * k, indices + line * k)

void gradus_top(int type, bool descending, int64_t n, int64_t k, const void *x, void *values, int64_t *indices, int64_t begin,
                int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32: TOP(float32, float); break;
        case GRADUS_FLOAT64: TOP(float64, double); break;
        case GRADUS_INT64: TOP(int64, int64_t); break;
    }
}
