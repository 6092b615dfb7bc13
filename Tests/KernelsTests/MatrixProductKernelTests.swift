import CGradusKernels
import Testing

/// The matrix product by itself on every path: every small size, every way to lie in memory, in parts and in place, between
/// pages that may not be touched. Inputs are small whole numbers, whose products and sums are exact in any order.
@Suite struct MatrixProductKernelTests {
    /// What sums start from: nothing, what c holds, a row for all, another matrix.
    private enum Start: Int { case zeros, result, bias, matrix }

    private struct Case {
        var m: Int, n: Int, k: Int
        /// Bit 0: a lies transposed. Bit 1: b does.
        var ways = 0
        var gap = 0  // between the rows of c, which stays as it is
        var start = Start.zeros

        var stridesA: (row: Int64, column: Int64) { ways & 1 == 1 ? (1, Int64(m)) : (Int64(k), 1) }
        var stridesB: (row: Int64, column: Int64) { ways & 2 == 2 ? (1, Int64(k)) : (Int64(n), 1) }
        var row: Int { n + gap }
        var countC: Int { m == 0 ? 0 : (m - 1) * row + n }
        var rowStart: Int { start == .bias ? 0 : start == .matrix ? n + 1 : row }
        var countStart: Int { start == .bias ? n : start == .matrix ? m * (n + 1) : 0 }
    }

    private func inputs<T: BinaryFloatingPoint>(_ count: Int, _ shift: Int, _: T.Type) -> [T] {
        (0..<count).map { T(($0 * 29 + shift * 7) % 13 - 6) }
    }

    private func expected<T: BinaryFloatingPoint>(_ c: Case, _ a: [T], _ b: [T], _ start: [T], _ before: [T])
        -> [T]
    {
        var expected = before
        let (sa, sb) = (c.stridesA, c.stridesB)
        for i in 0..<c.m {
            for j in 0..<c.n {
                var sum = c.start == .zeros ? 0 : (c.start == .result ? before : start)[i * c.rowStart + j]
                for p in 0..<c.k {
                    sum += a[i * Int(sa.row) + p * Int(sa.column)] * b[p * Int(sb.row) + j * Int(sb.column)]
                }
                expected[i * c.row + j] = sum
            }
        }
        return expected
    }

    /// In two parts each, where rows are cut and, for packed ones, columns too.
    private func check<T: BinaryFloatingPoint>(_ c: Case, _: T.Type, packed: Bool = false) {
        let type = MemoryLayout<T>.size == 4 ? float32 : float64
        let a = GuardedBuffer(inputs(c.m * c.k, 1, T.self), fromStart: c.n % 2 == 0)
        let b = GuardedBuffer(inputs(c.k * c.n, 2, T.self), fromStart: c.m % 2 == 0)
        let before = inputs(c.countC, 3, T.self)
        let result = GuardedBuffer(before, fromStart: c.k % 2 == 0)
        let other = GuardedBuffer(inputs(c.countStart, 4, T.self), fromStart: c.k % 2 == 1)
        let start: UnsafeRawPointer? =
            c.start == .zeros ? nil : UnsafeRawPointer(c.start == .result ? result.address : other.address)
        let (m, n, k) = (Int64(c.m), Int64(c.n), Int64(c.k))
        if packed {
            let panel = gradus_gemm_panel(type), panels = (n + panel - 1) / panel
            let room = GuardedBuffer([T](repeating: .nan, count: Int(panels * panel * k)))
            for (begin, end) in [(panels / 2, panels), (0, panels / 2)] {
                gradus_gemm_pack(
                    type, n, k, b.address, c.stridesB.row, c.stridesB.column, room.address, begin, end)
            }
            for (begin, end) in [(m / 3, m), (0, m / 3)] {
                for (from, to) in [(panels / 2 * panel, n), (0, panels / 2 * panel)] {
                    gradus_gemm_packed(
                        type, k, a.address, c.stridesA.row, c.stridesA.column, room.address, start,
                        Int64(c.rowStart), result.address, Int64(c.row), begin, end, from, to)
                }
            }
        } else {
            for (begin, end) in [(m / 3, m), (0, m / 3)] {
                gradus_gemm(
                    type, m, n, k, a.address, c.stridesA.row, c.stridesA.column, b.address, c.stridesB.row,
                    c.stridesB.column, start, Int64(c.rowStart), result.address, Int64(c.row), begin, end)
            }
        }
        #expect(result.values == expected(c, a.values, b.values, other.values, before), "\(c), packed \(packed)")
    }

