// Attention and its gradients, against the definitions in double.
#include <stdlib.h>

#include "check.h"

typedef struct { double *weights, *out, *to_q, *to_k, *to_v; } expected;

static bool is_allowed(const gradus_attention_form *f, const bool *mask, int64_t head, int64_t i, int64_t j) {
    return (!f->is_causal || j <= i) && (mask == NULL || mask[f->mask_at[head] + i * f->mask_row + j * f->mask_column]);
}

// Where row i of `count` rows of a head lies, among heads that are abreast.
static int64_t row_at(const gradus_attention_form *f, int64_t head, int64_t count, int64_t i) {
    return (head / f->abreast * count + i) * f->abreast + head % f->abreast;
}

static double element(int type, const void *x, int64_t row, int64_t width, int64_t column) { return at(type, x, row * width + column); }

static void define(int type, const gradus_attention_form *f, const void *q, const void *k, const void *v, const bool *mask,
                   const void *u, expected *e) {
    const int64_t w = f->width, vw = f->value_width;
    for (int64_t head = 0; head < f->heads; head++)
        for (int64_t i = 0; i < f->targets; i++) {
            const int64_t row = row_at(f, head, f->targets, i);
            double largest = -INFINITY, sum = 0, mean = 0;
            for (int64_t j = 0; j < f->sources; j++) {
                const int64_t source = row_at(f, head, f->sources, j);
                double score = 0;
                for (int64_t c = 0; c < w; c++) score += element(type, q, row, w, c) * element(type, k, source, w, c);
                e->weights[j] = is_allowed(f, mask, head, i, j) ? score * f->scale : -INFINITY;
                largest = fmax(largest, e->weights[j]);
            }
            for (int64_t j = 0; j < f->sources; j++) sum += e->weights[j] = largest == -INFINITY ? 0 : exp(e->weights[j] - largest);
            for (int64_t j = 0; j < f->sources; j++) {
                const int64_t source = row_at(f, head, f->sources, j);
                double arriving = 0;
                if (sum > 0) e->weights[j] /= sum;
                for (int64_t c = 0; c < vw; c++) {
                    e->out[row * vw + c] += e->weights[j] * element(type, v, source, vw, c);
                    e->to_v[source * vw + c] += e->weights[j] * element(type, u, row, vw, c);
                    arriving += element(type, u, row, vw, c) * element(type, v, source, vw, c);
                }
                mean += e->weights[j] * arriving;
            }
            for (int64_t j = 0; j < f->sources; j++) {
                const int64_t source = row_at(f, head, f->sources, j);
                double arriving = 0;
                for (int64_t c = 0; c < vw; c++) arriving += element(type, u, row, vw, c) * element(type, v, source, vw, c);
                const double to_score = e->weights[j] * (arriving - mean) * f->scale;
                for (int64_t c = 0; c < w; c++) {
                    e->to_q[row * w + c] += to_score * element(type, k, source, w, c);
                    e->to_k[source * w + c] += to_score * element(type, q, row, w, c);
                }
            }
        }
}

static void expect_all(int type, const char *what, const gradus_attention_form *f, int masked, int64_t n, int64_t parts, const void *x,
                       const double *want) {
    bool is_so = true;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t part = 0; part < parts; part++) sum += at(type, x, part * n + i);
        is_so &= close_to(type, sum, want[i], 1e-5, 1e-13);
    }
    expect(is_so, "%s, type %d: %lld heads, %lld abreast, %lld targets, %lld sources, %lld and %lld wide, %lld parts, causal %d, masked %d",
           what, type, (long long)f->heads, (long long)f->abreast, (long long)f->targets, (long long)f->sources,
           (long long)f->width, (long long)f->value_width, (long long)f->parts, f->is_causal, masked);
}

