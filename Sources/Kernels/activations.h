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
