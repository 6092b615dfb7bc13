// The gradient of a convolution of float in its weights with images side by side in vectors: a lane's sum is that of its own images, and
// lanes are added up at the end. Planes are turned with the padding beside their lines; of lines of padding nothing is read.
// Included by each path for float.

typedef struct {
    gradus_piece_of_convolution piece;
    image_cut cut;  // of filters by the taps of a row
    int64_t terms, blocks, bands, rows_each, splits, filters_each, filter_blocks;
    int64_t wide, source_rows, source, upstream, sums;
} image_weight_plan;

// Upstream numbers of a tile's filters in a band, which stay in the first cache while all taps pass by.
enum { IMAGE_BAND = 1 << 13 };

static image_weight_plan image_weights_planned(const gradus_convolution *c) {
    enum { L = LANES_float };
    image_weight_plan plan = {.piece = gradus_forward_piece(c)};
    const gradus_piece_of_convolution *p = &plan.piece;
    plan.cut = image_cut_of(p->filters, p->taps_x, 4);
    plan.terms = gradus_piece_terms(p);
    plan.blocks = gradus_blocks(p->images, L);
    int64_t rows = gradus_most(1, IMAGE_BAND / (plan.cut.rows_each * p->columns * L));
    plan.rows_each = gradus_blocks(p->rows, gradus_blocks(p->rows, rows));
    plan.bands = gradus_blocks(p->rows, plan.rows_each);
    plan.splits = gradus_least(gradus_least(plan.blocks * plan.bands, 16), gradus_most(1, (1 << 20) / (p->groups * p->filters * plan.terms)));
    int64_t tiles = gradus_blocks(p->filters, plan.cut.rows_each);
    plan.filters_each = gradus_blocks(tiles, gradus_blocks(8, plan.splits * p->groups)) * plan.cut.rows_each;
    plan.filter_blocks = gradus_blocks(p->filters, plan.filters_each);
    plan.wide = p->columns + p->taps_x - 1;
    plan.source_rows = gradus_least(p->height, plan.rows_each + p->taps_y - 1);
    plan.source = p->channels * plan.source_rows * plan.wide * L;
    plan.upstream = plan.filters_each * plan.rows_each * p->columns * L;
    plan.sums = gradus_blocks(plan.filters_each * plan.terms, L) * L * L;
    return plan;
}

static void image_weight_sizes(const gradus_convolution *c, int64_t *splits, int64_t *items, int64_t *scratch) {
    image_weight_plan plan = image_weights_planned(c);
    *splits = plan.splits;
    *items = plan.splits * c->groups * plan.filter_blocks;
    *scratch = plan.source + plan.upstream + plan.sums;
}

// Rows [top, bottom) of all channels, [channel, row, column], with the padding at both ends of each. x is the block's first channel.
static void turn_source(const image_weight_plan *plan, int64_t images, int64_t top, int64_t bottom, const float *x, float *out) {
    enum { L = LANES_float };
    const gradus_piece_of_convolution *p = &plan->piece;
    int64_t stride = p->groups * p->channels * p->height * p->width, from, to;
    inside_float(p->from_x, 1, p->width, plan->wide, &from, &to);
    bool is_whole = plan->wide == p->width && from == 0 && to == p->width;
    for (int64_t channel = 0; channel < p->channels; channel++, x += p->height * p->width) {
        if (is_whole) {
            turn_run_float((bottom - top) * p->width, images, L, x + top * p->width, stride, out);
            out += (bottom - top) * p->width * L;
            continue;
        }
        for (int64_t y = top; y < bottom; y++, out += plan->wide * L) {
            for (int64_t i = 0; i < from; i++) store_float(out + i * L, (vector_float){0});
            if (from < to) turn_run_float(to - from, images, L, x + y * p->width + p->from_x + from, stride, out + from * L);
            for (int64_t i = gradus_most(from, to); i < plan->wide; i++) store_float(out + i * L, (vector_float){0});
        }
    }
}

// Rows [row, row + rows) of the upstream gradient of `filters` filters, [tile, row, column, filter of the tile]; zeros for images
// that are not there. u is the block's first plane.
static void turn_upstream(const image_weight_plan *plan, int64_t images, int64_t row, int64_t rows, int64_t filters, const float *u,
                          float *out) {
    enum { L = LANES_float };
    const gradus_piece_of_convolution *p = &plan->piece;
    int64_t stride = p->groups * p->filters * p->out_plane, count = rows * p->columns;
    for (int64_t f = 0; f < filters; f += plan->cut.rows_each) {
        int64_t some = gradus_least(plan->cut.rows_each, filters - f);
        for (int64_t i = 0; i < some; i++)
            turn_run_float(count, images, some * L, u + (f + i) * p->out_plane + row * p->columns, stride, out + (f * count + i) * L);
    }
    if (images == L) return;
    for (int64_t n = 0; n < filters * count; n++)
        for (int64_t lane = images; lane < L; lane++) out[n * L + lane] = 0;
}

