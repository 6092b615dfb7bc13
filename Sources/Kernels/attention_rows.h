// Attention, some targets at a time, so that their scores stay near the core and are never written out. Included by each path once
// an element type, behind product.h and softmax.h.

// How many targets go together: rows of tiles, whose scores fit into the second-level cache several times.
INLINE int64_t NAME(targets_together)(const gradus_attention_form *f) {
    int64_t fitting = SCORES / f->sources / 12 * 12;
    return fitting < 12 ? 12 : fitting > 48 ? 48 : fitting;
}

// Where things lie in the scratch: keys and values packed for scores and for the gradient in the weights, and of the targets that go
// together the scaled queries, scores, weights, and gradients in weights.
typedef struct { T *keys, *values, *queries, *scores, *weights, *to_weights; } NAME(attention_room);

INLINE int64_t NAME(attention_columns)(const gradus_attention_form *f) {
    return gradus_blocks(f->sources, NAME(COLUMNS)) * NAME(COLUMNS);
}

// A row of scores has room for whole LOTs, so that softmax has no ends to look after.
INLINE int64_t NAME(whole_lots)(int64_t n) { return gradus_blocks(n, LOT) * LOT; }

INLINE NAME(attention_room) NAME(attention_rooms)(const gradus_attention_form *f, T *scratch) {
    int64_t columns = NAME(attention_columns)(f), scores = NAME(targets_together)(f) * NAME(whole_lots)(f->sources);
    NAME(attention_room) room = {.keys = scratch};
    room.values = room.keys + columns * f->width;
    room.scores = room.values + columns * f->value_width;
    room.weights = room.scores + scores;
    room.to_weights = room.weights + scores;
    room.queries = room.to_weights + scores;
    return room;
}

static int64_t NAME(attention_scratch)(const gradus_attention_form *f) {
    return NAME(attention_columns)(f) * (f->width + f->value_width) +
           NAME(targets_together)(f) * (3 * NAME(whole_lots)(f->sources) + f->width);
}

// The targets that item number `item` is about, as many at a time as go together: [from, to) of `head`.
typedef struct { int64_t part, head, from, to; } NAME(attention_item);

INLINE NAME(attention_item) NAME(attention_item_number)(const gradus_attention_form *f, int64_t item) {
    int64_t head = item / f->parts, part = item % f->parts, each = gradus_blocks(gradus_blocks(f->targets, f->parts), 12) * 12;
    return (NAME(attention_item)){part, head, NAME(least)(part * each, f->targets), NAME(least)((part + 1) * each, f->targets)};
}

// Of the first sources, in whole panels, how many are met by any of the targets up to `end`.
INLINE int64_t NAME(sources_met)(const gradus_attention_form *f, int64_t end) {
    return f->is_causal ? NAME(least)(f->sources, gradus_blocks(end, NAME(COLUMNS)) * NAME(COLUMNS)) : f->sources;
}

// How many sources target i may attend to if no mask forbids it.
INLINE int64_t NAME(reach)(const gradus_attention_form *f, int64_t i) {
    return f->is_causal ? NAME(least)(i + 1, f->sources) : f->sources;
}

// Where row i of `count` rows of a head begins, and how far apart its rows are.
INLINE int64_t NAME(row_at)(const gradus_attention_form *f, int64_t head, int64_t count, int64_t i, int64_t width) {
    return ((head / f->abreast * count + i) * f->abreast + head % f->abreast) * width;
}

// `value` behind the first `reach` elements of a row, up to `end`, a whole LOT.
INLINE void NAME(fill_behind)(int64_t reach, int64_t end, T value, T *row) {
    int64_t j = reach / LOT * LOT;
    if (j < reach) {
        const int within = (int)(reach - j);
        for (int l = 0; l < LOT; l++) row[j + l] = l < within ? row[j + l] : value;
        j += LOT;
    }
    for (; j < end; j += LOT) *(NAME(lot) *)(row + j) = (NAME(lot)){0} + value;
}

// The weights of targets [from, to), `n` sources each.
static void NAME(attention_weights)(const gradus_attention_form *f, const NAME(attention_item) *item, int64_t from, int64_t to,
                                    int64_t n, const T *q, const bool *mask, const NAME(attention_room) *room) {
    const T factor = (T)f->scale;
    const int64_t pitch = NAME(whole_lots)(n);
    for (int64_t i = from; i < to; i++) {
        const T *row = q + NAME(row_at)(f, item->head, f->targets, i, f->width);
        T *scaled = room->queries + (i - from) * f->width;
        for (int64_t c = 0; c < f->width; c++) scaled[c] = row[c] * factor;
    }
    NAME(multiply_panels)(f->width, room->queries, f->width, 1, room->keys, NULL, 0, room->scores, pitch, 0, to - from, 0, n);
    for (int64_t i = from; i < to; i++) {
        T *scores = room->scores + (i - from) * pitch, *weights = room->weights + (i - from) * pitch;
        int64_t reach = NAME(reach)(f, i);
        bool any = true;
        if (mask != NULL) {
            const bool *allowed = mask + f->mask_at[item->head] + i * f->mask_row;
            any = false;
            for (int64_t j = 0; j < reach; j++) {
                any |= allowed[j * f->mask_column];
                scores[j] = allowed[j * f->mask_column] ? scores[j] : -(T)INFINITY;
            }
        }
        if (any) {
            NAME(fill_behind)(reach, NAME(whole_lots)(reach), -(T)INFINITY, scores);
            NAME(softmax_lots)(NAME(whole_lots)(reach), scores, weights);
        } else {
            reach = 0;
        }
        NAME(fill_behind)(reach, pitch, 0, weights);  // not NaN either
    }
}

