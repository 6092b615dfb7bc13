import CGradusKernels
import Testing

/// The kernels that work along lines by themselves, at every length from 0 to 70, in rows and side by side, between pages
/// that may not be touched, each in two calls. Inputs are whole numbers with many ties.
@Suite struct LineKernelTests {
    private static let inners = [1, 2, 3, 70, 300]
    private let outer = 2

    private func inputs(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 31) % 17 - 8) } }

    /// The elements of each line.
    private func lines(_ x: [Float], _ n: Int, _ inner: Int) -> [[Float]] {
        (0..<outer * inner).map { line in
            (0..<n).map { x[(line / inner * n + $0) * inner + line % inner] }
        }
    }

    private func shares(_ count: Int) -> [(Int64, Int64)] {
        let cut = Int64(count / 3)
        return [(cut, Int64(count)), (0, cut)]
    }

    @Test(arguments: 0...70) func sumsAndMaxima(_ n: Int) {
        for path in kernelPaths where path == "portable" || n % 3 == 0 || n > 63 {
            onPath(path) { checkSumsAndMaxima(n) }
        }
    }

    private func checkSumsAndMaxima(_ n: Int) {
        for inner in Self.inners {
            let x = GuardedBuffer(inputs(outer * n * inner), fromStart: n % 2 == 0)
            let lines = lines(x.values, n, inner), count = outer * inner
            let shift = GuardedBuffer((0..<count).map { Double($0 % 5) }, fromStart: n % 2 == 0)
            func reduce<T>(_ op: gradus_reduction_op, to type: Int32, _ nothing: T) -> [T] {
                let out = GuardedBuffer([T](repeating: nothing, count: count), fromStart: n % 2 == 0)
                var call = gradus_reduction(
                    op: op, type: float32, result_type: type, reduced: Int64(n), inner: Int64(inner), order: 2,
                    divisor: 1, root: false)
                for (begin, end) in shares(count) {
                    let shift = op == GRADUS_SUM_SQUARED_DEVIATIONS ? shift.elements.baseAddress : nil
                    gradus_reduce(&call, x.address, shift, out.address, begin, end)
                }
                return out.values
            }
            #expect(reduce(GRADUS_SUM, to: float64, .nan) == lines.map { $0.reduce(0.0) { $0 + Double($1) } })
            #expect(reduce(GRADUS_SUM, to: float32, .nan) == lines.map { $0.reduce(Float(0), +) })
            #expect(reduce(GRADUS_MAX, to: float32, .nan) == lines.map { $0.max() ?? -.infinity })
            #expect(reduce(GRADUS_MIN, to: float32, .nan) == lines.map { $0.min() ?? .infinity })
            #expect(
                reduce(GRADUS_COUNT_NONZERO, to: 2, Int64(-1)) == lines.map { Int64($0.filter { $0 != 0 }.count) })
            #expect(
                reduce(GRADUS_SUM_SQUARED_DEVIATIONS, to: float64, .nan)
                    == lines.indices.map { line in
                        lines[line].reduce(0.0) {
                            $0 + (Double($1) - Double(line % 5)) * (Double($1) - Double(line % 5))
                        }
                    })
            let norms = reduce(GRADUS_NORM, to: float64, Double.nan)
            for (norm, line) in zip(norms, lines) {
                let expected = line.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
                #expect(Swift.abs(norm - expected) <= 1e-14 * expected)
            }
        }
    }

    @Test(arguments: 0...70) func runningSumsAndSoftmax(_ n: Int) {
        for path in kernelPaths where path == "portable" || n % 3 == 0 || n > 63 {
            onPath(path) { checkRunningSumsAndSoftmax(n) }
        }
    }

    private func checkRunningSumsAndSoftmax(_ n: Int) {
        for inner in Self.inners {
            let values = inputs(outer * n * inner)
            let x = GuardedBuffer(values, fromStart: n % 2 == 0)
            let y = GuardedBuffer([Float](repeating: .nan, count: values.count), fromStart: n % 2 == 0)
            for reversed in [false, true] {
                for (begin, end) in shares(outer * inner) {
                    gradus_running(
                        GRADUS_SUM, float32, reversed, Int64(n), Int64(inner), x.address, y.address, begin, end)
                }
                for (sums, line) in zip(lines(y.values, n, inner), lines(values, n, inner)) {
                    var total: Float = 0
                    let expected = (reversed ? line.reversed() : line).map { value in
                        total += value
                        return total
                    }
                    #expect(sums == (reversed ? expected.reversed() : expected))
                }
            }
            for (begin, end) in shares(outer * inner) {
                gradus_softmax(float32, false, Int64(n), Int64(inner), x.address, y.address, begin, end)
            }
            for (shares, line) in zip(lines(y.values, n, inner), lines(values, n, inner)) where n > 0 {
                #expect(Swift.abs(shares.reduce(0, +) - 1) < 1e-5)
                for (share, value) in zip(shares, line) {
                    let next = line.firstIndex(of: value + 1).map { shares[$0] / share }
                    #expect(next.map { Swift.abs($0 - 2.7182817) < 1e-5 } ?? true)
                }
            }
        }
    }

    @Test(arguments: 1...70) func order(_ n: Int) {
        let x = GuardedBuffer(inputs(outer * n), fromStart: n % 2 == 0), lines = lines(x.values, n, 1)
        func places(_ count: Int) -> GuardedBuffer<Int64> {
            GuardedBuffer([Int64](repeating: -1, count: count), fromStart: n % 2 == 0)
        }
        func numbers(_ count: Int) -> GuardedBuffer<Float> {
            GuardedBuffer([Float](repeating: .nan, count: count), fromStart: n % 2 == 0)
        }
        let values = numbers(outer * n), spare = numbers(outer * n)
        let indices = places(outer * n), spareIndices = places(outer * n)
        for descending in [false, true] {
            let expected = lines.map { line in
                line.indices.sorted { i, j in
                    line[i] == line[j] ? i < j : descending ? line[i] > line[j] : line[i] < line[j]
                }
            }
            for (begin, end) in shares(outer) {
                gradus_sort(
                    float32, descending, Int64(n), x.address, values.address, indices.elements.baseAddress,
                    spare.address, spareIndices.elements.baseAddress, begin, end)
            }
            #expect(indices.values == expected.joined().map(Int64.init))
            #expect(values.values == zip(lines, expected).flatMap { line, order in order.map { line[$0] } })
            for k in [1, (n + 1) / 2, n] {
                let top = numbers(outer * k), from = places(outer * k)
                for (begin, end) in shares(outer) {
                    gradus_top(
                        float32, descending, Int64(n), Int64(k), x.address, top.address,
                        from.elements.baseAddress, begin, end)
                }
                #expect(from.values == expected.flatMap { $0.prefix(k).map(Int64.init) })
            }
            let best = numbers(outer), place = places(outer)
            for (begin, end) in shares(outer) {
                gradus_extremum(
                    float32, !descending, Int64(n), 1, x.address, best.address, place.elements.baseAddress, begin,
                    end)
            }
            #expect(place.values == expected.map { Int64($0[0]) })
        }
    }
}
