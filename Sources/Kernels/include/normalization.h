#ifndef GRADUS_NORMALIZATION_H
#define GRADUS_NORMALIZATION_H

#include "types.h"

// Numbers seen as [batch, outer, groups, channels, span]. A line is one (outer, group) pair: what has a mean and a variance of
// its own. A parameter is one (group, channel) pair: what has a weight and a bias. `rectified` is with relu behind all that, for lines
// of one channel and two numbers or more.
typedef struct {
    int64_t batch, outer, groups, channels, span;
    double epsilon;
    bool rectified;
} gradus_normalization;

// y = weight (x - mean) / sqrt(variance + epsilon) + bias, weight and bias or NULL, for the lines [begin, end); writes each
// line's mean and its variance, the sum of squared deviations by their number, too. Floats; the statistics are doubles, taken
// from distances to a line's first number, so that a small variance far from 0 keeps its digits. y is not x.
void gradus_normalize(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias,
                      void *y, double *mean, double *variance, int64_t begin, int64_t end);

// The gradient in x from the upstream u, for the lines [begin, end), unless it is NULL; and, unless `parts` is NULL, what these
// lines have for the gradients in weight and bias: 2 parameters doubles, those of all weights before those of all biases. The bias is
// read only where the form is rectified: what relu was given is computed again, by the same operations.
void gradus_normalize_gradient(int type, const gradus_normalization *form, const void *x, const void *weight, const void *bias,
                               const void *u, const double *mean, const double *variance, void *gradient,
                               double *parts, int64_t begin, int64_t end);

// The gradients in weight and bias from the parts of so many ranges of lines, one behind the other.
void gradus_normalize_parameter_gradients(int type, int64_t parameters, int64_t ranges, const double *parts, void *weight,
                                          void *bias);

#endif
