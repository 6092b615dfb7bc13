#ifndef GRADUS_CONVOLUTION_H
#define GRADUS_CONVOLUTION_H

#include "thread_state.h"
#include "types.h"

// A convolution of `images` images, [images, groups * channels, height, width], with groups * filters filters of
// [channels, kernel_height, kernel_width], to [images, groups * filters, out_height, out_width]. Output (y, x) and tap
// (i, j) meet input (y * stride_y + i * dilation_y - padding_y, x * stride_x + j * dilation_x - padding_x).
typedef struct {
    int64_t images, groups;
    int64_t channels, height, width;           // channels of one group
    int64_t filters, out_height, out_width;    // filters of one group
    int64_t kernel_height, kernel_width;
    int64_t stride_y, stride_x, padding_y, padding_x, dilation_y, dilation_x;
} gradus_convolution;

enum {
    GRADUS_CONVOLUTION_POSITIONS = 64,  // output positions of an item of gradus_convolve
    GRADUS_CONVOLUTION_CHANNELS = 16,   // input channels of an item of gradus_convolve_input_gradient
    GRADUS_CONVOLUTION_TAPS = 64,       // taps of an item of gradus_convolve_weight_gradient
};

// Items are shared out by [begin, end), each computed whole and in one order. `bias` has an element a filter, or is NULL.

// out = x convolved with w, plus bias. Items: [images, groups, blocks of output positions].
void gradus_convolve(int type, const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL x,
                     const void *GRADUS_NONNULL w, const void *GRADUS_NULLABLE bias, void *GRADUS_NONNULL out,
                     int64_t begin, int64_t end);

// out, of the input's shape, = the adjoint of convolving with w, applied to `upstream` of the output's shape, plus bias
// (an element an input channel). Items: [images, groups, blocks of channels].
void gradus_convolve_input_gradient(int type, const gradus_convolution *GRADUS_NONNULL convolution,
                                    const void *GRADUS_NONNULL upstream, const void *GRADUS_NONNULL w,
                                    const void *GRADUS_NULLABLE bias, void *GRADUS_NONNULL out, int64_t begin, int64_t end);

// partial[split, group, tap, filter] = the sum over one split of the images of upstream[filter] times what the tap met.
// Items: [splits, groups, blocks of taps].
void gradus_convolve_weight_gradient(int type, const gradus_convolution *GRADUS_NONNULL convolution, int64_t splits,
                                     const void *GRADUS_NONNULL x, const void *GRADUS_NONNULL upstream,
                                     double *GRADUS_NONNULL partial, int64_t begin, int64_t end);

// out[group, filter, tap] = the sum over splits of partial. Items: [groups, filters].
void gradus_convolve_sum_splits(int type, const gradus_convolution *GRADUS_NONNULL convolution, int64_t splits,
                                const double *GRADUS_NONNULL partial, void *GRADUS_NONNULL out, int64_t begin, int64_t end);

#endif
