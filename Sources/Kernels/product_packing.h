// Copies ("packs") operands of a product into the order in which tiles read them. Included by each path once an element type.
// Transposition goes by squares of SIDE elements, 16 bytes, in registers.
typedef T NAME(side) __attribute__((vector_size(16)));
typedef T NAME(unaligned_side) __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));

// out[p * wide + i] = x[i * stride + p] for SIDE rows i and columns p. At each turn rows a half apart are interleaved; after
// log2(SIDE) turns rows are columns.
INLINE void NAME(transpose_square)(const T *x, int64_t stride, T *out, int64_t wide) {
    NAME(side) row[SIDE], next[SIDE];
#pragma clang loop unroll(full)
    for (int i = 0; i < SIDE; i++) row[i] = *(const NAME(unaligned_side) *)(x + i * stride);
#pragma clang loop unroll(full)
    for (int turn = 1; turn < SIDE; turn *= 2) {
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE / 2; i++) {
            next[2 * i] = INTERLEAVE_LOW(row[i], row[i + SIDE / 2]);
            next[2 * i + 1] = INTERLEAVE_HIGH(row[i], row[i + SIDE / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE; i++) row[i] = next[i];
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < SIDE; p++) *(NAME(unaligned_side) *)(out + p * wide) = row[p];
}

// out[p * wide + i] = x[i * stride + p * step] for p < k and i < count; up to `wide` there are zeros if `fill`.
static void NAME(pack)(int64_t k, int64_t count, int64_t wide, bool fill, const T *x, int64_t stride, int64_t step, T *out) {
    if (fill)
        for (int64_t p = 0; p < k; p++)
            for (int64_t i = count; i < wide; i++) out[p * wide + i] = 0;
    if (stride == 1 && count == NAME(COLUMNS)) {
        for (int64_t p = 0; p < k; p++)
            for (int j = 0; j < NAME(COLUMNS); j += NAME(LANES)) NAME(store)(out + p * wide + j, NAME(load)(x + p * step + j));
    } else if (stride == 1) {
        for (int64_t p = 0; p < k; p++)
            for (int64_t i = 0; i < count; i++) out[p * wide + i] = x[p * step + i];
    } else if (step == 1) {
        int64_t i = 0;
        for (; i + SIDE <= count; i += SIDE) {
            int64_t p = 0;
            for (; p + SIDE <= k; p += SIDE) NAME(transpose_square)(x + i * stride + p, stride, out + p * wide + i, wide);
            for (; p < k; p++)
                for (int s = 0; s < SIDE; s++) out[p * wide + i + s] = x[(i + s) * stride + p];
        }
        for (; i < count; i++)
            for (int64_t p = 0; p < k; p++) out[p * wide + i] = x[i * stride + p];
    } else {
        for (int64_t i = 0; i < count; i++)
            for (int64_t p = 0; p < k; p++) out[p * wide + i] = x[i * stride + p * step];
    }
}
