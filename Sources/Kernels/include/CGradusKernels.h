// The one seam between Swift and the arithmetic: pointers, sizes and strides, and nothing else.
//
// Conventions. Tensors are contiguous and row-major. `type` names the element type of the inputs, and of the outputs too
// unless a comment says otherwise. Ranges `[begin, end)` let the caller share one call out among threads; no kernel
// allocates, takes a lock or starts a thread, and no result depends on where a range is cut.
#ifndef GRADUS_KERNELS_H
#define GRADUS_KERNELS_H

#include "memory.h"
#include "pause.h"
#include "thread_state.h"
#include "types.h"
#include "elementwise.h"
#include "agreement.h"
#include "attention.h"
#include "copy.h"
#include "gates.h"
#include "indexing.h"
#include "random.h"
#include "convolution.h"
#include "reduction.h"
#include "recurrence.h"
#include "softmax_gradient.h"
#include "cross_entropy.h"
#include "machine.h"
#include "matrix.h"
#include "normalization.h"
#include "optimizers.h"
#include "paths.h"
#include "pooling.h"
#include "sorting.h"

#endif
