#include <math.h>
#include <stddef.h>
#include <string.h>

#include "lines.h"
#include "path.h"
#ifdef __aarch64__
#include <arm_neon.h>
#endif

#define BYTES 16
#define FUSED 0
#define FACTORS_IN_MEMORY 0
#define ROWS 4
#define EACH_ROW(X) X(1) X(2) X(3) X(4)
#define VECTORS 2
#define SLICE 4
#define EACH_FILTER(X) X(1) X(2) X(3) X(4)
#define EACH_FEW(X) X(1) X(2)
#define PATH_NAME "portable"
#define PATH(name) name##_portable

#include "path_body.h"
