// The logistic function's tail and that of softplus, the normal distribution's, that of GELU's slope, and tanh, in float32, on whole
// vectors: on each of eight intervals a polynomial of degree 7, whose coefficients are looked up by permutations of registers. That is
// half as many operations as an exponential and a quotient take, and more precise. What lies beyond the intervals is computed by the
// functions in functions_float.h, and so rarely that the question costs next to nothing. All is added in one rounding, so that every
// path gives the same bits. Coefficients are minimax fits of our own, each rounded before those of higher powers are fitted to what it
// leaves. Included by each path.

typedef int32_t wholes_float __attribute__((vector_size(BYTES)));
typedef struct { _Alignas(64) float of_power[8][16]; } pieces;

// The coefficients of eight intervals, as often as fill the longest vector.
#define TWICE(...) {__VA_ARGS__, __VA_ARGS__}

// The lowest three bits of an index count.
INLINE vector_float looked_up(const float *row, bits_float index) {
#if BYTES == 64
    return _mm512_permutexvar_ps((__m512i)index, *(const __m512 *)row);
#elif BYTES == 32
    return _mm256_permutevar8x32_ps(*(const __m256 *)row, (__m256i)index);
#elif defined(__aarch64__)
    const bits_float places = (index & 7) * 0x04040404u + 0x03020100u;
    return (vector_float)vqtbl2q_u8(vld1q_u8_x2((const uint8_t *)row), (uint8x16_t)places);
#else
    vector_float found;
    for (int i = 0; i < LANES_float; i++) found[i] = row[index[i] & 7];
    return found;
#endif
}

INLINE vector_float fused_float(vector_float a, vector_float b, vector_float c) {
#if FUSED || defined(__FMA__) || defined(__aarch64__)
    return __builtin_elementwise_fma(a, b, c);
#else
    for (int i = 0; i < LANES_float; i++) c[i] = fma_in_double(a[i], b[i], c[i]);
    return c;
#endif
}

// At a distance from an interval's centre.
INLINE vector_float piece_at(const pieces *table, bits_float index, vector_float distance) {
    vector_float p = looked_up(table->of_power[7], index);
    for (int i = 6; i >= 0; i--) p = fused_float(p, distance, looked_up(table->of_power[i], index));
    return p;
}

// Where not everything holds, what does not is computed otherwise, by a loop that the compiler makes vectors of; the rest stays.
#define BEYOND(NAME, HOLDS, FUNCTION)                                                                    \
    static __attribute__((noinline)) vector_float NAME##_beyond(vector_float from, vector_float to) {    \
        float a[LANES_float], y[LANES_float];                                                            \
        store_float(a, from);                                                                            \
        store_float(y, to);                                                                              \
        _Pragma("clang loop vectorize(assume_safety) unroll(disable)")                                   \
        for (int i = 0; i < LANES_float; i++) {                                                          \
            float other = FUNCTION(a[i]);                                                                \
            y[i] = HOLDS(a[i]) ? y[i] : other;                                                           \
        }                                                                                                \
        return load_float(y);                                                                            \
    }