// Adds what one band of a block of images gives to the sums, [filter, channel, row of taps, tap].
static void add_image_band(const image_weight_plan *plan, int64_t row, int64_t rows, int64_t top, int64_t bottom, int64_t filters,
                           const float *source, const float *upstream, float *sums) {
    enum { L = LANES_float };
    const gradus_piece_of_convolution *p = &plan->piece;
    for (int64_t f = 0; f < filters; f += plan->cut.rows_each) {
        int64_t some = gradus_least(plan->cut.rows_each, filters - f);
        image_lines lines = {0, p->columns, some * L, p->columns * some * L, plan->wide * L};
        const float *u = upstream + f * rows * p->columns * L;
        for (int64_t channel = 0; channel < p->channels; channel++)
            for (int64_t y = 0; y < p->taps_y; y++) {
                // The band's lines whose row of the plane is there.
                int64_t first = gradus_most(row, -(y + p->from_y)), last = gradus_least(row + rows, p->height - (y + p->from_y));
                if (first >= last) continue;
                lines.lines = last - first;
                const float *x = source + (channel * (bottom - top) + first + y + p->from_y - top) * plan->wide * L;
                float *to = sums + (f * plan->terms + (channel * p->taps_y + y) * p->taps_x) * L;
                for (int64_t tap = 0; tap < p->taps_x; tap += plan->cut.columns_each)
                    image_weight_tiles[some - 1][gradus_least(plan->cut.columns_each, p->taps_x - tap) - 1](
                        &lines, u + (first - row) * lines.line_u, x + tap * L, to + tap * L, plan->terms * L);
            }
    }
}

// out[i] = the sum of vector i's lanes, for `count` vectors, behind which a vector's worth may be read.
static void add_lanes_up(int64_t count, const float *sums, float *out) {
    enum { L = LANES_float };
    float turned[L * L], some[L];
    for (int64_t i = 0; i < count; i += L, sums += L * L) {
        const float *line[L];
        for (int lane = 0; lane < L; lane++) line[lane] = sums + lane * L;
        for (int lane = 0; lane < L; lane += SIDE) turn_float(line, lane, L, L, turned + lane * L);
        for (int half = L / 2; half > 0; half /= 2)
            for (int lane = 0; lane < half; lane++)
                store_float(turned + lane * L, load_float(turned + lane * L) + load_float(turned + (lane + half) * L));
        store_float(some, load_float(turned));
        for (int64_t n = 0; n < gradus_least(L, count - i); n++) out[i + n] = some[n];
    }
}

// Items [begin, end) of [splits, groups, blocks of filters].
static void image_weight_gradient(const gradus_convolution *c, const void *x_, const void *upstream_, void *partial, void *scratch,
                                  int64_t begin, int64_t end) {
    enum { L = LANES_float };
    image_weight_plan plan = image_weights_planned(c);
    const gradus_piece_of_convolution *p = &plan.piece;
    float *source = scratch, *upstream = source + plan.source, *sums = upstream + plan.upstream;
    int64_t units = plan.blocks * plan.bands;
    for (int64_t item = begin; item < end; item++) {
        int64_t filter = item % plan.filter_blocks * plan.filters_each, filters = gradus_least(plan.filters_each, p->filters - filter);
        int64_t group = item / plan.filter_blocks % p->groups, split = item / plan.filter_blocks / p->groups;
        memset(sums, 0, (size_t)plan.sums * sizeof(float));
        for (int64_t unit = units * split / plan.splits; unit < units * (split + 1) / plan.splits; unit++) {
            int64_t image = unit / plan.bands * L, images = gradus_least(L, p->images - image);
            int64_t row = unit % plan.bands * plan.rows_each, rows = gradus_least(plan.rows_each, p->rows - row);
            int64_t top = gradus_most(0, row + p->from_y), bottom = gradus_least(p->height, row + rows - 1 + p->from_y + p->taps_y);
            if (top >= bottom) continue;
            turn_source(&plan, images, top, bottom,
                        (const float *)x_ + (image * p->groups + group) * p->channels * p->height * p->width, source);
            turn_upstream(&plan, images, row, rows, filters,
                          (const float *)upstream_ + ((image * p->groups + group) * p->filters + filter) * p->out_plane, upstream);
            add_image_band(&plan, row, rows, top, bottom, filters, source, upstream, sums);
        }
        add_lanes_up(filters * plan.terms, sums, (float *)partial + ((split * p->groups + group) * p->filters + filter) * plan.terms);
    }
}
