#ifndef GRADUS_MACHINE_H
#define GRADUS_MACHINE_H

#include "types.h"

// What the processor can do at most, to measure kernels against: runs `rounds` rounds of independent multiply-adds on registers
// alone, in the vectors of the chosen path, and gives how many floating-point operations they were (two a multiply-add).
// `type` is float32 or float64. `*keep` gets a number made from all of them, so that none can be left out.
int64_t gradus_multiply_add_loop(int type, int64_t rounds, double *keep);

#endif
