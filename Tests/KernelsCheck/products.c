// Products of matrices, convolutions, pooling: against the definitions, on whole numbers, whose products and sums are exact in any
// order.
#include "check.h"

static const int floats[] = {GRADUS_FLOAT32, GRADUS_FLOAT64};

// MARK: - Products

// The whole numbers of a matrix, row by row. Emulators are much faster at these than at fractions.
static int32_t *plain(int slot, int type, const void *x, int64_t rows, int64_t columns, int64_t row, int64_t column) {
    int32_t *numbers = room(slot, rows * columns * 4);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) numbers[i * columns + j] = (int32_t)at(type, x, i * row + j * column);
    return numbers;
}

// What the sums start from: nothing, c itself, one row for all, another matrix.
enum { ZEROS, ITSELF, ONE_ROW, ANOTHER, STARTS };

// `ways`: bit 0, a lies transposed; bit 1, b does; bit 2, every other number of both.
static void check_product(int type, int64_t m, int64_t n, int64_t k, int ways, int from, bool packed) {
    int64_t apart = ways & 4 ? 2 : 1, row = n + ways % 3;  // rows of c have a gap that stays as it is
    int64_t row_a = (ways & 1 ? 1 : k) * apart, col_a = (ways & 1 ? m : 1) * apart;
    int64_t row_b = (ways & 2 ? 1 : n) * apart, col_b = (ways & 2 ? k : 1) * apart;
    int64_t count_c = m == 0 || n == 0 ? 0 : (m - 1) * row + n;
    const void *a = wholes(0, type, m * k == 0 ? 0 : (m * k - 1) * apart + 1, 1), *b = wholes(1, type, n * k == 0 ? 0 : (n * k - 1) * apart + 1, 2);
    void *c = wholes(2, type, count_c, 3);
    int64_t row_start = from == ONE_ROW ? 0 : from == ANOTHER ? n + 1 : row;
    const void *other = wholes(8, type, from == ONE_ROW ? n : from == ANOTHER && count_c > 0 ? (m - 1) * row_start + n : 0, 5);
    const void *start = from == ZEROS ? NULL : from == ITSELF ? c : other;
    if (packed) {
        int64_t panel = gradus_gemm_panel(type), panels = (n + panel - 1) / panel, middle = panels / 2 * panel;
        void *room_b = room(3, panels * panel * k * size_of(type));
        IN_SHARES(panels, begin, end) gradus_gemm_pack(type, n, k, b, row_b, col_b, room_b, begin, end);
        IN_SHARES(m, begin, end) {
            gradus_gemm_packed(type, k, a, row_a, col_a, room_b, start, row_start, c, row, begin, end, middle, n);
            gradus_gemm_packed(type, k, a, row_a, col_a, room_b, start, row_start, c, row, begin, end, 0, middle);
        }
    } else {
        IN_SHARES(m, begin, end)
            gradus_gemm(type, m, n, k, a, row_a, col_a, b, row_b, col_b, start, row_start, c, row, begin, end);
    }
    const void *before = wholes(4, type, count_c, 3);
    const int32_t *rows = plain(5, type, a, m, k, row_a, col_a), *columns = plain(6, type, b, k, n, row_b, col_b);
    bool is_so = true;
    for (int64_t i = 0; i * row < count_c; i++) {
        int32_t *sums = room(7, row * 4);
        int64_t width = i == m - 1 ? n : row;  // with the gap
        for (int64_t j = 0; j < width; j++)
            sums[j] = from == ITSELF || j >= n ? (int32_t)at(type, before, i * row + j)
                      : from == ZEROS        ? 0
                                             : (int32_t)at(type, other, i * row_start + j);
        for (int64_t p = 0; p < k; p++)
            for (int64_t j = 0; j < n; j++) sums[j] += rows[i * k + p] * columns[p * n + j];
        for (int64_t j = 0; j < width; j++) is_so &= at(type, c, i * row + j) == sums[j];
    }
    expect(is_so, "product %lld by %lld by %lld, type %d, ways %d, from %d, packed %d", (long long)m, (long long)n, (long long)k, type, ways,
           from, packed);
}

