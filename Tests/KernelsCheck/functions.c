// Multiplication and addition in one rounding, for processors that have no instruction for it.
#include <stdbool.h>
#include <stdint.h>

#include "check.h"

#define INLINE static inline __attribute__((always_inline, unused))
#define FUSED 0
#include "../functions_float.h"

static uint64_t state = 88172645463325252u;

static uint32_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

// Random bits with an exponent from `low` on, of `count`.
static float of_size(int low, int count) {
    int exponent = low + (int)(random_bits() % (uint32_t)count);
    exponent = exponent < 0 ? 0 : exponent > 254 ? 254 : exponent;
    return float_of((random_bits() & 0x807fffffu) | (uint32_t)exponent << 23);
}

static void check_triple(float a, float b, float c) {
    float got = fma_in_double(a, b, c), want = fmaf(a, b, c);
    expect(isnan(want) ? isnan(got) : bits_of(got) == bits_of(want), "%a * %a + %a is %a, not %a", a, b, c, got, want);
}

void check_fma(void) {
    static const uint32_t special[] = {0, 1, 0x007fffff, 0x00800000, 0x00800001, 0x1f800000, 0x20000000, 0x33800000, 0x33800001,
                                       0x34000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x7f000000, 0x7f7fffff, 0x7f800000,
                                       0x7fc00000};
    enum { SPECIAL = 2 * sizeof special / sizeof special[0] };
    float numbers[SPECIAL];
    for (int i = 0; i < SPECIAL; i++) numbers[i] = float_of(special[i / 2] | (i % 2 ? 0x80000000u : 0));
    for (int i = 0; i < SPECIAL; i++)
        for (int j = 0; j < SPECIAL; j++)
            for (int k = 0; k < SPECIAL; k++) check_triple(numbers[i], numbers[j], numbers[k]);
    for (int i = 0; i < 100000; i++) {
        float a = float_of(random_bits()), b = float_of(random_bits());
        int exponent = (int)(bits_of(a * b) >> 23 & 255);
        check_triple(a, b, float_of(random_bits()));
        check_triple(a, b, float_of(bits_of(-(a * b)) + random_bits() % 5 - 2));  // little is left
        check_triple(a, b, of_size(exponent - 30, 60));
        // Products of few bits, half-way between two floats, and a bit beside that.
        float few = float_of(bits_of(a) & 0xfffff000u), short_one = float_of(bits_of(b) & 0xfffff000u);
        check_triple(few, short_one, of_size(exponent, 28));
        check_triple(ldexpf(1 + (float)(random_bits() & 127) / 128, -(int)(random_bits() % 60)),
                     float_of(0x3f800000u + (random_bits() & 3)), of_size(127, 1));
        check_triple(of_size(30, 60), of_size(30, 30), float_of(random_bits() & 0x80ffffffu));  // subnormal
    }
}
