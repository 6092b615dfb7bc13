#include "elementwise.h"
#include "layout.h"
#include "path.h"

// One row: the inner strides are 0 or 1, so each operation has a loop for "both walk", "a stands still", "b stands still".
#define LOOP(OUT, EXPRESSION)                                                                      \
    do {                                                                                           \
        if (step_a && step_b)                                                                      \
            for (int64_t j = 0; j < n; j++) { x = a[j], y = b[j]; ((OUT *)out)[j] = (EXPRESSION); } \
        else if (step_a) {                                                                         \
            y = b[0];                                                                              \
            for (int64_t j = 0; j < n; j++) { x = a[j]; ((OUT *)out)[j] = (EXPRESSION); }           \
        } else {                                                                                   \
            x = a[0];                                                                              \
            for (int64_t j = 0; j < n; j++) { y = b[j * step_b]; ((OUT *)out)[j] = (EXPRESSION); }  \
        }                                                                                          \
    } while (0)

// Two's complement wraps around, as NumPy's and PyTorch's integers do; unsigned arithmetic says so to the compiler.
static void binary_int64_t(gradus_binary_op op, int64_t n, const int64_t *a, int64_t step_a, const int64_t *b,
                           int64_t step_b, int64_t *out) {
    int64_t x, y;
    switch (op) {
        case GRADUS_ADD: LOOP(int64_t, (int64_t)((uint64_t)x + (uint64_t)y)); break;
        case GRADUS_SUBTRACT: LOOP(int64_t, (int64_t)((uint64_t)x - (uint64_t)y)); break;
        case GRADUS_MULTIPLY: LOOP(int64_t, (int64_t)((uint64_t)x * (uint64_t)y)); break;
        case GRADUS_MAXIMUM: LOOP(int64_t, x > y ? x : y); break;
        case GRADUS_MINIMUM: LOOP(int64_t, x < y ? x : y); break;
        default: break;  // refused before it comes here
    }
}

#define DEFINE_COMPARE(T)                                                                                      \
    static void compare_##T(gradus_compare_op op, int64_t n, const T *a, int64_t step_a, const T *b, int64_t step_b, \
                            uint8_t *out) {                                                                    \
        T x, y;                                                                                                \
        switch (op) {                                                                                          \
            case GRADUS_EQUAL: LOOP(uint8_t, x == y); break;                                                   \
            case GRADUS_NOT_EQUAL: LOOP(uint8_t, x != y); break;                                               \
            case GRADUS_LESS: LOOP(uint8_t, x < y); break;                                                     \
            case GRADUS_LESS_EQUAL: LOOP(uint8_t, x <= y); break;                                              \
            case GRADUS_GREATER: LOOP(uint8_t, x > y); break;                                                  \
            case GRADUS_GREATER_EQUAL: LOOP(uint8_t, x >= y); break;                                           \
            case GRADUS_AND: LOOP(uint8_t, x && y); break;                                                     \
            case GRADUS_OR: LOOP(uint8_t, x || y); break;                                                      \
        }                                                                                                      \
    }

DEFINE_COMPARE(float)
DEFINE_COMPARE(double)
DEFINE_COMPARE(int64_t)
DEFINE_COMPARE(uint8_t)

#define ROWS(FUNCTION, T, OUT)                                                                                   \
    for (int64_t i = begin; i < end;) {                                                                          \
        gradus_piece piece = gradus_piece_at(layout, i, end);                                                    \
        FUNCTION(op, piece.length, (const T *)a + piece.a, layout->stride_a[layout->rank - 1], (const T *)b + piece.b, \
                 layout->stride_b[layout->rank - 1], (OUT *)out + i);                                            \
        i += piece.length;                                                                                       \
    }

void gradus_binary(gradus_binary_op op, int type, const gradus_layout *layout, const void *a, const void *b, void *out,
                   int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32: ROWS(gradus_current_path()->elementwise[GRADUS_FLOAT32].binary, float, float) break;
        case GRADUS_FLOAT64: ROWS(gradus_current_path()->elementwise[GRADUS_FLOAT64].binary, double, double) break;
        case GRADUS_INT64: ROWS(binary_int64_t, int64_t, int64_t) break;
    }
}

void gradus_binary_flat(gradus_binary_op op, int type, int64_t n, const void *a, const void *b, void *out) {
    if (n == 1 && gradus_binary_one(op, type, a, b, out)) return;
    if (type == GRADUS_INT64)
        binary_int64_t(op, n, a, 1, b, 1, out);
    else
        gradus_current_path()->elementwise[type].binary(op, n, a, 1, b, 1, out);
}

void gradus_add_products(int type, int64_t n, const void *a, const void *b, void *sum) {
    if (n == 1 && type == GRADUS_FLOAT32) {  // a call of a path costs more than its arithmetic
        float product = *(const float *)a * *(const float *)b;
        *(float *)sum += product;
    } else {
        gradus_current_path()->elementwise[type].add_products(n, a, b, sum);
    }
}

void gradus_compare(gradus_compare_op op, int type, const gradus_layout *layout, const void *a, const void *b, void *out,
                    int64_t begin, int64_t end) {
    switch (type) {
        case GRADUS_FLOAT32: ROWS(compare_float, float, uint8_t) break;
        case GRADUS_FLOAT64: ROWS(compare_double, double, uint8_t) break;
        case GRADUS_INT64: ROWS(compare_int64_t, int64_t, uint8_t) break;
        case GRADUS_BOOL: ROWS(compare_uint8_t, uint8_t, uint8_t) break;
    }
}
