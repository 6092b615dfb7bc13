// Exponentials and what is made of them, in float32: branch-free and rounded operation by operation, so that the compiler makes
// vectors of loops over them and every path gives the same bits. The largest errors, found by trying every 61st float32, stand with
// the operations in elementwise.h. Infinities, NaN and zeros are as libm has them. Included by each path.
//
// Arguments are reduced with logarithms of 2 in two parts, the first so short that multiples of it are exact (W. J. Cody and
// W. Waite, "Software Manual for the Elementary Functions", 1980). Coefficients are minimax fits of our own.

INLINE uint32_t bits_of(float x) { uint32_t bits; memcpy(&bits, &x, sizeof bits); return bits; }
INLINE float float_of(uint32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }

#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f

// a * b + c where the product is exact: in one instruction where the processor has it, with the same result.
#if FUSED
#define EXACT_MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define EXACT_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

// x = n ln 2 + rest, n whole: exp(x) - 1 = 2^n (1 + small) - 1. n is kept in the lowest bits of `shifted`, whose others vanish when
// it is moved to where exponents are.
typedef struct { float small; uint32_t shifted; float n; } exponential;

// For x from -104 to 89, or, if there is `more`, for the sum of it and a small `low`.
INLINE exponential exponential_of(float x, bool more, float low) {
    float shifted = x * 1.44269504088896f + 12582912.0f;  // 1.5 * 2^23: the sum's last bit is worth 1
    float n = shifted - 12582912.0f;
    float r = EXACT_MULTIPLY_ADD(-n, LN2_HIGH, x) - n * LN2_LOW;
    if (more) r += low;
    float p = 1.979024819e-04f;
    p = p * r + 1.394475927e-03f;
    p = p * r + 8.333497681e-03f;
    p = p * r + 4.166629538e-02f;
    p = p * r + 1.666666567e-01f;
    p = p * r + 0.5f;
    return (exponential){p * (r * r) + r, bits_of(shifted), n};
}

// 2^n for n from -126 to 127, in the lowest bits of `shifted`.
INLINE float power_of_2(uint32_t shifted) { return float_of((shifted << 23) + 0x3f800000u); }

// What is beyond float32's exponentials is taken as the nearest that is enough; NaN stays.
INLINE float exp_float(float x) {
    x = x > 89 ? 89 : x < -104 ? -104 : x;
    exponential e = exponential_of(x, false, 0);
    uint32_t half = e.shifted >> 1;  // twice half of it: 2^n itself may not be a float
    return (1 + e.small) * power_of_2(half) * power_of_2(e.shifted - half);
}

// Of what is not above 0: 2^(n + 64) is always a float.
INLINE float exp_of_sum_below_0(float x, bool more, float low) {
    exponential e = exponential_of(x < -104 ? -104 : x, more, low);
    return (1 + e.small) * power_of_2(e.shifted + 64) * 0x1p-64f;
}
INLINE float exp_below_0_float(float x) { return exp_of_sum_below_0(x, false, 0); }

INLINE float expm1_float(float x) {
    float within = x > 89 ? 89 : x < -44 ? -44 : x;  // below there it is -1
    exponential e = exponential_of(within, false, 0);
    // From 2^64 on the 1 is lost anyway.
    float part = power_of_2(e.n > 64 ? e.shifted - 64 : e.shifted);
    float near = part * e.small + (part - 1);
    return e.n > 64 ? (1 + e.small) * part * 0x1p64f : x == 0 ? x : near;
}

