// Smooth steps and what is made of them, on whole vectors. Included by each path once an element type, behind the tails that
// functions_float_pieces.h and functions_double.h have of numbers from 0 on. Tails come of positive numbers, so that nothing overflows
// and a large negative argument keeps its relative precision.
INLINE NAME(vector) NAME(sigmoid)(NAME(vector) v) {
    NAME(vector) tail = NAME(logistic_tail)(NAME(magnitude)(v));
    return NAME(either)((NAME(bits))(v >= 0), 1 - tail, tail);
}
INLINE NAME(vector) NAME(softplus)(NAME(vector) v) {
    NAME(vector) tail = NAME(softplus_tail)(NAME(magnitude)(v));
    return NAME(either)((NAME(bits))(v > 0), v + tail, tail);
}

// The derivative of the logistic function, y (1 - y) for the smaller of its two sides, and x times a smooth step with its derivative:
// what GRADUS_GELU and the like mean. The tanh form of gelu is x sigmoid(u), u = 2 sqrt(2/pi) (x + 0.044715 x^3).
INLINE NAME(vector) NAME(sigmoid_slope)(NAME(vector) v) {
    NAME(vector) tail = NAME(logistic_tail)(NAME(magnitude)(v));
    return NAME(fused)(-tail, tail, tail);
}
INLINE NAME(vector) NAME(tanh_slope)(NAME(vector) v) { return 4 * NAME(sigmoid_slope)(2 * v); }

INLINE NAME(vector) NAME(silu)(NAME(vector) v) { return v * NAME(sigmoid)(v); }

// The derivative of x sigmoid(u), `scaled` x times that of u.
INLINE NAME(vector) NAME(gate_slope)(NAME(vector) u, NAME(vector) scaled) {
    NAME(vector) tail = NAME(logistic_tail)(NAME(magnitude)(u));
    return NAME(fused)(scaled, NAME(fused)(-tail, tail, tail), NAME(either)((NAME(bits))(u >= 0), 1 - tail, tail));
}
INLINE NAME(vector) NAME(silu_slope)(NAME(vector) v) { return NAME(gate_slope)(v, v); }

INLINE NAME(vector) NAME(gelu)(NAME(vector) v) {
    NAME(vector) tail = NAME(normal_tail)(NAME(magnitude)(v));
    return v * NAME(either)((NAME(bits))(v > 0), 1 - tail, tail);
}
INLINE NAME(vector) NAME(gelu_slope)(NAME(vector) v) {
    NAME(vector) tail = NAME(gelu_slope_tail)(NAME(magnitude)(v));
    return NAME(either)((NAME(bits))(v > 0), 1 - tail, tail);
}

#define LINEAR ((T)1.59576912160573071176)
#define CUBIC ((T)0.0713548162726002488)
INLINE NAME(vector) NAME(gelu_tanh)(NAME(vector) v) {
    return v * NAME(sigmoid)(v * NAME(fused)(NAME(all)(CUBIC), v * v, NAME(all)(LINEAR)));
}
INLINE NAME(vector) NAME(gelu_tanh_slope)(NAME(vector) v) {
    // Beyond 1000 the slope is 1 and 0, and the powers are still numbers.
    NAME(vector) low = NAME(either)((NAME(bits))(v < -1000), NAME(all)(-1000), v);
    NAME(vector) w = NAME(either)((NAME(bits))(v > 1000), NAME(all)(1000), low), square = w * w;
    NAME(vector) slope = NAME(fused)(NAME(all)(3 * CUBIC), square, NAME(all)(LINEAR));
    return NAME(gate_slope)(w * NAME(fused)(NAME(all)(CUBIC), square, NAME(all)(LINEAR)), w * slope);
}
#undef LINEAR
#undef CUBIC

// X(its number, what becomes of v).
#define EACH_ACTIVATION(X) \
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
static bool NAME(activate)(gradus_unary_op op, int64_t n, const T *x, T *y) {
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
        EACH_ACTIVATION(LOOP)
        default: return false;
    }
#undef LOOP
    return true;
}
#undef EACH_ACTIVATION

// Their gradients in one pass: X(its number, the slope at v).
#define EACH_GRADIENT(X) \
    X(GRADUS_SIGMOID_GRADIENT, NAME(sigmoid_slope)(v)) \
    X(GRADUS_TANH_GRADIENT, NAME(tanh_slope)(v)) \
    X(GRADUS_SOFTPLUS_GRADIENT, NAME(sigmoid)(v)) \
    X(GRADUS_SILU_GRADIENT, NAME(silu_slope)(v)) \
    X(GRADUS_GELU_GRADIENT, NAME(gelu_slope)(v)) \
    X(GRADUS_GELU_TANH_GRADIENT, NAME(gelu_tanh_slope)(v))

// The upstream gradient stands still where it is one number throughout, which `step` 0 says.
static bool NAME(activation_gradient)(gradus_binary_op op, int64_t n, const T *x, const T *upstream, int64_t step, T *out) {
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
