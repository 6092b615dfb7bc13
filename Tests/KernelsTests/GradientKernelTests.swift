import CGradusKernels
import Testing

/// The kernels of gradients along lines by themselves, at every length from 0 to 70, in rows and side by side, between pages
/// that may not be touched, each in two calls. Inputs are eighths.
@Suite struct GradientKernelTests {
    /// Lines side by side; now and then more of them than are worked on together.
    private func inners(_ n: Int) -> [Int] { n % 10 == 3 ? [1, 3, 300] : [1, 3] }
    private let outer = 2

    private func inputs(_ count: Int, _ seed: Int) -> [Double] {
        (0..<count).map { Double(($0 * 31 + seed * 7) % 17 - 8) / 8 }
    }

    private func shares(_ count: Int) -> [(Int64, Int64)] {
        let cut = Int64(count / 3)
        return [(cut, Int64(count)), (0, cut)]
    }

    /// The places of each line's elements.
    private func lines(_ n: Int, _ inner: Int) -> [[Int]] {
        (0..<outer * inner).map { line in (0..<n).map { (line / inner * n + $0) * inner + line % inner } }
    }

    @Test(arguments: 0...70) func recurrences(_ n: Int) {
        for inner in inners(n) {
            let count = outer * n * inner
            let a = GuardedBuffer(inputs(count, 1), fromStart: n % 2 == 0)
            let b = GuardedBuffer(inputs(count, 2), fromStart: n % 2 == 0)
            let y = GuardedBuffer([Double](repeating: .nan, count: count), fromStart: n % 2 == 0)
            for reversed in [false, true] {
                for (begin, end) in shares(outer * inner) {
                    gradus_linear_recurrence(
                        float64, reversed, Int64(n), Int64(inner), a.address, b.address, y.address, begin, end)
                }
                var expected = b.values
                for line in lines(n, inner) {
                    let order = reversed ? line.reversed() : line
                    for (last, next) in zip(order, order.dropFirst()) {
                        expected[next] += a.elements[next] * expected[last]
                    }
                }
                #expect(y.values == expected)
            }
        }
    }

    @Test(arguments: 0...70) func softmaxGradients(_ n: Int) {
        for path in kernelPaths where path == "portable" || n % 3 == 0 || n > 63 {
            onPath(path) { checkSoftmaxGradients(n) }
        }
    }

    private func checkSoftmaxGradients(_ n: Int) {
        for inner in inners(n) {
            let count = outer * n * inner
            let upstream = GuardedBuffer(inputs(count, 3), fromStart: n % 2 == 0)
            let y = GuardedBuffer([Double](repeating: 0, count: count), fromStart: n % 2 == 0)
            let x = GuardedBuffer([Double](repeating: .nan, count: count), fromStart: n % 2 == 0)
            let lines = lines(n, inner)
            for line in lines {
                // Shares that add up to 1.
                let total = line.indices.reduce(0.0) { $0 + Double($1 + 1) }
                for (i, place) in line.enumerated() { y.elements[place] = Double(i + 1) / total }
            }
            for logarithm in [false, true] {
                for (begin, end) in shares(outer * inner) {
                    gradus_softmax_gradient(
                        float64, logarithm, Int64(n), Int64(inner), y.address, upstream.address, x.address, begin, end)
                }
                for line in lines {
                    let sum = line.reduce(0.0) { $0 + (logarithm ? 1 : y.elements[$1]) * upstream.elements[$1] }
                    let isNear = line.allSatisfy { place in
                        let (y, u) = (y.elements[place], upstream.elements[place])
                        let expected = logarithm ? u - exponential(y) * sum : y * (u - sum)
                        return abs(x.elements[place] - expected) <= 1e-13
                    }
                    #expect(isNear)
                }
            }
        }
    }

    /// e to the power of a number from 0 to 1.
    private func exponential(_ x: Double) -> Double {
        (1...16).reversed().reduce(1.0) { 1 + x / Double($1) * $0 }
    }
}
