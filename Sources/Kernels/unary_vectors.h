// Functions of one element that are computed on whole vectors, along a row. Included by each path once an element type, behind
// activations.h.

// X(its number, what becomes of v). Each number is what it would be by itself.
#define EACH_VECTOR_FUNCTION(X) \
    X(GRADUS_EXP, NAME(exponential)(v)) \
    X(GRADUS_LOG2, NAME(log2)(v)) \
    X(GRADUS_SIN, NAME(sin)(v)) \
    X(GRADUS_COS, NAME(cos)(v)) \
    X(GRADUS_TAN, NAME(tan)(v)) \
    X(GRADUS_ASIN, NAME(asin)(v)) \
    X(GRADUS_ACOS, NAME(acos)(v)) \
    X(GRADUS_ATAN, NAME(atan)(v)) \
    X(GRADUS_TANH, NAME(tanh)(v)) \
    X(GRADUS_SIGMOID, NAME(sigmoid)(v)) \
    X(GRADUS_SOFTPLUS, NAME(softplus)(v)) \
    X(GRADUS_SIGMOID_SLOPE, NAME(sigmoid_slope)(v)) \
    X(GRADUS_TANH_SLOPE, NAME(tanh_slope)(v)) \
    X(GRADUS_SILU, NAME(silu)(v)) \
    X(GRADUS_SILU_SLOPE, NAME(silu_slope)(v)) \
    X(GRADUS_GELU, NAME(gelu)(v)) \
    X(GRADUS_GELU_SLOPE, NAME(gelu_slope)(v)) \
    X(GRADUS_GELU_TANH, NAME(gelu_tanh)(v)) \
    X(GRADUS_GELU_TANH_SLOPE, NAME(gelu_tanh_slope)(v))

// The last vector of a row overlaps the one before it: it is read before anything is written, as x and y may be one block. Of what fills
// none, each number stands in one of its own. Where the operation is none of these, nothing is written and the answer is no.
static bool NAME(unary_by_vectors)(gradus_unary_op op, int64_t n, const T *x, T *y) {
    const int64_t end = n - NAME(LANES);
    const NAME(vector) last = end >= 0 ? NAME(load)(x + end) : (NAME(vector)){0};
#define LOOP(OP, EXPRESSION)                                                             \
    case OP:                                                                             \
        for (int64_t i = 0; i < end; i += NAME(LANES)) {                                 \
            NAME(vector) v = NAME(load)(x + i);                                          \
            NAME(store)(y + i, (EXPRESSION));                                            \
        }                                                                                \
        for (int64_t i = end < 0 ? 0 : n - 1; i < n; i++) {                              \
            NAME(vector) v = end < 0 ? (NAME(vector)){x[i]} : last, result = (EXPRESSION); \
            if (end < 0) y[i] = result[0];                                               \
            else NAME(store)(y + end, result);                                           \
        }                                                                                \
        break;
    switch (op) {
        EACH_VECTOR_FUNCTION(LOOP)
        default: return false;
    }
#undef LOOP
    return true;
}
#undef EACH_VECTOR_FUNCTION

// Their gradients in one pass: X(its number, the slope at v).
#define EACH_GRADIENT(X) \
    X(GRADUS_SIGMOID_GRADIENT, NAME(sigmoid_slope)(v)) \
    X(GRADUS_TANH_GRADIENT, NAME(tanh_slope)(v)) \
    X(GRADUS_SOFTPLUS_GRADIENT, NAME(sigmoid)(v)) \
    X(GRADUS_SILU_GRADIENT, NAME(silu_slope)(v)) \
    X(GRADUS_GELU_GRADIENT, NAME(gelu_slope)(v)) \
    X(GRADUS_GELU_TANH_GRADIENT, NAME(gelu_tanh_slope)(v))

// The upstream gradient stands still where it is one number throughout, which `step` 0 says.
static bool NAME(gradient_by_vectors)(gradus_binary_op op, int64_t n, const T *x, const T *upstream, int64_t step, T *out) {
    const int64_t end = n - NAME(LANES);
    const NAME(vector) last = end >= 0 ? NAME(load)(x + end) : (NAME(vector)){0};
    const NAME(vector) same = NAME(all)(n > 0 ? upstream[0] : 0), above = step && end >= 0 ? NAME(load)(upstream + end) : same;
#define LOOP(OP, SLOPE)                                                                            \
    case OP:                                                                                       \
        for (int64_t i = 0; i < end; i += NAME(LANES)) {                                           \
            NAME(vector) v = NAME(load)(x + i), u = step ? NAME(load)(upstream + i) : same;        \
            NAME(store)(out + i, u * (SLOPE));                                                     \
        }                                                                                          \
        for (int64_t i = end < 0 ? 0 : n - 1; i < n; i++) {                                        \
            NAME(vector) v = end < 0 ? (NAME(vector)){x[i]} : last;                                \
            NAME(vector) u = end >= 0 ? above : step ? (NAME(vector)){upstream[i]} : same;         \
            NAME(vector) result = u * (SLOPE);                                                     \
            if (end < 0) out[i] = result[0];                                                       \
            else NAME(store)(out + end, result);                                                   \
        }                                                                                          \
        break;
    switch (op) {
        EACH_GRADIENT(LOOP)
        default: return false;
    }
#undef LOOP
    return true;
}
#undef EACH_GRADIENT

// Functions of two elements along one row, whose steps are 0 or 1: X(its number, what becomes of x and w). What is written may be either
// operand's block.
#define EACH_BINARY(X) \
    X(GRADUS_POWER, NAME(power)(x, w)) \
    X(GRADUS_ATAN2, NAME(atan2)(x, w)) \
    X(GRADUS_REMAINDER, NAME(remainder)(x, w))

static bool NAME(binary_by_vectors)(gradus_binary_op op, int64_t n, const T *a, int64_t step_a, const T *b, int64_t step_b, T *out) {
    const int64_t end = n - NAME(LANES);
    const NAME(vector) same_a = NAME(all)(n > 0 ? a[0] : 0), last_a = step_a && end >= 0 ? NAME(load)(a + end) : same_a;
    const NAME(vector) same_b = NAME(all)(n > 0 ? b[0] : 0), last_b = step_b && end >= 0 ? NAME(load)(b + end) : same_b;
#define LOOP(OP, EXPRESSION)                                                                                               \
    case OP:                                                                                                               \
        for (int64_t i = 0; i < end; i += NAME(LANES)) {                                                                   \
            NAME(vector) x = step_a ? NAME(load)(a + i) : same_a, w = step_b ? NAME(load)(b + i) : same_b;                 \
            NAME(store)(out + i, (EXPRESSION));                                                                            \
        }                                                                                                                  \
        for (int64_t i = end < 0 ? 0 : n - 1; i < n; i++) {                                                                \
            NAME(vector) x = end < 0 && step_a ? (NAME(vector)){a[i]} : last_a;                                            \
            NAME(vector) w = end < 0 && step_b ? (NAME(vector)){b[i]} : last_b, result = (EXPRESSION);                     \
            if (end < 0) out[i] = result[0];                                                                               \
            else NAME(store)(out + end, result);                                                                           \
        }                                                                                                                  \
        break;
    switch (op) {
        EACH_BINARY(LOOP)
        default: return false;
    }
#undef LOOP
    return true;
}
#undef EACH_BINARY
