#ifndef GRADUS_OPTIMIZERS_H
#define GRADUS_OPTIMIZERS_H

#include "types.h"

// A step of an optimizer in one pass over n parameters w, their gradients g and what is remembered of them. Floats. Each gives back
// the sum of the squares of g, as it came, in double.

// g is multiplied by `sign` and gets `decay` w added first.
typedef struct {
    double sign, decay, rate, momentum;
    bool nesterov, first;
} gradus_sgd_settings;

// v = momentum v + g (at the first step g); w -= rate (nesterov ? g + momentum v : v). Without momentum v is NULL, and g in its
// place.
double gradus_sgd(int type, int64_t n, const gradus_sgd_settings *settings, const void *g, void *v, void *w);

// The same with `keep` for what w is multiplied by; `rate` and `root` have the corrections in them.
typedef struct {
    double sign, decay, keep, rate, beta1, beta2, root, epsilon;
} gradus_adam_settings;

// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g g; w = keep w - rate m / (root sqrt(v) + epsilon).
double gradus_adam(int type, int64_t n, const gradus_adam_settings *settings, const void *g, void *m, void *v, void *w);

// The same with `keep` for what stays of running means.
typedef struct {
    double sign, decay, rate, keep, momentum, epsilon;
} gradus_adaptive_settings;

// v += g g; w -= rate g / (sqrt(v) + epsilon).
double gradus_adagrad(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *w);

// v = keep v + (1 - keep) g g; unless m is NULL, m = keep m + (1 - keep) g, and v less m m, but no less than 0, in its place;
// d = g / (sqrt(v) + epsilon); unless u is NULL, u = momentum u + d in its place; w -= rate d.
double gradus_rmsprop(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *m, void *u, void *w);

// v = keep v + (1 - keep) g g; d = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = keep u + (1 - keep) d d; w -= rate d.
double gradus_adadelta(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *u, void *w);

// m = keep m + (1 - keep) g; u = max(momentum u, |g| + epsilon); w -= rate m / u.
double gradus_adamax(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *m, void *u, void *w);

#endif
