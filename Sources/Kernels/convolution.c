#include "convolution.h"

#include "path.h"

static const gradus_convolutions *kernels(int type) { return &gradus_current_path()->convolutions[type]; }

int64_t gradus_convolution_packed(int type, int face, const gradus_convolution *c) { return kernels(type)->packed(face, c); }

int64_t gradus_convolution_slices(int type, int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return p.groups * gradus_blocks(p.filters, kernels(type)->panel);
}

void gradus_convolution_pack(int type, int face, const gradus_convolution *c, const void *w, void *packed, int64_t begin,
                             int64_t end) {
    kernels(type)->pack(face, c, w, packed, begin, end);
}

int64_t gradus_convolution_items(int type, int face, const gradus_convolution *c) { return kernels(type)->items(face, c); }

int64_t gradus_convolution_scratch(int type, int face, const gradus_convolution *c) { return kernels(type)->scratch(face, c); }

void gradus_convolution_run(int type, int face, const gradus_convolution *c, const void *x, const void *packed,
                            const void *bias, void *out, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->run(face, c, x, packed, bias, out, scratch, begin, end);
}

bool gradus_winograd_pays(int type, const gradus_convolution *c) {
    return type == GRADUS_FLOAT32 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1 &&
           c->dilation_y == 1 && c->dilation_x == 1 && c->channels >= 16 && c->filters >= 16;
}

bool gradus_winograd_packs_input(int face, const gradus_convolution *c) {
    gradus_piece_of_convolution p = gradus_piece_number(face, c, 0);
    return (double)p.images * (double)(gradus_blocks(p.rows, 2) * gradus_blocks(p.columns, 2)) < (double)p.filters;
}

static const gradus_winograd_way *winograd(int face, const gradus_convolution *c) {
    return &gradus_current_path()->winograd.ways[gradus_winograd_packs_input(face, c)];
}

int64_t gradus_winograd_packed(int face, const gradus_convolution *c) { return winograd(face, c)->packed(face, c); }

int64_t gradus_winograd_slices(int face, const gradus_convolution *c) { return winograd(face, c)->slices(face, c); }

void gradus_winograd_pack(int face, const gradus_convolution *c, const void *operand, void *packed, void *scratch, int64_t begin,
                          int64_t end) {
    winograd(face, c)->pack(face, c, operand, packed, scratch, begin, end);
}

int64_t gradus_winograd_items(int face, const gradus_convolution *c) { return winograd(face, c)->items(face, c); }

int64_t gradus_winograd_scratch(int face, const gradus_convolution *c) { return winograd(face, c)->scratch(face, c); }

void gradus_winograd_run(int face, const gradus_convolution *c, const void *other, const void *packed, const void *bias, void *out,
                         void *scratch, int64_t begin, int64_t end) {
    winograd(face, c)->run(face, c, other, packed, bias, out, scratch, begin, end);
}

static const gradus_depthwise *depthwise(int type) { return &gradus_current_path()->depthwise[type]; }

bool gradus_depthwise_pays(int type, const gradus_convolution *c) {
    (void)type;
    return c->channels == 1 && c->filters * c->kernel_height * c->kernel_width <= 256 && c->stride_y * c->stride_x <= 16;
}

int64_t gradus_depthwise_items(int type, int face, const gradus_convolution *c) { return depthwise(type)->items(face, c); }

int64_t gradus_depthwise_scratch(int type, int face, const gradus_convolution *c) { return depthwise(type)->scratch(face, c); }

void gradus_depthwise_run(int type, int face, const gradus_convolution *c, const void *x, const void *w, const void *bias,
                          void *out, void *scratch, int64_t begin, int64_t end) {
    depthwise(type)->run(face, c, x, w, bias, out, scratch, begin, end);
}

