// The remainder of a quotient that is rounded down, in float32, on whole vectors; it has the sign of the divisor. Included by each path.

// fmod is exact; what has the other sign than y is moved up by one y, in one rounding.
INLINE float remainder_of_float(float x, float y) {
    float r = fmodf(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

// Large quotients, number by number, division by 0, infinities and NaN; the others keep what they have.
static __attribute__((noinline)) vector_float remainder_beyond(vector_float x, vector_float y, vector_float r, bits_float is_usual) {
    for (int i = 0; i < LANES_float; i++) r[i] = is_usual[i] ? r[i] : remainder_of_float(x[i], y[i]);
    return r;
}

// The same as that to the bit. Below 2^24 a rounded quotient is off by at most a half, so that the whole number below it is the right one or
// the next, and what is left of x is a whole number of y's units, not larger than y: exact in one rounding. (Where y is larger than x,
// x + y is rounded.) Of the next one the rest has the wrong sign. 0 has that of x, as in fmod.
INLINE vector_float remainder_float(vector_float x, vector_float y) {
    const vector_float quotient = x / y, r = fused_float(-__builtin_elementwise_floor(quotient), y, x);
    const bits_float is_zero = (bits_float)(r == 0), is_wrong = ~is_zero & (bits_float)((wholes_float)((bits_float)r ^ (bits_float)y) >> 31);
    const vector_float right = either_float(is_wrong, r + y, r);
    const vector_float rest = (vector_float)((bits_float)right | (is_zero & (bits_float)x & 0x80000000u));
    const bits_float is_usual = (bits_float)(magnitude_float(quotient) < 0x1p24f) & (bits_float)(magnitude_float(y) < INFINITY);
    return everywhere_float(is_usual) ? rest : remainder_beyond(x, y, rest, is_usual);
}
