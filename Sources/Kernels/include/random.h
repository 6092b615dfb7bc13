#ifndef GRADUS_RANDOM_H
#define GRADUS_RANDOM_H

#include "types.h"

// Random numbers whose bits are the same on every platform: integers, IEEE arithmetic and square roots, and no libm.

// xoshiro256** 1.0, by David Blackman and Sebastiano Vigna ("Scrambled Linear Pseudorandom Number Generators", 2021). The
// state is not all zero.
static inline uint64_t gradus_random_next(uint64_t *state) {
    uint64_t scrambled = state[1] * 5;
    scrambled = ((scrambled << 7) | (scrambled >> 57)) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 45) | (state[3] >> 19);
    return scrambled;
}

// n draws.
void gradus_random_fill(uint64_t *state, int64_t n, uint64_t *out);

// Draws to numbers in [0, 1): the upper 53 bits. In place.
void gradus_random_to_uniform(int64_t n, uint64_t *draws);

// Draws to standard normal numbers, two to two (n is even), by the method of Box and Muller (1958). In place.
void gradus_random_to_normal(int64_t n, uint64_t *draws);

// Moves the numbers within [-limit, limit] to the front, in order; how many they are.
int64_t gradus_keep_within(int64_t n, double limit, double *x);

// y[i] = offset + factor * x[i], computed in double and rounded to the float type; what thereby reaches `end` becomes the
// number before it.
void gradus_place(int type, int64_t n, const double *x, double offset, double factor, double end, void *y);

// y[i] = x[i] < bound, as bool.
void gradus_below(int64_t n, const double *x, double bound, void *y);

#endif
