// What a path computes with; included by each path_NAME.c once an element type, with T, NAME(), BITS, WIDTH in bytes and FUSED
// (whether the processor multiplies and adds in one rounding) defined. A vector is the compiler's own: arithmetic on it is
// written with operators.
enum { NAME(LANES) = WIDTH / (int)sizeof(T) };
typedef T NAME(vector) __attribute__((vector_size(WIDTH)));
typedef T NAME(unaligned) __attribute__((vector_size(WIDTH), aligned(sizeof(T)), may_alias));

INLINE NAME(vector) NAME(load)(const T *from) { return *(const NAME(unaligned) *)from; }
INLINE void NAME(store)(T *to, NAME(vector) v) { *(NAME(unaligned) *)to = v; }
INLINE NAME(vector) NAME(all)(T x) { return x - (NAME(vector)){0}; }

// Comparisons of vectors give all bits of a lane, or none.
typedef BITS NAME(bits) __attribute__((vector_size(WIDTH)));

INLINE bool NAME(everywhere)(NAME(bits) holds) { return __builtin_reduce_and(holds) != 0; }
INLINE NAME(vector) NAME(either)(NAME(bits) holds, NAME(vector) a, NAME(vector) b) {
    return (NAME(vector))((holds & (NAME(bits))a) | (~holds & (NAME(bits))b));
}
INLINE NAME(vector) NAME(magnitude)(NAME(vector) v) { return (NAME(vector))((NAME(bits))v & (~(BITS)0 >> 1)); }

// a * b + c: in one rounding where the processor has an instruction for it.
INLINE NAME(vector) NAME(multiply_add)(NAME(vector) a, NAME(vector) b, NAME(vector) c) {
#if FUSED
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}
