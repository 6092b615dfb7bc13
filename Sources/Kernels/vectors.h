// What a path computes with; included by each path_NAME.c once an element type, with T, NAME(), BYTES of a vector and FUSED
// (whether the processor multiplies and adds in one rounding) defined. A vector is the compiler's own: arithmetic on it is
// written with operators.
enum { NAME(LANES) = BYTES / (int)sizeof(T) };
typedef T NAME(vector) __attribute__((vector_size(BYTES)));
typedef T NAME(unaligned) __attribute__((vector_size(BYTES), aligned(sizeof(T)), may_alias));

INLINE NAME(vector) NAME(load)(const T *from) { return *(const NAME(unaligned) *)from; }
INLINE void NAME(store)(T *to, NAME(vector) v) { *(NAME(unaligned) *)to = v; }
INLINE NAME(vector) NAME(all)(T x) { return x - (NAME(vector)){0}; }

// a * b + c: in one rounding where the processor has an instruction for it.
INLINE NAME(vector) NAME(multiply_add)(NAME(vector) a, NAME(vector) b, NAME(vector) c) {
#if FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}
