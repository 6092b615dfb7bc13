#include "optimizers.h"

#include "path.h"

void gradus_sgd(int type, int64_t n, const gradus_sgd_settings *settings, const void *g, void *v, void *w) {
    gradus_current_path()->elementwise[type].sgd(n, settings, g, v, w);
}

void gradus_adam(int type, int64_t n, const gradus_adam_settings *settings, const void *g, void *m, void *v, void *w) {
    gradus_current_path()->elementwise[type].adam(n, settings, g, m, v, w);
}
