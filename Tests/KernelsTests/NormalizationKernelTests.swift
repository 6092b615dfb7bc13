import CGradusKernels
import Foundation
import Testing

/// Normalization by itself, in every order of axes it is used with, between pages that may not be touched, in two calls each.
/// Inputs are eighths.
@Suite struct NormalizationKernelTests {
    private struct Form: CustomTestStringConvertible {
        let batch, outer, groups, channels, span: Int
        var testDescription: String { "[\(batch), \(outer), \(groups), \(channels), \(span)]" }
        var count: Int { batch * outer * groups * channels * span }
        var kernel: gradus_normalization {
            gradus_normalization(
                batch: Int64(batch), outer: Int64(outer), groups: Int64(groups), channels: Int64(channels),
                span: Int64(span), epsilon: 0.25, rectified: false)
        }
        /// The line and the parameter of an element.
        func place(_ i: Int) -> (line: Int, parameter: Int) {
            let (channel, group) = (i / span % channels, i / span / channels % groups)
            return (i / span / channels / groups % outer * groups + group, group * channels + channel)
        }
    }

    private static let forms =
        [
            (1, 1, 3, 1, 7), (4, 1, 3, 1, 1), (3, 1, 2, 1, 9), (1, 3, 1, 20, 1), (1, 2, 2, 3, 5), (1, 1, 1, 300, 1),
            (2, 1, 300, 1, 3),
        ].map {
            Form(batch: $0.0, outer: $0.1, groups: $0.2, channels: $0.3, span: $0.4)
        } + (1...70).map { Form(batch: 2, outer: 1, groups: 2, channels: 1, span: $0) }
        + (1...70).map { Form(batch: 1, outer: 2, groups: 1, channels: $0, span: 1) }

    private func inputs(_ count: Int, _ seed: Int) -> [Double] {
        (0..<count).map { Double(($0 * 31 + seed * 7) % 17 - 8) / 8 }
    }

