// Functions of two elements along one row. Included by each path once an element type.

// x is chosen when it is NaN (x != x), and a NaN in y fails every comparison and is chosen by the second test.
#define MAXIMUM(x, y) ((x) != (x) || (x) > (y) ? (x) : (y))
#define MINIMUM(x, y) ((x) != (x) || (x) < (y) ? (x) : (y))

// Steps are 0 or 1, so each operation has a loop for "both walk", "a stands still", "b stands still". out may be a or b: each
// element is read before it is written.
#define WALK(X, Y, EXPRESSION)                  \
    _Pragma("clang loop vectorize(assume_safety)")     \
    for (int64_t j = 0; j < n; j++) { T x = X, y = Y; out[j] = (EXPRESSION); }
#define LOOP(EXPRESSION)                                                       \
    if (step_a && step_b) {                                                    \
        WALK(a[j], b[j], EXPRESSION)                                        \
    } else if (step_a) {                                                       \
        T still = b[0];                                                        \
        WALK(a[j], still, EXPRESSION)                                       \
    } else if (step_b) {                                                       \
        T still = a[0];                                                        \
        WALK(still, b[j], EXPRESSION)                                       \
    } else {                                                                   \
        T first = a[0], second = b[0];                                         \
        WALK(first, second, EXPRESSION)                                     \
    }                                                                          \
    break

// Powers in float32 to one exponent that needs no logarithm: in one rounding, or as good as that. out may be a's block.
#define EACH(EXPRESSION)                           \
    _Pragma("clang loop vectorize(assume_safety)") \
    for (int64_t i = 0; i < n; i++) {              \
        const T x = a[i];                          \
        out[i] = (EXPRESSION);                     \
    }
static bool NAME(simple_powers)(int64_t n, const T *a, T exponent, T *out) {
    if (sizeof(T) != sizeof(float)) return false;
    if (exponent == 2)
        EACH(x * x)
    else if (exponent == 3)
        EACH((T)((double)x * x * x))
    else if (exponent == -1)
        EACH(1 / x)
    else if (exponent == (T)0.5)
        EACH(x == -INFINITY ? INFINITY : SQUARE_ROOT(x) + 0)  // of -0 it is 0
    else
        return false;
    return true;
}
#undef EACH

static void NAME(binary)(gradus_binary_op op, int64_t n, const void *a_, int64_t step_a, const void *b_, int64_t step_b,
                         void *out_) {
    const T *a = a_, *b = b_;
    T *out = out_;
    if (op == GRADUS_POWER && step_a && !step_b && n > 0 && NAME(simple_powers)(n, a, b[0], out)) return;
    if (BY_VECTORS(binary_by_vectors)(op, n, a, step_a, b, step_b, out)) return;
    switch (op) {
        case GRADUS_ADD: LOOP(x + y);
        case GRADUS_SUBTRACT: LOOP(x - y);
        case GRADUS_MULTIPLY: LOOP(x * y);
        case GRADUS_DIVIDE: LOOP(x / y);
        case GRADUS_MAXIMUM: LOOP(MAXIMUM(x, y));
        case GRADUS_MINIMUM: LOOP(MINIMUM(x, y));
        case GRADUS_RELU_GRADIENT: LOOP(x > 0 ? y : x);
        default: NAME(slope_times)(op, n, a, step_a, b, step_b, out);
    }
}

static void NAME(add_products)(int64_t n, const void *a_, const void *b_, void *sum_) {
    const T *restrict a = a_, *restrict b = b_;
    T *restrict sum = sum_;
    for (int64_t j = 0; j < n; j++) {
        T product = a[j] * b[j];
        sum[j] += product;
    }
}
#undef LOOP
#undef WALK
#undef MAXIMUM
#undef MINIMUM
