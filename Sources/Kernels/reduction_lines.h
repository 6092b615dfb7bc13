// Reductions along lines. Included by each path.

// A row is summed in leaves, each in SUMS interleaved parts (which the compiler makes vectors of), and the leaves are
// combined pairwise: rounding errors grow with the logarithm of the length. Strips are summed in two levels.
enum { LEAF = 512, SECTION = 64, LEAVES = GRADUS_REDUCTION_BLOCK / LEAF };

#define ADD(a, v) ((a) + (v))
#define WRAPPING_ADD(a, v) ((int64_t)((uint64_t)(a) + (uint64_t)(v)))
#define MULTIPLY(a, v) ((a) * (v))
#define WRAPPING_MULTIPLY(a, v) ((int64_t)((uint64_t)(a) * (uint64_t)(v)))
// A NaN on either side is kept: the first test sees one in a, and one in v fails the second.
#define LARGER(a, v) ((a) != (a) || (a) > (v) ? (a) : (v))
#define SMALLER(a, v) ((a) != (a) || (a) < (v) ? (a) : (v))

INLINE double squared(double v) { return v * v; }

// Two functions an operation. `_row` reduces n <= BLOCK neighbouring elements to one accumulator, `_strip` n rows of `width`
// elements, `stride` apart, to `width` accumulators. MAP is what is done to an element v first; d is its line's shift.
// Four rows of a strip at a time, to read and write the accumulators less often.
#define DEFINE(NAME, T, ACC, INIT, COMBINE, MAP)                                                                        \
    DEFINE_LEAF(NAME, T, ACC, INIT, COMBINE, MAP) DEFINE_ROW(NAME, T, ACC, COMBINE) DEFINE_STRIP(NAME, T, ACC, INIT, COMBINE)
#define DEFINE_LEAF(NAME, T, ACC, INIT, COMBINE, MAP)                                                                   \
    INLINE ACC NAME##_map(T v, double d) {                                                                       \
        (void)d;                                                                                                        \
        return (MAP);                                                                                                   \
    }                                                                                                                   \
    INLINE ACC NAME##_leaf(int64_t n, const T *x, double d) {                                                           \
        ACC lane[SUMS], tail = (INIT);                                                                                 \
        int64_t i = 0;                                                                                                  \
        if (n >= SUMS) {                                                                                               \
            for (int l = 0; l < SUMS; l++) lane[l] = (INIT);                                                           \
            for (; i + SUMS <= n; i += SUMS)                                                                          \
                for (int l = 0; l < SUMS; l++) { ACC m = NAME##_map(x[i + l], d); lane[l] = COMBINE(lane[l], m); }     \
            for (int width = SUMS / 2; width > 0; width /= 2)                                                          \
                for (int l = 0; l < width; l++) lane[l] = COMBINE(lane[l], lane[l + width]);                            \
            tail = lane[0];                                                                                             \
        }                                                                                                               \
        for (; i < n; i++) { ACC m = NAME##_map(x[i], d); tail = COMBINE(tail, m); }                                    \
        return tail;                                                                                                    \
    }
#define DEFINE_ROW(NAME, T, ACC, COMBINE)                                                                               \
    static void NAME##_row(int64_t n, const void *x_, const double *shift, void *out) {                                 \
        const T *x = x_;                                                                                                \
        double d = shift ? shift[0] : 0;                                                                                \
        ACC leaf[LEAVES];                                                                                               \
        int64_t count = 1;                                                                                              \
        leaf[0] = NAME##_leaf(n < LEAF ? n : LEAF, x, d);                                                               \
        for (int64_t i = LEAF; i < n; i += LEAF) leaf[count++] = NAME##_leaf(n - i < LEAF ? n - i : LEAF, x + i, d);    \
        while (count > 1) {                                                                                             \
            for (int64_t i = 0; i < count / 2; i++) leaf[i] = COMBINE(leaf[2 * i], leaf[2 * i + 1]);                    \
            if (count % 2) leaf[count / 2] = leaf[count - 1];                                                           \
            count = (count + 1) / 2;                                                                                    \
        }                                                                                                               \
        *(ACC *)out = leaf[0];                                                                                          \
    }