    @Test(arguments: kernelPaths) func everySmallSize(path: String) {
        onPath(path) {
            for m in [0, 1, 2, 3, 4, 5, 7, 11, 12, 13] {
                for n in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
                    for k in [0, 1, 2, 5, 16, 17] {
                        let ways = (m + n + k) % 4, start = Start(rawValue: (m + n / 2 + k) % 4) ?? .zeros
                        check(Case(m: m, n: n, k: k, ways: ways, gap: ways, start: start), Float.self)
                        if k > 0 { check(Case(m: m, n: n, k: k, ways: ways, start: start), Float.self, packed: true) }
                    }
                }
            }
        }
    }

    /// One size in all from 0 to 70, the other two beside the borders of tiles.
    @Test(arguments: kernelPaths) func everySizeTo70(path: String) {
        onPath(path) {
            for size in 0...70 {
                for ways in 0..<4 {
                    check(Case(m: size, n: 5, k: 9, ways: ways), Float.self)
                    check(Case(m: 5, n: size, k: 9, ways: ways, gap: 1, start: .bias), Float.self)
                    check(Case(m: 13, n: 33, k: size, ways: ways, start: .result), Float.self)
                    check(Case(m: 13, n: size, k: 3, ways: ways, start: .bias), Double.self)
                    check(Case(m: size, n: 17, k: 4, ways: ways, start: .matrix), Double.self, packed: size % 2 == 0)
                    check(Case(m: size, n: 35, k: 4, ways: ways, gap: 2, start: .bias), Float.self, packed: true)
                }
            }
        }
    }

    /// Sums longer than what is added in registers, panels and slices cut where memory is.
    @Test(arguments: kernelPaths) func bordersOfBlocks(path: String) {
        onPath(path) {
            for (m, n, k) in [
                (3, 64, 4), (5, 65, 383), (6, 5, 384), (6, 35, 385), (2, 33, 769), (300, 1, 33), (97, 34, 5),
                (47, 3, 2),
                (49, 17, 385), (5, 65, 255), (13, 35, 256), (6, 33, 257), (241, 34, 513), (121, 5, 258),
            ] {
                for ways in 0..<4 {
                    check(
                        Case(m: m, n: n, k: k, ways: ways, gap: 3, start: Start(rawValue: ways) ?? .zeros), Float.self)
                    check(
                        Case(m: m, n: n, k: k, ways: ways, gap: 3, start: Start(rawValue: (ways + 2) % 4) ?? .zeros),
                        Float.self, packed: true)
                    check(Case(m: m, n: n, k: k, ways: ways), Double.self, packed: ways % 3 == 0)
                }
            }
        }
    }

    /// Neither stride is 1: every other row and every third column of a larger matrix.
    @Test(arguments: kernelPaths) func stridesApart(path: String) {
        onPath(path) {
            let (m, n, k) = (7, 35, 11)
            let a = inputs(m * 2 * k * 3, 1, Float.self), b = inputs(k * 2 * n * 3, 2, Float.self)
            var c = [Float](repeating: .nan, count: m * n)
            gradus_gemm(
                float32, Int64(m), Int64(n), Int64(k), a, Int64(k * 6), 3, b, Int64(n * 6), 3, nil, 0, &c, Int64(n), 0,
                Int64(m))
            for i in 0..<m {
                for j in 0..<n {
                    #expect(c[i * n + j] == (0..<k).reduce(0) { $0 + a[i * k * 6 + $1 * 3] * b[$1 * n * 6 + j * 3] })
                }
            }
        }
    }

    /// Fractions, whose sums do depend on the order: the same bits however the rows are shared out, packed or not.
    @Test(arguments: kernelPaths) func theSameWhereverRowsAreCut(path: String) {
        onPath(path) {
            for (m, n, k) in [(37, 19, 400), (37, 1, 400)] {
                for ways in 0..<4 {
                    let c = Case(m: m, n: n, k: k, ways: ways)
                    let a = (0..<m * k).map { Float($0 % 101) / 7 - 7 }, b = (0..<k * n).map { Float($0 % 89) / 3 - 14 }
                    func product(cuts: [Int]) -> [Float] {
                        var result = [Float](repeating: .nan, count: m * n)
                        for (begin, end) in zip([0] + cuts, cuts + [m]) {
                            gradus_gemm(
                                float32, Int64(m), Int64(n), Int64(k), a, c.stridesA.row, c.stridesA.column, b,
                                c.stridesB.row, c.stridesB.column, nil, 0, &result, Int64(n), Int64(begin), Int64(end))
                        }
                        return result
                    }
                    let whole = product(cuts: [])
                    for cuts in [[1], [4, 9], [5, 6, 7, 30], Array(1..<m)] { #expect(product(cuts: cuts) == whole) }
                    guard n > 1 else { continue }
                    let panel = gradus_gemm_panel(float32), panels = (Int64(n) + panel - 1) / panel
                    var room = [Float](repeating: 0, count: Int(panels * panel) * k)
                    var packed = [Float](repeating: .nan, count: m * n)
                    gradus_gemm_pack(
                        float32, Int64(n), Int64(k), b, c.stridesB.row, c.stridesB.column, &room, 0, panels)
                    gradus_gemm_packed(
                        float32, Int64(k), a, c.stridesA.row, c.stridesA.column, room, nil, 0, &packed, Int64(n), 0,
                        Int64(m), 0, Int64(n))
                    #expect(packed == whole)
                }
            }
        }
    }
}