void check_products(void) {
    static const int64_t borders[][3] = {{3, 64, 4}, {5, 65, 383}, {6, 5, 384}, {6, 35, 385}, {2, 33, 769}, {300, 1, 33}, {97, 34, 5},
                                         {47, 3, 2}, {49, 17, 385}, {96, 8, 384}, {95, 9, 3}, {257, 1, 385},
                                         {97, 129, 17}, {100, 257, 5}, {265, 35, 258}, {133, 33, 513}, {96, 259, 2}};
    static const int64_t beside[] = {1, 2, 7, 8, 9, 11, 12, 13, 16, 17, 33};
    enum { BESIDE = sizeof beside / sizeof beside[0] };
    for (int f = 0; f < 2; f++)
        for (int ways = 0; ways < 8; ways++) {
            for (int64_t size = 0; size <= 70; size++)
                for (int packed = 0; packed < 2; packed++) {
                    int64_t one = beside[size % BESIDE], other = beside[(size * 3 + ways) % BESIDE];
                    check_product(floats[f], size, one, other, ways, size % STARTS, packed);
                    check_product(floats[f], one, size, other, ways, (size / 2 + ways) % STARTS, packed);
                    if (size > 0 || !packed) check_product(floats[f], one, other, size, ways, (size / 4 + packed) % STARTS, packed);
                }
            for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++)
                for (int packed = 0; packed < 2; packed++)
                    check_product(floats[f], borders[i][0], borders[i][1], borders[i][2], ways, (int)(i + (size_t)ways) % STARTS, packed);
        }
}

// MARK: - Convolutions

// Adds what the definition gives to the results y, to the gradients dx in the input and dw in the weights.
static void define(int type, const gradus_convolution *c, const void *x, const void *w, const void *u, void *y, void *dx, void *dw) {
    for (int64_t image = 0; image < c->images; image++)
        for (int64_t filter = 0; filter < c->groups * c->filters; filter++)
            for (int64_t channel = 0; channel < c->channels; channel++)
                for (int64_t i = 0; i < c->kernel_height; i++)
                    for (int64_t j = 0; j < c->kernel_width; j++)
                        for (int64_t row = 0; row < c->out_height; row++)
                            for (int64_t column = 0; column < c->out_width; column++) {
                                int64_t top = row * c->stride_y + i * c->dilation_y - c->padding_y;
                                int64_t left = column * c->stride_x + j * c->dilation_x - c->padding_x;
                                if (top < 0 || top >= c->height || left < 0 || left >= c->width) continue;
                                int64_t plane = (image * c->groups + filter / c->filters) * c->channels + channel;
                                int64_t from = (plane * c->height + top) * c->width + left;
                                int64_t weight = ((filter * c->channels + channel) * c->kernel_height + i) * c->kernel_width + j;
                                int64_t to = ((image * c->groups * c->filters + filter) * c->out_height + row) * c->out_width + column;
                                set(type, y, to, at(type, y, to) + at(type, x, from) * at(type, w, weight));
                                set(type, dx, from, at(type, dx, from) + at(type, u, to) * at(type, w, weight));
                                set(type, dw, weight, at(type, dw, weight) + at(type, u, to) * at(type, x, from));
                            }
}

static void *zeros(int slot, int type, int64_t n) { return memset(room(slot, n * size_of(type)), 0, (size_t)(n * size_of(type))); }

