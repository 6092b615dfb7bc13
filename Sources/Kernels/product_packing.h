// Copies ("packs") operands of a product into the order in which tiles read them. Included by each path once an element type.
// What lies crosswise is turned in registers, a vector of rows by SIDE columns at a time: 16 bytes of each row are one lane of a
// vector, and rows and columns change places within lanes (INTERLEAVE_LOW, INTERLEAVE_HIGH: interleave.h).
typedef T NAME(side_anywhere) __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));
typedef double NAME(lane) __attribute__((vector_size(16)));
typedef double NAME(lane_anywhere) __attribute__((vector_size(16), aligned(sizeof(T)), may_alias));

// out[p * wide + i] = row[i][at + p] for the LANES rows and SIDE columns; only the first `rows` of each column are written. Lane
// l of line i holds row l * SIDE + i. At each turn lines a half apart are interleaved; after log2(SIDE) turns line p is column p.
INLINE void NAME(turn)(const T *const *row, int64_t at, int rows, int64_t wide, T *out) {
    NAME(vector) line[SIDE], next[SIDE];
#pragma clang loop unroll(full)
    for (int i = 0; i < SIDE; i++) {
        NAME(lane) lane[BYTES / 16];
#pragma clang loop unroll(full)
        for (int l = 0; l < BYTES / 16; l++)
            lane[l] = l * SIDE < rows ? *(const NAME(lane_anywhere) *)(row[l * SIDE + i] + at) : lane[0];
        line[i] = (NAME(vector))JOINED(lane);
    }
#pragma clang loop unroll(full)
    for (int turn = 1; turn < SIDE; turn *= 2) {
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE / 2; i++) {
            next[2 * i] = INTERLEAVE_LOW(line[i], line[i + SIDE / 2]);
            next[2 * i + 1] = INTERLEAVE_HIGH(line[i], line[i + SIDE / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < SIDE; i++) line[i] = next[i];
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < SIDE; p++) memcpy(out + p * wide, &line[p], (size_t)rows * sizeof(T));
}

// pack() of `columns` numbers at most of each p, which is known when this is compiled.
INLINE void NAME(pack_crosswise)(int64_t k, int64_t count, int columns, int64_t wide, const T *x, int64_t stride, T *out) {
#pragma clang loop unroll(full)
    for (int i = 0; i < columns; i += NAME(LANES)) {
        const T *row[NAME(LANES)];
        int rows = columns - i < NAME(LANES) ? columns - i : NAME(LANES);
        if (i >= count) break;
        for (int r = 0; r < NAME(LANES); r++) row[r] = x + (i + r < count ? i + r : count - 1) * stride;
        int64_t p = 0;
        for (; p + SIDE <= k; p += SIDE) NAME(turn)(row, p, rows, wide, out + p * wide + i);
        for (; p < k; p++)
            for (int r = 0; r < rows; r++) out[p * wide + i + r] = row[r][p];
    }
}

INLINE void NAME(pack_columns)(int64_t k, int64_t count, int columns, int64_t wide, const T *x, int64_t stride, int64_t step,
                               T *out) {
    if (step == 1 && stride != 1) {
        NAME(pack_crosswise)(k, count, columns, wide, x, stride, out);
    } else if (stride == 1 && count >= columns) {
        for (int64_t p = 0; p < k; p++) memcpy(out + p * wide, x + p * step, (size_t)columns * sizeof(T));
    } else if (stride == 1) {
        for (int64_t p = 0; p < k; p++, x += step, out += wide) {
            int64_t i = 0;
            for (; i + SIDE <= count; i += SIDE) *(NAME(side_anywhere) *)(out + i) = *(const NAME(side_anywhere) *)(x + i);
            for (; i < count; i++) out[i] = x[i];
        }
    } else {
        int64_t some = count < columns ? count : columns;
        for (int64_t p = 0; p < k; p++)
            for (int64_t i = 0; i < some; i++) out[p * wide + i] = x[i * stride + p * step];
    }
}

// out[p * wide + i] = x[i * stride + p * step] for p < k and i < count, for a `wide` of ROWS, or of whole COLUMNS. Up to `wide`
// there are zeros if `fill`, and otherwise nothing that is wanted.
static void NAME(pack)(int64_t k, int64_t count, int64_t wide, bool fill, const T *x, int64_t stride, int64_t step, T *out) {
    bool is_crosswise = step == 1 && stride != 1;
    if (fill && count < wide && !is_crosswise) memset(out, 0, (size_t)(k * wide) * sizeof(T));
    if (wide == ROWS)
        NAME(pack_columns)(k, count, ROWS, wide, x, stride, step, out);
    else
        for (int64_t i = 0; i < count; i += NAME(COLUMNS))
            NAME(pack_columns)(k, count - i, NAME(COLUMNS), wide, x + i * stride, stride, step, out + i);
    if (fill && count < wide && is_crosswise)  // where rows were repeated
        for (int64_t p = 0; p < k; p++) memset(out + p * wide + count, 0, (size_t)(wide - count) * sizeof(T));
}
