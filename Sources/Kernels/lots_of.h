// LOT numbers of one element type, and their sum. Included by each path once an element type.
typedef T NAME(lot) __attribute__((vector_size(LOT * sizeof(T)), aligned(sizeof(T)), may_alias));

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