#define DEFINE_STRIP(NAME, T, ACC, INIT, COMBINE)                                                                       \
    static void NAME##_strip(int64_t n, int64_t stride, int64_t width, const void *x_, const double *shift,             \
                             double order, void *out) {                                                                 \
        const T *x = x_;                                                                                                \
        ACC *total = out, part[STRIP];                                                                                  \
        static const double no_shift[STRIP];                                                                            \
        const double *d = shift ? shift : no_shift;                                                                     \
        (void)order;                                                                                                    \
        for (int64_t w = 0; w < width; w++) total[w] = (INIT);                                                          \
        for (int64_t start = 0; start < n; start += SECTION) {                                                          \
            int64_t end = n - start < SECTION ? n : start + SECTION;                                                    \
            for (int64_t w = 0; w < width; w++) part[w] = (INIT);                                                       \
            int64_t r = start;                                                                                          \
            for (; r + 4 <= end; r += 4)                                                                                \
                for (int64_t w = 0; w < width; w++) {                                                                   \
                    ACC m0 = NAME##_map(x[r * stride + w], d[w]), m1 = NAME##_map(x[(r + 1) * stride + w], d[w]);       \
                    ACC m2 = NAME##_map(x[(r + 2) * stride + w], d[w]), m3 = NAME##_map(x[(r + 3) * stride + w], d[w]); \
                    m0 = COMBINE(m0, m1);                                                                               \
                    m2 = COMBINE(m2, m3);                                                                               \
                    m0 = COMBINE(m0, m2);                                                                               \
                    part[w] = COMBINE(part[w], m0);                                                                     \
                }                                                                                                       \
            for (; r < end; r++)                                                                                        \
                for (int64_t w = 0; w < width; w++) {                                                                   \
                    ACC m = NAME##_map(x[r * stride + w], d[w]);                                                        \
                    part[w] = COMBINE(part[w], m);                                                                      \
                }                                                                                                       \
            for (int64_t w = 0; w < width; w++) total[w] = COMBINE(total[w], part[w]);                                  \
        }                                                                                                               \
    }

#include "reduction_pairs.h"
DEFINE(sum_float64, double, double, 0, ADD, v)
DEFINE(sum_int64, int64_t, int64_t, 0, WRAPPING_ADD, v)
DEFINE(sum_bool, uint8_t, int64_t, 0, WRAPPING_ADD, v)
DEFINE(product_float32, float, double, 1, MULTIPLY, v)
DEFINE(product_float64, double, double, 1, MULTIPLY, v)
DEFINE(product_int64, int64_t, int64_t, 1, WRAPPING_MULTIPLY, v)
DEFINE(max_float32, float, float, -INFINITY, LARGER, v)
DEFINE(max_float64, double, double, -INFINITY, LARGER, v)
DEFINE(max_int64, int64_t, int64_t, INT64_MIN, LARGER, v)
DEFINE(min_float32, float, float, INFINITY, SMALLER, v)
DEFINE(min_float64, double, double, INFINITY, SMALLER, v)
DEFINE(min_int64, int64_t, int64_t, INT64_MAX, SMALLER, v)
DEFINE(count_nonzero_float32, float, int64_t, 0, WRAPPING_ADD, v != 0)
DEFINE(count_nonzero_float64, double, int64_t, 0, WRAPPING_ADD, v != 0)
DEFINE(count_nonzero_int64, int64_t, int64_t, 0, WRAPPING_ADD, v != 0)
DEFINE(max_abs_float32, float, float, 0, LARGER, fabsf(v))
DEFINE(max_abs_float64, double, double, 0, LARGER, fabs(v))
DEFINE(sum_abs_float32, float, double, 0, ADD, fabsf(v))
DEFINE(sum_abs_float64, double, double, 0, ADD, fabs(v))
DEFINE(sum_squares_float32, float, double, 0, ADD, squared(v))
DEFINE(sum_squares_float64, double, double, 0, ADD, squared(v))
DEFINE(sum_squared_deviations_float32, float, double, 0, ADD, squared(v - d))
DEFINE(sum_squared_deviations_float64, double, double, 0, ADD, squared(v - d))

// Each of these two looks at its elements twice; they have no separate row form.

// log(sum of exp): of infinities and NaN as the largest element is, so that neither inf - inf nor log(0) is met.
#define DEFINE_LOG_SUM_EXP(NAME, T, EXP, MAX)                                                                           \
    static void NAME(int64_t n, int64_t stride, int64_t width, const void *x_, const double *unused, double order,      \
                     void *out_) {                                                                                      \
        const T *x = x_;                                                                                                \
        T largest[STRIP];                                                                                               \
        double *out = out_;                                                                                             \
        (void)order;                                                                                                    \
        MAX(n, stride, width, x, unused, 0, largest);                                                                   \
        for (int64_t w = 0; w < width; w++) out[w] = 0;                                                                 \
        for (int64_t r = 0; r < n; r++)                                                                                 \
            for (int64_t w = 0; w < width; w++) out[w] += EXP(x[r * stride + w] - largest[w]);                          \
        for (int64_t w = 0; w < width; w++) out[w] = isfinite(largest[w]) ? log(out[w]) + largest[w] : largest[w];      \
    }
