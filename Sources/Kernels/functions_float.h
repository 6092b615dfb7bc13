// Exponentials and what is made of them, in float32: branch-free, with multiplications and additions in one rounding where it says
// so and nowhere else, so that the compiler makes vectors of loops over them and every path gives the same bits. The largest errors,
// found by trying every float32, stand with the operations in elementwise.h. Infinities, NaN and zeros are as libm has them.
// Included by each path.
//
// Arguments are reduced with logarithms of 2 in two parts, the first so short that what is left after it is exact (W. J. Cody and
// W. Waite, "Software Manual for the Elementary Functions", 1980). Coefficients are minimax fits of our own.

INLINE uint32_t bits_of(float x) { uint32_t bits; memcpy(&bits, &x, sizeof bits); return bits; }
INLINE float float_of(uint32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }

// a * b + c in one rounding, without an instruction for it: in double the product is exact, the sum's error is known (D. E. Knuth, "The
// Art of Computer Programming", volume 2, section 4.2.2), and where there is one, the sum's last bit is made odd, so that rounding to
// float cannot fall on the wrong side (S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using
// rounding to odd", 2008).
INLINE float fma_in_double(float a, float b, float c) {
    double product = (double)a * b, sum = product + c, part = sum - product;
    double error = (product - (sum - part)) + (c - part);
    int64_t bits, further = (error > 0) - (error < 0);  // 0 beside infinities and NaN
    memcpy(&bits, &sum, sizeof bits);
    bits += (sum < 0 ? -further : further) & ((bits & 1) - 1);
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
}

// The same by the fastest way that this path has.
INLINE float fma_float(float a, float b, float c) {
#if FUSED || defined(__FMA__) || defined(__aarch64__)
    return __builtin_elementwise_fma(a, b, c);
#else
    return fma_in_double(a, b, c);
#endif
}

#define LOG2_E 1.44269504088896f
#define LN2_HIGH 0.693147182464599609375f
#define LN2_LOW -1.904654299e-9f

// x = n ln 2 + rest, n whole, for x from -104 to 89, where the rest is high + low, high exact. n is kept in the lowest bits of
// `shifted`, whose others vanish when it is moved to where exponents are.
typedef struct { float n, high; uint32_t shifted; } reduced;

INLINE reduced reduced_of(float x) {
    float shifted = fma_float(x, LOG2_E, 12582912.0f);  // 1.5 * 2^23: the sum's last bit is worth 1
    float n = shifted - 12582912.0f;
    return (reduced){n, fma_float(-n, LN2_HIGH, x), bits_of(shifted)};
}

// (exp(r) - 1 - r) / r².
static const float exp_beyond_line_of_power[] = {0.5f, 1.666651517e-01f, 4.166658595e-02f, 8.369322866e-03f, 1.392088947e-03f};

INLINE float exp_beyond_line(float r) {
    float p = exp_beyond_line_of_power[4];
    for (int i = 3; i >= 0; i--) p = fma_float(p, r, exp_beyond_line_of_power[i]);
    return p;
}
INLINE float exp_of_rest(float r) { return fma_float(fma_float(exp_beyond_line(r), r, 1), r, 1); }
INLINE float rest_of(reduced e) { return fma_float(-e.n, LN2_LOW, e.high); }

// 2^n for n from -126 to 127, in the lowest bits of `shifted`.
INLINE float power_of_2(uint32_t shifted) { return float_of((shifted << 23) + 0x3f800000u); }

// What is beyond float32's exponentials is taken as the nearest that is enough; NaN stays.
INLINE float exp_float(float x) {
    reduced e = reduced_of(x > 89 ? 89 : x < -104 ? -104 : x);
    uint32_t half = e.shifted >> 1;  // twice half of it: 2^n itself may not be a float
    return exp_of_rest(rest_of(e)) * power_of_2(half) * power_of_2(e.shifted - half);
}

// Of what is not above 0: 2^(n + 64) is always a float. What is beyond float32's smallest, as what is forbidden in a softmax, is
// multiplied with 0: processors take some 150 cycles over a product that vanishes.
INLINE float exp_below_0_float(float x) {
    reduced e = reduced_of(x < -104 ? -104 : x);
    return exp_of_rest(rest_of(e)) * power_of_2(e.shifted + 64) * (x < -104 ? 0 : 0x1p-64f);
}

// factor exp(x + low), x + low from -104 to 0, `low` so small that it matters little.
INLINE float times_exp_below_0(float factor, float x, float low) {
    reduced e = reduced_of(x);
    float r = rest_of(e) + low;
    return fma_float(fma_float(exp_beyond_line(r), r, 1) * r, factor, factor) * power_of_2(e.shifted + 64) * 0x1p-64f;
}

