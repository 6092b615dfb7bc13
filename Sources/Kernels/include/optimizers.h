#ifndef GRADUS_OPTIMIZERS_H
#define GRADUS_OPTIMIZERS_H

#include "types.h"

// A step of an optimizer in one pass over n parameters w, their gradients g and what is remembered of them. Floats.

// g is multiplied by `sign` and gets `decay` w added first.
typedef struct {
    double sign, decay, rate, momentum;
    bool nesterov, first;
} gradus_sgd_settings;

// v = momentum v + g (at the first step g); w -= rate (nesterov ? g + momentum v : v). Without momentum v is NULL, and g in its
// place.
void gradus_sgd(int type, int64_t n, const gradus_sgd_settings *settings, const void *g, void *v, void *w);

// The same with `keep` for what w is multiplied by; `rate` and `root` have the corrections in them.
typedef struct {
    double sign, decay, keep, rate, beta1, beta2, root, epsilon;
} gradus_adam_settings;

// m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g g; w = keep w - rate m / (root sqrt(v) + epsilon).
void gradus_adam(int type, int64_t n, const gradus_adam_settings *settings, const void *g, void *m, void *v, void *w);

#endif
