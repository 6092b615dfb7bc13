// The logarithm to base 2, in float32, on whole vectors. What is rare among its arguments is left to a function that stands apart, so that no result depends on what lies beside it. Coefficients are minimax fits of our own. Included by each path.

// log2 x = e + log2 m, m = 1 + f from sqrt(1/2) to sqrt(2), for normal numbers above 0. The line of log2 m is taken in two parts, since
// near 1 it is all there is.
INLINE vector_float log2_of_normal(vector_float x) {
    const bits_float bits = (bits_float)x + (0x3f800000u - 0x3f3504f3u);
    typedef int32_t wholes __attribute__((vector_size(BYTES)));
    const vector_float e = __builtin_convertvector(((wholes)bits >> 23) - 127, vector_float);
    const vector_float f = (vector_float)((bits & 0x007fffffu) + 0x3f3504f3u) - 1;
    vector_float p = fused_float(all_float(9.824718535e-02f), f, all_float(-1.686543822e-01f));
    p = fused_float(p, f, all_float(1.712936461e-01f));
    p = fused_float(p, f, all_float(-1.789740920e-01f));
    p = fused_float(p, f, all_float(2.051700652e-01f));
    p = fused_float(p, f, all_float(-2.404629290e-01f));
    p = fused_float(p, f, all_float(2.885680199e-01f));
    p = fused_float(p, f, all_float(-3.606743515e-01f));
    p = fused_float(p, f, all_float(4.808980823e-01f));
    p = fused_float(p, f, all_float(-7.213475108e-01f));
    const vector_float line = f * LOG2_E, lost = fused_float(f, all_float(LOG2_E), -line);
    return e + (line + fused_float(p * f, f, fused_float(f, all_float(1.925963033e-08f), lost)));
}

// Subnormal numbers are made normal; 0, negative numbers, infinity and NaN.
static __attribute__((noinline)) vector_float log2_beyond(vector_float x, vector_float y) {
    const vector_float tiny = log2_of_normal(x * 0x1p23f) - 23;
    y = either_float((bits_float)(x < 0x1p-126f), tiny, y);
    y = either_float((bits_float)(x < 0), all_float(NAN), y);
    y = either_float((bits_float)(x == 0), all_float(-INFINITY), y);
    return either_float((bits_float)(x == INFINITY) | (bits_float)(x != x), x, y);
}

INLINE vector_float log2_float(vector_float x) {
    const vector_float y = log2_of_normal(x);
    return everywhere_float((bits_float)((bits_float)x - 0x00800000u < 0x7f000000u)) ? y : log2_beyond(x, y);
}
