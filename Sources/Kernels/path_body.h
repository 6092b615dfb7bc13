// Everything that is compiled for each path, once an element type; included by each path_NAME.c.
#define INLINE static inline __attribute__((always_inline))

// DEPTH: terms of a sum in registers. PARTS: sums that a long one is cut into. LINE: rows of a matrix beside a vector.
enum { DEPTH = 384, PARTS = 16, LINE = 256 };

#define T float
#define NAME(name) name##_float
#define SIDE 4
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#include "path_types.h"
#undef T
#undef NAME
#undef SIDE
#undef INTERLEAVE_LOW
#undef INTERLEAVE_HIGH

#define T double
#define NAME(name) name##_double
#define SIDE 2
#define INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
#include "path_types.h"

#define PRODUCTS(T) {COLUMNS_##T, multiply_##T, pack_panels_##T, multiply_panels_##T, dot_##T}

const gradus_path PATH(gradus_path) = {.name = PATH_NAME, .products = {PRODUCTS(float), PRODUCTS(double)}};
