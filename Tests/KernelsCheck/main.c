// Checks every kernel against a plain reference in double, at every size from 0 to 70 and at the borders of blocks, between pages
// that may not be touched, on every path that the machine has: what Tests/KernelsTests does, for processors that Swift's tests
// are not run on. .ci/run arm64 runs it natively and, compiled for arm64, under emulation.
//
// Prints a checksum for each check of what shall be the same to the bit on every machine, and `N passed, N failed`. With `--path`
// only the name of the path that is taken by itself, with names of checks only these.
#if defined(__APPLE__)
#define _DARWIN_C_SOURCE
#else
#define _GNU_SOURCE
#endif
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

static const struct { const char *name; void (*run)(void); } checks[] = {
    {"fma", check_fma}, {"unary", check_unary}, {"binary", check_binary}, {"gradients", check_gradients},
    {"sums of products", check_sums_of_products},
    {"masks", check_masks}, {"made", check_made}, {"optimizers", check_optimizers}, {"reductions", check_reductions},
    {"lines", check_lines}, {"softmax", check_softmax},
    {"normalization", check_normalization}, {"order", check_order}, {"copies", check_copies}, {"indexing", check_indexing},
    {"random", check_random}, {"products", check_products}, {"convolutions", check_convolutions}, {"pooling", check_pooling},
    {"machine", check_machine}, {"gates", check_gates}, {"attention", check_attention},
};
enum { CHECKS = sizeof checks / sizeof checks[0] };
static const char *const paths[] = {"portable", "avx2", "avx512", "neon"};

static const char *check_name = "", *path_name = "";
static bool from_start;
static int64_t passed, failed;

// Rooms: memory of this size between two pages that may not be touched, each used over and over.
enum { ROOMS = 12, ROOM = 8 << 20 };
static char *rooms[ROOMS];

static void make_rooms(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int slot = 0; slot < ROOMS; slot++) {
        char *pages = mmap(NULL, ROOM + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
        if (pages == MAP_FAILED || mprotect(pages, page, PROT_NONE) || mprotect(pages + page + ROOM, page, PROT_NONE)) {
            perror("no memory for the checks");
            exit(2);
        }
        rooms[slot] = pages + page;
    }
}

void *room(int slot, int64_t bytes) {
    if (bytes > ROOM) {
        fprintf(stderr, "%s: a room of %lld bytes\n", check_name, (long long)bytes);
        exit(2);
    }
    return memset(from_start ? rooms[slot] : rooms[slot] + ROOM - bytes, 0xFF, (size_t)bytes);
}

// What only a touched page brings about, so it says what was under way and ends.
static void touched(int signal) {
    (void)signal;
    printf("FAILED: %s, path %s: memory %s the buffer was touched\n%lld passed, %lld failed\n", check_name, path_name,
           from_start ? "before" : "behind", (long long)passed, (long long)failed + 1);
    fflush(stdout);
    _exit(1);
}

bool expect(bool is_so, const char *format, ...) {
    if (is_so) {
        passed++;
    } else if (failed++ < 50) {
        va_list arguments;
        va_start(arguments, format);
        printf("FAILED: %s, path %s: ", check_name, path_name);
        vprintf(format, arguments);
        putchar('\n');
        va_end(arguments);
    }
    return is_so;
}

// The results that paths share, in the order in which they come: of the first path each is kept, of the others compared.
static uint64_t *kept, everywhere_sums[CHECKS];
static int64_t kept_count, kept_room, next_kept;
static int check_number;

void same(int type, int64_t n, const void *x, bool everywhere) {
    uint64_t sum = 14695981039346656037u;  // FNV-1a, a number at a time
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = 0;
        memcpy(&bits, (const char *)x + i * size_of(type), (size_t)size_of(type));
        if ((type == GRADUS_FLOAT32 || type == GRADUS_FLOAT64) && isnan(at(type, x, i))) bits = 0x7ff8;
        sum = (sum ^ bits) * 1099511628211u;
        sum ^= sum >> 29;
    }
    if (strcmp(path_name, "portable") == 0) {
        if (kept_count == kept_room) kept = realloc(kept, sizeof *kept * (size_t)(kept_room = 2 * kept_room + 4096));
        if (kept == NULL) exit(2);
        kept[kept_count++] = sum;
        if (everywhere) everywhere_sums[check_number] = (everywhere_sums[check_number] ^ sum) * 1099511628211u;
    } else {
        expect(next_kept < kept_count && kept[next_kept] == sum, "other bits than on path portable");
        next_kept++;
    }
}