static void expect_equal(int type, int64_t n, const void *got, const void *want, int64_t planes, const void *bias, const char *what,
                         const gradus_convolution *c) {
    int64_t plane = planes > 0 ? n / (planes * c->images) : 1;
    bool is_so = true;
    for (int64_t i = 0; i < n; i++)
        is_so &= at(type, got, i) == at(type, want, i) + (bias != NULL ? at(type, bias, i / most(plane, 1) % planes) : 0);
    expect(is_so, "%s, type %d: %lld images, %lld groups of %lld to %lld channels, %lld by %lld, kernel %lld by %lld, stride %lld by %lld",
           what, type, (long long)c->images, (long long)c->groups, (long long)c->channels, (long long)c->filters, (long long)c->height,
           (long long)c->width, (long long)c->kernel_height, (long long)c->kernel_width, (long long)c->stride_y, (long long)c->stride_x);
}

static bool is_square(const gradus_convolution *c) {
    return c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y * c->stride_x * c->dilation_y * c->dilation_x == 1;
}

// Slots: 0 x, 1 w, 2 u, 3 to 5 what is expected, 6 packed, 7 scratch, 8 results, 9 bias, 10 partial sums.
static void check_face(int type, int face, const gradus_convolution *c, const void *from, const void *w, const void *want, int64_t count) {
    int64_t planes = c->groups * (face == GRADUS_FORWARD ? c->filters : c->channels);
    void *packed = room(6, gradus_convolution_packed(type, face, c) * size_of(type));
    void *scratch = room(7, gradus_convolution_scratch(type, face, c) * size_of(type));
    const void *bias = wholes(9, type, planes, 4);
    IN_SHARES(gradus_convolution_slices(type, face, c), begin, end) gradus_convolution_pack(type, face, c, w, packed, begin, end);
    for (int biased = 0; biased < 2; biased++) {
        void *out = room(8, count * size_of(type));
        IN_SHARES(gradus_convolution_items(type, face, c), begin, end)
            gradus_convolution_run(type, face, c, from, packed, biased ? bias : NULL, out, scratch, begin, end);
        expect_equal(type, count, out, want, planes, biased ? bias : NULL, face == GRADUS_FORWARD ? "convolution" : "its gradient", c);
    }
    if (type != GRADUS_FLOAT32 || !is_square(c)) {
        expect(!gradus_winograd_pays(type, c), "Winograd's way where there is none");
        return;
    }
    packed = room(6, gradus_winograd_packed(face, c) * 4);
    scratch = room(7, gradus_winograd_scratch(face, c) * 4);
    bool packs_input = gradus_winograd_packs_input(face, c);
    IN_SHARES(gradus_winograd_slices(face, c), begin, end)
        gradus_winograd_pack(face, c, packs_input ? from : w, packed, scratch, begin, end);
    for (int biased = 0; biased < 2; biased++) {
        void *out = room(8, count * 4);
        IN_SHARES(gradus_winograd_items(face, c), begin, end)
            gradus_winograd_run(face, c, packs_input ? w : from, packed, biased ? bias : NULL, out, scratch, begin, end);
        expect_equal(type, count, out, want, planes, biased ? bias : NULL, face == GRADUS_FORWARD ? "Winograd" : "its gradient", c);
    }
}

enum { PLAIN, FILTERED, DEPTHWISE, IMAGEWISE };  // ways

static void check_weights(int type, const gradus_convolution *c, const void *x, const void *u, const void *want, int64_t weights, int way) {
    gradus_weight_gradient_sizes sizes = way == FILTERED    ? gradus_winograd_weight_sizes(c)
                                         : way == DEPTHWISE ? gradus_depthwise_weight_sizes(type, c)
                                         : way == IMAGEWISE ? gradus_imagewise_weight_sizes(c)
                                                            : gradus_convolution_weight_sizes(type, c);
    void *partial = room(10, sizes.splits * weights * size_of(type));
    void *scratch = room(7, sizes.scratch * size_of(type)), *out = room(8, weights * size_of(type));
    IN_SHARES(sizes.items, begin, end) {
        if (way == FILTERED) gradus_winograd_weight_gradient(c, x, u, partial, scratch, begin, end);
        else if (way == DEPTHWISE) gradus_depthwise_weight_gradient(type, c, x, u, partial, scratch, begin, end);
        else if (way == IMAGEWISE) gradus_imagewise_weight_gradient(c, x, u, partial, scratch, begin, end);
        else gradus_convolution_weight_gradient(type, c, x, u, partial, scratch, begin, end);
    }
    IN_SHARES(weights, begin, end) gradus_convolution_sum_splits(type, sizes.splits, weights, partial, out, begin, end);
    static const char *const names[] = {"gradient in the weights", "the same by Winograd", "the same, depthwise", "the same, images side by side"};
    expect_equal(type, weights, out, want, 0, NULL, names[way], c);
}

