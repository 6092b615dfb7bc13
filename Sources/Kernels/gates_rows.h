// What the gates of recurrent cells make of their state. Included by each path once an element type, after activations.h, whose
// functions they are made of: operation by operation as tensors' arithmetic has it, so that the results are its own. Units lie side by
// side in vectors; what fills none stands in one of its own. Each number is read before it is written, and for itself only.

// `count` numbers of a vector, which whoever calls for whole vectors gives as a constant.
INLINE NAME(vector) NAME(some)(const T *from, int64_t count) {
    if (count == NAME(LANES)) return NAME(load)(from);
    NAME(vector) v = {0};
    memcpy(&v, from, (size_t)count * sizeof(T));
    return v;
}
INLINE void NAME(keep)(T *to, NAME(vector) v, int64_t count) {
    if (count == NAME(LANES)) return NAME(store)(to, v);
    memcpy(to, &v, (size_t)count * sizeof(T));
}

// UNITS(its first, how many) for each vector of a row.
#define EACH_VECTOR(UNITS)                                                        \
    do {                                                                          \
        int64_t first = 0;                                                        \
        for (; first + NAME(LANES) <= width; first += NAME(LANES)) UNITS(first, NAME(LANES)); \
        if (first < width) UNITS(first, width - first);                           \
    } while (0)

INLINE void NAME(lstm_units)(int64_t width, const T *in, const T *cell, T *hidden, T *next, int64_t n) {
    NAME(vector) kept = NAME(sigmoid)(NAME(some)(in + width, n)) * NAME(some)(cell, n);
    NAME(vector) c = kept + NAME(sigmoid)(NAME(some)(in, n)) * NAME(tanh)(NAME(some)(in + 2 * width, n));
    NAME(keep)(next, c, n);
    NAME(keep)(hidden, NAME(sigmoid)(NAME(some)(in + 3 * width, n)) * NAME(tanh)(c), n);
}

static void NAME(lstm)(int64_t width, const void *gates, const void *cell, void *hidden, void *next, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *in = (const T *)gates + 4 * width * r;
        const int64_t row = width * r;
#define UNITS(J, N) \
    NAME(lstm_units)(width, in + (J), (const T *)cell + row + (J), (T *)hidden + row + (J), (T *)next + row + (J), N)
        EACH_VECTOR(UNITS);
#undef UNITS
    }
}

// An upstream gradient that nobody has is NULL.
INLINE void NAME(lstm_gradient_units)(int64_t width, const T *in, const T *cell, const T *next, const T *from_hidden,
                                      const T *from_next, T *to_in, T *to_cell, int64_t n) {
    NAME(vector) c = NAME(some)(next, n), to_out = {0}, u = {0};
    if (from_hidden) {
        NAME(vector) h = NAME(some)(from_hidden, n), out = NAME(some)(in + 3 * width, n);
        to_out = h * NAME(tanh)(c) * NAME(sigmoid_slope)(out);
        u = h * NAME(sigmoid)(out) * NAME(tanh_slope)(c);
    }
    if (from_next) u = from_hidden ? NAME(some)(from_next, n) + u : NAME(some)(from_next, n);
    NAME(vector) input = NAME(some)(in, n), forget = NAME(some)(in + width, n), candidate = NAME(some)(in + 2 * width, n);
    NAME(vector) before = NAME(some)(cell, n);
    NAME(keep)(to_in, u * NAME(tanh)(candidate) * NAME(sigmoid_slope)(input), n);
    NAME(keep)(to_in + width, u * before * NAME(sigmoid_slope)(forget), n);
    NAME(keep)(to_in + 2 * width, u * NAME(sigmoid)(input) * NAME(tanh_slope)(candidate), n);
    NAME(keep)(to_in + 3 * width, to_out, n);
    NAME(keep)(to_cell, u * NAME(sigmoid)(forget), n);
}

