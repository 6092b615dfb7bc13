// The same functions in float64, which are libm's: what gradients are checked with. Included by each path.
INLINE double exp_double(double x) { return exp(x); }
INLINE double exp_below_0_double(double x) { return exp(x); }
INLINE double expm1_double(double x) { return expm1(x); }
INLINE double log_double(double x) { return log(x); }
INLINE double log1p_double(double x) { return log1p(x); }
INLINE double sinh_double(double x) { return sinh(x); }
INLINE double cosh_double(double x) { return cosh(x); }
INLINE double erf_double(double x) { return erf(x); }
INLINE double erfc_double(double x) { return erfc(x); }

// In two roundings, without a cost on any path.
INLINE vector_number fused_number(vector_number a, vector_number b, vector_number c) { return a * b + c; }

INLINE double share_of(double e) { return e / (1 + e); }

// fmod is exact; what has the other sign than y is moved up by one y. (x - floor(x / y) * y loses digits when x / y is large.)
INLINE double remainder_of_double(double x, double y) {
    double r = fmod(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

// Those of functions_float_pieces.h and functions_float_circle.h.
#define EACH(NAME, EXPRESSION)                           \
    INLINE vector_number NAME##_number(vector_number v) { \
        double a = v[0];                                 \
        return (vector_number){EXPRESSION};              \
    }
EACH(exponential, exp(a))
EACH(logistic_tail, share_of(exp(-a)))
EACH(softplus_tail, log1p(exp(-a)))
EACH(normal_tail, 0.5 * erfc(a * 0.70710678118654752440))
EACH(gelu_slope_tail, a > 40 ? 0 : 0.5 * erfc(a * 0.70710678118654752440) - a * 0.39894228040143267794 * exp(-0.5 * a * a))
EACH(tanh, tanh(a))
EACH(sin, sin(a))
EACH(cos, cos(a))
EACH(tan, tan(a))
EACH(asin, asin(a))
EACH(acos, acos(a))
EACH(atan, atan(a))
EACH(log2, log2(a))
#undef EACH

// Of two numbers.
#define EACH(NAME, EXPRESSION)                                            \
    INLINE vector_number NAME##_number(vector_number x, vector_number y) { \
        double a = x[0], b = y[0];                                        \
        return (vector_number){EXPRESSION};                               \
    }
EACH(power, pow(a, b))
EACH(atan2, atan2(a, b))
EACH(remainder, remainder_of_double(a, b))
#undef EACH
