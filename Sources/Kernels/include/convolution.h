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

// Two of the three faces of a convolution are products of packed weights with what a window meets: the convolution itself, and
// its gradient in the input, where the window moves over the upstream gradient. The third is its gradient in the weights.
enum { GRADUS_FORWARD = 0, GRADUS_INPUT_GRADIENT = 1, GRADUS_WEIGHT_GRADIENT = 2 };

// Weights are packed once: gradus_convolution_packed elements, items [begin, end) of gradus_convolution_slices.
int64_t gradus_convolution_packed(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_convolution_slices(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_convolution_pack(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution,
                             const void *GRADUS_NONNULL w, void *GRADUS_NONNULL packed, int64_t begin, int64_t end);

// out = x convolved with the packed weights, plus bias (an element a filter, or NULL); or, of the input's shape, the adjoint of
// that applied to an x of the output's shape, plus bias (an element an input channel). Items [begin, end) of
// gradus_convolution_items, each computed whole and in one order, in `scratch` of gradus_convolution_scratch elements that
// nobody else uses meanwhile. Padding is zeros that take part, in the adjoint too: weights that are not finite go through
// gradus_convolution_spread.
int64_t gradus_convolution_items(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_convolution_scratch(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_convolution_run(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution,
                            const void *GRADUS_NONNULL x, const void *GRADUS_NONNULL packed, const void *GRADUS_NULLABLE bias,
                            void *GRADUS_NONNULL out, void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);

// The same two faces of float32 convolutions by Winograd's filtering F(2x2, 3x3), under half of the products: for windows of 3 by
// 3 that move by 1 and have no holes, where channels and filters of a group are many enough for it to pay. Rounding errors are
// about twice those of the plain way. An infinity or a NaN, or what becomes one, spoils its neighbours: where x, the weights or
// the bias are not finite some results are not either, and others may be NaN that should not be.
//
// What is packed is one operand, the weights or, if gradus_winograd_packs_input, x, in items [begin, end) of
// gradus_winograd_slices; what runs is given the other. Both want scratch.
bool gradus_winograd_pays(int type, const gradus_convolution *GRADUS_NONNULL convolution);
bool gradus_winograd_packs_input(int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_winograd_packed(int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_winograd_slices(int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_winograd_pack(int face, const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL operand,
                          void *GRADUS_NONNULL packed, void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);
int64_t gradus_winograd_items(int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_winograd_scratch(int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_winograd_run(int face, const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL other,
                         const void *GRADUS_NONNULL packed, const void *GRADUS_NULLABLE bias, void *GRADUS_NONNULL out,
                         void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);

// The gradient in the weights, from x and upstream: first partial sums [splits, groups, filters, taps] in items [begin, end) with
// scratch as above, then the sum of the splits, in double, of `count` weights each: elements [begin, end) of out. One split is
// the gradient itself.
typedef struct { int64_t splits, items, scratch; } gradus_weight_gradient_sizes;
gradus_weight_gradient_sizes gradus_convolution_weight_sizes(int type, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_convolution_weight_gradient(int type, const gradus_convolution *GRADUS_NONNULL convolution,
                                        const void *GRADUS_NONNULL x, const void *GRADUS_NONNULL upstream,
                                        void *GRADUS_NONNULL partial, void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);
void gradus_convolution_sum_splits(int type, int64_t splits, int64_t count, const void *GRADUS_NONNULL partial,
                                   void *GRADUS_NONNULL out, int64_t begin, int64_t end);

// The same partial sums of float32 by the transpose of Winograd's filtering, where gradus_winograd_pays. If x or upstream are not
// finite, the sums are not either, and others than they should be.
gradus_weight_gradient_sizes gradus_winograd_weight_sizes(const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_winograd_weight_gradient(const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL x,
                                     const void *GRADUS_NONNULL upstream, void *GRADUS_NONNULL partial,
                                     void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);

// All three faces where a group has one channel and few filters, as in depthwise convolutions: `gradus_depthwise_pays` says where. w
// as it lies; otherwise as above, with the same that padding means. Like Winograd's, the sums of the weights' gradient can
// be NaN for numbers that they do not belong to, where x or upstream are not finite.
bool gradus_depthwise_pays(int type, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_depthwise_items(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_depthwise_scratch(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_depthwise_run(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution,
                          const void *GRADUS_NONNULL x, const void *GRADUS_NONNULL w, const void *GRADUS_NULLABLE bias,
                          void *GRADUS_NONNULL out, void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);
gradus_weight_gradient_sizes gradus_depthwise_weight_sizes(int type, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_depthwise_weight_gradient(int type, const gradus_convolution *GRADUS_NONNULL convolution,
                                      const void *GRADUS_NONNULL x, const void *GRADUS_NONNULL upstream,
                                      void *GRADUS_NONNULL partial, void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);

// All three faces of float32 with images side by side in vectors, for windows that move by 1 and have no holes; for which of them it
// pays says `gradus_imagewise_pays`. Weights are packed, as a whole. Nothing is multiplied by padding, in the convolution neither:
// weights that are not finite must not come here if zeros are to take part. The sums of the weights' gradient are like depthwise ones.
bool gradus_imagewise_pays(int type, int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_imagewise_packed(int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_imagewise_pack(int face, const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL w,
                           void *GRADUS_NONNULL packed);
int64_t gradus_imagewise_items(int face, const gradus_convolution *GRADUS_NONNULL convolution);
int64_t gradus_imagewise_scratch(int face, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_imagewise_run(int face, const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL x,
                          const void *GRADUS_NONNULL packed, const void *GRADUS_NULLABLE bias, void *GRADUS_NONNULL out,
                          void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);
gradus_weight_gradient_sizes gradus_imagewise_weight_sizes(const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_imagewise_weight_gradient(const gradus_convolution *GRADUS_NONNULL convolution, const void *GRADUS_NONNULL x,
                                      const void *GRADUS_NONNULL upstream, void *GRADUS_NONNULL partial,
                                      void *GRADUS_NONNULL scratch, int64_t begin, int64_t end);

// The adjoint again, by adding each product to the place it belongs to. Nothing is multiplied by padding, so that an infinite
// weight spoils no zero; and it is the faster way where channels are few. Items [begin, end) of [images, groups], in `scratch` of
// gradus_convolution_spread_scratch elements.
int64_t gradus_convolution_spread_scratch(int type, const gradus_convolution *GRADUS_NONNULL convolution);
void gradus_convolution_spread(int type, const gradus_convolution *GRADUS_NONNULL convolution,
                               const void *GRADUS_NONNULL upstream, const void *GRADUS_NONNULL w,
                               const void *GRADUS_NULLABLE bias, void *GRADUS_NONNULL out, void *GRADUS_NONNULL scratch,
                               int64_t begin, int64_t end);

// Whether none of n floats is infinite or NaN.
bool gradus_are_finite(int type, int64_t n, const void *GRADUS_NONNULL x);

#endif
