// What moves elements about and computes nothing: copies, indexing; random numbers; what is asked of the machine.
#include <stdint.h>

#include "check.h"

// Elements are told apart by their bytes, of which there are 1, 4 or 8.
static const int64_t element_sizes[] = {1, 4, 8};

static char *counted(int slot, int64_t size, int64_t n) {
    char *x = room(slot, n * size);
    for (int64_t i = 0; i < n; i++)
        for (int64_t byte = 0; byte < size; byte++) x[i * size + byte] = (char)((i >> 7 * byte) % 128);
    return x;
}

static bool are_same(int64_t size, const char *x, int64_t i, const char *y, int64_t j) {
    return memcmp(x + i * size, y + j * size, (size_t)size) == 0;
}

// MARK: - Copies

static void check_copy(int64_t size, gradus_layout layout, int64_t sources, int64_t start) {
    int64_t n = 1;
    for (int64_t axis = 0; axis < layout.rank; axis++) n *= layout.size[axis];
    const char *source = counted(0, size, sources);
    char *out = room(1, n * size);
    bool is_so = true;
    IN_SHARES(n, begin, end) gradus_copy_strided(size, &layout, source + start * size, out, begin, end);
    for (int64_t i = 0; i < n; i++) is_so &= are_same(size, out, i, source, start + place(&layout, layout.stride_a, i));
    expect(is_so, "copy of [%lld, %lld] by strides %lld and %lld, %lld bytes each", (long long)layout.size[0], (long long)layout.size[1],
           (long long)layout.stride_a[0], (long long)layout.stride_a[1], (long long)size);
}

// Every other place of a larger tensor, from its start, is written, and no other.
static void check_move(int64_t size, int64_t rows, int64_t columns) {
    gradus_layout layout = {.rank = 2, .size = {rows, columns}, .stride_a = {1, rows}, .stride_b = {2 * columns, 2}};
    int64_t n = rows * columns, reached = 2 * n - 1;
    const char *source = counted(0, size, n);
    char *out = room(1, reached * size), none[8];
    memset(none, 0xFF, 8);
    bool is_so = true;
    IN_SHARES(n, begin, end) gradus_move_strided(size, &layout, source, out, begin, end);
    for (int64_t i = 0; i < n; i++) is_so &= are_same(size, out, place(&layout, layout.stride_b, i), source, place(&layout, layout.stride_a, i));
    for (int64_t i = 1; i < reached; i += 2) is_so &= are_same(size, out, i, none, 0);
    expect(is_so, "move of [%lld, %lld], %lld bytes each", (long long)rows, (long long)columns, (long long)size);
    layout = (gradus_layout){.rank = 1, .size = {n}, .stride_a = {1}, .stride_b = {1}};
    memset(out, 0xFF, (size_t)(n * size));
    IN_SHARES(n, begin, end) gradus_move_strided(size, &layout, source, out, begin, end);
    expect(memcmp(source, out, (size_t)(n * size)) == 0, "move of %lld as they lie", (long long)n);
}

static void check_band(int64_t size, int64_t rows, int64_t columns, int64_t lowest, int64_t highest) {
    const char *source = counted(0, size, 2 * rows * columns);
    char *out = room(1, 2 * rows * columns * size), zero[8] = {0};
    bool is_so = true;
    IN_SHARES(2 * rows, begin, end) gradus_band(size, rows, columns, lowest, highest, source, out, begin, end);
    for (int64_t i = 0; i < 2 * rows * columns; i++) {
        int64_t beside = i % columns - i / columns % rows;
        bool is_in = beside >= lowest && beside <= highest;
        is_so &= are_same(size, out, i, is_in ? source : zero, is_in ? i : 0);
    }
    expect(is_so, "band %lld to %lld of [%lld, %lld]", (long long)lowest, (long long)highest, (long long)rows, (long long)columns);
}

