// Sine, cosine and tangent and their inverses, in float32, on whole vectors, without branches but for what is rare. Like the rest of
// float32's functions they are the same to the bit on every path: all is added in one rounding. The largest errors stand with the
// operations in elementwise.h; zeros, infinities and NaN are as libm has them. Coefficients are minimax fits of our own, each rounded
// before those of higher powers are fitted to what it leaves. Included by each path.

// |x| = n pi/2 + high + low, n whole, |high| at most 0.795. Three parts of pi/2 (W. J. Cody and W. Waite, "Software Manual for the
// Elementary Functions", 1980): what is left after the first is exact, high is that after the second, rounded, and low what the
// second lost in rounding with what the third adds. n is kept in the lowest bits of `shifted`.
typedef struct { vector_float high, low, square; bits_float shifted; } turned;

// From there on parts of pi/2 would have to be longer. NaN is not below it.
#define TURNS_END 131072.0f

INLINE turned turned_of(vector_float a) {
    vector_float shifted = fused_float(a, all_float(0.636619772f), all_float(12582912.0f));
    vector_float minus_n = 12582912.0f - shifted;
    vector_float first = fused_float(minus_n, all_float(1.5707963705e+00f), a);
    vector_float second = minus_n * -4.3711388287e-08f, high = first + second, lost = (first - high) + second;
    vector_float low = fused_float(minus_n, all_float(-4.3711388287e-08f), -second);
    low = lost + fused_float(minus_n, all_float(-1.7151245100e-15f), low);
    return (turned){high, low, high * high, (bits_float)shifted};
}

// All bits of a lane where n is odd.
INLINE bits_float odd_of(turned t) { return -(t.shifted & 1); }

INLINE vector_float sine_of(turned t) {
    vector_float p = fused_float(all_float(-1.950763690e-04f), t.square, all_float(8.332105353e-03f));
    p = fused_float(p, t.square, all_float(-1.666665375e-01f));
    return t.high + fused_float(t.high * t.square, p, t.low);
}
INLINE vector_float cosine_of(turned t) {
    vector_float p = fused_float(all_float(2.442942969e-05f), t.square, all_float(-1.388729434e-03f));
    p = fused_float(p, t.square, all_float(4.166664556e-02f));
    p = fused_float(p, t.square, all_float(-0.5f));
    return 1 + fused_float(p, t.square, -(t.high * t.low));
}

// What lies beyond, number by number, as libm has it; the others keep what they have, and are not computed twice.
#define BEYOND(NAME)                                                                                                  \
    static __attribute__((noinline)) vector_float NAME##_beyond(vector_float v, vector_float y) {                     \
        for (int i = 0; i < LANES_float; i++) y[i] = fabsf(v[i]) < TURNS_END ? y[i] : (float)NAME((double)v[i]);      \
        return y;                                                                                                     \
    }
BEYOND(sin)
BEYOND(cos)
BEYOND(tan)
#undef BEYOND

INLINE vector_float sin_float(vector_float v) {
    vector_float a = magnitude_float(v);
    turned t = turned_of(a);
    vector_float y = either_float(odd_of(t), cosine_of(t), sine_of(t));
    y = (vector_float)((bits_float)y ^ (((t.shifted << 30) ^ (bits_float)v) & 0x80000000u));
    return everywhere_float((bits_float)(a < TURNS_END)) ? y : sin_beyond(v, y);
}
INLINE vector_float cos_float(vector_float v) {
    vector_float a = magnitude_float(v);
    turned t = turned_of(a);
    vector_float y = either_float(odd_of(t), sine_of(t), cosine_of(t));
    y = (vector_float)((bits_float)y ^ (((t.shifted + 1) << 30) & 0x80000000u));
    return everywhere_float((bits_float)(a < TURNS_END)) ? y : cos_beyond(v, y);
}

// Where n is odd it is -1 / tan(rest): a quotient, and what it and the sum have lost made up for.
INLINE vector_float tan_float(vector_float v) {
    vector_float a = magnitude_float(v);
    turned t = turned_of(a);
    vector_float p = fused_float(all_float(4.499313887e-03f), t.square, all_float(-1.526501583e-04f));
    p = fused_float(p, t.square, all_float(1.102012303e-02f));
    p = fused_float(p, t.square, all_float(2.121424116e-02f));
    p = fused_float(p, t.square, all_float(5.407229438e-02f));
    p = fused_float(p, t.square, all_float(1.333256364e-01f));
    p = fused_float(p, t.square, all_float(3.333335221e-01f));
    vector_float small = fused_float(t.high * t.square, p, fused_float(t.low, t.square, t.low));
    vector_float sum = t.high + small, lost = (t.high - sum) + small, turn = -1 / sum;
    vector_float missing = fused_float(lost, turn, fused_float(sum, turn, all_float(1)));
    vector_float y = either_float(odd_of(t), fused_float(turn, missing, turn), sum);
    y = (vector_float)((bits_float)y ^ ((bits_float)v & 0x80000000u));
    return everywhere_float((bits_float)(a < TURNS_END)) ? y : tan_beyond(v, y);
}
#undef TURNS_END

