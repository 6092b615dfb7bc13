import CGradusKernels
import Testing

/// The steps of optimizers by themselves, of 0 to 70 numbers, between pages that may not be touched. Inputs are eighths.
@Suite struct OptimizerKernelTests {
    private func inputs(_ count: Int, _ seed: Int) -> [Double] {
        (0..<count).map { Double(($0 * 31 + seed * 7) % 17 - 8) / 8 }
    }

    private func near(_ a: [Double], _ b: [Double]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-13 * (1 + abs($1)) }
    }

    @Test(arguments: 0...70) func sgd(_ n: Int) {
        let g = GuardedBuffer(inputs(n, 1), fromStart: n % 2 == 0)
        for (momentum, nesterov, first) in [
            (0.0, false, false), (0.5, false, true), (0.5, false, false), (0.5, true, true), (0.5, true, false),
        ] {
            var settings = gradus_sgd_settings(
                sign: -1, decay: 0.25, rate: 0.5, momentum: momentum, nesterov: nesterov, first: first)
            let w = GuardedBuffer(inputs(n, 2), fromStart: n % 2 == 0)
            let v = GuardedBuffer(inputs(n, 3), fromStart: n % 2 == 0)
            var (expected, velocity) = (w.values, v.values)
            for i in 0..<n {
                let slope = -g.elements[i] + 0.25 * expected[i]
                if momentum > 0 { velocity[i] = first ? slope : momentum * velocity[i] + slope }
                let step = momentum == 0 ? slope : nesterov ? slope + momentum * velocity[i] : velocity[i]
                expected[i] -= 0.5 * step
            }
            gradus_sgd(float64, Int64(n), &settings, g.address, momentum == 0 ? nil : v.address, w.address)
            #expect(near(w.values, expected) && near(v.values, velocity))
        }
    }

    @Test(arguments: 0...70) func adam(_ n: Int) {
        var settings = gradus_adam_settings(
            sign: 1, decay: 0.25, keep: 0.75, rate: 0.5, beta1: 0.5, beta2: 0.75, root: 2, epsilon: 0.125)
        let g = GuardedBuffer(inputs(n, 1), fromStart: n % 2 == 0)
        let w = GuardedBuffer(inputs(n, 2), fromStart: n % 2 == 0)
        let m = GuardedBuffer(inputs(n, 3), fromStart: n % 2 == 0)
        let v = GuardedBuffer(inputs(n, 4).map { $0 * $0 }, fromStart: n % 2 == 0)
        var (expected, mean, square) = (w.values, m.values, v.values)
        for i in 0..<n {
            let slope = g.elements[i] + 0.25 * expected[i]
            mean[i] = 0.5 * mean[i] + 0.5 * slope
            square[i] = 0.75 * square[i] + 0.25 * slope * slope
            expected[i] = 0.75 * expected[i] - 0.5 * mean[i] / (2 * square[i].squareRoot() + 0.125)
        }
        gradus_adam(float64, Int64(n), &settings, g.address, m.address, v.address, w.address)
        #expect(near(w.values, expected) && near(m.values, mean) && near(v.values, square))
    }
}