// Images side by side, wherever windows move by 1, whether it pays or not.
static void check_images(int face, const gradus_convolution *c, const void *from, const void *w, const void *want, int64_t count) {
    int64_t planes = c->groups * (face == GRADUS_FORWARD ? c->filters : c->channels);
    void *packed = room(6, gradus_imagewise_packed(face, c) * 4), *scratch = room(7, gradus_imagewise_scratch(face, c) * 4);
    const void *bias = wholes(9, GRADUS_FLOAT32, planes, 4);
    gradus_imagewise_pack(face, c, w, packed);
    for (int biased = 0; biased < 2; biased++) {
        void *out = room(8, count * 4);
        IN_SHARES(gradus_imagewise_items(face, c), begin, end)
            gradus_imagewise_run(face, c, from, packed, biased ? bias : NULL, out, scratch, begin, end);
        expect_equal(GRADUS_FLOAT32, count, out, want, planes, biased ? bias : NULL,
                     face == GRADUS_FORWARD ? "images side by side" : "its gradient, images side by side", c);
    }
}

static void check_convolution(int type, const gradus_convolution *c) {
    int64_t inputs = c->images * c->groups * c->channels * c->height * c->width;
    int64_t outputs = c->images * c->groups * c->filters * c->out_height * c->out_width;
    int64_t weights = c->groups * c->filters * c->channels * c->kernel_height * c->kernel_width, size = size_of(type);
    const void *x = wholes(0, type, inputs, 1), *w = wholes(1, type, weights, 2), *u = wholes(2, type, outputs, 3);
    void *y = zeros(3, type, outputs), *dx = zeros(4, type, inputs), *dw = zeros(5, type, weights);
    define(type, c, x, w, u, y, dx, dw);
    check_face(type, GRADUS_FORWARD, c, x, w, y, outputs);
    check_face(type, GRADUS_INPUT_GRADIENT, c, u, w, dx, inputs);

    void *scratch = room(7, gradus_convolution_spread_scratch(type, c) * size), *out = room(8, inputs * size);
    const void *bias = wholes(9, type, c->groups * c->channels, 4);
    for (int biased = 0; biased < 2; biased++) {
        IN_SHARES(c->images * c->groups, begin, end)
            gradus_convolution_spread(type, c, u, w, biased ? bias : NULL, out, scratch, begin, end);
        expect_equal(type, inputs, out, dx, c->groups * c->channels, biased ? bias : NULL, "gradient by spreading", c);
    }
    check_weights(type, c, x, u, dw, weights, PLAIN);
    if (type == GRADUS_FLOAT32 && is_square(c)) check_weights(type, c, x, u, dw, weights, FILTERED);
    if (type == GRADUS_FLOAT32 && c->stride_y * c->stride_x * c->dilation_y * c->dilation_x == 1) {
        check_images(GRADUS_FORWARD, c, x, w, y, outputs);
        check_images(GRADUS_INPUT_GRADIENT, c, u, w, dx, inputs);
        check_weights(type, c, x, u, dw, weights, IMAGEWISE);
    } else {
        for (int face = GRADUS_FORWARD; face <= GRADUS_WEIGHT_GRADIENT; face++)
            expect(!gradus_imagewise_pays(type, face, c), "images side by side where they may not be");
    }
    if (!gradus_depthwise_pays(type, c)) return;
    check_weights(type, c, x, u, dw, weights, DEPTHWISE);
    for (int face = GRADUS_FORWARD; face <= GRADUS_INPUT_GRADIENT; face++)
        for (int biased = 0; biased < 2; biased++) {
            bool forward = face == GRADUS_FORWARD;
            int64_t count = forward ? outputs : inputs, planes = c->groups * (forward ? c->filters : c->channels);
            bias = wholes(9, type, planes, 4);
            scratch = room(7, gradus_depthwise_scratch(type, face, c) * size), out = room(8, count * size);
            IN_SHARES(gradus_depthwise_items(type, face, c), begin, end)
                gradus_depthwise_run(type, face, c, forward ? x : u, w, biased ? bias : NULL, out, scratch, begin, end);
            expect_equal(type, count, out, forward ? y : dx, planes, biased ? bias : NULL, forward ? "depthwise" : "its gradient, depthwise", c);
        }
}

