#include "pooling.h"

#include <string.h>

#include "path.h"

// Where columns' windows are pairs side by side, none beyond the border: those of a plane that is halved.
static bool are_pairs(const gradus_windows *w) {
    for (int64_t j = 0; j < w->out_width; j++)
        if (w->column_starts[j] != 2 * j || w->column_ends[j] != 2 * j + 2) return false;
    return true;
}

enum { LINE_ROOM = 256 };

#define DEFINE(T)                                                                                                      \
    static void average_##T(const gradus_windows *w, const double *row_divisors, const double *column_divisors,        \
                            const T *x, T *out, int64_t begin, int64_t end) {                                          \
        bool pairs = are_pairs(w);                                                                                     \
        for (int64_t row = begin; row < end; row++) {                                                                  \
            const T *plane = x + row / w->out_height * w->height * w->width;                                           \
            int64_t i = row % w->out_height;                                                                           \
            if (pairs && w->row_ends[i] == w->row_starts[i] + 2) { /* the same sums, in the same order */              \
                const T *upper = plane + w->row_starts[i] * w->width, *lower = upper + w->width;                       \
                T *to = out + row * w->out_width;                                                                      \
                for (int64_t j = 0; j < w->out_width; j++)                                                             \
                    to[j] = (T)(((((0.0 + (double)upper[2 * j]) + (double)upper[2 * j + 1]) + (double)lower[2 * j]) +  \
                                 (double)lower[2 * j + 1]) / (row_divisors[i] * column_divisors[j]));                  \
                continue;                                                                                              \
            }                                                                                                          \
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
        double line[LINE_ROOM];                                                                                        \
        for (int64_t row = begin; row < end; row++) {                                                                  \
            const T *plane = upstream + row / w->out_height * w->height * w->width;                                    \
            int64_t i = row % w->out_height;                                                                           \
            int64_t only = w->row_starts[i];                                                                           \
            if (w->row_ends[i] == only + 1 && w->width <= LINE_ROOM) { /* each share is divided out once */            \
                for (int64_t c = 0; c < w->width; c++)                                                                 \
                    line[c] = (double)plane[only * w->width + c] / (row_divisors[only] * column_divisors[c]);          \
                for (int64_t j = 0; j < w->out_width; j++) {                                                           \
                    double sum = 0;                                                                                    \
                    for (int64_t c = w->column_starts[j]; c < w->column_ends[j]; c++) sum += line[c];                  \
                    out[row * w->out_width + j] = (T)sum;                                                              \
                }                                                                                                      \
                continue;                                                                                              \
            }                                                                                                          \
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

// A plane is still near the core when its numbers are added.
#define DEFINE_SCATTER(T)                                                                                               \
    static bool scatter_##T(int64_t size, int64_t n, const int64_t *indices, const T *upstream, T *out, int64_t begin,  \
                            int64_t end) {                                                                              \
        bool are_inside = true;                                                                                         \
        for (int64_t p = begin; p < end; p++) {                                                                         \
            T *plane = out + p * size;                                                                                  \
            memset(plane, 0, (size_t)size * sizeof(T));                                                                 \
            for (int64_t i = p * n; i < (p + 1) * n; i++) {                                                             \
                if ((uint64_t)indices[i] < (uint64_t)size)                                                              \
                    plane[indices[i]] += upstream[i];                                                                   \
                else                                                                                                    \
                    are_inside = false;                                                                                 \
            }                                                                                                           \
        }                                                                                                               \
        return are_inside;                                                                                              \
    }
DEFINE_SCATTER(float)
DEFINE_SCATTER(double)

bool gradus_plane_scatter_add(int type, int64_t size, int64_t n, const int64_t *indices, const void *upstream, void *out,
                              int64_t begin, int64_t end) {
    return type == GRADUS_FLOAT32 ? scatter_float(size, n, indices, upstream, out, begin, end)
                                  : scatter_double(size, n, indices, upstream, out, begin, end);
}

void gradus_pool_max(int type, const gradus_windows *windows, const void *x, void *out, int64_t *indices, int64_t begin,
                     int64_t end) {
    gradus_current_path()->elementwise[type].pool_max(windows, x, out, indices, begin, end);
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