// scale exp(rest) - one.
INLINE float expm1_of(reduced e, float scale, float one) {
    float r = rest_of(e), curve = fma_float(exp_beyond_line(r) * r, r, -e.n * LN2_LOW);
    return fma_float(scale, curve, fma_float(scale, e.high, scale - one));
}

INLINE float expm1_float(float x) {
    reduced e = reduced_of(x > 89 ? 89 : x < -44 ? -44 : x);  // below there it is -1
    // From 2^64 on the 1 is lost anyway.
    float near = expm1_of(e, power_of_2(e.n > 64 ? e.shifted - 64 : e.shifted), e.n > 64 ? 0 : 1);
    return e.n > 64 ? near * 0x1p64f : x == 0 ? x : near;
}

// exp(a) and exp(-a), a = |x| = n ln 2 + r, have the factors 2^n and 2^-n, of which halves of sum and difference are taken, and what those
// lose in rounding. r is high + low, so that what is rounded is one large part and one sum. All is made half as large, so that 2^n is a
// float as long as the result is.
typedef struct { float high, beyond, curve, up, down; } hyperbolic;  // sinh r = high + beyond, cosh r = 1 + curve

INLINE hyperbolic hyperbolic_of(float a) {
    reduced e = reduced_of(a > 89.5f ? 89.5f : a);  // beyond there they are infinite
    float low = e.n * -LN2_LOW, r = e.high + low, square = r * r;
    float odd = fma_float(fma_float(1.997304789e-04f, square, 8.333176374e-03f), square, 1.666666716e-01f);
    float curve = fma_float(fma_float(1.393544255e-03f, square, 4.166645929e-02f), square, 0.5f);
    float n = e.n > 100 ? 100 : e.n;  // 2^-n has long been lost
    float up = power_of_2(e.shifted - 2), down = power_of_2(bits_of(12582910.0f - n));
    return (hyperbolic){e.high, fma_float(odd * square, r, low), curve * square, up, down};
}

INLINE float sinh_float(float x) {
    float a = fabsf(x);
    hyperbolic h = hyperbolic_of(a);
    float sum = h.up + h.down, difference = h.up - h.down, lost = (h.up - difference) - h.down;
    float y = fma_float(sum, h.high, difference) + fma_float(difference, h.curve, fma_float(sum, h.beyond, lost));
    return copysignf(a < 0x1p-12f ? a : 2 * y, x);
}

INLINE float cosh_float(float x) {
    hyperbolic h = hyperbolic_of(fabsf(x));
    float sum = h.up + h.down, difference = h.up - h.down, lost = (h.up - sum) + h.down;
    return 2 * (fma_float(difference, h.high, sum) + fma_float(sum, h.curve, fma_float(difference, h.beyond, lost)));
}

// log x = log m + e ln 2, m from sqrt(1/2) to sqrt(2). `after` is added to the sum's small parts.
INLINE float log_parts(float x, float after) {
    float normal = x < 1.17549435e-38f ? x * 8388608.0f : x;
    uint32_t bits = bits_of(normal) + (0x3f800000u - 0x3f3504f3u);
    float e = (float)((int32_t)(bits >> 23) - 127) - (x < 1.17549435e-38f ? 23.0f : 0.0f);
    float f = float_of((bits & 0x007fffffu) + 0x3f3504f3u) - 1;
    float p = 6.746601313e-02f;
    p = fma_float(p, f, -1.167564094e-01f);
    p = fma_float(p, f, 1.188817471e-01f);
    p = fma_float(p, f, -1.240559146e-01f);
    p = fma_float(p, f, 1.421955079e-01f);
    p = fma_float(p, f, -1.666799635e-01f);
    p = fma_float(p, f, 2.000211924e-01f);
    p = fma_float(p, f, -2.500000894e-01f);
    p = fma_float(p, f, 3.333331347e-01f);
    // The end of e ln 2 goes with what is small.
    float square = f * f;
    float small = fma_float(square * f, p, fma_float(-0.5f, square, fma_float(e, -2.12194440e-4f, after)));
    float sum = fma_float(e, 0.693359375f, small + f);
    // Negative numbers, 0, infinity and NaN.
    return x > 0 ? (x == INFINITY ? x : sum) : x == 0 ? -INFINITY : x != x ? x : NAN;
}

INLINE float log_float(float x) { return log_parts(x, 0); }

