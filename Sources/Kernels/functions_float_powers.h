// The logarithm to base 2 and powers, in float32, on whole vectors. What is rare among their arguments is left to functions that stand
// apart, so that no result depends on what lies beside it. Coefficients are minimax fits of our own. Included by each path.

// log2 x = e + log2 m, m = 1 + f from sqrt(1/2) to sqrt(2), for normal numbers above 0. The line of log2 m is taken in two parts, since
// near 1 it is all there is.
INLINE vector_float log2_of_normal(vector_float x) {
    const bits_float bits = (bits_float)x + (0x3f800000u - 0x3f3504f3u);
    const vector_float e = __builtin_convertvector(((wholes_float)bits >> 23) - 127, vector_float);
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

// Each m has a neighbour, of eight, whose reciprocal times m is 1 + r, |r| < 0.059; neighbours have been chosen for having a logarithm
// within 2^-39 of a float32.
#define TWICE(...) {__VA_ARGS__, __VA_ARGS__}
static const _Alignas(64) float reciprocals[16] = TWICE(1, 9.071443677e-01f, 8.139896989e-01f, 7.386941910e-01f,
                                                        6.755121946e-01f, 6.251021028e-01f, 5.778135657e-01f, 5.377272964e-01f);
static const _Alignas(64) float neighbours[16] = TWICE(0, 1.405959278e-01f, 2.969175577e-01f, 4.369508624e-01f,
                                                       5.659462810e-01f, 6.778362393e-01f, 7.913240194e-01f, 8.950533867e-01f);
#undef TWICE

// |x|^y = 2^(y log2 |x|) of normal |x| 2^`raised` and finite y. It is computed in double, whose numbers are some 2^29 times as close, so that
// the result is nearly always the float32 nearest to the power, and an exact power always. Multiplications and additions are rounded one by
// one: no path has to imitate an instruction. The conversion rounds to subnormal numbers and to infinity.
INLINE vector_float power_of_size(vector_float size, float raised, vector_float y) {
    typedef double wide __attribute__((vector_size(2 * BYTES)));
    typedef uint64_t wide_bits __attribute__((vector_size(2 * BYTES)));
    const uint32_t turn = 0x000aaaab;  // what is a little below a power of 2 belongs to it
    const bits_float bits = (bits_float)size + turn, index = bits >> 20;
    const wide m = __builtin_convertvector((vector_float)((bits & 0x007fffffu) + (0x3f800000u - turn)), wide);
    const wide e = __builtin_convertvector((wholes_float)(bits >> 23) - 127, wide) - raised;
    const wide r = m * __builtin_convertvector(looked_up(reciprocals, index), wide) - 1;
    const wide r2 = r * r, p0 = 1.4426950408888324 - 0.72134752122590051 * r, p2 = 0.48089834835075007 - 0.36067192414934079 * r;
    const wide p4 = (0.28853684419191528 - 0.24152694990834991 * r) + 0.20716017518795374 * r2, p = (p4 * r2 + p2) * r2 + p0;
    wide z = (p * r + (e + __builtin_convertvector(looked_up(neighbours, index), wide))) * __builtin_convertvector(y, wide);

    const wide_bits is_large = (wide_bits)(z > 130), is_small = (wide_bits)(z < -160);  // the results' exponents, with room
    z = (wide)((is_large & (wide_bits)(130 - (wide){0})) | (~is_large & (wide_bits)z));
    z = (wide)((is_small & (wide_bits)(-160 - (wide){0})) | (~is_small & (wide_bits)z));
    const wide shifted = z + 0x1.8p52, s = z - (shifted - 0x1.8p52);
    const wide s2 = s * s, q0 = 1.0000000005544269 + 0.69314720573454602 * s, q2 = 0.24022646888765495 + 0.055503287814490175 * s;
    const wide q4 = (0.0096184891540928037 + 0.0013399929027723512 * s) + 0.00015345736044187179 * s2, q = (q4 * s2 + q2) * s2 + q0;
    return __builtin_convertvector((wide)((wide_bits)q + ((wide_bits)shifted << 52)), vector_float);
}

// A number's distance from the nearest even one, if it is below 2^24, from where on all are even: 1 for odd ones.
INLINE vector_float from_even(vector_float size) { return magnitude_float(size - ((size + 0x1p24f) - 0x1p24f)); }

// With the sign of x where y is odd, and NaN of a finite negative x where y is no whole number.
INLINE vector_float power_signed(vector_float x, vector_float y, vector_float power) {
    const vector_float still = magnitude_float(y), apart = from_even(still);
    const bits_float is_odd = (bits_float)(apart == 1);
    const bits_float is_whole = is_odd | (bits_float)(apart == 0) | (bits_float)(still >= 0x1p24f);
    const bits_float is_none = (bits_float)(x < 0) & (bits_float)(x > -INFINITY) & ~is_whole;
    return (vector_float)((bits_float)power | (is_odd & (bits_float)x & 0x80000000u) | (is_none & 0x7fc00000u));
}

// Of subnormal numbers, infinities and NaN; the others keep `power`.
static __attribute__((noinline)) vector_float power_beyond(vector_float x, vector_float y, vector_float power) {
    const vector_float size = magnitude_float(x), still = magnitude_float(y);
    const bits_float is_tiny = (bits_float)(size < 0x1p-126f) & (bits_float)(size > 0);
    power = either_float(is_tiny, power_signed(x, y, power_of_size(size * 0x1p23f, 23, y)), power);
    // Towards infinity if both are above 1 and 0, or neither; 1 and -1 stay.
    const bits_float is_infinite = ~((bits_float)(size > 1) ^ (bits_float)(y > 0));
    const vector_float end = power_signed(x, y, (vector_float)(is_infinite & (bits_float)all_float(INFINITY)));
    power = either_float((bits_float)(size == INFINITY) | (bits_float)(still == INFINITY), end, power);
    power = either_float((bits_float)(x != x) | (bits_float)(y != y), x + y, power);
    const bits_float is_one = (bits_float)(x == 1) | (bits_float)(y == 0) | ((bits_float)(size == 1) & (bits_float)(still == INFINITY));
    return either_float(is_one, all_float(1), power);
}

// The logarithm of 0 is below what any y but 0 makes visible.
INLINE vector_float power_float(vector_float x, vector_float y) {
    const vector_float size = magnitude_float(x);
    const bits_float is_zero = (bits_float)(size == 0);
    const vector_float times = either_float(is_zero, y * 0x1p127f * 0x1p127f, y);
    vector_float power = power_of_size(size, 0, times);
    if (!everywhere_float((bits_float)((bits_float)x < 0x80000000u))) power = power_signed(x, y, power);
    const bits_float is_normal = (bits_float)((bits_float)size - 0x00800000u < 0x7f000000u);
    const bits_float is_usual = (is_normal | is_zero) & (bits_float)(magnitude_float(y) < INFINITY);
    return everywhere_float(is_usual) ? power : power_beyond(x, y, power);
}