gradus_weight_gradient_sizes gradus_depthwise_weight_sizes(int type, const gradus_convolution *c) {
    gradus_weight_gradient_sizes sizes;
    depthwise(type)->weight_sizes(c, &sizes.splits, &sizes.items, &sizes.scratch);
    return sizes;
}

void gradus_depthwise_weight_gradient(int type, const gradus_convolution *c, const void *x, const void *upstream, void *partial,
                                      void *scratch, int64_t begin, int64_t end) {
    depthwise(type)->weight_gradient(c, x, upstream, partial, scratch, begin, end);
}

static const gradus_imagewise *imagewise(void) { return &gradus_current_path()->imagewise; }

bool gradus_imagewise_pays(int type, int face, const gradus_convolution *c) {
    return type == GRADUS_FLOAT32 && imagewise()->pays(face, c);
}

int64_t gradus_imagewise_packed(int face, const gradus_convolution *c) { return imagewise()->packed(face, c); }

void gradus_imagewise_pack(int face, const gradus_convolution *c, const void *w, void *packed) {
    imagewise()->pack(face, c, w, packed);
}

int64_t gradus_imagewise_items(int face, const gradus_convolution *c) { return imagewise()->items(face, c); }

int64_t gradus_imagewise_scratch(int face, const gradus_convolution *c) { return imagewise()->scratch(face, c); }

void gradus_imagewise_run(int face, const gradus_convolution *c, const void *x, const void *packed, const void *bias, void *out,
                          void *scratch, int64_t begin, int64_t end) {
    imagewise()->run(face, c, x, packed, bias, out, scratch, begin, end);
}

gradus_weight_gradient_sizes gradus_imagewise_weight_sizes(const gradus_convolution *c) {
    gradus_weight_gradient_sizes sizes;
    imagewise()->weight_sizes(c, &sizes.splits, &sizes.items, &sizes.scratch);
    return sizes;
}

void gradus_imagewise_weight_gradient(const gradus_convolution *c, const void *x, const void *upstream, void *partial,
                                      void *scratch, int64_t begin, int64_t end) {
    imagewise()->weight_gradient(c, x, upstream, partial, scratch, begin, end);
}

gradus_weight_gradient_sizes gradus_winograd_weight_sizes(const gradus_convolution *c) {
    gradus_weight_gradient_sizes sizes;
    gradus_current_path()->winograd.weight_sizes(c, &sizes.splits, &sizes.items, &sizes.scratch);
    return sizes;
}

void gradus_winograd_weight_gradient(const gradus_convolution *c, const void *x, const void *upstream, void *partial,
                                     void *scratch, int64_t begin, int64_t end) {
    gradus_current_path()->winograd.weight_gradient(c, x, upstream, partial, scratch, begin, end);
}

gradus_weight_gradient_sizes gradus_convolution_weight_sizes(int type, const gradus_convolution *c) {
    gradus_weight_gradient_sizes sizes;
    kernels(type)->weight_sizes(c, &sizes.splits, &sizes.items, &sizes.scratch);
    return sizes;
}

void gradus_convolution_weight_gradient(int type, const gradus_convolution *c, const void *x, const void *upstream,
                                        void *partial, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->weight_gradient(c, x, upstream, partial, scratch, begin, end);
}

void gradus_convolution_sum_splits(int type, int64_t splits, int64_t count, const void *partial, void *out, int64_t begin,
                                   int64_t end) {
    kernels(type)->sum_splits(splits, count, partial, out, begin, end);
}

int64_t gradus_convolution_spread_scratch(int type, const gradus_convolution *c) { return kernels(type)->spread_scratch(c); }

void gradus_convolution_spread(int type, const gradus_convolution *c, const void *upstream, const void *w, const void *bias,
                               void *out, void *scratch, int64_t begin, int64_t end) {
    kernels(type)->spread(c, upstream, w, bias, out, scratch, begin, end);
}

bool gradus_are_finite(int type, int64_t n, const void *x) { return gradus_current_path()->elementwise[type].are_finite(n, x); }
