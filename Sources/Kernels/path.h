// The ways through the arithmetic: the same kernels compiled for different processors, and which of them runs here. A path is a
// table of functions, chosen once; every path has every function. The portable one is plain C with 16-byte vectors.
//
// What is computed element by element is the same to the bit on every path: its operations are rounded one by one, or a product and a
// sum in one rounding on every path. Products of matrices multiply and add in one rounding where the processor can, and add in the
// path's own order.
#ifndef GRADUS_PATH_H
#define GRADUS_PATH_H

#include "attention.h"
#include "convolution_plan.h"
#include "elementwise.h"
#include "matrix.h"
#include "normalization.h"
#include "optimizers.h"
#include "pooling.h"
#include "reduction.h"
#include "types.h"

#if defined(__clang__) && defined(__x86_64__)
#define GRADUS_HAS_X86_PATHS 1
#else
#define GRADUS_HAS_X86_PATHS 0
#endif
#if defined(__clang__) && defined(__aarch64__)
#define GRADUS_HAS_NEON_PATH 1
#else
#define GRADUS_HAS_NEON_PATH 0
#endif

// The products of one element type. (What each does stands at its definition, in product.h.)
typedef struct {
    int64_t columns;  // of a panel
    void (*multiply)(int64_t n, int64_t k, const void *a, int64_t row_a, int64_t col_a, const void *b, int64_t row_b,
                     int64_t col_b, const void *start, int64_t row_start, void *c, int64_t row_c, int64_t begin, int64_t end);
    void (*pack_panels)(int64_t n, int64_t k, const void *b, int64_t row_b, int64_t col_b, void *packed, int64_t begin,
                        int64_t end);
    void (*multiply_panels)(int64_t k, const void *a, int64_t row_a, int64_t col_a, const void *packed, const void *start,
                            int64_t row_start, void *c, int64_t row_c, int64_t begin, int64_t end, int64_t from, int64_t to);
    double (*dot)(int64_t n, const void *a, const void *b);
} gradus_products;

// Functions of one element type that are short.
typedef struct {
    void (*unary)(gradus_unary_op op, int64_t n, const void *x, void *y);
    void (*binary)(gradus_binary_op op, int64_t n, const void *a, int64_t step_a, const void *b, int64_t step_b, void *out);
    void (*add_products)(int64_t n, const void *a, const void *b, void *sum);
    bool (*are_finite)(int64_t n, const void *x);
    void (*pool_max)(const gradus_windows *w, const void *x, void *out, int64_t *indices, int64_t begin, int64_t end);
} gradus_elementwise;

// Steps of optimizers. (include/optimizers.h.)
typedef struct {
    double (*sgd)(int64_t n, const gradus_sgd_settings *s, const void *g, void *v, void *w);
    double (*adam)(int64_t n, const gradus_adam_settings *s, const void *g, void *m, void *v, void *w);
    double (*adagrad)(int64_t n, const gradus_adaptive_settings *s, const void *g, void *v, void *w);
    double (*rmsprop)(int64_t n, const gradus_adaptive_settings *s, const void *g, void *v, void *m, void *u, void *w);
    double (*adadelta)(int64_t n, const gradus_adaptive_settings *s, const void *g, void *v, void *u, void *w);
    double (*adamax)(int64_t n, const gradus_adaptive_settings *s, const void *g, void *m, void *u, void *w);
} gradus_optimizers;

// The gates of recurrent cells. (include/gates.h.)
typedef struct {
    void (*lstm)(int64_t width, const void *gates, const void *cell, void *hidden, void *next, int64_t begin, int64_t end);
    void (*lstm_gradient)(int64_t width, const void *gates, const void *cell, const void *next, const void *from_hidden,
                          const void *from_next, void *to_gates, void *to_cell, int64_t begin, int64_t end);
    void (*gru)(int64_t width, const void *below, const void *before, const void *hidden, void *next, int64_t begin,
                int64_t end);
    void (*gru_gradient)(int64_t width, const void *below, const void *before, const void *hidden, const void *upstream,
                         void *to_below, void *to_before, void *to_hidden, int64_t begin, int64_t end);
} gradus_gates;

// The convolutions of one element type. (convolution_products.h, convolution_weights.h.)
typedef struct {
    int64_t panel;  // filters that are packed at a time
    int64_t (*packed)(int face, const gradus_convolution *c);
    void (*pack)(int face, const gradus_convolution *c, const void *w, void *packed, int64_t begin, int64_t end);
    int64_t (*items)(int face, const gradus_convolution *c);
    int64_t (*scratch)(int face, const gradus_convolution *c);
    void (*run)(int face, const gradus_convolution *c, const void *x, const void *packed, const void *bias, void *out,
                void *scratch, int64_t begin, int64_t end);
    void (*weight_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch);
    void (*weight_gradient)(const gradus_convolution *c, const void *x, const void *upstream, void *partial, void *scratch,
                            int64_t begin, int64_t end);
    int64_t (*spread_scratch)(const gradus_convolution *c);
    void (*spread)(const gradus_convolution *c, const void *upstream, const void *w, const void *bias, void *out, void *scratch,
                   int64_t begin, int64_t end);
    void (*sum_splits)(int64_t splits, int64_t count, const void *partial, void *out, int64_t begin, int64_t end);
} gradus_convolutions;

