import CGradusKernels
import Testing

/// Pooling by itself on every path, over planes of 1 to 70 columns and rows, between pages that may not be touched, in two calls
/// each. Inputs are eighths with many ties.
@Suite struct PoolingKernelTests {
    private struct Axis {
        var starts: [Int64] = [], ends: [Int64] = []
        var divisors: [Double] { zip(starts, ends).map { Double($1 - $0) } }

        /// Windows a stride apart, clipped by the padding.
        init(_ size: Int, kernel: Int, stride: Int, padding: Int) {
            for start in Swift.stride(from: -padding, through: size + padding - kernel, by: stride) {
                starts.append(Int64(max(start, 0)))
                ends.append(Int64(min(start + kernel, size)))
            }
        }

        /// The windows in which each element lies.
        init(_ size: Int, in windows: Axis) {
            for i in 0..<Int64(size) {
                let first = windows.ends.firstIndex { $0 > i } ?? windows.ends.count
                starts.append(Int64(first))
                ends.append(Int64(max(first, windows.starts.firstIndex { $0 > i } ?? windows.starts.count)))
            }
        }
    }

    private static let planes = 2

    private func withWindows(
        _ rows: Axis, _ columns: Axis, _ height: Int, _ width: Int, _ body: (inout gradus_windows) -> Void
    ) {
        let memory = [rows.starts, rows.ends, columns.starts, columns.ends].map { GuardedBuffer($0) }
        func places(_ i: Int) -> UnsafePointer<Int64> {
            UnsafePointer(memory[i].elements.baseAddress!)  // never empty here
        }
        var windows = gradus_windows(
            height: Int64(height), width: Int64(width), out_height: Int64(rows.starts.count),
            out_width: Int64(columns.starts.count), row_starts: places(0), row_ends: places(1),
            column_starts: places(2),
            column_ends: places(3))
        withExtendedLifetime(memory) { body(&windows) }
    }

    private func check<T: BinaryFloatingPoint>(
        _ height: Int, _ width: Int, kernel: Int, stride: Int, padding: Int, nan: Bool, _: T.Type
    ) {
        let type = MemoryLayout<T>.size == 4 ? float32 : float64, fromStart = (height + width) % 2 == 0
        let rows = Axis(height, kernel: kernel, stride: stride, padding: padding)
        let columns = Axis(width, kernel: kernel, stride: stride, padding: padding)
        let (plane, results) = (height * width, rows.starts.count * columns.starts.count)
        guard results > 0 else { return }
        var values = (0..<Self.planes * plane).map { T(($0 * 31) % 17 - 8) / 8 }
        if nan { for i in Swift.stride(from: 3, to: values.count, by: 11) { values[i] = .nan } }
        let x = GuardedBuffer(values, fromStart: fromStart)
        func room(_ count: Int) -> GuardedBuffer<T> {
            GuardedBuffer([T](repeating: .nan, count: count), fromStart: fromStart)
        }
        let (largest, alone, average) = (
            room(Self.planes * results), room(Self.planes * results), room(Self.planes * results)
        )
        let places = GuardedBuffer([Int64](repeating: -1, count: Self.planes * results), fromStart: fromStart)
        let (down, across) = (GuardedBuffer(rows.divisors), GuardedBuffer(columns.divisors))
        let all = Int64(Self.planes * rows.starts.count)
        withWindows(rows, columns, height, width) { windows in
            for (begin, end) in [(all / 3, all), (0, all / 3)] {
                gradus_pool_max(type, &windows, x.address, largest.address, places.elements.baseAddress, begin, end)
                gradus_pool_max(type, &windows, x.address, alone.address, nil, begin, end)
                gradus_pool_average(
                    type, &windows, down.elements.baseAddress, across.elements.baseAddress, x.address, average.address,
                    begin, end)
            }
        }
        let u = GuardedBuffer((0..<Self.planes * results).map { T(($0 * 29) % 13 - 6) / 8 }, fromStart: fromStart)
        let adjoint = room(Self.planes * plane)
        withWindows(Axis(height, in: rows), Axis(width, in: columns), rows.starts.count, columns.starts.count) {
            for (begin, end) in [(height, 2 * height), (0, height)] {
                gradus_pool_average_adjoint(
                    type, &$0, down.elements.baseAddress, across.elements.baseAddress, u.address, adjoint.address,
                    Int64(begin), Int64(end))
            }
        }

        let divisors = (rows: rows.divisors, columns: columns.divisors)
        var expected = [Double](repeating: 0, count: Self.planes * plane), isSame = true
        for i in 0..<Self.planes * results {
            let (row, column) = (i / columns.starts.count % rows.starts.count, i % columns.starts.count)
            let from = i / results * plane, divisor = divisors.rows[row] * divisors.columns[column]
            var best = -1, sum = 0.0
            for r in Int(rows.starts[row])..<Int(rows.ends[row]) {
                for c in Int(columns.starts[column])..<Int(columns.ends[column]) {
                    let place = r * width + c, value = values[from + place]
                    let isLarger = best < 0 || value > values[from + best] || value.isNaN
                    if isLarger && (best < 0 || !values[from + best].isNaN) { best = place }
                    sum += Double(value)
                    expected[from + place] += Double(u.elements[i]) / divisor
                }
            }
            let most = values[from + best], mean = T(sum / divisor)
            for result in [largest.elements[i], alone.elements[i]] {
                isSame = isSame && (result == most || result.isNaN && most.isNaN)
            }
            isSame = isSame && places.elements[i] == Int64(best)
            isSame = isSame && (average.elements[i] == mean || average.elements[i].isNaN && mean.isNaN)
        }
        let name = "[\(height), \(width)], kernel \(kernel), stride \(stride), padding \(padding), \(T.self)"
        #expect(isSame, "pooling \(name)")
        let tolerance = 2 * Double(T.ulpOfOne)
        let isNear = zip(adjoint.elements, expected).allSatisfy { abs(Double($0) - $1) <= tolerance * max(1, abs($1)) }
        #expect(isNear, "adjoint of pooling \(name)")

        // Eighths, whose sums are exact.
        var sums = [T](repeating: 0, count: Self.planes * plane)
        for i in 0..<Self.planes * results { sums[i / results * plane + Int(places.elements[i])] += u.elements[i] }
        for (begin, end) in [(1, 2), (0, 1)] {
            let areInside = gradus_plane_scatter_add(
                type, Int64(plane), Int64(results), places.elements.baseAddress, u.address, adjoint.address,
                Int64(begin),
                Int64(end))
            #expect(areInside)
        }
        #expect(zip(adjoint.elements, sums).allSatisfy { $0 == $1 }, "numbers added to planes \(name)")
    }

    @Test(arguments: kernelPaths) func everySize(path: String) {
        onPath(path) {
            for n in 1...70 {
                for nan in [false, true] {
                    check(4, n, kernel: 2, stride: 2, padding: 0, nan: nan, Float.self)
                    check(n, 5, kernel: 3, stride: 2, padding: 1, nan: nan, Float.self)
                    check(5, n, kernel: 3, stride: 1, padding: 1, nan: nan, Double.self)
                    check(3, n, kernel: 1, stride: 3, padding: 0, nan: nan, Double.self)
                }
            }
            // Beside the border of what is worked on together.
            for n in [511, 513, 515] { check(2, n, kernel: 2, stride: 2, padding: 0, nan: false, Float.self) }
            for n in [257, 258, 260] { check(3, n, kernel: 3, stride: 1, padding: 1, nan: true, Float.self) }
        }
    }
}
