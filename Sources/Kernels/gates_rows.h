// What the gates of recurrent cells make of their state. Included by each path once an element type, after elementwise_unary.h,
// whose functions they are made of: operation by operation as tensors' arithmetic has it, so that the results are its own.

// Each number is read before it is written, and for itself only: the compiler need not look whether arrays overlap.
#define LANES _Pragma("clang loop vectorize(assume_safety)")

static void NAME(lstm)(int64_t width, const void *gates_, const void *cell_, void *hidden_, void *next_, int64_t begin,
                       int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *restrict in = (const T *)gates_ + 4 * width * r, *restrict cell = (const T *)cell_ + width * r;
        const T *restrict forget = in + width, *restrict candidate = forget + width, *restrict out = candidate + width;
        T *restrict hidden = (T *)hidden_ + width * r, *restrict next = (T *)next_ + width * r;
        LANES for (int64_t j = 0; j < width; j++) {
            T c = NAME(sigmoid)(forget[j]) * cell[j] + NAME(sigmoid)(in[j]) * NAME(tanh)(candidate[j]);
            next[j] = c;
            hidden[j] = NAME(sigmoid)(out[j]) * NAME(tanh)(c);
        }
    }
}

static void NAME(lstm_gradient)(int64_t width, const void *gates_, const void *cell_, const void *next_,
                                const void *from_hidden_, const void *from_next_, void *to_gates_, void *to_cell_,
                                int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *restrict in = (const T *)gates_ + 4 * width * r, *restrict cell = (const T *)cell_ + width * r;
        const T *restrict forget = in + width, *restrict candidate = forget + width, *restrict out = candidate + width;
        const T *restrict next = (const T *)next_ + width * r;
        const T *from_hidden = from_hidden_ ? (const T *)from_hidden_ + width * r : 0;
        const T *from_next = from_next_ ? (const T *)from_next_ + width * r : 0;
        T *restrict to_in = (T *)to_gates_ + 4 * width * r, *restrict to_cell = (T *)to_cell_ + width * r;
        T *restrict to_forget = to_in + width, *restrict to_candidate = to_forget + width;
        T *restrict to_out = to_candidate + width;
        // What arrives at the cell is gathered in to_cell first.
        if (!from_hidden) {
            LANES for (int64_t j = 0; j < width; j++) to_out[j] = 0, to_cell[j] = from_next ? from_next[j] : 0;
        } else {
            LANES for (int64_t j = 0; j < width; j++) {
                to_out[j] = from_hidden[j] * NAME(tanh)(next[j]) * NAME(sigmoid_slope)(out[j]);
                to_cell[j] = from_hidden[j] * NAME(sigmoid)(out[j]) * NAME(tanh_slope)(next[j]);
            }
            if (from_next)
                LANES for (int64_t j = 0; j < width; j++) to_cell[j] = from_next[j] + to_cell[j];
        }
        LANES for (int64_t j = 0; j < width; j++) {
            T u = to_cell[j];
            to_in[j] = u * NAME(tanh)(candidate[j]) * NAME(sigmoid_slope)(in[j]);
            to_forget[j] = u * cell[j] * NAME(sigmoid_slope)(forget[j]);
            to_candidate[j] = u * NAME(sigmoid)(in[j]) * NAME(tanh_slope)(candidate[j]);
            to_cell[j] = u * NAME(sigmoid)(forget[j]);
        }
    }
}

static void NAME(gru)(int64_t width, const void *below_, const void *before_, const void *hidden_, void *next_, int64_t begin,
                      int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *restrict below = (const T *)below_ + 3 * width * r, *restrict before = (const T *)before_ + 3 * width * r;
        const T *restrict hidden = (const T *)hidden_ + width * r;
        T *restrict next = (T *)next_ + width * r;
        LANES for (int64_t j = 0; j < width; j++) {
            T reset = NAME(sigmoid)(below[j] + before[j]);
            T update = NAME(sigmoid)(below[width + j] + before[width + j]);
            T c = NAME(tanh)(below[2 * width + j] + reset * before[2 * width + j]);
            next[j] = c + update * (hidden[j] - c);
        }
    }
}

static void NAME(gru_gradient)(int64_t width, const void *below_, const void *before_, const void *hidden_,
                               const void *upstream_, void *to_below_, void *to_before_, void *to_hidden_, int64_t begin,
                               int64_t end) {
    for (int64_t r = begin; r < end; r++) {
        const T *restrict below = (const T *)below_ + 3 * width * r, *restrict before = (const T *)before_ + 3 * width * r;
        const T *restrict hidden = (const T *)hidden_ + width * r, *restrict upstream = (const T *)upstream_ + width * r;
        T *restrict to_below = (T *)to_below_ + 3 * width * r, *restrict to_before = (T *)to_before_ + 3 * width * r;
        T *restrict to_hidden = (T *)to_hidden_ + width * r;
        LANES for (int64_t j = 0; j < width; j++) {
            T u = upstream[j], candidate = before[2 * width + j];
            T reset_sum = below[j] + before[j], update_sum = below[width + j] + before[width + j];
            T reset = NAME(sigmoid)(reset_sum), update = NAME(sigmoid)(update_sum);
            T sum = below[2 * width + j] + reset * candidate;
            T to_candidate = u * (1 - update) * NAME(tanh_slope)(sum);
            T to_reset = to_candidate * candidate * NAME(sigmoid_slope)(reset_sum);
            T to_update = u * (hidden[j] - NAME(tanh)(sum)) * NAME(sigmoid_slope)(update_sum);
            to_below[j] = to_before[j] = to_reset;
            to_below[width + j] = to_before[width + j] = to_update;
            to_below[2 * width + j] = to_candidate;
            to_before[2 * width + j] = to_candidate * reset;
            to_hidden[j] = u * update;
        }
    }
}
#undef LANES