DEFINE_LOG_SUM_EXP(log_sum_exp_float32, float, exp_float, max_float32_strip)
DEFINE_LOG_SUM_EXP(log_sum_exp_float64, double, exp_double, max_float64_strip)

// Elements are scaled by a power of two to lie below 2, which costs no digits: by two factors, since the reciprocal of the
// smallest numbers is not a number that fits.
#define DEFINE_NORM(NAME, T, MAX_ABS)                                                                                   \
    static void NAME(int64_t n, int64_t stride, int64_t width, const void *x_, const double *unused, double order,      \
                     void *out_) {                                                                                      \
        const T *x = x_;                                                                                                \
        T largest[STRIP];                                                                                               \
        double *out = out_, once[STRIP], twice[STRIP];                                                                  \
        MAX_ABS(n, stride, width, x, unused, 0, largest);                                                               \
        for (int64_t w = 0; w < width; w++) {                                                                           \
            int exponent = largest[w] > 0 && isfinite(largest[w]) ? -ilogb(largest[w]) : 0;                             \
            once[w] = ldexp(1, exponent / 2);                                                                           \
            twice[w] = ldexp(1, exponent - exponent / 2);                                                               \
            out[w] = 0;                                                                                                 \
        }                                                                                                               \
        for (int64_t r = 0; r < n; r++)                                                                                 \
            for (int64_t w = 0; w < width; w++) {                                                                       \
                double v = fabs((double)x[r * stride + w] * once[w] * twice[w]);                                        \
                out[w] += order == 2 ? v * v : pow(v, order);                                                           \
            }                                                                                                           \
        for (int64_t w = 0; w < width; w++) {                                                                           \
            double root = order == 2 ? sqrt(out[w]) : pow(out[w], 1 / order);                                           \
            out[w] = largest[w] > 0 && isfinite(largest[w]) ? root / once[w] / twice[w] : largest[w];                   \
        }                                                                                                               \
    }
DEFINE_NORM(norm_float32, float, max_abs_float32_strip)
DEFINE_NORM(norm_float64, double, max_abs_float64_strip)

typedef struct {
    int accumulator;
    void (*row)(int64_t n, const void *x, const double *shift, void *out);
    void (*strip)(int64_t n, int64_t stride, int64_t width, const void *x, const double *shift, double order, void *out);
    void (*rows)(int64_t n, const void *x, void *out);  // EACH neighbouring rows of 2 SUMS numbers or more, if that saves something
} reduction_kernel;

#define KERNEL(NAME, ACCUMULATOR) {GRADUS_##ACCUMULATOR, NAME##_row, NAME##_strip, NULL}

// By operation and element type. What is missing here is refused before it comes here.
static const reduction_kernel reduction_kernels[][4] = {
    [GRADUS_SUM] = {{GRADUS_FLOAT64, sum_float32_row, sum_float32_strip, sum_float32_rows}, KERNEL(sum_float64, FLOAT64),
                    KERNEL(sum_int64, INT64), KERNEL(sum_bool, INT64)},
    [GRADUS_PRODUCT] = {KERNEL(product_float32, FLOAT64), KERNEL(product_float64, FLOAT64), KERNEL(product_int64, INT64)},
    [GRADUS_MAX] = {KERNEL(max_float32, FLOAT32), KERNEL(max_float64, FLOAT64), KERNEL(max_int64, INT64)},
    [GRADUS_MIN] = {KERNEL(min_float32, FLOAT32), KERNEL(min_float64, FLOAT64), KERNEL(min_int64, INT64)},
    [GRADUS_COUNT_NONZERO] = {KERNEL(count_nonzero_float32, INT64), KERNEL(count_nonzero_float64, INT64),
                              KERNEL(count_nonzero_int64, INT64), KERNEL(sum_bool, INT64)},
    [GRADUS_MAX_ABS] = {KERNEL(max_abs_float32, FLOAT32), KERNEL(max_abs_float64, FLOAT64)},
    [GRADUS_SUM_ABS] = {KERNEL(sum_abs_float32, FLOAT64), KERNEL(sum_abs_float64, FLOAT64)},
    [GRADUS_SUM_SQUARES] = {KERNEL(sum_squares_float32, FLOAT64), KERNEL(sum_squares_float64, FLOAT64)},
    [GRADUS_SUM_SQUARED_DEVIATIONS] = {KERNEL(sum_squared_deviations_float32, FLOAT64),
                                       KERNEL(sum_squared_deviations_float64, FLOAT64)},
    [GRADUS_LOG_SUM_EXP] = {{GRADUS_FLOAT64, NULL, log_sum_exp_float32, NULL}, {GRADUS_FLOAT64, NULL, log_sum_exp_float64, NULL}},
    [GRADUS_NORM] = {{GRADUS_FLOAT64, NULL, norm_float32, NULL}, {GRADUS_FLOAT64, NULL, norm_float64, NULL}},
};

