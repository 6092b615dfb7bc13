import GradusTensor

// Points in the plane, for models one can draw: inputs `[n, 2]` of `float32`, labels `[n]` of `int64`. Noise is the standard
// deviation of what is added to each point. Counts below 1, and noise that is negative or not finite, are misuse.

extension Dataset {
    /// So many arms of a spiral, which no line can part: points of class 0 first. The angle of the arms is 4 radians over a
    /// radius of 1; noise is in radians. (Stanford's CS231n, "Putting it together", with its numbers.)
    public static func spiral(
        classes: Int = 3, pointsPerClass: Int = 100, noise: Double = 0.2,
        using generator: inout some RandomNumberGenerator
    ) -> Dataset {
        guard check("spiral", [classes, pointsPerClass], noise) else { return empty }
        let radius = Tensor.linspace(0, 1, count: pointsPerClass)
        return joined(
            (0..<classes).map { arm in
                let start = 4 * Double(arm)
                let angle =
                    Tensor.linspace(start, start + 4, count: pointsPerClass)
                    + .normal([pointsPerClass], standardDeviation: noise, using: &generator)
                return stack([radius * sin(angle), radius * cos(angle)], along: 1)
            })
    }

    /// Two half-circles of radius 1 that reach into one another: the upper around (0, 0), the lower around (1, ½).
    public static func moons(
        pointsPerClass: Int = 100, noise: Double = 0.1, using generator: inout some RandomNumberGenerator
    ) -> Dataset {
        guard check("moons", [pointsPerClass], noise) else { return empty }
        let angle = Tensor.linspace(0, .pi, count: pointsPerClass)
        let upper = stack([cos(angle), sin(angle)], along: 1)
        let lower = Tensor([1, 0.5]) - upper
        return joined([upper, lower], noise, &generator)
    }

    /// Circles around (0, 0), class k of radius (k + 1) / classes.
    public static func circles(
        classes: Int = 2, pointsPerClass: Int = 100, noise: Double = 0.05,
        using generator: inout some RandomNumberGenerator
    ) -> Dataset {
        guard check("circles", [classes, pointsPerClass], noise) else { return empty }
        let angle = Tensor.arange(0, Double(pointsPerClass)) * (2 * .pi / Double(pointsPerClass))
        let circle = stack([cos(angle), sin(angle)], along: 1)
        let parts = (1...classes).map { circle * (Double($0) / Double(classes)) }
        return joined(parts, noise, &generator)
    }

    /// Heaps around centres drawn evenly from −1 to 1 each way; `features` may be other than 2.
    public static func blobs(
        classes: Int = 3, pointsPerClass: Int = 100, features: Int = 2, noise: Double = 0.15,
        using generator: inout some RandomNumberGenerator
    ) -> Dataset {
        guard check("blobs", [classes, pointsPerClass, features], noise) else { return empty }
        let centres = Tensor.uniform([classes, features], in: -1..<1, using: &generator)
        let parts = (0..<classes).map { centres[$0...$0].broadcast(to: [pointsPerClass, features]) }
        return joined(parts, noise, &generator)
    }

    private static func joined(
        _ parts: [Tensor], _ noise: Double, _ generator: inout some RandomNumberGenerator
    ) -> Dataset {
        joined(parts.map { $0 + .normal($0.shape, standardDeviation: noise, using: &generator) })
    }

    /// The points of part k are of class k.
    private static func joined(_ parts: [Tensor]) -> Dataset {
        let labels = parts.enumerated().flatMap { [Int](repeating: $0, count: $1.shape[0]) }
        return Dataset(inputs: concatenate(parts), labels: Tensor(labels))
    }

    private static func check(_ name: StaticString, _ counts: [Int], _ noise: Double) -> Bool {
        guard counts.allSatisfy({ $0 >= 1 }) && noise >= 0 && noise.isFinite else {
            return misuse("\(name): counts \(counts), noise \(noise); counts are 1 or more, noise 0 or more and finite")
        }
        return true
    }

    private static var empty: Dataset { Dataset(inputs: .inert([1, 2]), labels: .zeros([1], as: .int64)) }
}
