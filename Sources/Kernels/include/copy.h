#ifndef GRADUS_COPY_H
#define GRADUS_COPY_H

#include "types.h"

// out[i] = source[offset of i by layout.stride_a] for the flat output elements in [begin, end): permute, broadcast, slice
// with steps and flip are all this one loop. Strides may be negative. Elements are of 1, 4 or 8 bytes.
void gradus_copy_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *out, int64_t begin,
                         int64_t end);

// destination[offset of i] = source[i]: the inverse, for writing a slice. No two i may meet.
void gradus_scatter_strided(int64_t element_size, const gradus_layout *layout, const void *source, void *destination,
                            int64_t begin, int64_t end);

#endif
