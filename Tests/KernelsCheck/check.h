// What the checks of the kernels share. See main.c.
#ifndef GRADUS_CHECK_H
#define GRADUS_CHECK_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "CGradusKernels.h"

// Room number `slot` of a dozen, of that many bytes, all 0xFF: NaN, or -1. It ends where a page begins that may not be touched;
// at every other turn of the checks it begins where such a page ends.
void *room(int slot, int64_t bytes);

// n numbers in a room of their own: eighths from -1 to 1, for integers whole numbers from -8 to 8, for bools both; or whole numbers
// from -3 to 3 in every type.
void *eighths(int slot, int type, int64_t n, int seed);
void *wholes(int slot, int type, int64_t n, int seed);
int64_t *places(int slot, int64_t n);  // all -1

int64_t size_of(int type);
double at(int type, const void *x, int64_t i);
void set(int type, void *x, int64_t i, double value);

// Counts what is so and what is not; says the latter, up to some, with what is being checked.
bool expect(bool is_so, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Whether x is y within so many units of y's last place in that type. NaN is NaN, infinities and zeros are with their signs.
bool near(int type, double x, double y, double units);
// Whether |x - y| <= tolerance max(1, |y|), with a tolerance for each float type.
bool close_to(int type, double x, double y, double float32, double float64);

// Takes note of a result that every path shall have to the bit, and every machine too if `everywhere`; a NaN is a NaN.
void same(int type, int64_t n, const void *x, bool everywhere);

// Calls for [cut, n) and [0, cut), as threads would share n out.
#define IN_SHARES(N, BEGIN, END) \
    for (int64_t turn_ = 0, BEGIN = (N) / 3, END = (N); turn_ < 2; turn_++, END = (N) / 3, BEGIN = 0)

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

// The place of output element i by one of a layout's strides.
static inline int64_t place(const gradus_layout *layout, const int64_t *stride, int64_t i) {
    int64_t offset = 0;
    for (int64_t axis = layout->rank - 1; axis >= 0; i /= layout->size[axis--]) offset += i % layout->size[axis] * stride[axis];
    return offset;
}

void check_fma(void);
void check_unary(void);
void check_binary(void);
void check_sums_of_products(void);
void check_gradients(void);
void check_masks(void);
void check_made(void);
void check_optimizers(void);
void check_attention(void);
void check_gates(void);
void check_reductions(void);
void check_lines(void);
void check_softmax(void);
void check_normalization(void);
void check_order(void);
void check_copies(void);
void check_indexing(void);
void check_random(void);
void check_products(void);
void check_convolutions(void);
void check_pooling(void);
void check_machine(void);

#endif