    @Test(arguments: forms) private func agreesWithTheFormulaOnEveryPath(_ form: Form) {
        var results: [[Double]] = []
        for path in kernelPaths { onPath(path) { results.append(check(form)) } }
        for result in results { #expect(result == results[0]) }  // to the bit
    }

    /// Expects what the formula gives; all that was computed.
    private func check(_ form: Form) -> [Double] {
        var kernel = form.kernel
        let (lines, parameters) = (form.outer * form.groups, form.groups * form.channels)
        func buffer(_ values: [Double]) -> GuardedBuffer<Double> {
            GuardedBuffer(values, fromStart: form.span % 2 == 0)
        }
        let nothing = [Double](repeating: .nan, count: form.count)
        let (x, u) = (buffer(inputs(form.count, 1)), buffer(inputs(form.count, 2)))
        let (w, b) = (buffer(inputs(parameters, 3)), buffer(inputs(parameters, 4)))
        let (y, dx) = (buffer(nothing), buffer(nothing))
        let unset = [Double](repeating: .nan, count: max(lines, parameters))
        let (mean, variance) = (buffer(Array(unset[..<lines])), buffer(Array(unset[..<lines])))
        let (dw, db) = (buffer(Array(unset[..<parameters])), buffer(Array(unset[..<parameters])))
        // Never empty here.
        func numbers(_ buffer: GuardedBuffer<Double>) -> UnsafeMutablePointer<Double> { buffer.elements.baseAddress! }

        let cut = Int64(lines / 2)
        for (begin, end) in [(cut, Int64(lines)), (0, cut)] {
            gradus_normalize(
                float64, &kernel, x.address, w.address, b.address, y.address, numbers(mean), numbers(variance), begin,
                end)
        }
        let parts = buffer([Double](repeating: .nan, count: 4 * parameters))
        for (range, (begin, end)) in [(cut, Int64(lines)), (0, cut)].enumerated() {
            gradus_normalize_gradient(
                float64, &kernel, x.address, w.address, b.address, u.address, numbers(mean), numbers(variance),
                dx.address,
                numbers(parts) + range * 2 * parameters, begin, end)
        }
        gradus_normalize_parameter_gradients(
            float64, Int64(parameters), 2, numbers(parts), dw.address, db.address)
        // Either without the other is the same.
        let (dxAlone, alone) = (buffer(nothing), buffer([Double](repeating: .nan, count: 2 * parameters)))
        gradus_normalize_gradient(
            float64, &kernel, x.address, w.address, b.address, u.address, numbers(mean), numbers(variance),
            dxAlone.address, nil,
            0, Int64(lines))
        gradus_normalize_gradient(
            float64, &kernel, x.address, w.address, b.address, u.address, numbers(mean), numbers(variance), nil,
            numbers(alone), 0,
            Int64(lines))
        #expect(dxAlone.values == dx.values)

        let n = Double(form.count / lines)
        var (sums, squares) = ([Double](repeating: 0, count: lines), [Double](repeating: 0, count: lines))
        for i in 0..<form.count { sums[form.place(i).line] += x.values[i] / n }
        for i in 0..<form.count {
            let d = x.values[i] - sums[form.place(i).line]
            squares[form.place(i).line] += d * d / n
        }
        func standard(_ i: Int) -> Double {
            let line = form.place(i).line
            return (x.values[i] - sums[line]) / (squares[line] + 0.25).squareRoot()
        }
        var (g, covered) = ([Double](repeating: 0, count: lines), [Double](repeating: 0, count: lines))
        var (ew, eb) = ([Double](repeating: 0, count: parameters), [Double](repeating: 0, count: parameters))
        for i in 0..<form.count {
            let (line, parameter) = form.place(i)
            g[line] += u.values[i] * w.values[parameter] / n
            covered[line] += u.values[i] * w.values[parameter] * standard(i) / n
            ew[parameter] += u.values[i] * standard(i)
            eb[parameter] += u.values[i]
        }
        func near(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * (1 + abs(b)) }
        for i in 0..<form.count {
            let (line, parameter) = form.place(i)
            #expect(near(y.values[i], standard(i) * w.values[parameter] + b.values[parameter]))
            let expected =
                (u.values[i] * w.values[parameter] - g[line] - standard(i) * covered[line])
                / (squares[line] + 0.25).squareRoot()
            #expect(near(dx.values[i], expected))
        }
        for line in 0..<lines {
            #expect(near(mean.values[line], sums[line]) && near(variance.values[line], squares[line]))
        }
        for j in 0..<parameters {
            #expect(near(dw.values[j], ew[j]) && near(db.values[j], eb[j]))
            #expect(near(alone.values[j], ew[j]) && near(alone.values[parameters + j], eb[j]))
        }
        return y.values + dx.values + mean.values + variance.values + dw.values + db.values
    }

    /// In float32 a small variance far from 0 keeps its digits, and so do numbers and gradients made with it.
    @Test func distancesFarFromZero() {
        let n = 1000
        let x = (0..<n).map { Float(10_000 + 0.55 * (Double(($0 * 379) % n) / Double(n) * 3.46 - 1.73)) }
        let u = (0..<n).map { Float(Double(($0 * 31) % 17 - 8) / 8) }
        let exact = x.map(Double.init)
        let m = exact.reduce(0, +) / Double(n)
        let v = exact.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(n)
        let standard = exact.map { ($0 - m) / (v + 1e-5).squareRoot() }
        let shift = u.reduce(0) { $0 + Double($1) } / Double(n)
        let slope = zip(u, standard).reduce(0) { $0 + Double($1.0) * $1.1 } / Double(n)
        for path in kernelPaths {
            onPath(path) {
                for (channels, span) in [(Int64(n), Int64(1)), (1, Int64(n))] {
                    var form = gradus_normalization(
                        batch: 1, outer: 1, groups: 1, channels: channels, span: span, epsilon: 1e-5, rectified: false)
                    var (y, dx) = ([Float](repeating: .nan, count: n), [Float](repeating: .nan, count: n))
                    var (mean, variance) = (0.0, 0.0)
                    gradus_normalize(float32, &form, x, nil, nil, &y, &mean, &variance, 0, 1)
                    gradus_normalize_gradient(float32, &form, x, nil, nil, u, &mean, &variance, &dx, nil, 0, 1)
                    #expect(abs(mean - m) <= 1e-12 * m && abs(variance - v) <= 1e-9 * v)
                    for i in 0..<n {
                        #expect(abs(Double(y[i]) - standard[i]) <= 5e-7)
                        let expected = (Double(u[i]) - shift - standard[i] * slope) / (v + 1e-5).squareRoot()
                        #expect(abs(Double(dx[i]) - expected) <= 1e-6)
                    }
                }
            }
        }
    }

    /// Of 8 MB results are written past the caches: the same as half of them each, which are not, and nothing beside them.
    @Test(arguments: kernelPaths) func largeResults(path: String) {
        onPath(path) {
            checkLarge(Float.self, float32)
            checkLarge(Double.self, float64)
        }
    }

    private func checkLarge<T: BinaryFloatingPoint>(_: T.Type, _ type: Int32) {
        let (rows, channels) = (1024, 8256 / MemoryLayout<T>.size)  // rows end where lines of the cache do
        func numbers(_ count: Int, _ seed: Int) -> GuardedBuffer<T> {
            let pattern = inputs(1009, seed).map { T($0) }
            let buffer = GuardedBuffer([T](repeating: 0, count: count), fromStart: true)
            for start in stride(from: 0, to: count, by: pattern.count) {
                let some = min(pattern.count, count - start)
                _ = buffer.elements[start..<start + some].update(fromContentsOf: pattern[..<some])
            }
            return buffer
        }
        let (x, u) = (numbers(rows * channels, 1), numbers(rows * channels, 2))
        let (w, b) = (numbers(channels, 3), numbers(channels, 4))
        for (weight, bias) in [(w.address, b.address), (w.address, nil), (nil, nil)] as [(_, UnsafeMutableRawPointer?)]
        {
            func run(parts: Int) -> (y: GuardedBuffer<T>, dx: GuardedBuffer<T>) {
                let nothing = [T](repeating: .nan, count: rows * channels)
                let (y, dx) = (GuardedBuffer(nothing, fromStart: true), GuardedBuffer(nothing, fromStart: true))
                let each = rows / parts
                for part in 0..<parts {
                    let start = part * each * channels * MemoryLayout<T>.size
                    var form = gradus_normalization(
                        batch: 1, outer: Int64(each), groups: 1, channels: Int64(channels), span: 1, epsilon: 0.25,
                        rectified: false)
                    var mean = [Double](repeating: .nan, count: each)
                    var variance = mean
                    gradus_normalize(
                        type, &form, x.address + start, weight, bias, y.address + start, &mean, &variance, 0,
                        Int64(each))
                    gradus_normalize_gradient(
                        type, &form, x.address + start, weight, bias, u.address + start, &mean, &variance,
                        dx.address + start, nil, 0, Int64(each))
                }
                return (y, dx)
            }
            let (whole, halves) = (run(parts: 1), run(parts: 2))
            let bytes = rows * channels * MemoryLayout<T>.size
            #expect(bytes >= 1 << 23 && bytes / 2 < 1 << 23)
            #expect(memcmp(whole.y.address, halves.y.address, bytes) == 0)
            #expect(memcmp(whole.dx.address, halves.dx.address, bytes) == 0)
        }
    }
}