static void NAME(attend)(const gradus_attention_form *f, const void *q, const void *k_, const void *v_, const bool *mask, void *out,
                         void *scratch, int64_t begin, int64_t end) {
    const NAME(attention_room) room = NAME(attention_rooms)(f, scratch);
    const int64_t together = NAME(targets_together)(f), row_k = f->abreast * f->width, row_v = f->abreast * f->value_width;
    for (int64_t number = begin; number < end; number++) {
        const NAME(attention_item) item = NAME(attention_item_number)(f, number);
        const T *k = (const T *)k_ + NAME(row_at)(f, item.head, f->sources, 0, f->width);
        const T *v = (const T *)v_ + NAME(row_at)(f, item.head, f->sources, 0, f->value_width);
        if (item.from == item.to) continue;
        NAME(pack_panels)(f->sources, f->width, k, 1, row_k, room.keys, 0, gradus_blocks(NAME(sources_met)(f, item.to), NAME(COLUMNS)));
        for (int64_t i = item.from; i < item.to; i += together) {
            int64_t to = NAME(least)(i + together, item.to), n = NAME(sources_met)(f, to);
            NAME(attention_weights)(f, &item, i, to, n, q, mask, &room);
            NAME(multiply)(f->value_width, n, room.weights, NAME(whole_lots)(n), 1, v, row_v, 1, NULL, 0,
                           (T *)out + NAME(row_at)(f, item.head, f->targets, i, f->value_width), row_v, 0, to - i);
        }
    }
}

// What the upstream gradient of targets [from, to), here in `to_weights` as that of their weights, is in their scores: written over
// the scores.
static void NAME(attention_scores_gradient)(const gradus_attention_form *f, const NAME(attention_item) *item, int64_t from, int64_t to,
                                            int64_t n, const bool *mask, const NAME(attention_room) *room) {
    const int64_t pitch = NAME(whole_lots)(n);
    for (int64_t i = from; i < to; i++) {
        int64_t at = (i - from) * pitch, reach = NAME(reach)(f, i), whole = NAME(whole_lots)(reach);
        T *scores = room->scores + at;
        NAME(fill_behind)(reach, whole, 0, room->to_weights + at);
        NAME(softmax_gradient_of_row)(whole, room->weights + at, room->to_weights + at, scores);
        if (mask != NULL) {  // 0 even where what arrives is not finite
            const bool *allowed = mask + f->mask_at[item->head] + i * f->mask_row;
            for (int64_t j = 0; j < reach; j++) scores[j] = allowed[j * f->mask_column] ? scores[j] : 0;
        }
        NAME(fill_behind)(reach, pitch, 0, scores);
    }
}

static void NAME(attention_gradient)(const gradus_attention_form *f, const void *q, const void *k_, const void *v_, const bool *mask,
                                     const void *upstream, void *to_q_, void *to_k_, void *to_v_, void *scratch, int64_t begin,
                                     int64_t end) {
    const NAME(attention_room) room = NAME(attention_rooms)(f, scratch);
    const int64_t width = f->width, value_width = f->value_width, together = NAME(targets_together)(f);
    const int64_t row_k = f->abreast * width, row_v = f->abreast * value_width;
    const T factor = (T)f->scale;
    for (int64_t number = begin; number < end; number++) {
        const NAME(attention_item) item = NAME(attention_item_number)(f, number);
        const int64_t at_k = NAME(row_at)(f, item.head, f->sources, 0, width);
        const int64_t at_v = NAME(row_at)(f, item.head, f->sources, 0, value_width);
        const T *k = (const T *)k_ + at_k, *v = (const T *)v_ + at_v;
        T *to_k = (T *)to_k_ + item.part * f->heads * f->sources * width + at_k;
        T *to_v = (T *)to_v_ + item.part * f->heads * f->sources * value_width + at_v;
        for (int64_t j = 0; j < f->sources; j++) {
            memset(to_k + j * row_k, 0, (size_t)width * sizeof(T));
            memset(to_v + j * row_v, 0, (size_t)value_width * sizeof(T));
        }
        if (item.from == item.to) continue;
        int64_t panels = gradus_blocks(NAME(sources_met)(f, item.to), NAME(COLUMNS));
        NAME(pack_panels)(f->sources, width, k, 1, row_k, room.keys, 0, panels);
        NAME(pack_panels)(f->sources, value_width, v, 1, row_v, room.values, 0, panels);
        for (int64_t i = item.from; i < item.to; i += together) {
            int64_t to = NAME(least)(i + together, item.to), rows = to - i, n = NAME(sources_met)(f, to), pitch = NAME(whole_lots)(n);
            const T *u = (const T *)upstream + NAME(row_at)(f, item.head, f->targets, i, value_width);
            T *to_q = (T *)to_q_ + NAME(row_at)(f, item.head, f->targets, i, width);
            NAME(attention_weights)(f, &item, i, to, n, q, mask, &room);
            NAME(multiply)(value_width, rows, room.weights, 1, pitch, u, row_v, 1, to_v, row_v, to_v, row_v, 0, n);
            NAME(multiply_panels)(value_width, u, row_v, 1, room.values, NULL, 0, room.to_weights, pitch, 0, rows, 0, n);
            NAME(attention_scores_gradient)(f, &item, i, to, n, mask, &room);
            NAME(multiply)(width, rows, room.scores, 1, pitch, room.queries, width, 1, to_k, row_k, to_k, row_k, 0, n);
            NAME(multiply)(width, n, room.scores, pitch, 1, k, row_k, 1, NULL, 0, to_q, row_k, 0, rows);
            for (int64_t e = 0; e < rows; e++)
                for (int64_t c = 0; c < width; c++) to_q[e * row_k + c] *= factor;
        }
    }
}
