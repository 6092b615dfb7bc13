import CGradusKernels
import Testing

/// The steps of optimizers by themselves, of 0 to 70 numbers, in both types and on every path, between pages that may not be
/// touched. Inputs are eighths.
@Suite struct OptimizerKernelTests {
    private func inputs<T: BinaryFloatingPoint>(_ count: Int, _ seed: Int) -> [T] {
        (0..<count).map { T(($0 * 31 + seed * 7) % 17 - 8) / 8 }
    }

    /// Compared with what double precision gives, within a few roundings of the type.
    private func near<T: BinaryFloatingPoint>(_ a: [T], _ b: [Double]) -> Bool {
        let tolerance = 16 * Double(T.ulpOfOne)
        return a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * (1 + abs($1)) }
    }

    @Test(arguments: kernelPaths) func sgd(_ path: String) {
        onPath(path) {
            for n in 0...70 {
                sgd(n, of: Float.self, float32)
                sgd(n, of: Double.self, float64)
            }
        }
    }

    private func sgd<T: BinaryFloatingPoint>(_ n: Int, of: T.Type, _ type: Int32) {
        let g = GuardedBuffer<T>(inputs(n, 1), fromStart: n % 2 == 0)
        for (momentum, nesterov, first) in [
            (0.0, false, false), (0.5, false, true), (0.5, false, false), (0.5, true, true), (0.5, true, false),
        ] {
            var settings = gradus_sgd_settings(
                sign: -1, decay: 0.3, rate: 0.1, momentum: momentum, nesterov: nesterov, first: first)
            let w = GuardedBuffer<T>(inputs(n, 2), fromStart: n % 2 == 0)
            let v = GuardedBuffer<T>(inputs(n, 3), fromStart: n % 2 == 0)
            var (expected, velocity) = (w.values.map { Double($0) }, v.values.map { Double($0) })
            for i in 0..<n {
                let slope = -Double(g.elements[i]) + 0.3 * expected[i]
                if momentum > 0 { velocity[i] = first ? slope : momentum * velocity[i] + slope }
                let step = momentum == 0 ? slope : nesterov ? slope + momentum * velocity[i] : velocity[i]
                expected[i] -= 0.1 * step
            }
            gradus_sgd(type, Int64(n), &settings, g.address, momentum == 0 ? nil : v.address, w.address)
            #expect(near(w.values, expected) && near(v.values, velocity))
        }
    }

    @Test(arguments: kernelPaths) func adam(_ path: String) {
        onPath(path) {
            for n in 0...70 {
                adam(n, of: Float.self, float32)
                adam(n, of: Double.self, float64)
            }
        }
    }

    private func adam<T: BinaryFloatingPoint>(_ n: Int, of: T.Type, _ type: Int32) {
        var settings = gradus_adam_settings(
            sign: 1, decay: 0.3, keep: 0.75, rate: 0.1, beta1: 0.9, beta2: 0.99, root: 2, epsilon: 0.125)
        let g = GuardedBuffer<T>(inputs(n, 1), fromStart: n % 2 == 0)
        let w = GuardedBuffer<T>(inputs(n, 2), fromStart: n % 2 == 0)
        let m = GuardedBuffer<T>(inputs(n, 3), fromStart: n % 2 == 0)
        let v = GuardedBuffer<T>(inputs(n, 4).map { (x: T) in x * x }, fromStart: n % 2 == 0)
        var expected = w.values.map { Double($0) }
        var (mean, square) = (m.values.map { Double($0) }, v.values.map { Double($0) })
        for i in 0..<n {
            let slope = Double(g.elements[i]) + 0.3 * expected[i]
            mean[i] = 0.9 * mean[i] + (1 - 0.9) * slope
            square[i] = 0.99 * square[i] + (1 - 0.99) * slope * slope
            expected[i] = 0.75 * expected[i] - 0.1 * mean[i] / (2 * square[i].squareRoot() + 0.125)
        }
        gradus_adam(type, Int64(n), &settings, g.address, m.address, v.address, w.address)
        #expect(near(w.values, expected) && near(m.values, mean) && near(v.values, square))
    }
}
