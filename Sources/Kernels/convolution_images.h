// A convolution of float and its gradient in the input with images side by side in vectors: for planes so small and channels so few
// that to copy and place them takes longer than the products. A vector's worth of images is turned so that the same position of
// all lies side by side; then a position is as good as any other, and no plane too narrow. For windows that move by 1 and have no
// holes. Nothing is multiplied by padding: what a position does not meet is left out. Included by each path for float.

// Where this is faster than the other ways, as measured in some 970 runs of shapes. Images fill vectors, planes are small, channels
// few, and terms enough to make up for turning. Then the gradient in the input gains most; the convolution itself, where planes fill
// no vectors of their own; and that in the weights, where filters fill none, as there they lie side by side otherwise.
static bool image_pays(int face, const gradus_convolution *c) {
    enum { L = LANES_float };
    if (c->stride_y != 1 || c->stride_x != 1 || c->dilation_y != 1 || c->dilation_x != 1) return false;
    if (c->images * 8 < gradus_blocks(c->images, L) * L * 7 || c->kernel_height * c->kernel_width < 4) return false;
    if (c->channels > 640 || c->filters > 640 || c->channels * c->filters > 640) return false;
    bool filters = c->kernel_height == 3 && c->kernel_width == 3 && c->channels >= 16 && c->filters >= 16;  // Winograd's way
    int64_t rows = face == GRADUS_INPUT_GRADIENT ? c->height : c->out_height;
    int64_t columns = face == GRADUS_INPUT_GRADIENT ? c->width : c->out_width;
    if (rows > 1024 || columns > 1024) return false;
    int64_t positions = rows * columns;
    if (face == GRADUS_WEIGHT_GRADIENT)
        return !filters && 4 * c->filters <= 3 * gradus_blocks(c->filters, L) * L && positions >= 16 && positions <= 1024;
    if (filters && c->channels + c->filters >= 48) return false;
    if (positions > 800 || positions * gradus_most(c->channels, c->filters) > 10240) return false;
    return face == GRADUS_INPUT_GRADIENT || (c->filters < 32 && (c->channels > 1 || columns % L != 0));
}

// How results are cut: a block of images, a band of rows. In scratch: the source, the results of some filters, where terms lie.
typedef struct {
    gradus_piece_of_convolution piece;
    image_cut cut;
    int64_t terms, blocks, bands, rows_each;
    int64_t source_rows, source, results;
} image_plan;

// Numbers of a block that lie in the second cache beside each other, the source's and some filters' results.
enum { IMAGE_ROOM = 1 << 15 };

static image_plan image_planned(int face, const gradus_convolution *c) {
    enum { L = LANES_float };
    image_plan plan = {.piece = gradus_piece_number(face, c, 0)};
    const gradus_piece_of_convolution *p = &plan.piece;
    plan.cut = image_cut_of(p->filters, p->columns, SLICE);
    plan.terms = gradus_piece_terms(p);
    plan.blocks = gradus_blocks(p->images, L);
    int64_t line = L * (p->channels * p->width + plan.cut.rows_each * p->columns);
    int64_t rows = gradus_most(1, IMAGE_ROOM / line - (p->taps_y - 1));
    int64_t wanted = gradus_blocks(8, plan.blocks * p->groups);
    plan.rows_each = gradus_blocks(p->rows, gradus_least(p->rows, gradus_most(wanted, gradus_blocks(p->rows, rows))));
    plan.bands = gradus_blocks(p->rows, plan.rows_each);
    plan.source_rows = gradus_least(p->height, plan.rows_each + p->taps_y - 1);
    plan.source = p->channels * plan.source_rows * p->width * L;
    plan.results = plan.cut.rows_each * plan.rows_each * p->columns * L;
    return plan;
}

static int64_t image_packed_size(int face, const gradus_convolution *c) {
    (void)face;
    return c->groups * c->filters * c->channels * c->kernel_height * c->kernel_width;
}

static int64_t image_items(int face, const gradus_convolution *c) {
    image_plan plan = image_planned(face, c);
    return plan.blocks * c->groups * plan.bands;
}

static int64_t image_scratch(int face, const gradus_convolution *c) {
    image_plan plan = image_planned(face, c);
    return plan.source + plan.results + (int64_t)(sizeof(int64_t) / sizeof(float)) * (plan.terms + 1);
}

// Weights in the order in which tiles read them: [group, filters of a tile, row of taps, tap, channel, filter].
static void image_pack(int face, const gradus_convolution *c, const void *w_, void *packed_) {
    image_plan plan = image_planned(face, c);
    const gradus_piece_of_convolution *p = &plan.piece;
    float *packed = packed_;
    for (int64_t group = 0; group < p->groups; group++)
        for (int64_t f = 0; f < p->filters; f += plan.cut.rows_each)
            for (int64_t y = 0; y < p->taps_y; y++)
                for (int64_t x = 0; x < p->taps_x; x++) {
                    const float *w = (const float *)w_ + group * p->w_group + f * p->w_filter + p->w_first + y * p->w_y + x * p->w_x;
                    int64_t count = gradus_least(plan.cut.rows_each, p->filters - f);
                    for (int64_t channel = 0; channel < p->channels; channel++, w += p->w_channel)
                        for (int64_t i = 0; i < count; i++) *packed++ = w[i * p->w_filter];
                }
}

