import CGradusKernels
import Testing

/// The kernels that move elements about, for elements of 1, 4 and 8 bytes, at every size from 1 to 70, between pages that may not
/// be touched, in two calls each.
@Suite struct MovingKernelTests {
    private func shares(_ n: Int) -> [(Int64, Int64)] { [(Int64(n / 3), Int64(n)), (0, Int64(n / 3))] }

    private func room<T: FixedWidthInteger>(_ count: Int, _: T.Type) -> GuardedBuffer<T> {
        GuardedBuffer([T](repeating: .max, count: count), fromStart: count % 2 == 0)
    }
    private func counted<T: FixedWidthInteger>(_ count: Int, _: T.Type) -> GuardedBuffer<T> {
        GuardedBuffer((0..<count).map { T(truncatingIfNeeded: $0 % 127) }, fromStart: count % 2 == 0)
    }

    /// Within -size ..< size, from both ends.
    private func indices(_ count: Int, _ size: Int) -> GuardedBuffer<Int64> {
        GuardedBuffer((0..<count).map { Int64(($0 * 13 + 5) % (2 * size) - size) }, fromStart: count % 2 == 0)
    }
    private func wrapped(_ index: Int64, _ size: Int) -> Int { Int(index) + (index < 0 ? size : 0) }

    private func layout(_ sizes: [Int], a: [Int], b: [Int]) -> gradus_layout {
        var layout = gradus_layout()
        layout.rank = Int64(sizes.count)
        (layout.size.0, layout.stride_a.0, layout.stride_b.0) = (Int64(sizes[0]), Int64(a[0]), Int64(b[0]))
        (layout.size.1, layout.stride_a.1, layout.stride_b.1) = (Int64(sizes[1]), Int64(a[1]), Int64(b[1]))
        if sizes.count > 2 {
            (layout.size.2, layout.stride_a.2, layout.stride_b.2) = (Int64(sizes[2]), Int64(a[2]), Int64(b[2]))
        }
        return layout
    }

    private func checkMoves<T: FixedWidthInteger>(_ n: Int, _: T.Type) {
        let rows = 3, bytes = Int64(MemoryLayout<T>.size), x = counted(rows * n, T.self)
        // Crosswise into every other place.
        var layout = layout([rows, n], a: [1, rows], b: [2 * n, 2])
        let out = room(2 * rows * n - 1, T.self)
        for (begin, end) in shares(rows * n) { gradus_move_strided(bytes, &layout, x.address, out.address, begin, end) }
        let moved = (0..<2 * rows * n - 1).map { i in
            i % 2 == 1 ? .max : x.elements[i / 2 / n + i / 2 % n * rows]
        }
        #expect(out.values == moved)
        for (lowest, highest) in [(-1, n % 5), (n % 7, 90), (1, 0)] {
            let band = room(rows * n, T.self)
            for (begin, end) in shares(rows) {
                gradus_band(
                    bytes, Int64(rows), Int64(n), Int64(lowest), Int64(highest), x.address, band.address, begin, end)
            }
            let expected = (0..<rows * n).map { i in
                i % n - i / n >= lowest && i % n - i / n <= highest ? x.elements[i] : 0
            }
            #expect(band.values == expected)
        }
    }

    /// From two matrices of `size` rows, whole rows and single elements.
    private func checkTaking<T: FixedWidthInteger>(_ n: Int, _ columns: Int, _ size: Int, _: T.Type) {
        let bytes = Int64(MemoryLayout<T>.size), x = counted(2 * size * columns, T.self)
        let rows = indices(n, size), taken = room(2 * n * columns, T.self)
        for (begin, end) in shares(2 * n) {
            gradus_take(
                bytes, Int64(columns), Int64(n), Int64(size), rows.elements.baseAddress, x.address, taken.address,
                begin,
                end)
        }
        let expected = (0..<2 * n * columns).map { i in
            x.elements[(i / columns / n * size + wrapped(rows.elements[i / columns % n], size)) * columns + i % columns]
        }
        #expect(taken.values == expected)
        var layout = layout([2, n, columns], a: [size * columns, 0, 1], b: [0, 0, 0])
        let places = indices(2 * n * columns, size), gathered = room(2 * n * columns, T.self)
        for (begin, end) in shares(2 * n * columns) {
            gradus_gather(
                bytes, &layout, Int64(columns), Int64(size), places.elements.baseAddress, x.address, gathered.address,
                begin, end)
        }
        let single = (0..<2 * n * columns).map { i in
            x.elements[(i / columns / n * size + wrapped(places.elements[i], size)) * columns + i % columns]
        }
        #expect(gathered.values == single)
    }

    private func checkAdding<T: Numeric & Equatable>(_ type: Int32, _ n: Int, _ columns: Int, _ size: Int, _: T.Type) {
        func numbers(_ count: Int, _ seed: Int) -> GuardedBuffer<T> {
            // Small enough for every type.
            GuardedBuffer((0..<count).map { T(exactly: ($0 * 31 + seed * 7) % 17 - 8)! }, fromStart: n % 2 == 0)
        }
        let x = numbers(2 * n * columns, 1), rows = indices(n, size), places = indices(2 * n * columns, size)
        let (out, scattered) = (numbers(2 * size * columns, 2), numbers(2 * size * columns, 2))
        var (taken, single) = (out.values, out.values)
        for i in 0..<2 * n * columns {
            let matrix = i / columns / n * size
            taken[(matrix + wrapped(rows.elements[i / columns % n], size)) * columns + i % columns] += x.elements[i]
            single[(matrix + wrapped(places.elements[i], size)) * columns + i % columns] += x.elements[i]
        }
        var lines = layout([2, columns], a: [size * columns, 1], b: [n * columns, 1])
        for (begin, end) in shares(2 * columns) {
            gradus_take_add(
                type, Int64(n), Int64(columns), Int64(size), rows.elements.baseAddress, x.address, out.address, begin,
                end)
            gradus_scatter_add(
                type, &lines, Int64(n), Int64(columns), Int64(columns), Int64(size), places.elements.baseAddress,
                x.address,
                scattered.address, begin, end)
        }
        #expect(out.values == taken && scattered.values == single)
    }

    @Test(arguments: 1...70) func everySize(_ n: Int) {
        checkMoves(n, UInt8.self)
        checkMoves(n, UInt32.self)
        checkMoves(n, UInt64.self)
        for (rows, columns) in [(n, 1), (n, 5), (3, n)] {
            checkTaking(rows, columns, 7, UInt8.self)
            checkTaking(rows, columns, 7, UInt32.self)
            checkTaking(rows, columns, 3, UInt64.self)
            checkAdding(float32, rows, columns, 7, Float.self)
            checkAdding(float64, rows, columns, 7, Double.self)
            checkAdding(2, rows, columns, 3, Int64.self)
        }
    }

    @Test func indicesOutOfRange() {
        for n in Array(0...70) + [1023, 1024, 1025] {
            let indices = indices(n, 9)
            #expect(gradus_first_out_of_range(Int64(n), indices.elements.baseAddress, 9) == Int64(n))
            for wrong: Int64 in [-10, 9] where n > 0 {
                indices.elements[n - 1] = wrong
                indices.elements[n / 2] = wrong
                #expect(gradus_first_out_of_range(Int64(n), indices.elements.baseAddress, 9) == Int64(n / 2))
            }
        }
    }
}
