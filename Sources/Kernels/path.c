#define _POSIX_C_SOURCE 200809L
#include "path.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"

#if GRADUS_HAS_X86_PATHS
// Whether the processor has what the path is compiled for, and the operating system keeps its registers.
static bool has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#endif

// The path of that name if this machine can run it; without a name the fastest that it can.
static const gradus_path *path_named(const char *name) {
#if GRADUS_HAS_X86_PATHS
    __builtin_cpu_init();
    if (has_avx512() && (name == NULL || strcmp(name, "avx512") == 0)) return &gradus_path_avx512;
    if (has_avx2() && (name == NULL || strcmp(name, "avx2") == 0)) return &gradus_path_avx2;
#endif
#if GRADUS_HAS_NEON_PATH
    if (name == NULL || strcmp(name, "neon") == 0) return &gradus_path_neon;
#endif
    return name == NULL || strcmp(name, "portable") == 0 ? &gradus_path_portable : NULL;
}

// The one that all threads use, chosen at the first call, and the one that this thread was told to use instead.
static _Atomic(const gradus_path *) chosen;
static _Thread_local const gradus_path *forced;

static const gradus_path *choose(void) {
    const char *name = getenv("GRADUS_KERNELS");
    const gradus_path *path = path_named(name);
    if (path == NULL) {
        path = path_named(NULL);
        fprintf(stderr, "GRADUS_KERNELS: no path \"%s\" on this machine; there are portable, avx2, avx512 and neon. Taking %s.\n",
                name, path->name);
    }
    // Whoever comes first decides; all would decide alike.
    atomic_store_explicit(&chosen, path, memory_order_release);
    return path;
}

const gradus_path *gradus_current_path(void) {
    if (forced != NULL) return forced;
    const gradus_path *path = atomic_load_explicit(&chosen, memory_order_acquire);
    return path != NULL ? path : choose();
}

const char *gradus_path_name(void) { return gradus_current_path()->name; }

bool gradus_force_path(const char *name) {
    forced = name == NULL ? NULL : path_named(name);
    return name == NULL || forced != NULL;
}
