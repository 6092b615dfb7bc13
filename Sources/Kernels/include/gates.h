#ifndef GRADUS_GATES_H
#define GRADUS_GATES_H

#include "types.h"

// What the gates of recurrent cells make of their state, row by row: row r of `gates` holds those of one state one after
// another, each `width` long. Floats. Rows [begin, end).

// gates: input, forget, candidate, output. next = s(forget) cell + s(input) tanh(candidate); hidden = s(output) tanh(next).
void gradus_lstm(int type, int64_t width, const void *gates, const void *cell, void *hidden, void *next, int64_t begin,
                 int64_t end);

// The gradients in gates and cell, from those in hidden and next, either of which may be NULL.
void gradus_lstm_gradient(int type, int64_t width, const void *gates, const void *cell, const void *next,
                          const void *from_hidden, const void *from_next, void *to_gates, void *to_cell, int64_t begin,
                          int64_t end);

// gates, from below and from the state before: reset, update, candidate.
// c = tanh(below_candidate + s(reset) before_candidate); next = c + s(update) (hidden - c).
void gradus_gru(int type, int64_t width, const void *below, const void *before, const void *hidden, void *next, int64_t begin,
                int64_t end);

void gradus_gru_gradient(int type, int64_t width, const void *below, const void *before, const void *hidden,
                         const void *upstream, void *to_below, void *to_before, void *to_hidden, int64_t begin, int64_t end);

#endif
