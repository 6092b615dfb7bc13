#include <math.h>
#include <stddef.h>
#include <string.h>

#include "lines.h"
#include "path.h"
#if GRADUS_HAS_X86_PATHS
#include <immintrin.h>

#define BYTES 64
#define FUSED 1
#define FACTORS_IN_MEMORY 1
#define ROWS 12
#define EACH_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define VECTORS 3
#define SLICE 8
#define EACH_FILTER(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define EACH_FEW(X) X(1) X(2) X(3) X(4)
#define PATH_NAME "avx512"
#define PATH(name) name##_avx512

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#include "path_body.h"
#pragma clang attribute pop
#endif