#define HALF_PI 1.5707963705e+00f
#define HALF_PI_LOW -4.3711388287e-08f

// base + low + z + z³ p, where base is 0 or larger than z in size: what the first sum loses goes with what is small.
INLINE vector_float beside(vector_float base, vector_float low, vector_float z, vector_float square, vector_float p) {
    vector_float sum = base + z, lost = (base - sum) + z;
    return sum + fused_float(z * square, p, lost + low);
}

// (atan z - z) / z³ for z from -1 to 1.
INLINE vector_float atan_beyond_line(vector_float u) {
    vector_float p = fused_float(all_float(-1.787663088e-03f), u, all_float(1.088779699e-02f));
    p = fused_float(p, u, all_float(-3.112764657e-02f));
    p = fused_float(p, u, all_float(5.790701136e-02f));
    p = fused_float(p, u, all_float(-8.400491625e-02f));
    p = fused_float(p, u, all_float(1.095117703e-01f));
    p = fused_float(p, u, all_float(-1.426405162e-01f));
    p = fused_float(p, u, all_float(1.999853104e-01f));
    return fused_float(p, u, all_float(-3.333329856e-01f));
}

// From 1 on it is pi/2 - atan(1 / a).
INLINE vector_float atan_float(vector_float v) {
    vector_float a = magnitude_float(v);
    bits_float large = (bits_float)(a > 1);
    vector_float z = either_float(large, all_float(-1), a) / either_float(large, a, all_float(1)), square = z * z;
    vector_float base = (vector_float)(large & (bits_float)all_float(HALF_PI));
    vector_float low = (vector_float)(large & (bits_float)all_float(HALF_PI_LOW));
    vector_float y = beside(base, low, z, square, atan_beyond_line(square));
    return (vector_float)((bits_float)y | ((bits_float)v & 0x80000000u));
}

// The angle of the point (x, y): the quotient of the smaller by the larger size is a tangent, beside 0, pi/2 or pi. Points where sizes are
// the same, infinite ones too, lie on a diagonal; 0 has the angle of its signs.
INLINE vector_float atan2_float(vector_float y, vector_float x) {
    vector_float a = magnitude_float(y), b = magnitude_float(x);
    bits_float steep = (bits_float)(a > b), sign = (bits_float)x & 0x80000000u, left = (bits_float)((wholes_float)x >> 31);
    vector_float large = either_float(steep, a, b), z = either_float(steep, b, a) / large;
    z = either_float((bits_float)(a == b), (vector_float)((bits_float)(large != 0) & (bits_float)all_float(1)), z);
    vector_float base = either_float(steep, all_float(HALF_PI), (vector_float)(left & (bits_float)all_float(2 * HALF_PI)));
    vector_float square = z * z;
    z = (vector_float)((bits_float)z ^ (steep & 0x80000000u) ^ sign);
    vector_float angle = beside(base, base * (HALF_PI_LOW / HALF_PI), z, square, atan_beyond_line(square));
    return (vector_float)((bits_float)angle | ((bits_float)y & 0x80000000u));
}

// asin a = s + s³ p(s²) for a to 1/2, where s is a; above, half of acos a is the same of s = sqrt((1 - a) / 2), which is NaN beyond 1.
typedef struct { bits_float large; vector_float s, square, p; } chord;

INLINE chord chord_of(vector_float a) {
    bits_float large = (bits_float)(a > 0.5f);
    vector_float square = either_float(large, fused_float(all_float(-0.5f), a, all_float(0.5f)), a * a);
    vector_float p = fused_float(all_float(4.215427116e-02f), square, all_float(2.418682352e-02f));
    p = fused_float(p, square, all_float(4.546882957e-02f));
    p = fused_float(p, square, all_float(7.495310903e-02f));
    p = fused_float(p, square, all_float(1.666675210e-01f));
    return (chord){large, either_float(large, SQUARE_ROOT(square), a), square, p};
}

INLINE vector_float asin_float(vector_float v) {
    chord c = chord_of(magnitude_float(v));
    vector_float base = (vector_float)(c.large & (bits_float)all_float(HALF_PI));
    vector_float low = (vector_float)(c.large & (bits_float)all_float(HALF_PI_LOW));
    vector_float y = beside(base, low, either_float(c.large, -2 * c.s, c.s), c.square, c.p);
    return (vector_float)((bits_float)y | ((bits_float)v & 0x80000000u));
}

// pi/2 - asin v in the middle, 2 asin s above and pi less that below.
INLINE vector_float acos_float(vector_float v) {
    chord c = chord_of(magnitude_float(v));
    bits_float below = (bits_float)(v < 0), end = c.large & ~below;
    vector_float base = either_float(c.large, all_float(2 * HALF_PI), all_float(HALF_PI));
    vector_float low = either_float(c.large, all_float(2 * HALF_PI_LOW), all_float(HALF_PI_LOW));
    vector_float z = either_float(c.large, 2 * c.s, v);
    z = (vector_float)((bits_float)z ^ (~end & 0x80000000u));
    return beside((vector_float)(~end & (bits_float)base), (vector_float)(~end & (bits_float)low), z, c.square, c.p);
}
#undef HALF_PI
#undef HALF_PI_LOW
