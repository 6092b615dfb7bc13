// Sums of float32 along rows. To widen float32 takes longer than to add or to read it: two numbers, EACH apart, are added as they are,
// in one rounding, and their sums in double. Where that gives no number, as the sum of two may be too large for float32, they are
// added one by one. Included by reduction_lines.h.
DEFINE_LEAF(sum_float32, float, double, 0, ADD, v)
DEFINE_STRIP(sum_float32, float, double, 0, ADD)
enum { EACH = SUMS / 4 };
typedef float floats_beside __attribute__((vector_size(EACH * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef double doubles_beside __attribute__((vector_size(EACH * sizeof(double))));

// Of whole lots of 2 SUMS numbers, in EACH sums side by side. (Not returned: where vectors are narrower, how is not agreed on.)
INLINE void sum_by_pairs(int64_t n, const float *x, doubles_beside *sum) {
    doubles_beside sums[4] = {{0}};
#if FUSED
    // A product by one, which the compiler is not to know: the units for products are idle, those for sums busy with widening.
    static const volatile double one = 1;
    const doubles_beside ones = one - (doubles_beside){0};
#endif
    for (int64_t i = 0; i + 2 * SUMS <= n; i += 2 * SUMS)
#pragma clang loop unroll(full)
        for (int s = 0; s < 4; s++) {
            const float *pair = x + i + 2 * s * EACH;
            floats_beside both = *(const floats_beside *)pair + *(const floats_beside *)(pair + EACH);
            doubles_beside wide = __builtin_convertvector(both, doubles_beside);
#if FUSED
            sums[s] = __builtin_elementwise_fma(wide, ones, sums[s]);
#else
            sums[s] += wide;
#endif
        }
    *sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// What is left behind the lots, and a look at the result.
INLINE double sum_to_the_end(double sum, int64_t n, const float *x) {
    int64_t lots = n / (2 * SUMS) * (2 * SUMS);
    if (lots < n) sum += sum_float32_leaf(n - lots, x + lots, 0);
    return __builtin_expect(isfinite(sum), 1) ? sum : sum_float32_leaf(n, x, 0);
}

static void sum_float32_row(int64_t n, const void *x, const double *unused, void *out) {
    (void)unused;
    double part[EACH] = {0};
    if (n >= 2 * SUMS) {
        doubles_beside sums;
        sum_by_pairs(n, x, &sums);
        memcpy(part, &sums, sizeof part);
        for (int width = EACH / 2; width > 0; width /= 2)
            for (int l = 0; l < width; l++) part[l] += part[l + width];
    }
    *(double *)out = sum_to_the_end(part[0], n, x);
}

// EACH rows, n apart: their sums side by side are added crosswise, in the order in which one row's are, which takes a sixth of the work.
static void sum_float32_rows(int64_t n, const void *x_, void *out_) {
    _Static_assert(EACH == 8, "vectors are taken apart by number");
    const float *x = x_;
    double *out = out_;
    doubles_beside v[EACH], sums;
#pragma clang loop unroll(full)
    for (int r = 0; r < EACH; r++) sum_by_pairs(n, x + r * n, &v[r]);
    for (int r = 0; r < 4; r++)
        v[r] = __builtin_shufflevector(v[r], v[r + 4], 0, 1, 2, 3, 8, 9, 10, 11) +
               __builtin_shufflevector(v[r], v[r + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    for (int r = 0; r < 2; r++)
        v[r] = __builtin_shufflevector(v[r], v[r + 2], 0, 1, 8, 9, 4, 5, 12, 13) +
               __builtin_shufflevector(v[r], v[r + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    sums = __builtin_shufflevector(v[0], v[1], 0, 8, 2, 10, 4, 12, 6, 14) +
           __builtin_shufflevector(v[0], v[1], 1, 9, 3, 11, 5, 13, 7, 15);
    memcpy(out, &sums, sizeof sums);
    if (n % (2 * SUMS) || __builtin_reduce_or(sums - sums != 0))
        for (int r = 0; r < EACH; r++) out[r] = sum_to_the_end(out[r], n, x + r * n);
}
