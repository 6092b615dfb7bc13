// How kernels along one axis walk [outer, n, inner]: a line is a (outer, inner) pair, and neighbouring lines of one `outer`
// are worked on side by side, so that memory is read in the order it lies in.
#ifndef GRADUS_LINES_H
#define GRADUS_LINES_H

#include "types.h"

// How many lines are worked on side by side at most: enough to use every byte of a page's worth of cache lines, few enough
// that a couple of accumulators for each stay in the first-level cache.
enum { STRIP = 256 };

typedef struct {
    int64_t outer, inner;  // the first line
    int64_t width;         // how many lines, all of the same `outer`
} gradus_strip;

// The strip that starts at flat line `line` and ends before `end`.
static inline gradus_strip gradus_strip_at(int64_t line, int64_t end, int64_t inner) {
    gradus_strip strip = {line / inner, line % inner, 0};
    strip.width = inner - strip.inner;
    if (strip.width > end - line) strip.width = end - line;
    if (strip.width > STRIP) strip.width = STRIP;
    return strip;
}

#endif
