#ifndef GRADUS_PATHS_H
#define GRADUS_PATHS_H

#include <stdbool.h>

#include "thread_state.h"

// The kernels are compiled for several kinds of processor, and the fastest that this one can run is chosen at the first call:
// "avx512" (F, VL, DQ and BW), "avx2" (with FMA), "neon" (every arm64) or "portable". The environment variable GRADUS_KERNELS
// names another; a name that this machine does not have is said on the standard error stream and passed over.
const char *GRADUS_NONNULL gradus_path_name(void);

// For tests: makes the calls of this thread take the path of that name, or false where this machine has none; NULL ends it.
bool gradus_force_path(const char *GRADUS_NULLABLE name);

#endif