void check_convolutions(void) {
    // Images, groups, channels, filters, height, width, kernel, stride, padding, dilation.
    static const int64_t forms[][14] = {
        {3, 2, 3, 5, 7, 6, 3, 2, 2, 3, 1, 2, 1, 1}, {2, 1, 14, 3, 9, 8, 3, 3, 2, 2, 1, 1, 2, 1}, {1, 3, 13, 2, 6, 7, 2, 2, 3, 1, 0, 0, 1, 3},
        {5, 1, 1, 1, 1, 1, 1, 1, 4, 4, 0, 0, 1, 1}, {9, 1, 3, 2, 7, 7, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 1, 43, 2, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1},
        {2, 2, 3, 4, 6, 11, 3, 3, 1, 1, 0, 2, 1, 1}, {1, 1, 2, 1, 15, 33, 3, 3, 1, 1, 2, 0, 1, 1}, {1, 1, 386, 2, 2, 3, 3, 3, 1, 1, 1, 1, 1, 1},
        {1, 1, 1, 99, 5, 8, 2, 2, 1, 1, 0, 0, 1, 1}, {1, 1, 1, 2, 2, 1030, 1, 5, 1, 1, 0, 0, 1, 1}, {1, 1, 2, 2, 20, 27, 3, 3, 1, 1, 1, 1, 1, 1},
        {2, 1, 20, 18, 8, 9, 3, 3, 1, 1, 1, 1, 1, 1}, {2, 7, 1, 1, 9, 9, 3, 3, 1, 1, 1, 1, 1, 1}, {2, 1, 24, 25, 4, 5, 1, 1, 1, 1, 0, 0, 1, 1},
        // One channel a group: narrow and wide, several bands, strides with and without taps for every remainder, dilation.
        {2, 3, 1, 1, 130, 40, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 2, 1, 3, 21, 150, 5, 5, 2, 2, 2, 2, 1, 1}, {3, 5, 1, 2, 7, 7, 3, 3, 2, 2, 1, 1, 1, 1},
        {2, 4, 1, 1, 9, 16, 1, 1, 2, 2, 0, 0, 1, 1}, {1, 3, 1, 2, 12, 13, 3, 2, 3, 4, 2, 1, 2, 3}, {2, 2, 1, 1, 11, 20, 2, 3, 2, 1, 3, 4, 1, 2},
        {2, 18, 1, 1, 6, 33, 7, 7, 1, 2, 3, 3, 1, 1}, {20, 1, 1, 6, 10, 11, 5, 5, 1, 1, 2, 2, 1, 1}, {1, 2, 1, 1, 3, 700, 3, 3, 2, 2, 1, 1, 1, 1},
        // Terms in two blocks: read where they lie, a stride apart, gathered from narrow planes; few filters.
        {2, 1, 24, 9, 5, 23, 3, 3, 1, 1, 0, 0, 1, 1}, {2, 1, 25, 22, 9, 11, 3, 3, 2, 2, 1, 1, 1, 1}, {9, 1, 23, 70, 3, 3, 3, 3, 1, 1, 1, 1, 1, 1},
        {1, 2, 30, 1, 11, 40, 3, 3, 1, 1, 1, 1, 1, 1}, {3, 1, 5, 2, 12, 13, 5, 5, 1, 1, 2, 2, 1, 1}, {70, 1, 3, 2, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},
        // Images side by side: vectors of them and some more, more padding than the kernel is large, few and many positions to a tile,
        // planes in bands, kernels as large as planes and larger.
        {33, 1, 3, 9, 7, 11, 3, 5, 1, 1, 4, 5, 1, 1}, {16, 2, 5, 7, 6, 5, 2, 4, 1, 1, 1, 2, 1, 1}, {19, 1, 6, 16, 9, 10, 5, 5, 1, 1, 0, 0, 1, 1},
        {17, 1, 2, 3, 5, 4, 5, 4, 1, 1, 0, 0, 1, 1}, {9, 1, 4, 10, 3, 2, 5, 6, 1, 1, 2, 3, 1, 1}, {8, 1, 9, 4, 40, 21, 3, 3, 1, 1, 1, 1, 1, 1},
        {2, 1, 1, 13, 3, 17, 3, 9, 1, 1, 2, 1, 1, 1}, {3, 1, 12, 1, 1, 30, 1, 7, 1, 1, 0, 3, 1, 1},
        {2, 1, 3, 2, 2, 2, 1, 1, 2, 2, 0, 0, 1, 1},  // inputs that no tap meets, one to a row
        // Squares in several regions, of rows and of columns; more channels than one sum of products holds.
        {1, 1, 17, 35, 25, 34, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 1, 16, 2, 3, 530, 3, 3, 1, 1, 1, 1, 1, 1}, {2, 1, 390, 3, 3, 5, 3, 3, 1, 1, 1, 1, 1, 1},
        // Fewer squares than filters: channels and filters in several blocks, groups, several regions.
        {3, 1, 66, 70, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1}, {1, 2, 18, 40, 5, 4, 3, 3, 1, 1, 0, 2, 1, 1}, {3, 1, 17, 150, 9, 17, 3, 3, 1, 1, 1, 1, 1, 1},
    };
    for (int f = 0; f < 2; f++) {
        for (int64_t n = 1; n <= 70; n++) {  // every width; every number of channels and of filters
            gradus_convolution wide = {1, 1, 2, 3, n, 3, 4, n, 2, 1, 1, 1, 1, 0, 1, 1};
            gradus_convolution deep = {2, 1, n, 2, 3, 71 - n, 2, 3, 3, 3, 1, 1, 1, 1, 1, 1};
            gradus_convolution each = {2, 2, 1, 5, n, 2, 3, (n + 1) / 2, 3, 3, 2, 2, 1, 1, 1, 1};
            check_convolution(floats[f], &each);
            check_convolution(floats[f], &wide);
            check_convolution(floats[f], &deep);
        }
        for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
            const int64_t *s = forms[i];
            gradus_convolution c = {.images = s[0], .groups = s[1], .channels = s[2], .filters = s[3], .height = s[4], .width = s[5],
                                    .kernel_height = s[6], .kernel_width = s[7], .stride_y = s[8], .stride_x = s[9],
                                    .padding_y = s[10], .padding_x = s[11], .dilation_y = s[12], .dilation_x = s[13]};
            c.out_height = (c.height + 2 * c.padding_y - c.dilation_y * (c.kernel_height - 1) - 1) / c.stride_y + 1;
            c.out_width = (c.width + 2 * c.padding_x - c.dilation_x * (c.kernel_width - 1) - 1) / c.stride_x + 1;
            check_convolution(floats[f], &c);
        }
    }
    // Whole squares and half ones: planes of every height and width, of larger ones a fifth; channels and filters about the ends of
    // vectors.
    static const int64_t about[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33};
    enum { ABOUT = sizeof about / sizeof about[0] };
    for (int64_t height = 1; height <= 20; height++)
        for (int64_t width = 1; width <= 20; width++) {
            if ((height > 8 || width > 8) && (height + 2 * width) % 5) continue;
            int64_t number = 20 * height + width, y = height < 3 ? 1 : number % 3, x = width < 3 ? 1 : height % 3;
            int64_t out_height = height + 2 * y - 2, out_width = width + 2 * x - 2;
            gradus_convolution c = {1 + number % 3, 1, about[number % ABOUT], height, width, about[number / 3 % ABOUT],
                                    out_height, out_width, 3, 3, 1, 1, y, x, 1, 1};
            check_convolution(GRADUS_FLOAT32, &c);
        }
    gradus_convolution deep = {1, 1, 16, 4, 4, 16, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1}, few = deep;
    few.filters = 15;
    expect(gradus_winograd_pays(GRADUS_FLOAT32, &deep) && !gradus_winograd_pays(GRADUS_FLOAT64, &deep), "where Winograd pays");
    expect(!gradus_winograd_pays(GRADUS_FLOAT32, &few), "where Winograd does not pay");
}

