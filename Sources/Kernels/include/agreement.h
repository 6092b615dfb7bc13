#ifndef GRADUS_AGREEMENT_H
#define GRADUS_AGREEMENT_H

#include "types.h"

// Whether a[i] == b[i] for all i < n. NaN equals nothing.
bool gradus_equal(int type, int64_t n, const void *a, const void *b);

// Whether |a[i] - b[i]| <= absolute + relative * |b[i]| for all i < n. Infinities of one sign are close, NaNs if said so.
bool gradus_is_close(int type, int64_t n, const void *a, const void *b, double relative, double absolute, bool nan_equal);

// Whether any of n bools is true, is false.
bool gradus_any(int64_t n, const void *x);
bool gradus_any_not(int64_t n, const void *x);

#endif
