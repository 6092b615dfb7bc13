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

// The same piece after piece: divisions once at the start, then the indices are counted up like an odometer's wheels.
typedef struct {
    gradus_piece piece;
    int64_t index[GRADUS_MAX_RANK];  // of the row, on every axis but the last
} gradus_walk;

static inline gradus_walk gradus_walk_from(const gradus_layout *layout, int64_t i, int64_t end) {
    gradus_walk walk = {gradus_piece_at(layout, i, end), {0}};
    int64_t row = i / layout->size[layout->rank - 1];
    for (int64_t axis = layout->rank - 2; axis >= 0; axis--) {
        walk.index[axis] = row % layout->size[axis];
        row /= layout->size[axis];
    }
    return walk;
}

// Onwards to the row that starts at element `i`, which is not past the layout's last.
static inline void gradus_walk_on(gradus_walk *walk, const gradus_layout *layout, int64_t i, int64_t end) {
    int64_t inner = layout->rank - 1;
    // Only the first piece may begin in the middle of its row; go back by as much.
    int64_t begun = layout->size[inner] - walk->piece.length;
    walk->piece.a -= begun * layout->stride_a[inner];
    walk->piece.b -= begun * layout->stride_b[inner];
    for (int64_t axis = inner - 1; axis >= 0; axis--) {
        walk->piece.a += layout->stride_a[axis];
        walk->piece.b += layout->stride_b[axis];
        if (++walk->index[axis] < layout->size[axis]) break;
        walk->index[axis] = 0;
        walk->piece.a -= layout->size[axis] * layout->stride_a[axis];
        walk->piece.b -= layout->size[axis] * layout->stride_b[axis];
    }
    walk->piece.length = layout->size[inner] < end - i ? layout->size[inner] : end - i;
}

#endif
