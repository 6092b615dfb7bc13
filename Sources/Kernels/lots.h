// Sums along lines are kept in double, of LOT numbers side by side, on every path the same: each has as many vectors as that takes.
// Included by each path.
enum { LOT = 16 };
typedef double lot_of_doubles __attribute__((vector_size(LOT * sizeof(double))));
typedef double lot_in_memory __attribute__((vector_size(LOT * sizeof(double)), aligned(sizeof(double)), may_alias));

INLINE double sum_of_lot(const lot_of_doubles *v) {
    double part[LOT];
    memcpy(part, v, sizeof part);
    for (int width = LOT / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) part[i] += part[i + width];
    return part[0];
}