// `masked`: 0, not; 1, one mask for all; 2, a mask each head; 3, one row for all targets of a head.
static void check_abreast(int type, int64_t heads, int64_t abreast, int64_t targets, int64_t sources, int64_t width,
                          int64_t value_width, int64_t parts, bool causal, int masked) {
    static double all[5 << 16];
    int64_t mask_at[8], queries = heads * targets * width, keys = heads * sources * width;
    int64_t values = heads * sources * value_width, results = heads * targets * value_width, size = size_of(type);
    gradus_attention_form f = {.heads = heads, .abreast = abreast, .targets = targets, .sources = sources, .width = width, .value_width = value_width,
                               .parts = parts, .is_causal = causal, .scale = 1 / sqrt((double)width),
                               .mask_at = masked ? mask_at : NULL, .mask_row = masked == 3 ? 0 : sources, .mask_column = 1};
    for (int64_t h = 0; h < heads; h++) mask_at[h] = masked == 1 ? 0 : masked == 2 ? h * targets * sources : h * sources;
    const void *q = eighths(0, type, queries, 1), *k = eighths(1, type, keys, 2), *v = eighths(2, type, values, 3);
    const void *u = eighths(3, type, results, 4);
    const bool *mask = masked ? eighths(4, GRADUS_BOOL, heads * targets * sources, 5) : NULL;
    if (masked && masked < 3) memset((void *)mask, 0, (size_t)sources);  // the first target may attend to nothing

    memset(all, 0, sizeof all);
    expected e = {all, all + (1 << 16), all + (2 << 16), all + (3 << 16), all + (4 << 16)};
    define(type, &f, q, k, v, mask, u, &e);
    void *scratch = room(5, gradus_attention_scratch(type, &f) * size), *out = room(6, results * size);
    IN_SHARES(heads * parts, begin, end) gradus_attention(type, &f, q, k, v, mask, out, scratch, begin, end);
    expect_all(type, "attention", &f, masked, results, 1, out, e.out);
    void *to_q = room(7, queries * size), *to_k = room(8, parts * keys * size), *to_v = room(9, parts * values * size);
    scratch = room(5, gradus_attention_scratch(type, &f) * size);
    IN_SHARES(heads * parts, begin, end)
        gradus_attention_gradient(type, &f, q, k, v, mask, u, to_q, to_k, to_v, scratch, begin, end);
    expect_all(type, "its gradient in queries", &f, masked, queries, 1, to_q, e.to_q);
    expect_all(type, "its gradient in keys", &f, masked, keys, parts, to_k, e.to_k);
    expect_all(type, "its gradient in values", &f, masked, values, parts, to_v, e.to_v);
}

// Heads one behind another, and all of them abreast.
static void check_form(int type, int64_t heads, int64_t targets, int64_t sources, int64_t width, int64_t value_width, int64_t parts,
                       bool causal, int masked) {
    check_abreast(type, heads, 1, targets, sources, width, value_width, parts, causal, masked);
    if (heads > 1) check_abreast(type, heads, heads, targets, sources, width, value_width, parts, causal, masked);
}

void check_attention(void) {
    static const int64_t beside[] = {1, 2, 7, 12, 13, 33};
    enum { BESIDE = sizeof beside / sizeof beside[0] };
    for (int type = GRADUS_FLOAT32; type <= GRADUS_FLOAT64; type++) {
        for (int64_t size = 1; size <= 70; size++)
            for (int form = 0; form < 2; form++) {
                int64_t one = beside[size % BESIDE], other = beside[(size * 5 + 2) % BESIDE], third = beside[(size / 3) % BESIDE];
                int masked = (int)(size + form) % 4;
                check_form(type, 1 + size % 3, size, one, other, third, 1 + size % 2, form, masked);
                check_form(type, 1 + size % 2, other, size, third, one, 1, form, masked);
                check_form(type, 1, one, third, size, other, 1, form, masked);
                check_form(type, 2, one, other, third, size, 2, form, masked);
            }
        check_abreast(type, 6, 3, 50, 35, 5, 4, 1, true, 2);
        check_form(type, 2, 150, 150, 5, 4, 3, true, 0);
        check_form(type, 1, 97, 161, 3, 2, 2, true, 1);
        check_form(type, 1, 20, 2900, 2, 3, 1, false, 2);  // so many sources that twelve targets go together
    }
}
