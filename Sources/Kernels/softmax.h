// Softmax and its logarithm along lines. Included by each path once an element type.

// The largest of a row, -infinity of none; NaN is passed over, or taken.
static T NAME(largest_of)(int64_t n, const T *x) {
    T largest = -INFINITY;
    int64_t i = 0;
    if (n >= 2 * LOT) {
        T lane[LOT];
        NAME(lot) most = *(const NAME(lot) *)x, other = *(const NAME(lot) *)(x + LOT);
        for (i = 2 * LOT; i + 2 * LOT <= n; i += 2 * LOT) {
            most = __builtin_elementwise_max(most, *(const NAME(lot) *)(x + i));
            other = __builtin_elementwise_max(other, *(const NAME(lot) *)(x + i + LOT));
        }
        most = __builtin_elementwise_max(most, other);
        memcpy(lane, &most, sizeof lane);
        for (int l = 0; l < LOT; l++) largest = largest > lane[l] ? largest : lane[l];
    }
    for (; i < n; i++) largest = largest > x[i] ? largest : x[i];
    return largest;
}

// The sum of so many powers exp(x - largest), in double, which are written.
static double NAME(write_powers)(int64_t n, const T *x, T largest, T *powers) {
    for (int64_t i = 0; i < n; i++) powers[i] = NAME(exp_below_0)(x[i] - largest);
    return NAME(total)(n, powers);
}

// The same of a row, whose powers nobody wants.
static double NAME(sum_of_powers)(int64_t n, const T *x, T largest) {
    T room[POWERS];
    double sum = 0;
    for (int64_t start = 0; start < n; start += POWERS)
        sum += NAME(write_powers)(n - start < POWERS ? n - start : POWERS, x + start, largest, room);
    return sum;
}

// The largest element is taken off first, so that no power overflows and one of them is 1. NaN is left to the powers, whose sum
// it makes NaN; infinities make inf - inf, which is the NaN that is wanted too.
static void NAME(softmax_row)(bool logarithm, int64_t n, const T *x, T *y) {
    const T largest = NAME(largest_of)(n, x);
    if (logarithm) {
        // Taken off in two parts, of which the first leaves no more than a rounding of the result.
        const double off = largest + log(NAME(sum_of_powers)(n, x, largest));
        const T high = (T)off, low = (T)(off - high);
        for (int64_t i = 0; i < n; i++) y[i] = (x[i] - high) - low;
    } else {
        // By pieces, each of which is still in the first cache when it is added up.
        double sum = 0;
        for (int64_t start = 0; start < n; start += POWERS)
            sum += NAME(write_powers)(n - start < POWERS ? n - start : POWERS, x + start, largest, y + start);
        const T factor = (T)(1 / sum);
        for (int64_t i = 0; i < n; i++) y[i] *= factor;
    }
}

#define LARGER(a, v) ((a) > (v) ? (a) : (v))
static void NAME(softmax_strip)(bool logarithm, int64_t n, int64_t stride, int64_t width, const T *x, T *y) {
    T largest[STRIP];
    double sum[STRIP];
    for (int64_t w = 0; w < width; w++) largest[w] = -INFINITY, sum[w] = 0;
    for (int64_t r = 0; r < n; r++)
        for (int64_t w = 0; w < width; w++) largest[w] = LARGER(largest[w], x[r * stride + w]);
    for (int64_t r = 0; r < n; r++)
        for (int64_t w = 0; w < width; w++) {
            T power = NAME(exp_below_0)(x[r * stride + w] - largest[w]);
            y[r * stride + w] = power;
            sum[w] += power;
        }
    if (logarithm) {
        T high[STRIP], low[STRIP];
        for (int64_t w = 0; w < width; w++) {
            double off = largest[w] + log(sum[w]);
            high[w] = (T)off, low[w] = (T)(off - high[w]);
        }
        for (int64_t r = 0; r < n; r++)
            for (int64_t w = 0; w < width; w++) y[r * stride + w] = (x[r * stride + w] - high[w]) - low[w];
    } else {
        T factor[STRIP];
        for (int64_t w = 0; w < width; w++) factor[w] = (T)(1 / sum[w]);
        for (int64_t r = 0; r < n; r++)
            for (int64_t w = 0; w < width; w++) y[r * stride + w] *= factor[w];
    }
}
#undef LARGER

static void NAME(softmax)(bool logarithm, int64_t n, int64_t inner, const void *x_, void *y_, int64_t begin, int64_t end) {
    const T *x = x_;
    T *y = y_;
    for (int64_t line = begin; line < end;) {
        gradus_strip strip = gradus_strip_at(line, end, inner);
        int64_t at = strip.outer * n * inner + strip.inner;
        if (inner == 1)
            NAME(softmax_row)(logarithm, n, x + at, y + at);
        else
            NAME(softmax_strip)(logarithm, n, inner, strip.width, x + at, y + at);
        line += strip.width;
    }
}
