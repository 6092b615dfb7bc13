#ifndef GRADUS_TYPES_H
#define GRADUS_TYPES_H

#include <stdbool.h>
#include <stdint.h>

// a * b + c is two roundings, on every processor, unless a kernel asks for one with fma(): the same numbers everywhere.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

// The same numbers as Swift's `ElementType`. A bool is one byte, 0 or 1.
enum { GRADUS_FLOAT32 = 0, GRADUS_FLOAT64 = 1, GRADUS_INT64 = 2, GRADUS_BOOL = 3 };

enum { GRADUS_MAX_RANK = 8 };

// How an output of `rank` axes reads one or two inputs: strides count elements and are 0 along broadcast axes.
// Axes are collapsed by the caller as far as they go; the last one is the inner loop.
typedef struct {
    int64_t rank;
    int64_t size[GRADUS_MAX_RANK];
    int64_t stride_a[GRADUS_MAX_RANK];
    int64_t stride_b[GRADUS_MAX_RANK];
} gradus_layout;

#endif
