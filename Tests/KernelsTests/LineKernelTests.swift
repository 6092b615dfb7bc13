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
        for inner in Self.inners {
            let x = GuardedBuffer(inputs(outer * n * inner), fromStart: n % 2 == 0)
            let expected = Expected(lines(x.values, n, inner))
            for path in kernelPaths where path == "portable" || n % 3 == 0 || n > 63 {
                onPath(path) { checkSumsAndMaxima(n, inner, x, expected) }
            }
        }
    }

    /// What comes of each line, computed once for all paths.
    private struct Expected {
        let sums: [Double], floatSums: [Float], largest: [Float], least: [Float], counts: [Int64]
        let deviations: [Double], norms: [Double]

        init(_ lines: [[Float]]) {
            sums = lines.map { $0.reduce(0.0) { $0 + Double($1) } }
            floatSums = lines.map { $0.reduce(Float(0), +) }
            largest = lines.map { $0.max() ?? -.infinity }
            least = lines.map { $0.min() ?? .infinity }
            counts = lines.map { Int64($0.filter { $0 != 0 }.count) }
            deviations = lines.indices.map { line in
                lines[line].reduce(0.0) { $0 + (Double($1) - Double(line % 5)) * (Double($1) - Double(line % 5)) }
            }
            norms = lines.map { $0.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot() }
        }
    }

    private func checkSumsAndMaxima(_ n: Int, _ inner: Int, _ x: GuardedBuffer<Float>, _ expected: Expected) {
        let count = outer * inner
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
        #expect(reduce(GRADUS_SUM, to: float64, .nan) == expected.sums)
        #expect(reduce(GRADUS_SUM, to: float32, .nan) == expected.floatSums)
        #expect(reduce(GRADUS_MAX, to: float32, .nan) == expected.largest)
        #expect(reduce(GRADUS_MIN, to: float32, .nan) == expected.least)
        #expect(reduce(GRADUS_COUNT_NONZERO, to: 2, Int64(-1)) == expected.counts)
        #expect(reduce(GRADUS_SUM_SQUARED_DEVIATIONS, to: float64, .nan) == expected.deviations)
        let norms = reduce(GRADUS_NORM, to: float64, Double.nan)
        #expect(zip(norms, expected.norms).allSatisfy { Swift.abs($0 - $1) <= 1e-14 * $1 })
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
                let sums = y.values
                let wrong = (0..<outer * inner).first { !areRunningSums(sums, of: values, $0, n, inner, reversed) }
                #expect(wrong == nil, "\(n) by \(inner)")
            }
            for (begin, end) in shares(outer * inner) {
                gradus_softmax(float32, false, Int64(n), Int64(inner), x.address, y.address, begin, end)
            }
            let softmax = y.values
            let wrong = (0..<(n > 0 ? outer * inner : 0)).first { !areShares(softmax, of: values, $0, n, inner) }
            #expect(wrong == nil, "\(n) by \(inner)")
        }
    }

    // Plain loops: there are millions of numbers, and nothing of a debug build is inlined.

    private func areRunningSums(
        _ sums: [Float], of x: [Float], _ line: Int, _ n: Int, _ inner: Int, _ reversed: Bool
    ) -> Bool {
        let first = line / inner * n * inner + line % inner
        var (total, step) = (Float(0), 0)
        while step < n {
            let place = first + (reversed ? n - 1 - step : step) * inner
            total += x[place]
            if sums[place] != total { return false }
            step += 1
        }
        return true
    }

    /// Whether they add up to 1, and the share of each number is e times that of the number before it.
    private func areShares(_ shares: [Float], of x: [Float], _ line: Int, _ n: Int, _ inner: Int) -> Bool {
        let first = line / inner * n * inner + line % inner
        var ofNumber = [Float](repeating: 0, count: 18)  // of −8 to 9; 0 where the line has no such number
        var (total, step) = (Float(0), 0)
        while step < n {
            let place = first + step * inner
            total += shares[place]
            ofNumber[Int(x[place]) + 8] = shares[place]
            step += 1
        }
        step = 0
        while step < n {
            let place = first + step * inner
            let next = ofNumber[Int(x[place]) + 9]
            if next != 0 && !(Swift.abs(next / shares[place] - 2.7182817) < 1e-5) { return false }
            step += 1
        }
        return Swift.abs(total - 1) < 1e-5
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
