// The same functions in float64, which are libm's: what gradients are checked with. Included by each path.
INLINE double fma_double(double a, double b, double c) { return a * b + c; }  // in two roundings, without a cost on any path
INLINE double exp_double(double x) { return exp(x); }
INLINE double exp_below_0_double(double x) { return exp(x); }
INLINE double expm1_double(double x) { return expm1(x); }
INLINE double log_double(double x) { return log(x); }
INLINE double log1p_double(double x) { return log1p(x); }
INLINE double tanh_double(double x) { return tanh(x); }
INLINE double erf_double(double x) { return erf(x); }
INLINE double erfc_double(double x) { return erfc(x); }

typedef struct { double bell, below; } normal_double;

INLINE normal_double normal_at_double(double x) {
    return (normal_double){exp(x * x * -0.5), 0.5 * erfc(-x * 0.70710678118654752440)};
}