// Convolutions of one channel a group, of one element type. (convolution_depthwise.h.)
typedef struct {
    int64_t (*items)(int face, const gradus_convolution *c);
    int64_t (*scratch)(int face, const gradus_convolution *c);
    void (*run)(int face, const gradus_convolution *c, const void *x, const void *w, const void *bias, void *out, void *scratch,
                int64_t begin, int64_t end);
    void (*weight_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch);
    void (*weight_gradient)(const gradus_convolution *c, const void *x, const void *upstream, void *partial, void *scratch,
                            int64_t begin, int64_t end);
} gradus_depthwise;

// Convolutions of float with images side by side. (convolution_images.h, convolution_images_weights.h.)
typedef struct {
    bool (*pays)(int face, const gradus_convolution *c);
    int64_t (*packed)(int face, const gradus_convolution *c);
    void (*pack)(int face, const gradus_convolution *c, const void *w, void *packed);
    int64_t (*items)(int face, const gradus_convolution *c);
    int64_t (*scratch)(int face, const gradus_convolution *c);
    void (*run)(int face, const gradus_convolution *c, const void *x, const void *packed, const void *bias, void *out, void *scratch,
                int64_t begin, int64_t end);
    void (*weight_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch);
    void (*weight_gradient)(const gradus_convolution *c, const void *x, const void *upstream, void *partial, void *scratch,
                            int64_t begin, int64_t end);
} gradus_imagewise;

// Winograd's way through two faces of a convolution of float; what is packed is the weights, or the input.
typedef struct {
    int64_t (*packed)(int face, const gradus_convolution *c);
    int64_t (*slices)(int face, const gradus_convolution *c);
    void (*pack)(int face, const gradus_convolution *c, const void *operand, void *packed, void *scratch, int64_t begin,
                 int64_t end);
    int64_t (*items)(int face, const gradus_convolution *c);
    int64_t (*scratch)(int face, const gradus_convolution *c);
    void (*run)(int face, const gradus_convolution *c, const void *other, const void *packed, const void *bias, void *out,
                void *scratch, int64_t begin, int64_t end);
} gradus_winograd_way;

// (convolution_winograd.h, convolution_winograd_few.h, convolution_winograd_weights.h.)
typedef struct {
    gradus_winograd_way ways[2];  // by whether the input is packed
    void (*weight_sizes)(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch);
    void (*weight_gradient)(const gradus_convolution *c, const void *x, const void *upstream, void *partial, void *scratch,
                            int64_t begin, int64_t end);
} gradus_winograd;

// Normalization of lines of one element type. (normalization_lines.h.)
typedef struct {
    void (*normalize)(const gradus_normalization *form, const void *x, const void *weight, const void *bias, void *y,
                      double *mean, double *variance, int64_t begin, int64_t end);
    void (*gradient)(const gradus_normalization *form, const void *x, const void *weight, const void *bias, const void *u, const double *mean,
                     const double *variance, void *gradient, double *parts, int64_t begin, int64_t end);
    void (*parameters)(int64_t parameters, int64_t ranges, const double *parts, void *weight, void *bias);
} gradus_normalizations;

// Attention of one element type. (attention_rows.h.)
typedef struct {
    int64_t (*scratch)(const gradus_attention_form *form);
    void (*attend)(const gradus_attention_form *form, const void *q, const void *k, const void *v, const bool *mask, void *out,
                   void *scratch, int64_t begin, int64_t end);
    void (*gradient)(const gradus_attention_form *form, const void *q, const void *k, const void *v, const bool *mask,
                     const void *upstream, void *to_q, void *to_k, void *to_v, void *scratch, int64_t begin, int64_t end);
} gradus_attentions;

// The loss of scores and labels. (include/cross_entropy.h.)
typedef struct {
    void (*loss)(int64_t n, double smoothing, const void *x, const int64_t *labels, void *losses, double *lse, int64_t begin,
                 int64_t end);
    void (*gradient)(int64_t n, double smoothing, const void *x, const int64_t *labels, const double *lse, const void *upstream,
                     void *gradient, int64_t begin, int64_t end);
} gradus_cross_entropies;

typedef struct {
    const char *name;
    gradus_products products[2];  // of float, of double
    gradus_elementwise elementwise[2];
    gradus_optimizers optimizers[2];
    gradus_gates gates[2];
    gradus_convolutions convolutions[2];
    gradus_depthwise depthwise[2];
    gradus_imagewise imagewise;
    gradus_winograd winograd;
    void (*reduce)(const gradus_reduction *call, const void *x, const double *shift, void *out, int64_t begin, int64_t end);
    void (*softmax[2])(bool logarithm, int64_t n, int64_t inner, const void *x, void *y, int64_t begin, int64_t end);
    void (*softmax_gradient[2])(bool logarithm, int64_t n, int64_t inner, const void *y, const void *upstream, void *x,
                                int64_t begin, int64_t end);
    gradus_cross_entropies cross_entropies[2];
    gradus_normalizations normalizations[2];
    gradus_attentions attention[2];
} gradus_path;

extern const gradus_path gradus_path_portable;
#if GRADUS_HAS_X86_PATHS
extern const gradus_path gradus_path_avx2, gradus_path_avx512;
#endif
#if GRADUS_HAS_NEON_PATH
extern const gradus_path gradus_path_neon;
#endif

// The path that runs.
const gradus_path *gradus_current_path(void);

#endif
