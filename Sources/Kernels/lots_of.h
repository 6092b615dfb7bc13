// LOT numbers of one element type, and their sum. Included by each path once an element type.
typedef T NAME(lot) __attribute__((vector_size(LOT * sizeof(T)), aligned(sizeof(T)), may_alias));

// Writes a lot, past the caches if it is part of a stream.
typedef T NAME(line) __attribute__((vector_size(64), may_alias));
INLINE void NAME(put)(const NAME(lot) *from, bool is_stream, T *to) {
    if (!is_stream) *(NAME(lot) *)to = *from;
    for (int l = 0; l < LOT * (int)sizeof(T) / 64 && is_stream; l++)
        __builtin_nontemporal_store(((const NAME(line) *)from)[l], (NAME(line) *)to + l);
}

INLINE double NAME(total)(int64_t n, const T *x) {
    lot_of_doubles sums = {0};
    int64_t i = 0;
    for (; i + LOT <= n; i += LOT) sums += __builtin_convertvector(*(const NAME(lot) *)(x + i), lot_of_doubles);
    double sum = sum_of_lot(&sums);
    for (; i < n; i++) sum += x[i];
    return sum;
}

// Adds a b, of doubles that are numbers of the element type: floats' product is exact, and the sum rounded once, however it is made.
INLINE void NAME(add_product)(const lot_of_doubles *a, const lot_of_doubles *b, lot_of_doubles *sum) {
#if FUSED
    if (sizeof(T) == sizeof(float)) {
        *sum = __builtin_elementwise_fma(*a, *b, *sum);
        return;
    }
#endif
    *sum += *a * *b;
}