int64_t size_of(int type) { return type == GRADUS_BOOL ? 1 : type == GRADUS_FLOAT32 ? 4 : 8; }

double at(int type, const void *x, int64_t i) {
    switch (type) {
        case GRADUS_FLOAT32: return (double)((const float *)x)[i];
        case GRADUS_FLOAT64: return ((const double *)x)[i];
        case GRADUS_INT64: return (double)((const int64_t *)x)[i];
        default: return ((const uint8_t *)x)[i];
    }
}

void set(int type, void *x, int64_t i, double value) {
    switch (type) {
        case GRADUS_FLOAT32: ((float *)x)[i] = (float)value; break;
        case GRADUS_FLOAT64: ((double *)x)[i] = value; break;
        case GRADUS_INT64: ((int64_t *)x)[i] = (int64_t)value; break;
        default: ((uint8_t *)x)[i] = value != 0;
    }
}

void *eighths(int slot, int type, int64_t n, int seed) {
    void *x = room(slot, n * size_of(type));
    for (int64_t i = 0; i < n; i++) {
        int64_t cell = (i * 31 + seed * 7) % 17 - 8;
        set(type, x, i, type == GRADUS_INT64 ? (double)cell : type == GRADUS_BOOL ? (double)(cell > 0) : (double)cell / 8);
    }
    return x;
}

void *wholes(int slot, int type, int64_t n, int seed) {
    void *x = room(slot, n * size_of(type));
    for (int64_t i = 0; i < n; i++) set(type, x, i, (double)((i * 29 + i / 7 + seed * 5) % 7 - 3));
    return x;
}

int64_t *places(int slot, int64_t n) { return room(slot, n * 8); }

bool near(int type, double x, double y, double units) {
    double rounded = type == GRADUS_FLOAT32 ? (double)(float)y : y;
    if (isnan(rounded) || isnan(x)) return isnan(rounded) && isnan(x);
    if (isinf(rounded) || isinf(x)) return x == rounded;
    if (y == 0) return x == 0 && !signbit(x) == !signbit(y);
    int exponent;
    (void)frexp(rounded, &exponent);
    double unit = type == GRADUS_FLOAT32 ? ldexp(1, exponent < -125 ? -149 : exponent - 24)
                                         : ldexp(1, exponent < -1021 ? -1074 : exponent - 53);
    return fabs(x - y) <= units * unit;
}

bool close_to(int type, double x, double y, double float32, double float64) {
    if (isnan(y) || isinf(y)) return isnan(y) ? isnan(x) : x == y;
    return fabs(x - y) <= (type == GRADUS_FLOAT32 ? float32 : float64) * fmax(1, fabs(y));
}

// Marks the checks that the arguments ask for, and says whether each argument names one.
static bool choose(int count, char **arguments, bool *chosen) {
    for (int i = 0; i < CHECKS; i++) chosen[i] = count == 0;
    for (int argument = 0; argument < count; argument++) {
        int i = 0;
        while (i < CHECKS && strcmp(arguments[argument], checks[i].name) != 0) i++;
        if (i == CHECKS) {
            fprintf(stderr, "no check '%s'\n", arguments[argument]);
            return false;
        }
        chosen[i] = true;
    }
    return true;
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "--path") == 0) {  // which one is taken by itself
        puts(gradus_path_name());
        return 0;
    }
    bool chosen[CHECKS];
    if (!choose(count - 1, arguments + 1, chosen)) return 2;
    struct sigaction action = {.sa_handler = touched};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    make_rooms();
    for (size_t path = 0; path < sizeof paths / sizeof paths[0]; path++) {
        if (!gradus_force_path(paths[path])) continue;
        path_name = paths[path];
        next_kept = 0;
        printf("path %s\n", path_name);
        for (int turn = 0; turn < 2; turn++) {
            from_start = turn == 1;
            for (check_number = 0; check_number < CHECKS; check_number++) {
                if (!chosen[check_number]) continue;
                check_name = checks[check_number].name;
                checks[check_number].run();
                fflush(stdout);
            }
        }
        expect(strcmp(path_name, "portable") == 0 || next_kept == kept_count, "other results than on path portable");
    }
    for (int i = 0; i < CHECKS; i++)
        if (everywhere_sums[i] != 0) printf("bits of %s: %016llx\n", checks[i].name, (unsigned long long)everywhere_sums[i]);
    printf("%lld passed, %lld failed\n", (long long)passed, (long long)failed);
    return failed == 0 ? 0 : 1;
}