static void NAME(lstm_gradient)(int64_t width, const void *gates, const void *cell, const void *next, const void *from_hidden,
                                const void *from_next, void *to_gates, void *to_cell, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *in = (const T *)gates + 4 * width * r;
        T *to_in = (T *)to_gates + 4 * width * r;
        const int64_t row = width * r;
#define UNITS(J, N)                                                                                                       \
    NAME(lstm_gradient_units)(width, in + (J), (const T *)cell + row + (J), (const T *)next + row + (J),                  \
                              from_hidden ? (const T *)from_hidden + row + (J) : NULL,                                    \
                              from_next ? (const T *)from_next + row + (J) : NULL, to_in + (J), (T *)to_cell + row + (J), N)
        EACH_VECTOR(UNITS);
#undef UNITS
    }
}

INLINE void NAME(gru_units)(int64_t width, const T *below, const T *before, const T *hidden, T *next, int64_t n) {
    NAME(vector) reset = NAME(sigmoid)(NAME(some)(below, n) + NAME(some)(before, n));
    NAME(vector) update = NAME(sigmoid)(NAME(some)(below + width, n) + NAME(some)(before + width, n));
    NAME(vector) c = NAME(tanh)(NAME(some)(below + 2 * width, n) + reset * NAME(some)(before + 2 * width, n));
    NAME(keep)(next, c + update * (NAME(some)(hidden, n) - c), n);
}

static void NAME(gru)(int64_t width, const void *below_, const void *before_, const void *hidden, void *next, int64_t begin,
                      int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *below = (const T *)below_ + 3 * width * r, *before = (const T *)before_ + 3 * width * r;
        const int64_t row = width * r;
#define UNITS(J, N) NAME(gru_units)(width, below + (J), before + (J), (const T *)hidden + row + (J), (T *)next + row + (J), N)
        EACH_VECTOR(UNITS);
#undef UNITS
    }
}

INLINE void NAME(gru_gradient_units)(int64_t width, const T *below, const T *before, const T *hidden, const T *upstream,
                                     T *to_below, T *to_before, T *to_hidden, int64_t n) {
    NAME(vector) u = NAME(some)(upstream, n), candidate = NAME(some)(before + 2 * width, n);
    NAME(vector) reset_sum = NAME(some)(below, n) + NAME(some)(before, n);
    NAME(vector) update_sum = NAME(some)(below + width, n) + NAME(some)(before + width, n);
    NAME(vector) reset = NAME(sigmoid)(reset_sum), update = NAME(sigmoid)(update_sum);
    NAME(vector) sum = NAME(some)(below + 2 * width, n) + reset * candidate;
    NAME(vector) to_candidate = u * (1 - update) * NAME(tanh_slope)(sum);
    NAME(vector) to_reset = to_candidate * candidate * NAME(sigmoid_slope)(reset_sum);
    NAME(vector) to_update = u * (NAME(some)(hidden, n) - NAME(tanh)(sum)) * NAME(sigmoid_slope)(update_sum);
    NAME(keep)(to_below, to_reset, n);
    NAME(keep)(to_before, to_reset, n);
    NAME(keep)(to_below + width, to_update, n);
    NAME(keep)(to_before + width, to_update, n);
    NAME(keep)(to_below + 2 * width, to_candidate, n);
    NAME(keep)(to_before + 2 * width, to_candidate * reset, n);
    NAME(keep)(to_hidden, u * update, n);
}

static void NAME(gru_gradient)(int64_t width, const void *below_, const void *before_, const void *hidden, const void *upstream,
                               void *to_below_, void *to_before_, void *to_hidden, int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *below = (const T *)below_ + 3 * width * r, *before = (const T *)before_ + 3 * width * r;
        T *to_below = (T *)to_below_ + 3 * width * r, *to_before = (T *)to_before_ + 3 * width * r;
        const int64_t row = width * r;
#define UNITS(J, N)                                                                                           \
    NAME(gru_gradient_units)(width, below + (J), before + (J), (const T *)hidden + row + (J),                 \
                             (const T *)upstream + row + (J), to_below + (J), to_before + (J), (T *)to_hidden + row + (J), N)
        EACH_VECTOR(UNITS);
#undef UNITS
    }
}
#undef EACH_VECTOR
