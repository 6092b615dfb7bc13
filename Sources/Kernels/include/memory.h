#ifndef GRADUS_MEMORY_H
#define GRADUS_MEMORY_H

#include <stdint.h>

// A block aligned to 64 bytes (large ones to 2 MiB, with huge pages asked for), or NULL.
void *gradus_allocate(int64_t bytes);
void gradus_free(void *block);

// Sets every byte to 0xFF: a NaN in every float, -1 in every integer.
void gradus_poison(void *block, int64_t bytes);

#endif
