#include "attention.h"

#include "path.h"

int64_t gradus_attention_scratch(int type, const gradus_attention_form *form) {
    return gradus_current_path()->attention[type].scratch(form);
}

void gradus_attention(int type, const gradus_attention_form *form, const void *q, const void *k, const void *v, const bool *mask,
                      void *out, void *scratch, int64_t begin, int64_t end) {
    gradus_current_path()->attention[type].attend(form, q, k, v, mask, out, scratch, begin, end);
}

void gradus_attention_gradient(int type, const gradus_attention_form *form, const void *q, const void *k, const void *v,
                               const bool *mask, const void *upstream, void *to_q, void *to_k, void *to_v, void *scratch,
                               int64_t begin, int64_t end) {
    gradus_current_path()->attention[type].gradient(form, q, k, v, mask, upstream, to_q, to_k, to_v, scratch, begin, end);
}