void check_copies(void) {
    for (int s = 0; s < 3; s++)
        for (int64_t n = 1; n <= 70; n++) {
            int64_t size = element_sizes[s];
            for (int64_t rows = 1; rows <= 33; rows += rows == 2 ? 13 : rows == 17 ? 15 : 1) {  // 1, 2, 15, 16, 17, 32, 33
                check_copy(size, (gradus_layout){.rank = 2, .size = {rows, n}, .stride_a = {1, rows}}, rows * n, 0);  // transposed
                check_move(size, rows, n);
                check_band(size, rows, n, -1, n % 5);
                check_band(size, rows, n, n % 7, 90);
                check_band(size, rows, n, 1, 0);
            }
            check_copy(size, (gradus_layout){.rank = 1, .size = {n}, .stride_a = {1}}, n, 0);
            check_copy(size, (gradus_layout){.rank = 1, .size = {n}, .stride_a = {-1}}, n, n - 1);                  // flipped
            check_copy(size, (gradus_layout){.rank = 2, .size = {3, n}, .stride_a = {0, 1}}, n, 0);                 // repeated
            check_copy(size, (gradus_layout){.rank = 2, .size = {n, 3}, .stride_a = {1, 0}}, n, 0);
            check_copy(size, (gradus_layout){.rank = 2, .size = {2, n}, .stride_a = {3 * n, 3}}, 6 * n, 2);         // every third
            check_copy(size, (gradus_layout){.rank = 3, .size = {2, 3, n}, .stride_a = {n, 2 * n, 1}}, 6 * n, 0);
        }
}

// MARK: - Indexing

// Within -size ..< size, from both ends.
static int64_t *indices_of(int slot, int64_t n, int64_t size) {
    int64_t *indices = places(slot, n);
    for (int64_t i = 0; i < n; i++) indices[i] = (i * 13 + 5) % (2 * size) - size;
    return indices;
}
static int64_t wrapped(int64_t index, int64_t size) { return index < 0 ? index + size : index; }

static void check_take(int64_t bytes, int64_t columns, int64_t n, int64_t size) {
    const int64_t *indices = indices_of(0, n, size);
    const char *source = counted(1, bytes, 2 * size * columns);
    char *out = room(2, 2 * n * columns * bytes);
    bool is_so = true;
    IN_SHARES(2 * n, begin, end) gradus_take(bytes, columns, n, size, indices, source, out, begin, end);
    for (int64_t i = 0; i < 2 * n * columns; i++) {
        int64_t row = i / columns;
        is_so &= are_same(bytes, out, i, source, (row / n * size + wrapped(indices[row % n], size)) * columns + i % columns);
    }
    expect(is_so, "taking %lld of %lld rows of %lld", (long long)n, (long long)size, (long long)columns);
}

static void check_take_add(int type, int64_t columns, int64_t n, int64_t size) {
    const int64_t *indices = indices_of(0, n, size);
    const void *source = eighths(1, type, 2 * n * columns, 1);
    void *out = eighths(2, type, 2 * size * columns, 2), *want = eighths(3, type, 2 * size * columns, 2);
    for (int64_t i = 0; i < 2 * n * columns; i++) {
        int64_t row = i / columns, to = (row / n * size + wrapped(indices[row % n], size)) * columns + i % columns;
        set(type, want, to, at(type, want, to) + at(type, source, i));
    }
    IN_SHARES(2 * columns, begin, end) gradus_take_add(type, n, columns, size, indices, source, out, begin, end);
    expect(memcmp(out, want, (size_t)(2 * size * columns * size_of(type))) == 0, "adding %lld rows of %lld to %lld, type %d", (long long)n,
           (long long)columns, (long long)size, type);
}

// Along the middle axis of [2, n, columns] from one of [2, size, columns], and back.
static void check_gather(int64_t bytes, int64_t columns, int64_t n, int64_t size) {
    gradus_layout layout = {.rank = 3, .size = {2, n, columns}, .stride_a = {size * columns, 0, 1}};
    const int64_t *indices = indices_of(0, 2 * n * columns, size);
    const char *source = counted(1, bytes, 2 * size * columns);
    char *out = room(2, 2 * n * columns * bytes);
    bool is_so = true;
    IN_SHARES(2 * n * columns, begin, end) gradus_gather(bytes, &layout, columns, size, indices, source, out, begin, end);
    for (int64_t i = 0; i < 2 * n * columns; i++)
        is_so &= are_same(bytes, out, i, source, place(&layout, layout.stride_a, i) + wrapped(indices[i], size) * columns);
    expect(is_so, "gathering %lld by %lld of %lld", (long long)n, (long long)columns, (long long)size);
}

