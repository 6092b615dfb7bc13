// Everything that is compiled for each path, once an element type; included by each path_NAME.c.
// Without lines for debuggers, as compilers' own headers of intrinsics: of what is inlined they would be more than the rest of a program.
#define INLINE static inline __attribute__((always_inline, nodebug))

// SUMS: those of a line, side by side. DEPTH: terms of a product's sum in registers. STEPS: terms without a branch. PARTS: sums
// that a long one is cut into. LINE: rows of a matrix beside a vector. POSITIONS: of a region of a convolution's results. TERMS: of a
// convolution's sum in registers. POWERS: of a softmax that are held at a time. SCORES: of attention, likewise. PAGE: bytes at
// multiples of which rows meet in the same places of a cache. The panel of a product's second operand, DEPTH by two vectors, leaves
// room in a first-level cache of 48 KB.
enum {
    DEPTH = BYTES == 64 ? 256 : 384, STEPS = 4, PARTS = 16, LINE = 256, SUMS = 32, POSITIONS = 512, TERMS = 192, POWERS = 1024,
    SCORES = 1 << 15, PAGE = 4096
};

// Of a depthwise convolution: terms of a result at most, pieces that strides cut a gradient into, numbers of a band of rows, and
// vectors of results side by side.
enum { DEPTHWISE_TERMS = 256, PIECES = 16, BAND = 4096, DEPTHWISE_VECTORS = 8 };

// Loops over libm's functions stay loops, which is said nowhere.
#pragma clang diagnostic ignored "-Wpass-failed"

// The square root without errno, which loops need not stop for.
#define SQUARE_ROOT(v) __builtin_elementwise_sqrt(v)

#include "functions_float.h"
#include "interleave.h"
#include "lots.h"

#define T float
#define MATH(name) name##f
#define BITS uint32_t
#define INFINITE_BITS 0x7f800000u
#define NAME(name) name##_float
#define SIDE 4
#define INTERLEAVE_LOW(a, b) LOW_4(a, b)
#define EVEN(a, b) EVEN_4(a, b)
#define INTERLEAVE_HIGH(a, b) HIGH_4(a, b)
#define WIDTH BYTES
#define BY_VECTORS(name) name##_float
#include "vectors.h"
#include "functions_float_pieces.h"
#include "functions_float_circle.h"
#include "functions_float_powers.h"
#include "functions_float_remainder.h"
#include "activations.h"
#include "unary_vectors.h"
#include "gates_rows.h"
#include "path_types.h"
#include "convolution_images_tile.h"
#include "convolution_images.h"
#include "convolution_images_weights.h"
#include "convolution_winograd.h"
#include "convolution_winograd_few.h"
#include "convolution_winograd_weights.h"
#undef T
#undef NAME
#undef MATH
#undef BITS
#undef INFINITE_BITS
#undef SIDE
#undef INTERLEAVE_LOW
#undef INTERLEAVE_HIGH
#undef EVEN
#undef WIDTH
#undef BY_VECTORS

#define T double
#define BITS uint64_t

// libm takes one number at a time: for its functions a vector is one.
#define WIDTH (int)sizeof(double)
#define NAME(name) name##_number
#define BY_VECTORS(name) name##_number
#include "vectors.h"
#include "functions_double.h"
#include "activations.h"
#include "unary_vectors.h"
#include "gates_rows.h"
#undef WIDTH
#undef NAME

#define MATH(name) name
#define INFINITE_BITS 0x7ff0000000000000u
#define NAME(name) name##_double
#define SIDE 2
#define INTERLEAVE_LOW(a, b) LOW_2(a, b)
#define EVEN(a, b) EVEN_2(a, b)
#define INTERLEAVE_HIGH(a, b) HIGH_2(a, b)
#define WIDTH BYTES
#include "vectors.h"
#include "path_types.h"

#include "reduction_lines.h"

#define CONVOLUTIONS(T)                                                                                                  \
    {PANEL_##T, convolution_packed_size_##T, convolution_pack_##T, convolution_items_##T, convolution_room_##T,              \
     convolution_run_##T, weight_gradient_sizes_##T, weight_gradient_##T, spread_scratch_##T, spread_##T, sum_splits_##T}
#define WINOGRAD(NAME) {NAME##_packed_size, NAME##_slices, NAME##_pack, NAME##_items, NAME##_scratch, NAME##_run}
#define IMAGEWISE \
    {image_pays, image_packed_size, image_pack, image_items, image_scratch, image_run, image_weight_sizes, image_weight_gradient}
#define DEPTHWISE(T)                                                                                       \
    {depthwise_items_##T, depthwise_scratch_##T, depthwise_run_##T, depthwise_weight_sizes_##T, depthwise_weight_gradient_##T}
#define ELEMENTWISE(T) {unary_##T, binary_##T, add_products_##T, are_finite_##T, pool_max_##T}
#define OPTIMIZERS(T) {sgd_##T, adam_##T, adagrad_##T, rmsprop_##T, adadelta_##T, adamax_##T}
#define NORMALIZATIONS(T) {normalize_##T, normalize_gradient_##T, normalize_parameter_gradients_##T}
#define CROSS_ENTROPY(T) {cross_entropy_##T, cross_entropy_gradient_##T}
#define GATES(T) {lstm_##T, lstm_gradient_##T, gru_##T, gru_gradient_##T}
#define ATTENTION(T) {attention_scratch_##T, attend_##T, attention_gradient_##T}
#define PRODUCTS(T) {COLUMNS_##T, multiply_##T, pack_panels_##T, multiply_panels_##T, dot_##T}

const gradus_path PATH(gradus_path) = {.name = PATH_NAME, .products = {PRODUCTS(float), PRODUCTS(double)},
                                       .elementwise = {ELEMENTWISE(float), ELEMENTWISE(double)},
                                       .optimizers = {OPTIMIZERS(float), OPTIMIZERS(double)},
                                       .gates = {GATES(float), GATES(number)},
                                       .convolutions = {CONVOLUTIONS(float), CONVOLUTIONS(double)},
                                       .depthwise = {DEPTHWISE(float), DEPTHWISE(double)},
                                       .imagewise = IMAGEWISE,
                                       .winograd = {{WINOGRAD(winograd), WINOGRAD(winograd_few)}, winograd_weight_sizes,
                                                    winograd_weight_gradient},
                                       .reduce = reduce,
                                       .softmax = {softmax_float, softmax_double},
                                       .softmax_gradient = {softmax_gradient_float, softmax_gradient_double},
                                       .cross_entropies = {CROSS_ENTROPY(float), CROSS_ENTROPY(double)},
                                       .normalizations = {NORMALIZATIONS(float), NORMALIZATIONS(double)},
                                       .attention = {ATTENTION(float), ATTENTION(double)}};
