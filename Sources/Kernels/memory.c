#define _GNU_SOURCE
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { HUGE_PAGE = 2 << 20 };

void *gradus_allocate(int64_t bytes) {
    void *block = NULL;
    if (posix_memalign(&block, bytes >= HUGE_PAGE ? HUGE_PAGE : 64, (size_t)bytes) != 0) return NULL;
#if defined(__linux__)
    if (bytes >= HUGE_PAGE) madvise(block, (size_t)bytes, MADV_HUGEPAGE);
#endif
    return block;
}

void gradus_free(void *block) { free(block); }

void gradus_poison(void *block, int64_t bytes) { memset(block, 0xFF, (size_t)bytes); }