// MARK: - Pooling

enum { MOST_WINDOWS = 72 };

// Windows along one axis: `kernel` wide, a stride apart, clipped by padding. How many there are.
static int64_t windows(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t *starts, int64_t *ends, double *divisors) {
    int64_t count = 0;
    for (int64_t start = -padding; start + kernel <= size + padding && count < MOST_WINDOWS; start += stride, count++) {
        starts[count] = most(start, 0), ends[count] = least(start + kernel, size);
        divisors[count] = (double)(ends[count] - starts[count]);
    }
    return count;
}

static void check_pooling_of(int type, int64_t height, int64_t width, int64_t kernel, int64_t stride, int64_t padding, bool has_nan) {
    enum { PLANES = 2 };
    // At the end of a page, like what they lead to.
    int64_t *rows = places(0, 4 * MOST_WINDOWS);
    double *divisors = room(1, 2 * MOST_WINDOWS * 8), *across = divisors + MOST_WINDOWS;
    gradus_windows w = {height, width, 0, 0, rows, rows + MOST_WINDOWS, rows + 2 * MOST_WINDOWS, rows + 3 * MOST_WINDOWS};
    w.out_height = windows(height, kernel, stride, padding, rows, rows + MOST_WINDOWS, divisors);
    w.out_width = windows(width, kernel, stride, padding, rows + 2 * MOST_WINDOWS, rows + 3 * MOST_WINDOWS, across);
    int64_t plane = height * width, count = PLANES * w.out_height * w.out_width;
    if (count == 0) return;
    void *x = eighths(2, type, PLANES * plane, 1), *largest = room(3, count * size_of(type)), *unplaced = room(4, count * size_of(type));
    int64_t *indices = places(5, count);
    void *average = room(6, count * size_of(type)), *adjoint = room(7, PLANES * plane * size_of(type));
    for (int64_t i = 3; i < PLANES * plane && has_nan; i += 11) set(type, x, i, NAN);
    IN_SHARES(PLANES * w.out_height, begin, end) {
        gradus_pool_max(type, &w, x, largest, indices, begin, end);
        gradus_pool_max(type, &w, x, unplaced, NULL, begin, end);
        gradus_pool_average(type, &w, divisors, across, x, average, begin, end);
    }
    bool is_so = true;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = i / w.out_width % w.out_height, column = i % w.out_width, from = i / w.out_width / w.out_height * plane, best = -1;
        double sum = 0;
        for (int64_t r = w.row_starts[row]; r < w.row_ends[row]; r++)
            for (int64_t c = w.column_starts[column]; c < w.column_ends[column]; c++) {
                double v = at(type, x, from + r * width + c), b = best < 0 ? -INFINITY : at(type, x, from + best);
                if (best < 0 || (!isnan(b) && (isnan(v) || v > b))) best = r * width + c;
                sum += v;
            }
        double want = at(type, x, from + best);
        is_so &= indices[i] == best && near(type, at(type, largest, i), want, 0) && near(type, at(type, unplaced, i), want, 0);
        is_so &= near(type, at(type, average, i), sum / (divisors[row] * across[column]), 0.5) || sum == 0;
    }
    expect(is_so, "pooling %lld by %lld, kernel %lld, stride %lld, padding %lld, type %d, NaN %d", (long long)height, (long long)width,
           (long long)kernel, (long long)stride, (long long)padding, type, has_nan);
    same(type, count, largest, true);
    same(type, count, average, true);
    if (has_nan) return;

    // The windows in which each row and column of the plane lies.
    int64_t *in = places(8, 4 * 140);
    for (int64_t axis = 0; axis < 2; axis++) {
        int64_t size = axis ? width : height, windows_there = axis ? w.out_width : w.out_height;
        const int64_t *starts = axis ? w.column_starts : w.row_starts, *ends = axis ? w.column_ends : w.row_ends;
        for (int64_t i = 0; i < size; i++) {
            int64_t first = 0, last = 0;
            while (first < windows_there && ends[first] <= i) first++;
            for (last = first; last < windows_there && starts[last] <= i;) last++;
            in[axis * 280 + i] = first, in[axis * 280 + 140 + i] = last;
        }
    }
    gradus_windows back = {w.out_height, w.out_width, height, width, in, in + 140, in + 280, in + 420};
    const void *u = eighths(9, type, count, 2);
    IN_SHARES(PLANES * height, begin, end) gradus_pool_average_adjoint(type, &back, divisors, across, u, adjoint, begin, end);
    double *want = room(10, PLANES * plane * 8);
    for (int64_t i = 0; i < PLANES * plane; i++) want[i] = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = i / w.out_width % w.out_height, column = i % w.out_width, from = i / w.out_width / w.out_height * plane;
        for (int64_t r = w.row_starts[row]; r < w.row_ends[row]; r++)
            for (int64_t c = w.column_starts[column]; c < w.column_ends[column]; c++)
                want[from + r * width + c] += at(type, u, i) / (divisors[row] * across[column]);
    }
    for (int64_t i = 0; i < PLANES * plane; i++)
        expect(close_to(type, at(type, adjoint, i), want[i], 2e-7, 1e-15), "adjoint of pooling, type %d", type);

    // Eighths, whose sums are exact.
    const int64_t each = count / PLANES;
    bool are_inside = true;
    IN_SHARES(PLANES, begin, end) are_inside &= gradus_plane_scatter_add(type, plane, each, indices, u, adjoint, begin, end);
    for (int64_t i = 0; i < PLANES * plane; i++) want[i] = 0;
    for (int64_t i = 0; i < count; i++) want[i / each * plane + indices[i]] += at(type, u, i);
    for (int64_t i = 0; i < PLANES * plane; i++) are_inside &= near(type, at(type, adjoint, i), want[i], 0);
    expect(are_inside, "numbers added to planes, type %d", type);
    same(type, PLANES * plane, adjoint, true);
    for (int64_t place = -1; place <= plane; place += plane + 1) {
        indices[0] = place;
        expect(!gradus_plane_scatter_add(type, plane, each, indices, u, adjoint, 0, PLANES), "place %lld outside", (long long)place);
    }
}

void check_pooling(void) {
    for (int f = 0; f < 2; f++)
        for (int has_nan = 0; has_nan < 2; has_nan++)
            for (int64_t n = 1; n <= 70; n++) {
                check_pooling_of(floats[f], 4, n, 2, 2, 0, has_nan);
                check_pooling_of(floats[f], n, 5, 3, 2, 1, has_nan);
                check_pooling_of(floats[f], 5, n, 3, 1, 1, has_nan);
                check_pooling_of(floats[f], 3, n, 1, 3, 0, has_nan);
                check_pooling_of(floats[f], 6, 2 * n, 5, 3, 2, has_nan);
            }
}
