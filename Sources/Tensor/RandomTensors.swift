import CGradusKernels

/// How many numbers are drawn at a time. Even, since normal numbers come in pairs.
private let block = 1 << 14

extension Tensor {
    /// Numbers spread evenly over a range, the upper bound excluded; floating-point types only.
    ///
    /// Each takes one draw, made a `Double` in the range and then rounded, so that `float32` and `float64` get the same
    /// numbers but for the rounding. A range that is empty or not finite is misuse.
    public static func uniform(
        _ shape: Shape, in range: Range<Double> = 0..<1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard isReal(elementType, for: "uniform") else { return .inert(shape, elementType) }
        let width = range.upperBound - range.lowerBound
        guard width > 0 && width.isFinite else {
            return misuse("uniform: the range \(range) is empty or not finite", inert: .inert(shape, elementType))
        }
        return drawing(shape, elementType, using: &generator) { count, draws, out in
            gradus_random_to_uniform(Int64(count), draws)
            draws.withMemoryRebound(to: Double.self, capacity: count) {
                gradus_place(
                    elementType.code, Int64(count), $0, range.lowerBound, width, range.upperBound, out)
            }
            return count
        }
    }

    /// Numbers spread evenly over a range, from the default generator.
    public static func uniform(
        _ shape: Shape, in range: Range<Double> = 0..<1, as elementType: ElementType = .float32
    ) -> Tensor {
        DefaultRandom.withShared { uniform(shape, in: range, as: elementType, using: &$0) }
    }

    /// Normally distributed numbers; floating-point types only.
    ///
    /// Two numbers take two draws (Box and Muller, 1958), computed as `Double` and then rounded. A negative standard
    /// deviation, and what is not finite, is misuse.
    public static func normal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        normal("normal", shape, mean, standardDeviation, .infinity, elementType, using: &generator)
    }

    /// Normally distributed numbers from the default generator.
    public static func normal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, as elementType: ElementType = .float32
    ) -> Tensor {
        DefaultRandom.withShared {
            normal(shape, mean: mean, standardDeviation: standardDeviation, as: elementType, using: &$0)
        }
    }

    /// Normally distributed numbers, those farther than two standard deviations from the mean drawn again; floating-point
    /// types only. (The standard deviation of what remains is 0.88 of the one given.)
    ///
    /// A negative standard deviation, and what is not finite, is misuse.
    public static func truncatedNormal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        normal("truncatedNormal", shape, mean, standardDeviation, 2, elementType, using: &generator)
    }

    /// Normally distributed numbers cut at two standard deviations, from the default generator.
    public static func truncatedNormal(
        _ shape: Shape, mean: Double = 0, standardDeviation: Double = 1, as elementType: ElementType = .float32
    ) -> Tensor {
        DefaultRandom.withShared {
            truncatedNormal(shape, mean: mean, standardDeviation: standardDeviation, as: elementType, using: &$0)
        }
    }

    private static func normal(
        _ name: StaticString, _ shape: Shape, _ mean: Double, _ deviation: Double, _ limit: Double,
        _ type: ElementType, using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard isReal(type, for: name) else { return .inert(shape, type) }
        guard mean.isFinite && deviation.isFinite && deviation >= 0 else {
            return misuse(
                "\(name): mean \(mean), standard deviation \(deviation); both are finite, the latter 0 or more",
                inert: .inert(shape, type))
        }
        return drawing(shape, type, pairs: true, using: &generator) { count, draws, out in
            gradus_random_to_normal(Int64(count + count % 2), draws)
            return draws.withMemoryRebound(to: Double.self, capacity: count) {
                let kept = limit == .infinity ? Int64(count) : gradus_keep_within(Int64(count), limit, $0)
                gradus_place(type.code, kept, $0, mean, deviation, .infinity, out)
                return Int(kept)
            }
        }
    }

    /// `true` with the given probability; of type `bool`. A probability outside 0 ... 1 is misuse.
    public static func bernoulli(
        _ shape: Shape, probability: Double, using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard probability >= 0 && probability <= 1 else {
            return misuse("bernoulli: a probability of \(probability) is outside 0 to 1", inert: .inert(shape, .bool))
        }
        return drawing(shape, .bool, using: &generator) { count, draws, out in
            gradus_random_to_uniform(Int64(count), draws)
            draws.withMemoryRebound(to: Double.self, capacity: count) {
                gradus_below(Int64(count), $0, probability, out)
            }
            return count
        }
    }

    /// `true` with the given probability, by the default generator.
    public static func bernoulli(_ shape: Shape, probability: Double) -> Tensor {
        DefaultRandom.withShared { bernoulli(shape, probability: probability, using: &$0) }
    }

    /// The integers `0 ..< n` in random order, every order as likely as another; of type `int64`. A negative n is misuse.
    public static func permutation(_ n: Int, using generator: inout some RandomNumberGenerator) -> Tensor {
        guard n >= 0 else { return misuse("permutation: of \(n) numbers; the number is 0 or more") }
        var result = arange(n)
        guard !misuseIsPending else { return result }
        result.withMutableElements(as: Int.self) { numbers in
            for i in stride(from: n - 1, to: 0, by: -1) {
                numbers.swapAt(i, Int(generator.draw(below: UInt64(i + 1))))
            }
        }
        return result
    }

    /// The integers `0 ..< n` in random order, by the default generator.
    public static func permutation(_ n: Int) -> Tensor { DefaultRandom.withShared { permutation(n, using: &$0) } }

    /// A tensor filled block by block. `body` gets a number of draws and where to write; it says how many elements it
    /// wrote, and for the others more is drawn. With `pairs` there is one draw more where the number is odd.
    private static func drawing(
        _ shape: Shape, _ type: ElementType, pairs: Bool = false, using generator: inout some RandomNumberGenerator,
        _ body: (Int, UnsafeMutablePointer<UInt64>, UnsafeMutableRawPointer) -> Int
    ) -> Tensor {
        make(shape, type) { out in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Swift.min(block, shape.count + 1)) { draws in
                guard let start = draws.baseAddress else { return }
                var done = 0
                while done < shape.count {
                    let count = Swift.min(block, shape.count - done)
                    generator.draw(pairs ? count + count % 2 : count, into: start)
                    done += body(count, start, out + done * type.size)
                }
            }
        }
    }

    private static func isReal(_ type: ElementType, for name: StaticString) -> Bool {
        guard type.isFloatingPoint else {
            return misuse("\(name): not defined as \(type); draw floats and convert")
        }
        return true
    }
}
