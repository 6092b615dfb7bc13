#include "optimizers.h"

#include "path.h"

double gradus_sgd(int type, int64_t n, const gradus_sgd_settings *settings, const void *g, void *v, void *w) {
    return gradus_current_path()->optimizers[type].sgd(n, settings, g, v, w);
}

double gradus_adam(int type, int64_t n, const gradus_adam_settings *settings, const void *g, void *m, void *v, void *w) {
    return gradus_current_path()->optimizers[type].adam(n, settings, g, m, v, w);
}

double gradus_adagrad(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *w) {
    return gradus_current_path()->optimizers[type].adagrad(n, settings, g, v, w);
}

double gradus_rmsprop(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *m, void *u,
                      void *w) {
    return gradus_current_path()->optimizers[type].rmsprop(n, settings, g, v, m, u, w);
}

double gradus_adadelta(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *v, void *u, void *w) {
    return gradus_current_path()->optimizers[type].adadelta(n, settings, g, v, u, w);
}

double gradus_adamax(int type, int64_t n, const gradus_adaptive_settings *settings, const void *g, void *m, void *u, void *w) {
    return gradus_current_path()->optimizers[type].adamax(n, settings, g, m, u, w);
}
