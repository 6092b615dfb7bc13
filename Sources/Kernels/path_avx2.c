#include <math.h>
#include <stddef.h>
#include <string.h>

#include "lines.h"
#include "path.h"
#if GRADUS_HAS_X86_PATHS
#include <immintrin.h>

#define BYTES 32
#define FUSED 1
#define FACTORS_IN_MEMORY 0
#define ROWS 6
#define EACH_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define VECTORS 2
#define SLICE 4
#define EACH_FILTER(X) X(1) X(2) X(3) X(4)
#define EACH_FEW(X) X(1) X(2)
#define PATH_NAME "avx2"
#define PATH(name) name##_avx2

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "path_body.h"
#pragma clang attribute pop
#endif
