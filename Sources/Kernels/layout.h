// How kernels walk a layout: row by row, where a row is the last axis.
#ifndef GRADUS_LAYOUT_H
#define GRADUS_LAYOUT_H

#include "types.h"

typedef struct {
    int64_t a, b;    // element offsets of the inputs at the start of the piece
    int64_t length;  // how many elements of the row lie in the piece
} gradus_piece;

// The piece of one row that starts at flat output element `i` and ends before `end`.
static inline gradus_piece gradus_piece_at(const gradus_layout *layout, int64_t i, int64_t end) {
    int64_t axis = layout->rank - 1;
    int64_t inner = layout->size[axis];
    int64_t row = i / inner, column = i % inner;
    gradus_piece piece = {column * layout->stride_a[axis], column * layout->stride_b[axis], inner - column};
    if (piece.length > end - i) piece.length = end - i;
    while (--axis >= 0) {
        int64_t index = row % layout->size[axis];
        row /= layout->size[axis];
        piece.a += index * layout->stride_a[axis];
        piece.b += index * layout->stride_b[axis];
    }
    return piece;
}

#endif