// What a tile's filters meet at one line of positions: the rows of taps that lie in the plane, `top` the first row that was turned.
typedef struct { int64_t y, first, last, top; } image_line;

// Positions [from, to) of a line, as many as a tile has at most. Where all meet the same columns of taps, these come first; of the
// others each by itself, for the positions that meet it.
INLINE void image_positions(const image_plan *plan, const image_line *line, const int64_t *offset, int64_t from, int64_t to, int64_t filters,
                            const float *w, const float *source, const float *start, float *out, int64_t row) {
    enum { L = LANES_float };
    const gradus_piece_of_convolution *p = &plan->piece;
    int64_t begin = gradus_most(0, -(from + p->from_x)), end = gradus_least(p->taps_x, p->width - (to - 1 + p->from_x));
    const float *lines = source + (line->y + p->from_y + line->first - line->top) * p->width * L;
    int64_t row_of_taps = p->taps_x * p->channels;
    w += line->first * row_of_taps * filters;
    if (begin < end && line->first < line->last) {
        image_terms terms = {line->last - line->first, (end - begin) * p->channels, row_of_taps, offset};
        if (terms.count == terms.apart) terms = (image_terms){1, terms.runs * terms.count, 0, offset};
        image_tiles[filters - 1][to - from - 1](&terms, w + begin * p->channels * filters, lines + (from + p->from_x + begin) * L,
                                                start, out, row);
    } else {
        image_terms none = {0, 0, 0, offset};
        image_tiles[filters - 1][to - from - 1](&none, w, source, start, out, row);
        begin = end = 0;
    }
    image_terms terms = {line->last - line->first, p->channels, row_of_taps, offset};
    for (int64_t tap = 0; tap < p->taps_x; tap++) {
        if (tap == begin && begin < end) tap = end;
        int64_t first = gradus_most(from, -(tap + p->from_x)), last = gradus_least(to, p->width - (tap + p->from_x));
        if (tap < p->taps_x && first < last && terms.runs > 0)
            image_tiles[filters - 1][last - first - 1](&terms, w + tap * p->channels * filters, lines + (first + p->from_x + tap) * L,
                                                       NULL, out + (first - from) * L, row);
    }
}

// Items [begin, end) of [blocks of images, groups, bands].
static void image_run(int face, const gradus_convolution *c, const void *x, const void *packed, const void *bias, void *out,
                      void *scratch, int64_t begin, int64_t end) {
    enum { L = LANES_float };
    static const float nothing[SLICE] = {0};
    image_plan plan = image_planned(face, c);
    const gradus_piece_of_convolution *p = &plan.piece;
    float *source = scratch, *results = source + plan.source;
    int64_t *offset = (int64_t *)(((uintptr_t)(results + plan.results) + sizeof *offset - 1) / sizeof *offset * sizeof *offset), *next = offset;
    int64_t plane = p->height * p->width, images_apart = p->groups * p->channels * plane;
    for (int64_t item = begin; item < end; item++) {
        int64_t row = item % plan.bands * plan.rows_each, rows = gradus_least(plan.rows_each, p->rows - row);
        int64_t group = item / plan.bands % p->groups, image = item / plan.bands / p->groups * L;
        int64_t images = gradus_least(L, p->images - image);
        int64_t top = gradus_most(0, row + p->from_y), bottom = gradus_least(p->height, row + rows - 1 + p->from_y + p->taps_y);
        int64_t channel_apart = gradus_most(0, bottom - top) * p->width * L;
        const float *from = (const float *)x + (image * p->groups + group) * p->channels * plane + top * p->width;
        for (int64_t channel = 0; top < bottom && channel < p->channels; channel++)
            turn_run_float(channel_apart / L, images, L, from + channel * plane, images_apart, source + channel * channel_apart);
        next = offset;
        for (int64_t tap_y = 0; tap_y < p->taps_y; tap_y++)
            for (int64_t tap_x = 0; tap_x < p->taps_x; tap_x++)
                for (int64_t channel = 0; channel < p->channels; channel++)
                    *next++ = channel * channel_apart + (tap_y * p->width + tap_x) * L;
        for (int64_t f = 0; f < p->filters; f += plan.cut.rows_each) {
            int64_t filters = gradus_least(plan.cut.rows_each, p->filters - f), count = rows * p->columns;
            const float *w = (const float *)packed + (group * p->filters + f) * plan.terms;
            const float *start = bias ? (const float *)bias + group * p->filters + f : nothing;
            for (int64_t y = 0; y < rows; y++) {
                image_line line = {row + y, gradus_most(0, -(row + y + p->from_y)),
                                   gradus_least(p->taps_y, p->height - (row + y + p->from_y)), top};
                for (int64_t at = 0; at < p->columns; at += plan.cut.columns_each)
                    image_positions(&plan, &line, offset, at, gradus_least(p->columns, at + plan.cut.columns_each), filters, w, source,
                                    start, results + (y * p->columns + at) * L, count * L);
            }
            float *to = (float *)out + (image * p->groups * p->filters + group * p->filters + f) * p->out_plane + row * p->columns;
            // Whole planes of neighbouring filters are one line.
            int64_t lines = plan.bands == 1 ? 1 : filters, length = filters * count / lines;
            for (int64_t i = 0; i < lines; i++)
                filters_one_by_one_float(images, length, results + i * count * L, L, p->groups * p->filters * p->out_plane,
                                         to + i * p->out_plane);
        }
    }
}