static void check_scatter_add(int type, int64_t columns, int64_t n, int64_t size) {
    gradus_layout lines = {.rank = 2, .size = {2, columns}, .stride_a = {size * columns, 1}, .stride_b = {n * columns, 1}};
    const int64_t *indices = indices_of(0, 2 * n * columns, size);
    const void *source = eighths(1, type, 2 * n * columns, 1);
    void *out = eighths(2, type, 2 * size * columns, 2), *want = eighths(3, type, 2 * size * columns, 2);
    for (int64_t i = 0; i < 2 * n * columns; i++) {
        int64_t to = (i / n / columns * size + wrapped(indices[i], size)) * columns + i % columns;
        set(type, want, to, at(type, want, to) + at(type, source, i));
    }
    IN_SHARES(2 * columns, begin, end)
        gradus_scatter_add(type, &lines, n, columns, columns, size, indices, source, out, begin, end);
    expect(memcmp(out, want, (size_t)(2 * size * columns * size_of(type))) == 0, "scattering %lld by %lld over %lld, type %d", (long long)n,
           (long long)columns, (long long)size, type);
}

void check_indexing(void) {
    for (int64_t n = 1; n <= 70; n++) {
        for (int64_t columns = 1; columns <= 9; columns += 4) {
            for (int s = 0; s < 3; s++) {
                check_take(element_sizes[s], columns, n, 7);
                check_take(element_sizes[s], n, columns, 3);
                check_gather(element_sizes[s], columns, n, 7);
                check_gather(element_sizes[s], n, columns, 3);
            }
            for (int type = GRADUS_FLOAT32; type <= GRADUS_INT64; type++) {
                check_take_add(type, columns, n, 7);
                check_take_add(type, n, columns, 3);
                check_scatter_add(type, columns, n, 7);
                check_scatter_add(type, n, columns, 3);
            }
        }
    }
    for (int64_t n = 0; n <= 1025; n += n == 70 ? 953 : 1) {
        int64_t *indices = indices_of(0, n, 9);
        expect(gradus_first_out_of_range(n, indices, 9) == n, "%lld indices in range", (long long)n);
        for (int64_t wrong = -10; wrong <= 9 && n > 0; wrong += 19) {
            indices[n - 1] = indices[n / 2] = wrong;
            expect(gradus_first_out_of_range(n, indices, 9) == n / 2, "index %lld of %lld", (long long)wrong, (long long)n);
        }
    }
}

// MARK: - Random numbers