// A function of a >= 0 with intervals around 0, `step`, ... 7 `step`: to add 1.5 * 2^23 steps rounds to whole ones, which stay in the
// sum's lowest bits. What is not within them, NaN too, goes to the function of one number.
#define TAIL(NAME, STEP)                                                                                  \
    INLINE bool NAME##_holds(float a) { return a < 7.5f * STEP; }                                         \
    BEYOND(NAME, NAME##_holds, NAME##_far_float)                                                          \
    INLINE vector_float NAME##_float(vector_float a) {                                                    \
        const float middle = 0x1.8p23f * STEP;                                                            \
        vector_float shifted = a + middle;                                                                \
        vector_float y = piece_at(&NAME##_pieces, (bits_float)shifted, a - (shifted - middle));           \
        return everywhere_float((bits_float)(a < 7.5f * STEP)) ? y : NAME##_beyond(a, y);                 \
    }

// 1 / (1 + exp(a)).
static const pieces logistic_tail_pieces = {{
    TWICE(0.5f, 2.689414322e-01f, 1.192029193e-01f, 4.742587358e-02f,
          1.798621006e-02f, 6.692850962e-03f, 2.472623251e-03f, 9.110511746e-04f),
    TWICE(-0.25f, -1.966119409e-01f, -1.049935818e-01f, -4.517665878e-02f,
          -1.766270585e-02f, -6.648056675e-03f, -2.466509352e-03f, -9.102211334e-04f),
    TWICE(1.685317486e-08f, 4.542808235e-02f, 3.998147324e-02f, 2.044575475e-02f,
          8.513658307e-03f, 3.279530909e-03f, 1.227149274e-03f, 4.542827664e-04f),
    TWICE(2.083289810e-02f, 5.888162646e-03f, -6.475486327e-03f, -5.488524213e-03f,
          -2.631818876e-03f, -1.063810894e-03f, -4.049955460e-04f, -1.508771093e-04f),
    TWICE(4.160015578e-06f, -5.137277767e-03f, -8.688711096e-04f, 7.805622299e-04f,
          5.592380767e-04f, 2.515268861e-04f, 9.930437955e-05f, 3.742759873e-05f),
    TWICE(-2.102481900e-03f, 4.189079627e-04f, 7.257008110e-04f, 4.155201896e-05f,
          -7.469877164e-05f, -4.467003600e-05f, -1.911103391e-05f, -7.359758001e-06f),
    TWICE(4.428216926e-05f, 3.657418129e-04f, -1.362639450e-04f, -5.710963524e-05f,
          6.117111297e-07f, 5.504992714e-06f, 2.739686352e-06f, 1.239866265e-06f),
    TWICE(1.667813049e-04f, -9.089140076e-05f, -1.593847628e-05f, 1.561107820e-05f,
          2.638615797e-06f, -2.305392997e-07f, -1.727119070e-07f, -2.075481120e-07f),
}};
TAIL(logistic_tail, 1.0f)

// log(1 + exp(-a)).
static const pieces softplus_tail_pieces = {{
    TWICE(6.931471825e-01f, 3.132616878e-01f, 1.269280165e-01f, 4.858735204e-02f,
          1.814992726e-02f, 6.715348456e-03f, 2.475685207e-03f, 9.114664281e-04f),
    TWICE(-5.000003576e-01f, -2.689414322e-01f, -1.192029268e-01f, -4.742587358e-02f,
          -1.798621006e-02f, -6.692850962e-03f, -2.472623251e-03f, -9.110511746e-04f),
    TWICE(1.250110269e-01f, 9.830596298e-02f, 5.249641463e-02f, 2.258829214e-02f,
          8.831398562e-03f, 3.324030899e-03f, 1.233249903e-03f, 4.551124584e-04f),
    TWICE(-1.285429607e-04f, -1.514266804e-02f, -1.332674734e-02f, -6.815231405e-03f,
          -2.837915206e-03f, -1.093178522e-03f, -4.090465372e-04f, -1.514287433e-04f),
    TWICE(-4.490213469e-03f, -1.472354052e-03f, 1.622693497e-03f, 1.372601837e-03f,
          6.574921426e-04f, 2.659238526e-04f, 1.012979774e-04f, 3.769840623e-05f),
    TWICE(-2.070447197e-03f, 1.027027611e-03f, 1.697132684e-04f, -1.563650439e-04f,
          -1.114820116e-04f, -5.028543819e-05f, -1.990039345e-05f, -7.470949640e-06f),
    TWICE(3.324743360e-03f, -6.568576646e-05f, -1.303779136e-04f, -8.754443115e-06f,
          1.356771463e-05f, 7.531203210e-06f, 3.062177711e-06f, 1.289413149e-06f),
    TWICE(-1.704818686e-03f, -5.090043487e-05f, 2.990328903e-05f, 8.869837075e-06f,
          -1.120014417e-06f, -8.435438303e-07f, -2.809362627e-07f, -2.183547281e-07f),
}};
TAIL(softplus_tail, 1.0f)

// The part of the normal distribution above a.
static const pieces normal_tail_pieces = {{
    TWICE(0.5f, 3.085375428e-01f, 1.586552560e-01f, 6.680720299e-02f,
          2.275013179e-02f, 6.209665444e-03f, 1.349898055e-03f, 2.326290851e-04f),
    TWICE(-3.989422917e-01f, -3.520653248e-01f, -2.419707328e-01f, -1.295175999e-01f,
          -5.399096757e-02f, -1.752830110e-02f, -4.431848414e-03f, -8.726827218e-04f),
    TWICE(8.610737723e-07f, 8.801519871e-02f, 1.209847778e-01f, 9.713772684e-02f,
          5.399101973e-02f, 2.191034146e-02f, 6.647764239e-03f, 1.527192886e-03f),
    TWICE(6.646849960e-02f, 4.400876164e-02f, 1.396452149e-06f, -2.698182501e-02f,
          -2.699544281e-02f, -1.533714402e-02f, -5.909117870e-03f, -1.636273693e-03f),
    TWICE(2.566546027e-04f, -2.012287825e-02f, -2.013976686e-02f, -6.052088924e-03f,
          4.496641457e-03f, 5.935563240e-03f, 3.324351041e-03f, 1.177309663e-03f),
    TWICE(-1.150062867e-02f, -4.618516192e-03f, 3.982744180e-03f, 5.829050206e-03f,
          2.250298392e-03f, -6.708659348e-04f, -1.108677476e-03f, -5.788618000e-04f),
    TWICE(4.483444616e-03f, 2.549172379e-03f, 1.751513337e-03f, -8.444651612e-04f,
          -1.313107670e-03f, -5.314280279e-04f, 1.026137907e-04f, 1.788142254e-04f),
    TWICE(-3.980880138e-03f, 7.296472904e-04f, -2.729325206e-04f, -1.495640172e-04f,
          9.712877363e-05f, 3.057345748e-04f, 9.314384079e-05f, -1.842082747e-05f),
}};
TAIL(normal_tail, 0.5f)

// The slope of GELU at -a. It crosses 0 at 0.7518, where precision is that of the numbers around.
static const pieces gelu_slope_tail_pieces = {{
    TWICE(0.5f, 1.325048804e-01f, -8.331546932e-02f, -1.274691969e-01f,
          -8.523180336e-02f, -3.761108592e-02f, -1.194564719e-02f, -2.821760252e-03f),
    TWICE(-7.978845835e-01f, -6.161143184e-01f, -2.419707179e-01f, 3.237939999e-02f,
          1.079819351e-01f, 7.449527830e-02f, 3.102293983e-02f, 8.944997564e-03f),
    TWICE(1.686447945e-06f, 3.300595880e-01f, 3.629557192e-01f, 1.699931771e-01f,
          6.344469625e-07f, -4.929836839e-02f, -3.323887289e-02f, -1.259938162e-02f),
    TWICE(2.659193277e-01f, 1.356954128e-01f, -8.065804839e-02f, -1.443584412e-01f,
          -7.198867202e-02f, -2.008607611e-03f, 1.625000313e-02f, 9.935921989e-03f),
    TWICE(4.894156591e-04f, -1.122317016e-01f, -8.064056933e-02f, 1.360089798e-02f,
          4.496545345e-02f, 2.134235017e-02f, 9.003032346e-07f, -4.238724709e-03f),
    TWICE(-6.273443252e-02f, -1.847648434e-02f, 3.633361310e-02f, 2.930588834e-02f,
          -2.667689929e-03f, -1.169639267e-02f, -4.650563467e-03f, 3.168409457e-04f),
    TWICE(8.492664434e-03f, 2.152812481e-02f, 8.542079479e-03f, -9.703281336e-03f,
          -7.489015348e-03f, 9.285054402e-04f, 2.522635972e-03f, 7.379996823e-04f),
    TWICE(-4.105883709e-04f, 3.328106832e-03f, -7.402285002e-03f, -2.500824165e-03f,
          2.414473798e-03f, 1.512148883e-03f, -3.844801104e-04f, -4.128868459e-04f),
}};
TAIL(gelu_slope_tail, 0.5f)

// tanh, odd. Its intervals become longer with the argument: a + 0.75 has its exponent and the first bit behind it in common on each. They
// meet at 0.25, 0.75, 1.25, 2.25, 3.25, 5.25 and 7.25, and are listed by those bits, from 1.25 on. From 9.011 on it is 1.
static const pieces tanh_pieces = {{
    TWICE(9.413754940e-01f, 9.918597341e-01f, 9.995931387e-01f, 9.999925494e-01f,
          1, 0, 4.621171653e-01f, 7.615941763e-01f),
    TWICE(1.138120964e-01f, 1.621428691e-02f, 8.135206881e-04f, 1.490650266e-05f,
          2.730911888e-07f, 1, 7.864477634e-01f, 4.199743569e-01f),
    TWICE(-1.071353108e-01f, -1.608294062e-02f, -8.136274409e-04f, -1.496080677e-05f,
          1.051785716e-06f, 0, -3.634327352e-01f, -3.198557794e-01f),
    TWICE(6.292127818e-02f, 1.054658089e-02f, 5.420100642e-04f, 9.939185475e-06f,
          2.435608394e-06f, -3.333323896e-01f, -9.420775622e-02f, 1.036011204e-01f),
    TWICE(-2.359870262e-02f, -5.093389656e-03f, -2.676386794e-04f, -4.794780580e-06f,
          2.836897011e-06f, 0, 1.647250354e-01f, 2.796631865e-02f),
    TWICE(3.704958828e-03f, 1.904117060e-03f, 1.067574703e-04f, 1.975218538e-06f,
          1.844951385e-06f, 1.332418472e-01f, -2.695340663e-02f, -4.618781433e-02f),
    TWICE(2.439415082e-03f, -5.628337967e-04f, -4.056438047e-05f, -8.357859542e-07f,
          6.114098028e-07f, 0, -5.028124526e-02f, 1.575996354e-02f),
    TWICE(-2.015434904e-03f, 1.012045759e-04f, 1.135823186e-05f, 2.103616765e-07f,
          8.334084356e-08f, -5.142447725e-02f, 2.488913201e-02f, 1.473260461e-03f),
}};
static const _Alignas(64) float tanh_centres[16] = TWICE(1.75f, 2.75f, 4.25f, 6.25f, 9.25f, 0, 0.5f, 1);

INLINE vector_float tanh_float(vector_float v) {
    vector_float a = magnitude_float(v);
    a = either_float((bits_float)(a > 9.1f), all_float(9.1f), a);
    bits_float index = (bits_float)(a + 0.75f) >> 22;
    vector_float y = piece_at(&tanh_pieces, index, a - looked_up(tanh_centres, index));
    return (vector_float)((bits_float)y | ((bits_float)v & 0x80000000u));
}
#undef TAIL
#undef TWICE

// exp, the same to the bit as exp_float: where the result is a normal number, its power of two is added to the exponent, in place of two
// multiplications, and nothing need be held within bounds.
INLINE bool is_normal_exponential(float v) { return fabsf(v) < 87; }
BEYOND(exponential, is_normal_exponential, exp_float)
INLINE vector_float exponential_float(vector_float v) {
    vector_float shifted = fused_float(v, all_float(LOG2_E), all_float(12582912.0f)), n = shifted - 12582912.0f;
    vector_float r = fused_float(-n, all_float(LN2_LOW), fused_float(-n, all_float(LN2_HIGH), v));
    vector_float p = all_float(exp_beyond_line_of_power[4]);
    for (int i = 3; i >= 0; i--) p = fused_float(p, r, all_float(exp_beyond_line_of_power[i]));
    p = fused_float(fused_float(p, r, all_float(1)), r, all_float(1));
    vector_float y = (vector_float)((bits_float)p + ((bits_float)shifted << 23));
    return everywhere_float((bits_float)(magnitude_float(v) < 87)) ? y : exponential_beyond(v, y);
}
#undef BEYOND
