#include "machine.h"

#include <string.h>

#include "paths.h"

// Sixteen sums are more than any processor has multiply-adds under way at once, and fit into its registers.
enum { SUMS = 16 };

// The compiler's vector types, in the widest registers of the path's processors.
#define DEFINE_LOOP(NAME, T, BYTES)                                                           \
    static int64_t NAME(int64_t rounds, double *keep) {                                       \
        _Pragma("STDC FP_CONTRACT ON")                                                        \
        typedef T vector __attribute__((vector_size(BYTES)));                                 \
        enum { LANES = BYTES / sizeof(T) };                                                   \
        vector sums[SUMS], factor, more;                                                      \
        for (int lane = 0; lane < LANES; lane++) factor[lane] = (T)0.999, more[lane] = (T)1;  \
        for (int i = 0; i < SUMS; i++) sums[i] = more * (T)i;                                 \
        for (int64_t round = 0; round < rounds; round++)                                      \
            _Pragma("clang loop unroll(full)")                                                \
            for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * factor + more;                 \
        double total = 0;                                                                     \
        for (int i = 0; i < SUMS; i++)                                                        \
            for (int lane = 0; lane < LANES; lane++) total += (double)sums[i][lane];          \
        *keep = total;                                                                        \
        return rounds * SUMS * LANES * 2;                                                     \
    }

DEFINE_LOOP(portable_float, float, 16)
DEFINE_LOOP(portable_double, double, 16)

#if defined(__x86_64__) && defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
DEFINE_LOOP(avx2_float, float, 32)
DEFINE_LOOP(avx2_double, double, 32)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,fma"))), apply_to = function)
DEFINE_LOOP(avx512_float, float, 64)
DEFINE_LOOP(avx512_double, double, 64)
#pragma clang attribute pop
#endif

int64_t gradus_multiply_add_loop(int type, int64_t rounds, double *keep) {
#if defined(__x86_64__) && defined(__clang__)
    const char *path = gradus_path_name();
    if (strcmp(path, "avx512") == 0) return (type == GRADUS_FLOAT32 ? avx512_float : avx512_double)(rounds, keep);
    if (strcmp(path, "avx2") == 0) return (type == GRADUS_FLOAT32 ? avx2_float : avx2_double)(rounds, keep);
#endif
    return (type == GRADUS_FLOAT32 ? portable_float : portable_double)(rounds, keep);
}
