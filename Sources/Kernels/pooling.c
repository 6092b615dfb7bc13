#include "pooling.h"

#include <stddef.h>

#define DEFINE(T)                                                                                                      \
    static void max_##T(const gradus_windows *w, const T *x, T *out, int64_t *indices, int64_t begin, int64_t end) {   \
        for (int64_t row = begin; row < end; row++) {                                                                  \
            const T *plane = x + row / w->out_height * w->height * w->width;                                           \
            int64_t top = w->row_starts[row % w->out_height], bottom = w->row_ends[row % w->out_height];               \
            for (int64_t j = 0; j < w->out_width; j++) {                                                               \
                int64_t left = w->column_starts[j], right = w->column_ends[j];                                         \
                int64_t best = top * w->width + left;                                                                  \
                T largest = plane[best];                                                                               \
                for (int64_t r = top; r < bottom; r++) {                                                               \
                    const T *line = plane + r * w->width;                                                              \
                    for (int64_t c = left; c < right; c++) {                                                           \
                        /* Larger, or a NaN; and nothing takes the place of a NaN. */                                  \
                        if (!(line[c] <= largest) && largest == largest) {                                             \
                            largest = line[c];                                                                         \
                            best = r * w->width + c;                                                                   \
                        }                                                                                              \
                    }                                                                                                  \
                }                                                                                                      \
                out[row * w->out_width + j] = largest;                                                                 \
                if (indices != NULL) indices[row * w->out_width + j] = best;                                           \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void average_##T(const gradus_windows *w, const double *row_divisors, const double *column_divisors,        \
                            const T *x, T *out, int64_t begin, int64_t end) {                                          \
        for (int64_t row = begin; row < end; row++) {                                                                  \
            const T *plane = x + row / w->out_height * w->height * w->width;                                           \
            int64_t i = row % w->out_height;                                                                           \
            for (int64_t j = 0; j < w->out_width; j++) {                                                               \
                double sum = 0;                                                                                        \
                for (int64_t r = w->row_starts[i]; r < w->row_ends[i]; r++)                                            \
                    for (int64_t c = w->column_starts[j]; c < w->column_ends[j]; c++)                                  \
                        sum += (double)plane[r * w->width + c];                                                        \
                out[row * w->out_width + j] = (T)(sum / (row_divisors[i] * column_divisors[j]));                       \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static void adjoint_##T(const gradus_windows *w, const double *row_divisors, const double *column_divisors,        \
                            const T *upstream, T *out, int64_t begin, int64_t end) {                                   \
        for (int64_t row = begin; row < end; row++) {                                                                  \
            const T *plane = upstream + row / w->out_height * w->height * w->width;                                    \
            int64_t i = row % w->out_height;                                                                           \
            for (int64_t j = 0; j < w->out_width; j++) {                                                               \
                double sum = 0;                                                                                        \
                for (int64_t r = w->row_starts[i]; r < w->row_ends[i]; r++)                                            \
                    for (int64_t c = w->column_starts[j]; c < w->column_ends[j]; c++)                                  \
                        sum += (double)plane[r * w->width + c] / (row_divisors[r] * column_divisors[c]);               \
                out[row * w->out_width + j] = (T)sum;                                                                  \
            }                                                                                                          \
        }                                                                                                              \
    }

DEFINE(float)
DEFINE(double)

void gradus_pool_max(int type, const gradus_windows *windows, const void *x, void *out, int64_t *indices, int64_t begin,
                     int64_t end) {
    if (type == GRADUS_FLOAT32)
        max_float(windows, x, out, indices, begin, end);
    else
        max_double(windows, x, out, indices, begin, end);
}

void gradus_pool_average(int type, const gradus_windows *windows, const double *row_divisors,
                         const double *column_divisors, const void *x, void *out, int64_t begin, int64_t end) {
    if (type == GRADUS_FLOAT32)
        average_float(windows, row_divisors, column_divisors, x, out, begin, end);
    else
        average_double(windows, row_divisors, column_divisors, x, out, begin, end);
}

void gradus_pool_average_adjoint(int type, const gradus_windows *windows, const double *row_divisors,
                                 const double *column_divisors, const void *upstream, void *out, int64_t begin,
                                 int64_t end) {
    if (type == GRADUS_FLOAT32)
        adjoint_float(windows, row_divisors, column_divisors, upstream, out, begin, end);
    else
        adjoint_double(windows, row_divisors, column_divisors, upstream, out, begin, end);
}
