#include "gates.h"

#include "path.h"

void gradus_lstm(int type, int64_t width, const void *gates, const void *cell, void *hidden, void *next, int64_t begin,
                 int64_t end) {
    gradus_current_path()->gates[type].lstm(width, gates, cell, hidden, next, begin, end);
}

void gradus_lstm_gradient(int type, int64_t width, const void *gates, const void *cell, const void *next,
                          const void *from_hidden, const void *from_next, void *to_gates, void *to_cell, int64_t begin,
                          int64_t end) {
    gradus_current_path()->gates[type].lstm_gradient(width, gates, cell, next, from_hidden, from_next, to_gates, to_cell,
                                                     begin, end);
}

void gradus_gru(int type, int64_t width, const void *below, const void *before, const void *hidden, void *next, int64_t begin,
                int64_t end) {
    gradus_current_path()->gates[type].gru(width, below, before, hidden, next, begin, end);
}

void gradus_gru_gradient(int type, int64_t width, const void *below, const void *before, const void *hidden,
                         const void *upstream, void *to_below, void *to_before, void *to_hidden, int64_t begin,
                         int64_t end) {
    gradus_current_path()->gates[type].gru_gradient(width, below, before, hidden, upstream, to_below, to_before, to_hidden,
                                                    begin, end);
}
