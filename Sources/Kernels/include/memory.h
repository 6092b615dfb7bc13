#ifndef GRADUS_MEMORY_H
#define GRADUS_MEMORY_H

#include <stdint.h>

// A block aligned to 64 bytes (large ones to 2 MiB, with huge pages asked for), or NULL.
void *gradus_allocate(int64_t bytes);
void gradus_free(void *block);

// Sets every byte to 0xFF: a NaN in every float, -1 in every integer.
void gradus_poison(void *block, int64_t bytes);

// A pointer that one thread writes while others may read it, together with what it points to.
static inline void *gradus_load_pointer(void *const *place) { return __atomic_load_n(place, __ATOMIC_ACQUIRE); }
static inline void gradus_store_pointer(void **place, void *value) { __atomic_store_n(place, value, __ATOMIC_RELEASE); }

#endif
