// Shuffles within the 16-byte lanes of vectors, for each size of vector. Included once a path, behind BYTES.
// LOW and HIGH, of four floats or two doubles a lane: the first halves of a's and b's lanes interleaved, or the second.
// EVEN and ODD: every second number of a and b, one behind the other; and back, FIRST and SECOND: a and b interleaved as a whole.
// JOINED: one vector of as many lanes, given as pairs of doubles.
#if BYTES == 64
#define EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD_4(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define FIRST_4(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define SECOND_4(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN_2(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define LOW_4(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_4(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_2(a, b) __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14)
#define HIGH_2(a, b) __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15)
#define JOINED(lane)                                                                    \
    __builtin_shufflevector(__builtin_shufflevector((lane)[0], (lane)[1], 0, 1, 2, 3),  \
                            __builtin_shufflevector((lane)[2], (lane)[3], 0, 1, 2, 3), 0, 1, 2, 3, 4, 5, 6, 7)
#elif BYTES == 32
#define EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD_4(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define FIRST_4(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define SECOND_4(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVEN_2(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define LOW_4(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH_4(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW_2(a, b) __builtin_shufflevector(a, b, 0, 4, 2, 6)
#define HIGH_2(a, b) __builtin_shufflevector(a, b, 1, 5, 3, 7)
#define JOINED(lane) __builtin_shufflevector((lane)[0], (lane)[1], 0, 1, 2, 3)
#else
#define EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD_4(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define FIRST_4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define SECOND_4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define EVEN_2(a, b) __builtin_shufflevector(a, b, 0, 2)
#define LOW_4(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH_4(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LOW_2(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HIGH_2(a, b) __builtin_shufflevector(a, b, 1, 3)
#define JOINED(lane) (lane)[0]
#endif
