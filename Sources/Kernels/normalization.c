#include "normalization.h"

#include "path.h"

void gradus_normalize(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias,
                      void *y, double *mean, double *variance, int64_t begin, int64_t end) {
    gradus_current_path()->normalize(type, form, x, weight, bias, y, mean, variance, begin, end);
}

void gradus_normalize_gradient(int type, const gradus_normalization *form, const void *x, const void *weight,
                               const void *u, const double *mean, const double *variance, void *gradient, int64_t begin,
                               int64_t end) {
    gradus_current_path()->normalize_gradient(type, form, x, weight, u, mean, variance, gradient, begin, end);
}

void gradus_normalize_parameter_gradients(int type, const gradus_normalization *form, const void *x, const void *u,
                                          const double *mean, const double *variance, void *weight, void *bias,
                                          int64_t begin, int64_t end) {
    gradus_current_path()->normalize_parameter_gradients(type, form, x, u, mean, variance, weight, bias, begin, end);
}