// Accumulators to results.
static void finish_reduction(const gradus_reduction *call, int accumulator, int64_t width, const void *from, void *out, int64_t start) {
    if (accumulator == GRADUS_FLOAT32) {
        for (int64_t w = 0; w < width; w++) ((float *)out)[start + w] = ((const float *)from)[w];
    } else if (accumulator == GRADUS_INT64) {
        for (int64_t w = 0; w < width; w++) ((int64_t *)out)[start + w] = ((const int64_t *)from)[w];
    } else {
        const double *sums = from, divisor = call->divisor;
        const bool root = call->root, divided = divisor != 1;
#define FINISHED(W) (root ? sqrt(sums[W] / divisor) : divided ? sums[W] / divisor : sums[W])
        if (call->result_type == GRADUS_FLOAT32)
            for (int64_t w = 0; w < width; w++) ((float *)out)[start + w] = (float)FINISHED(w);
        else
            for (int64_t w = 0; w < width; w++) ((double *)out)[start + w] = FINISHED(w);
#undef FINISHED
    }
}

static int64_t element_size(int type) { return type == GRADUS_BOOL ? 1 : type == GRADUS_FLOAT32 ? 4 : 8; }

// Rows' sums, and strips'. An item is a block of a line; EACH neighbours of one length are summed together.
static void reduce_rows(const gradus_reduction *call, const reduction_kernel *kernel, int64_t blocks, const char *x,
                        const double *shift, void *out, int64_t begin, int64_t end) {
    const int64_t size = element_size(call->type), each = kernel->accumulator == GRADUS_FLOAT32 ? sizeof(float) : sizeof(double);
    double accumulators[STRIP];
    for (int64_t item = begin; item < end; item += STRIP) {
        int64_t count = end - item < STRIP ? end - item : STRIP, line = item / blocks, block = item % blocks;
        for (int64_t i = 0; i < count;) {
            int64_t first = block * GRADUS_REDUCTION_BLOCK, left = call->reduced - first, some = 1;
            int64_t n = left < GRADUS_REDUCTION_BLOCK ? left : GRADUS_REDUCTION_BLOCK;
            const char *from = x + (line * call->reduced + first) * size;
            if (kernel->rows && n >= 2 * SUMS && i + EACH <= count && (blocks == 1 || left >= EACH * n)) {
                kernel->rows(n, from, accumulators + i);
                some = EACH;
            } else {
                kernel->row(n, from, shift ? shift + line : NULL, (char *)accumulators + i * each);
            }
            i += some;
            if (blocks == 1) line += some;
            else if ((block += some) == blocks) line++, block = 0;
        }
        finish_reduction(call, kernel->accumulator, count, accumulators, out, item);
    }
}

static void reduce_strips(const gradus_reduction *call, const reduction_kernel *kernel, int64_t blocks, const char *x,
                          const double *shift, void *out, int64_t begin, int64_t end) {
    double accumulators[STRIP];
    for (int64_t item = begin; item < end;) {
        gradus_strip strip = gradus_strip_at(item, end, call->inner);
        int64_t line = strip.outer / blocks, first = strip.outer % blocks * GRADUS_REDUCTION_BLOCK;
        int64_t n = call->reduced - first < GRADUS_REDUCTION_BLOCK ? call->reduced - first : GRADUS_REDUCTION_BLOCK;
        const char *from = x + ((line * call->reduced + first) * call->inner + strip.inner) * element_size(call->type);
        const double *d = shift ? shift + line * call->inner + strip.inner : NULL;
        kernel->strip(n, call->inner, strip.width, from, d, call->order, accumulators);
        finish_reduction(call, kernel->accumulator, strip.width, accumulators, out, item);
        item += strip.width;
    }
}

static void reduce(const gradus_reduction *call, const void *x, const double *shift, void *out, int64_t begin, int64_t end) {
    int64_t blocks = call->reduced > 0 ? (call->reduced + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK : 1;
    const reduction_kernel *kernel = &reduction_kernels[call->op][call->type];
    bool are_rows = call->inner == 1 && kernel->row;
    (are_rows ? reduce_rows : reduce_strips)(call, kernel, blocks, x, shift, out, begin, end);
}
#undef DEFINE
#undef DEFINE_LEAF
#undef DEFINE_ROW
#undef DEFINE_STRIP
#undef KERNEL
#undef ADD
#undef WRAPPING_ADD
#undef MULTIPLY
#undef WRAPPING_MULTIPLY
#undef LARGER
#undef SMALLER