// The sum 1 + x loses the end of x, which the slope of the logarithm, 1 / (1 + x), makes up for.
INLINE float log1p_float(float x) {
    float sum = 1 + x;
    float lost = x < 1 ? x - (sum - 1) : 1 - (sum - x);
    return sum == 1 ? x : x == INFINITY ? x : log_parts(sum, sum > 0 ? lost / sum : 0);
}

// The tails of functions_float_pieces.h beyond its intervals: a quotient e / (1 + e), what the sum loses made up for, and a logarithm.
INLINE float logistic_tail_far_float(float a) {
    float e = exp_below_0_float(-a), sum = 1 + e, y = e / sum;
    return fma_float(-y, e - (sum - 1), y);
}
INLINE float softplus_tail_far_float(float a) { return log1p_float(exp_below_0_float(-a)); }

// exp(z²) (1 - erf z) for z >= 0, by a polynomial in t = 1 / (1 + 0.42 z).
INLINE float scaled_tail(float t) {
    float p = -4.105954245e-02f;
    p = fma_float(p, t, 2.302971631e-01f);
    p = fma_float(p, t, -4.857190549e-01f);
    p = fma_float(p, t, 4.359664321e-01f);
    p = fma_float(p, t, -1.963852197e-01f);
    p = fma_float(p, t, 2.132483721e-01f);
    p = fma_float(p, t, 1.502010524e-01f);
    p = fma_float(p, t, 2.198616713e-01f);
    p = fma_float(p, t, 2.366159856e-01f);
    p = fma_float(p, t, 2.369731367e-01f);
    return p * t;
}

// Half of the same for z = x / sqrt(2), x from 0 to 14.5: a quotient, faster and not as precise.
INLINE float scaled_half_tail(float x) {
    float p = 4.1110115115e-03f;
    p = fma_float(p, x, 4.059759155e-02f);
    p = fma_float(p, x, 1.831295043e-01f);
    p = fma_float(p, x, 4.3815237285e-01f);
    float q = 1.030465681e-02f;
    q = fma_float(q, x, 1.017695665e-01f);
    q = fma_float(q, x, 4.691917300e-01f);
    q = fma_float(q, x, 1.202064395e+00f);
    q = fma_float(q, x, 1.674189687e+00f);
    return fma_float(p, x, 0.5f) / fma_float(q, x, 1);
}

// A square's negative, and what is lost when it is rounded. An exponential of the rounded one alone would be off by as many ulp as the
// result's logarithm is large.
typedef struct { float high, low; } negative_square;

INLINE negative_square negative_square_of(float size, float factor) {
    float part = -factor * size, high = part * size;
    return (negative_square){high, fma_float(part, size, -high)};
}

// What t loses in rounding goes into the exponential: `slope` is that of the tail's logarithm in that of t, as nearly as it matters.
INLINE float erfc_float(float z) {
    float size = fabsf(z);
    size = size > 10.19f ? 10.19f : size;  // where exp(-z²) is still a float
    float sum = fma_float(0.42f, size, 1), lost = fma_float(0.42f, size, 1 - sum), t = 1 / sum;
    float slope = fma_float(2.0f, t, 0.7f);
    negative_square square = negative_square_of(size, 1);
    float low = fma_float(slope, fma_float(-lost, t, fma_float(-sum, t, 1)), square.low);
    float tail = times_exp_below_0(scaled_tail(t), square.high, low);
    return z != z ? z : z < 0 ? 2 - tail : tail;
}

INLINE float erf_float(float z) {
    float u = z * z;
    float p = -6.726002903e-04f;
    p = fma_float(p, u, 5.111840554e-03f);
    p = fma_float(p, u, -2.683386393e-02f);
    p = fma_float(p, u, 1.128337383e-01f);
    p = fma_float(p, u, -3.761262000e-01f);
    p = fma_float(p, u, 1.283791661e-01f);  // 2 / sqrt(pi) - 1
    float small = fma_float(p, z, z);
    return z != z ? z : copysignf(fabsf(z) < 0.75f ? small : 1 - erfc_float(fabsf(z)), z);
}

// The part of the normal distribution above a, and GELU's slope at -a, which is that less a times the density.
INLINE float normal_tail_far_float(float a) {
    float size = a > 14.42f ? 14.42f : a;  // where exp(-a² / 2) is still a float
    negative_square square = negative_square_of(size, 0.5f);
    return times_exp_below_0(scaled_half_tail(size), square.high, square.low);
}
INLINE float gelu_slope_tail_far_float(float a) {
    float size = a > 14.42f ? 14.42f : a;
    negative_square square = negative_square_of(size, 0.5f);
    return times_exp_below_0(fma_float(-0.398942280f, size, scaled_half_tail(size)), square.high, square.low);
}
