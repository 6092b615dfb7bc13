import CGradusKernels
import Testing

/// The matrix product by itself: every small size, every way to lie in memory, in parts and in place, between pages that may
/// not be touched. Inputs are small whole numbers, whose products and sums are exact in any order.
@Suite struct MatrixProductKernelTests {
    private func inputs(_ count: Int, _ shift: Int) -> [Float] {
        (0..<count).map { Float(($0 * 29 + shift * 7) % 13 - 6) }
    }

    private func check(_ m: Int, _ n: Int, _ k: Int, _ transposingA: Bool, _ transposingB: Bool, gap: Int, add: Bool) {
        let a = GuardedBuffer(inputs(m * k, 1), fromStart: n % 2 == 0)
        let b = GuardedBuffer(inputs(k * n, 2), fromStart: m % 2 == 0)
        let row = n + gap  // the rows of c may lie apart; what is between them stays as it is
        let before = inputs(m == 0 ? 0 : (m - 1) * row + n, 3)
        let c = GuardedBuffer(before, fromStart: k % 2 == 0)
        let cut = m / 3
        for (begin, end) in [(cut, m), (0, cut)] {
            gradus_gemm(
                float32, Int64(m), Int64(n), Int64(k), a.address, Int64(transposingA ? 1 : k),
                Int64(transposingA ? m : 1), b.address, Int64(transposingB ? 1 : n), Int64(transposingB ? k : 1), add,
                c.address, Int64(row), Int64(begin), Int64(end))
        }
        var expected = before
        for i in 0..<m {
            for j in 0..<n {
                var sum = add ? before[i * row + j] : 0
                for p in 0..<k {
                    sum +=
                        a.elements[transposingA ? p * m + i : i * k + p]
                        * b.elements[transposingB ? j * k + p : p * n + j]
                }
                expected[i * row + j] = sum
            }
        }
        #expect(c.values == expected, "\(m) by \(k) by \(n), \(transposingA) \(transposingB), gap \(gap), add \(add)")
    }

    @Test func everySmallSize() {
        for m in [0, 1, 2, 3, 4, 5, 7, 8, 9] {
            for n in 0...18 {
                for k in [0, 1, 2, 5, 16, 17] {
                    for ways in 0..<4 {
                        check(m, n, k, ways & 1 == 1, ways & 2 == 2, gap: ways, add: (m + n + k + ways) % 2 == 0)
                    }
                }
            }
        }
    }

    @Test func bordersOfPanels() {
        for (m, n, k) in [(3, 127, 4), (5, 129, 255), (6, 5, 256), (6, 5, 257), (2, 257, 513), (300, 1, 33)] {
            for ways in 0..<4 {
                for add in [false, true] { check(m, n, k, ways & 1 == 1, ways & 2 == 2, gap: 3, add: add) }
            }
        }
    }

    /// Fractions, whose sums do depend on the order: the same bits however the rows are shared out.
    @Test func theSameWhereverRowsAreCut() {
        for (m, n, k) in [(37, 19, 300), (37, 1, 300)] {
            for ways in 0..<4 {
                let a = (0..<m * k).map { Float($0 % 101) / 7 - 7 }, b = (0..<k * n).map { Float($0 % 89) / 3 - 14 }
                func product(cuts: [Int]) -> [Float] {
                    var c = [Float](repeating: .nan, count: m * n)
                    for (begin, end) in zip([0] + cuts, cuts + [m]) {
                        gradus_gemm(
                            float32, Int64(m), Int64(n), Int64(k), a, Int64(ways & 1 == 1 ? 1 : k),
                            Int64(ways & 1 == 1 ? m : 1), b, Int64(ways & 2 == 2 ? 1 : n),
                            Int64(ways & 2 == 2 ? k : 1), false, &c, Int64(n), Int64(begin), Int64(end))
                    }
                    return c
                }
                let whole = product(cuts: [])
                for cuts in [[1], [4, 9], [5, 6, 7, 30], Array(1..<m)] { #expect(product(cuts: cuts) == whole) }
            }
        }
    }
}