// log x = log m + e ln 2, m from sqrt(1/2) to sqrt(2). `after` is added to the sum's small parts.
INLINE float log_parts(float x, float after) {
    float normal = x < 1.17549435e-38f ? x * 8388608.0f : x;
    uint32_t bits = bits_of(normal) + (0x3f800000u - 0x3f3504f3u);
    float e = (float)((int32_t)(bits >> 23) - 127) - (x < 1.17549435e-38f ? 23.0f : 0.0f);
    float f = float_of((bits & 0x007fffffu) + 0x3f3504f3u) - 1;
    float p = 6.746601313e-02f;
    p = p * f - 1.167564094e-01f;
    p = p * f + 1.188817471e-01f;
    p = p * f - 1.240559146e-01f;
    p = p * f + 1.421955079e-01f;
    p = p * f - 1.666799635e-01f;
    p = p * f + 2.000211924e-01f;
    p = p * f - 2.500000894e-01f;
    p = p * f + 3.333331347e-01f;
    float square = f * f;
    float small = square * f * p + e * LN2_LOW + after - 0.5f * square;
    float sum = small + f + e * LN2_HIGH;
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

// With t = exp(2|x|) - 1: tanh = t / (t + 2).
INLINE float tanh_float(float x) {
    float size = fabsf(x);
    exponential e = exponential_of(2 * (size > 10 ? 10 : size), false, 0);
    float part = power_of_2(e.shifted);
    float t = part * e.small + (part - 1);
    return copysignf(t / (t + 2), x);
}

// exp(z²) (1 - erf z) for z >= 0, by a polynomial in t = 1 / (1 + 0.36 z).
INLINE float scaled_tail(float t) {
    float p = 2.465103939e-02f;
    p = p * t - 7.360841334e-02f;
    p = p * t - 1.138537657e-02f;
    p = p * t + 1.691674143e-01f;
    p = p * t - 5.019909889e-02f;
    p = p * t + 2.025534660e-01f;
    p = p * t + 1.380294412e-01f;
    p = p * t + 1.951277405e-01f;
    p = p * t + 2.025279254e-01f;
    p = p * t + 2.031358778e-01f;
    return p * t;
}

// What is lost when the square is rounded, exactly (T. J. Dekker, "A floating-point technique for extending the available
// precision", 1971).
INLINE float rest_of_square(float x, float square) {
#if FUSED
    return __builtin_elementwise_fma(x, x, -square);
#else
    float high = float_of(bits_of(x) & 0xfffff000u), low = x - high;
    return ((high * high - square) + 2 * high * low) + low * low;
#endif
}

// exp(-factor z²), factor 1 or 1/2, of the square in two parts: a rounded one would be off by as many ulp as the result's
// logarithm is large.
INLINE float exp_of_negative_square(float z, float factor) {
    float size = fabsf(z);
    size = size > 20 ? 20 : size;
    float square = size * size;
    return exp_of_sum_below_0(-factor * square, true, -factor * rest_of_square(size, square));
}

INLINE float erfc_float(float z) {
    float tail = exp_of_negative_square(z, 1) * scaled_tail(1 / (1 + 0.36f * fabsf(z)));
    return z != z ? z : z < 0 ? 2 - tail : tail;
}

INLINE float erf_float(float z) {
    float u = z * z;
    float p = 9.461260925e-05f;
    p = p * u - 8.355366299e-04f;
    p = p * u + 5.216689780e-03f;
    p = p * u - 2.686474286e-02f;
    p = p * u + 1.128377840e-01f;
    p = p * u - 3.761263788e-01f;
    // 2 / sqrt(pi) in two parts.
    float small = z * 1.128379226e+00f + z * (p * u);
    return z != z ? z : copysignf(fabsf(z) < 0.75f ? small : 1 - erfc_float(fabsf(z)), z);
}

// The normal distribution's density, less its factor 1 / sqrt(2 pi), and the part of it below x.
typedef struct { float bell, below; } normal_float;

INLINE normal_float normal_at_float(float x) {
    float bell = exp_of_negative_square(x, 0.5f);
    float tail = 0.5f * bell * scaled_tail(1 / (1 + 0.254558441f * fabsf(x)));
    return (normal_float){bell, x > 0 ? 1 - tail : tail};
}
