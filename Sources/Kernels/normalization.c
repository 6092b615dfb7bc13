#include "normalization.h"

#include "path.h"

void gradus_normalize(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias,
                      void *y, double *mean, double *variance, int64_t begin, int64_t end) {
    gradus_current_path()->normalizations[type].normalize(form, x, weight, bias, y, mean, variance, begin, end);
}

void gradus_normalize_gradient(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias,
                               const void *u, const double *mean, const double *variance, void *gradient, double *parts,
                               int64_t begin, int64_t end) {
    gradus_current_path()->normalizations[type].gradient(form, x, weight, bias, u, mean, variance, gradient, parts, begin, end);
}

void gradus_normalize_parameter_gradients(int type, int64_t parameters, int64_t ranges, const double *parts, void *weight,
                                          void *bias) {
    gradus_current_path()->normalizations[type].parameters(parameters, ranges, parts, weight, bias);
}
