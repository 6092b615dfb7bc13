// Convolution as a matrix product whose second matrix is never whole in memory: a block of it at a time is gathered from the
// image into a buffer that stays in the cache, and multiplied there.
//
// One image and group: out[filter, position] = sum over taps of w[filter, tap] * met[tap, position], where a tap is a
// channel and a place in the kernel, and met is zero in the padding.
#include "convolution.h"

enum {
    COLUMNS = 64,      // of a block
    DEPTH = 128,       // rows of a block: a float sum runs over so many terms before it joins the total
    TILE_ROWS = 4,     // what the innermost loop keeps in registers
    TILE_COLUMNS = 8,
    EDGE_COLUMNS = 4,  // blocks are padded to a multiple of this
};

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }

// The output positions [first, last) along one axis whose input, position * stride + offset, lies in [0, size).
typedef struct { int64_t first, last; } range;

static inline range range_inside(int64_t offset, int64_t stride, int64_t size) {
    range r = {offset < 0 ? blocks(-offset, stride) : 0, offset < size ? blocks(size - offset, stride) : 0};
    if (r.last < r.first) r.last = r.first;
    return r;
}

static inline int64_t clamped(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

// Where a tap lies: its channel, and what it adds to position * stride.
typedef struct { int64_t channel, y, x; } place;

static inline place place_of(const gradus_convolution *c, int64_t tap) {
    int64_t row = tap / c->kernel_width;
    place p = {row / c->kernel_height, row % c->kernel_height * c->dilation_y - c->padding_y,
               tap % c->kernel_width * c->dilation_x - c->padding_x};
    return p;
}

#define T float
#define NAME(name) name##_float
#include "convolution_loops.h"
#undef T
#undef NAME

#define T double
#define NAME(name) name##_double
#include "convolution_loops.h"
#undef T
#undef NAME

void gradus_convolve(int type, const gradus_convolution *c, const void *x, const void *w, const void *bias, void *out,
                     int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32) convolve_float(c, x, w, bias, out, begin, end);
    else convolve_double(c, x, w, bias, out, begin, end);
}

void gradus_convolve_input_gradient(int type, const gradus_convolution *c, const void *upstream, const void *w,
                                    const void *bias, void *out, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32) input_gradient_float(c, upstream, w, bias, out, begin, end);
    else input_gradient_double(c, upstream, w, bias, out, begin, end);
}

void gradus_convolve_weight_gradient(int type, const gradus_convolution *c, int64_t splits, const void *x,
                                     const void *upstream, double *partial, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32) weight_gradient_float(c, splits, x, upstream, partial, begin, end);
    else weight_gradient_double(c, splits, x, upstream, partial, begin, end);
}

void gradus_convolve_sum_splits(int type, const gradus_convolution *c, int64_t splits, const double *partial, void *out,
                                int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32) sum_splits_float(c, splits, partial, out, begin, end);
    else sum_splits_double(c, splits, partial, out, begin, end);
}
