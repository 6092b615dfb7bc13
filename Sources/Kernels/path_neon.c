#include <math.h>
#include <stddef.h>
#include <string.h>

#include "lines.h"
#include "path.h"
#if GRADUS_HAS_NEON_PATH
#include <arm_neon.h>

// Every arm64 processor has what this is compiled for. 12 rows by 8 columns of float32 take 24 of its 32 registers.
#define BYTES 16
#define FUSED 1
#define FACTORS_IN_MEMORY 0
#define ROWS 12
#define EACH_ROW(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define VECTORS 3
#define SLICE 8
#define EACH_FILTER(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define EACH_FEW(X) X(1) X(2) X(3) X(4)
#define PATH_NAME "neon"
#define PATH(name) name##_neon

#include "path_body.h"
#endif