void check_random(void) {
    uint64_t known[4] = {1, 2, 3, 4};  // the first draws of xoshiro256** from this state
    expect(gradus_random_next(known) == 11520 && gradus_random_next(known) == 0 && gradus_random_next(known) == 1509978240 &&
               gradus_random_next(known) == 1215971899390074240u, "draws");
    for (int64_t n = 0; n <= 70; n++) {
        uint64_t state[4] = {5, 6, 7, 8}, again[4] = {5, 6, 7, 8}, *draws = room(0, n * 8), *uniform = room(1, n * 8);
        double *normal = room(2, n / 2 * 16);
        gradus_random_fill(state, n, draws);
        bool is_so = true;
        for (int64_t i = 0; i < n; i++) is_so &= draws[i] == gradus_random_next(again);
        expect(is_so && memcmp(state, again, sizeof state) == 0, "%lld draws", (long long)n);
        memcpy(uniform, draws, (size_t)(n * 8));
        memcpy(normal, draws, (size_t)(n / 2 * 16));
        gradus_random_to_uniform(n, uniform);
        gradus_random_to_normal(n / 2 * 2, (uint64_t *)normal);
        same(GRADUS_FLOAT64, n, uniform, true);
        same(GRADUS_FLOAT64, n / 2 * 2, normal, true);
        double tau = 6.28318530717958648;
#define UNIFORM(I) ((double)(draws[I] >> 11) * 0x1p-53)
        for (int64_t i = 0; i < n; i++) expect(at(GRADUS_FLOAT64, uniform, i) == UNIFORM(i), "a uniform number");
        for (int64_t i = 0; i + 1 < n; i += 2) {
            double radius = sqrt(-2 * log(1 - UNIFORM(i))), turns = UNIFORM(i + 1);
            expect(fabs(normal[i] - radius * cos(tau * turns)) < 1e-14 && fabs(normal[i + 1] - radius * sin(tau * turns)) < 1e-14,
                   "two normal numbers");
        }
#undef UNIFORM
        double *kept = room(3, n * 8);
        memcpy(kept, uniform, (size_t)(n * 8));
        int64_t count = gradus_keep_within(n, 0.5, kept), next = 0;
        const double *x = (const double *)uniform;
        for (int64_t i = 0; i < n; i++)
            if (x[i] <= 0.5) is_so &= next < count && kept[next++] == x[i];
        expect(is_so && next == count, "kept %lld of %lld", (long long)count, (long long)n);
        uint8_t *below = room(4, n);
        gradus_below(n, x, 0.25, below);
        for (int64_t i = 0; i < n; i++) is_so &= below[i] == (x[i] < 0.25);
        expect(is_so, "below, %lld", (long long)n);
        for (int type = GRADUS_FLOAT32; type <= GRADUS_FLOAT64; type++) {
            double *edge = room(5, n * 8);
            memcpy(edge, uniform, (size_t)(n * 8));
            if (n > 0) edge[n - 1] = 1 - 0x1p-53;  // which rounds to the end in float32, and is drawn away from it
            void *placed = room(6, n * size_of(type));
            gradus_place(type, n, edge, -1, 2, 1, placed);
            for (int64_t i = 0; i < n; i++)
                is_so &= at(type, placed, i) < 1 && near(type, at(type, placed, i), -1 + 2 * edge[i], i == n - 1 ? 1 : 0.5);
            expect(is_so, "placed, %lld, type %d", (long long)n, type);
            same(type, n, placed, true);
        }
    }
}

// MARK: - Machine

void check_machine(void) {
    for (int64_t bytes = 1; bytes <= 5 << 20; bytes = bytes * 3 + 1) {
        char *block = gradus_allocate(bytes);
        expect(block != NULL && (uintptr_t)block % 64 == 0, "a block of %lld bytes", (long long)bytes);
        if (block == NULL) continue;
        gradus_poison(block, bytes);
        expect(block[0] == (char)0xFF && block[bytes - 1] == (char)0xFF, "poison of %lld bytes", (long long)bytes);
        gradus_free(block);
    }
    for (int64_t n = 0; n <= 70; n++) {
        double *x = room(0, n * 8);
        memset(x, 0, (size_t)(n * 8));
        gradus_poison(x, n * 8);
        bool is_so = true;
        for (int64_t i = 0; i < n; i++) is_so &= isnan(x[i]) != 0;
        expect(is_so, "poison is NaN");
    }
    for (int type = GRADUS_FLOAT32; type <= GRADUS_FLOAT64; type++) {
        double keep = NAN;
        expect(gradus_multiply_add_loop(type, 10, &keep) > 0 && isfinite(keep), "the loop of multiply-adds, type %d", type);
    }
    const char *name = gradus_path_name();
    expect(gradus_force_path(name) && strcmp(name, gradus_path_name()) == 0 && !gradus_force_path("mmx"), "paths by name");
    expect(gradus_force_path(name), "the path again");
    expect(gradus_this_thread() == gradus_this_thread() && !gradus_this_thread()->recording_off, "what a thread remembers");
    void *place = NULL;
    gradus_store_pointer(&place, &name);
    expect(gradus_load_pointer(&place) == &name, "a pointer that was stored");
    gradus_pause();
}
