#ifndef GRADUS_ATTENTION_H
#define GRADUS_ATTENTION_H

#include "types.h"

// Attention: of each head queries [targets, width], keys [sources, width], values [sources, value_width] and results
// [targets, value_width], all of one float type, so many heads `abreast` in each row: of queries [heads / abreast, targets, abreast,
// width], and so on. With 1 they lie one behind another. No size is 0.
typedef struct {
    int64_t heads, abreast, targets, sources, width, value_width;
    int64_t parts;       // into which a head's targets are cut, to be shared out
    bool is_causal;      // target i attends to source j only if j <= i
    double scale;        // of scores
    const int64_t *mask_at;           // where each head's mask begins; NULL if there is none
    int64_t mask_row, mask_column;    // how far apart it lies for targets and for sources
} gradus_attention_form;

// How many elements of scratch a call wants.
int64_t gradus_attention_scratch(int type, const gradus_attention_form *form);

// softmax(scale q kT) v, for items [begin, end) of [heads, parts]. Where the mask is false, or what is_causal forbids, the weight is 0; a
// target that may attend to nothing gets zeros. Values that are not finite reach targets of weight 0 only in some places.
void gradus_attention(int type, const gradus_attention_form *form, const void *q, const void *k, const void *v, const bool *mask,
                      void *out, void *scratch, int64_t begin, int64_t end);

// Its gradients from the upstream one: to_q like q, and the shares of each part, which are yet to be added up, in to_k and to_v, one
// like k and v behind another.
void gradus_attention_gradient(int type, const gradus_attention_form *form, const void *q, const void *k, const void *v,
                               const bool *mask, const void *upstream, void *to_q, void *to_k, void *to_v, void *scratch,
                               int64_t begin, int64_t end);

#endif
