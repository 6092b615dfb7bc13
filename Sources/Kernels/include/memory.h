#ifndef GRADUS_MEMORY_H
#define GRADUS_MEMORY_H

#include <stdint.h>

// A block aligned to 64 bytes (large ones to 2 MiB, with huge pages asked for), or NULL.
void *gradus_allocate(int64_t bytes);
void gradus_free(void *block);

#endif
