// Softmax and its logarithm along lines. Included by each path once an element type.

// The larger of each two; NaN of the first gives the second.
#define LARGER(a, v) ((a) > (v) ? (a) : (v))

// LOT of them: the compiler's own maximum asks about NaN, which takes three instructions, and only vectors of this kind choose.
typedef T NAME(choosing_lot) __attribute__((ext_vector_type(LOT)));
INLINE void NAME(take_larger)(NAME(choosing_lot) *most, const T *x) {
    const NAME(choosing_lot) other = (NAME(choosing_lot))*(const NAME(lot) *)x;
    *most = LARGER(*most, other);
}

// The largest of a row, -infinity of none; NaN is passed over, or taken. The last LOT numbers may be some that were met before.
INLINE T NAME(largest_of)(int64_t n, const T *x) {
    if (n < LOT) {
        T largest = -INFINITY;
        for (int64_t i = 0; i < n; i++) largest = LARGER(largest, x[i]);
        return largest;
    }
    NAME(choosing_lot) most = (NAME(choosing_lot))*(const NAME(lot) *)(x + n - LOT), other = most;
    int64_t i = 0;
    for (; i + 2 * LOT <= n; i += 2 * LOT) {
        NAME(take_larger)(&most, x + i);
        NAME(take_larger)(&other, x + i + LOT);
    }
    if (i + LOT < n) NAME(take_larger)(&most, x + i);
    T lane[LOT];
    memcpy(lane, &other, sizeof lane);
    NAME(take_larger)(&most, lane);
    memcpy(lane, &most, sizeof lane);
    for (int width = LOT / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++) lane[l] = LARGER(lane[l], lane[l + width]);
    return lane[0];
}

// LOT powers exp(x - largest).
INLINE void NAME(lot_of_powers)(const T *x, T largest, T *powers) {
    for (int l = 0; l < LOT; l++) powers[l] = NAME(exp_below_0)(x[l] - largest);
}

// The sum of so many powers exp(x - largest), in double, which are written, not over x. What is left behind whole LOTs goes with those
// in front of it: one by one they would take as long each.
INLINE double NAME(write_powers)(int64_t n, const T *x, T largest, T *powers) {
    lot_of_doubles sums = {0};
    int64_t i = 0;
    T some[LOT];
    for (; i + LOT <= n; i += LOT) {
        NAME(lot_of_powers)(x + i, largest, some);
        memcpy(powers + i, some, sizeof some);
        sums += __builtin_convertvector(*(const NAME(lot) *)some, lot_of_doubles);
    }
    if (0 < i && i < n) {
        NAME(lot_of_powers)(x + n - LOT, largest, some);
        memcpy(powers + n - LOT, some, sizeof some);
        for (int64_t l = 0; l < LOT; l++) some[l] = l < LOT - (n - i) ? 0 : some[l];
        sums += __builtin_convertvector(*(const NAME(lot) *)some, lot_of_doubles);
        i = n;
    }
    double sum = sum_of_lot(&sums);
    for (; i < n; i++) {
        powers[i] = NAME(exp_below_0)(x[i] - largest);
        sum += powers[i];
    }
    return sum;
}

INLINE void NAME(scale_row)(int64_t n, T factor, T *y) {
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) *(NAME(lot) *)(y + i) *= factor;
    for (; i < n; i++) y[i] *= factor;
}

// Softmax of whole LOTs, at least one of them, written elsewhere.
INLINE void NAME(softmax_lots)(int64_t n, const T *x, T *y) {
    NAME(scale_row)(n, (T)(1 / NAME(write_powers)(n, x, NAME(largest_of)(n, x), y)), y);
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
        NAME(scale_row)(n, (T)(1 / sum), y);
    }
}

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
