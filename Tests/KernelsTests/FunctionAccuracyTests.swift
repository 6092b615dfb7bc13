import CGradusKernels
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The float32 functions that are not libm's: on a sample of all float32 numbers, special ones among them, against float64, and
/// the same to the bit on every path.
@Suite struct FunctionAccuracyTests {
    /// Every 130,003rd float, from 0 over infinity and NaN to the negative ones, and what is special.
    private static let sample: [Float] = {
        var sample = stride(from: UInt64(0), to: 1 << 32, by: 130_003).map { Float(bitPattern: UInt32($0)) }
        let special: [Float] = [
            1, 88.72283, 88.72284, 87.33655, 89.41598, 89.41599, 0x1p-12, 103.97208, 103.97209, 9.0109, 16.635532, 13.2,
            14.2, 0.75, 0.5, .infinity,
            .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, .nan,
        ]
        // The borders of intervals lie at quarters, too.
        for x in special + (1...40).map({ Float($0) / 4 }) + [9.1] {
            sample += [x, -x, x.nextUp, x.nextDown, -x.nextUp]
        }
        return sample + [-0.0]
    }()

    private static func run(_ op: gradus_unary_op) -> [Float] {
        var y = [Float](repeating: 0, count: sample.count)
        gradus_unary(op, float32, Int64(sample.count), sample, &y)
        return y
    }

    private static func sigmoid(_ x: Double) -> Double {
        let e = exp(-abs(x))
        return x >= 0 ? 1 / (1 + e) : e / (1 + e)
    }
    private static func sigmoidSlope(_ x: Double) -> Double {
        let e = exp(-abs(x))
        return e / ((1 + e) * (1 + e))
    }

    /// With the bounds that elementwise.h states, in units of the last place.
    private static let precise: [(gradus_unary_op, ulps: Double, @Sendable (Double) -> Double)] = [
        (GRADUS_EXP, 0.91, exp), (GRADUS_EXPM1, 1.2, expm1), (GRADUS_LOG, 0.91, log), (GRADUS_LOG1P, 0.92, log1p),
        (GRADUS_TANH, 1.3, tanh), (GRADUS_SIGMOID, 1.9, sigmoid), (GRADUS_ERF, 1.6, erf), (GRADUS_ERFC, 3.4, erfc),
        (GRADUS_SOFTPLUS, 1.5, { max($0, 0) + log1p(exp(-abs($0))) }), (GRADUS_SIGMOID_SLOPE, 2.8, sigmoidSlope),
        (GRADUS_TANH_SLOPE, 2.8, { 4 * sigmoidSlope(2 * $0) }), (GRADUS_SQRT, 0.51, { $0.squareRoot() }),
        (GRADUS_SIN, 1.2, sin), (GRADUS_COS, 1.2, cos), (GRADUS_TAN, 1.3, tan), (GRADUS_ASIN, 1.2, asin),
        (GRADUS_ACOS, 1.2, acos), (GRADUS_ATAN, 1.21, atan), (GRADUS_LOG2, 0.92, log2), (GRADUS_SINH, 1.26, sinh),
        (GRADUS_COSH, 1.2, cosh),
    ]

    @Test func withinUnitsOfTheLastPlace() {
        for (op, ulps, function) in Self.precise {
            for (x, y) in zip(Self.sample, Self.run(op)) {
                let exact = function(Double(x)), rounded = Float(exact)
                if !rounded.isFinite || x == 0 {
                    let isSame = rounded.isNaN ? y.isNaN : y == rounded && y.sign == rounded.sign
                    #expect(isSame, "operation \(op.rawValue) of \(x) is \(y), not \(rounded)")
                } else if y.isNaN || abs(Double(y) - exact) > ulps * Double(rounded.ulp) {
                    Issue.record("operation \(op.rawValue) of \(x) is \(y), not \(rounded)")
                }
            }
        }
    }

    /// What crosses zero or has a tail of its own is compared with its largest values, 1 or x.
    @Test func smoothStepsWithinAFewRoundings() {
        func tanhForm(_ x: Double) -> (inside: Double, slope: Double) {
            (
                x * (1.59576912160573071176 + 0.0713548162726002488 * x * x),
                1.59576912160573071176 + 0.2140644488178 * x * x
            )
        }
        let root = 0.5.squareRoot()
        let steps: [(gradus_unary_op, (Double) -> Double)] = [
            (GRADUS_SILU, { $0 * Self.sigmoid($0) }),
            (GRADUS_SILU_SLOPE, { Self.sigmoid($0) + $0 * Self.sigmoidSlope($0) }),
            (GRADUS_GELU, { 0.5 * $0 * erfc(-$0 * root) }),
            (GRADUS_GELU_SLOPE, { 0.5 * erfc(-$0 * root) + $0 * exp(-$0 * $0 / 2) * 0.39894228040143267794 }),
            (GRADUS_GELU_TANH, { $0 * Self.sigmoid(tanhForm($0).inside) }),
            (
                GRADUS_GELU_TANH_SLOPE,
                {
                    let (inside, slope) = tanhForm($0)
                    return Self.sigmoid(inside) + $0 * slope * Self.sigmoidSlope(inside)
                }
            ),
        ]
        for (op, function) in steps {
            for (x, y) in zip(Self.sample, Self.run(op)) where x.isFinite {
                let error = abs(Double(y) - function(Double(x)))
                if !(error <= 1.3e-7 * max(1, abs(Double(x)))) {
                    Issue.record("operation \(op.rawValue) of \(x) is \(y)")
                }
            }
        }
    }

    @Test func theSameBitsOnEveryPath() {
        for code in 0...GRADUS_GELU_TANH_SLOPE.rawValue {
            var expected: [UInt32] = []
            for path in kernelPaths {
                onPath(path) {
                    // A NaN is a NaN, whatever its bits.
                    let bits = Self.run(gradus_unary_op(code)).map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
                    if expected.isEmpty { expected = bits }
                    #expect(bits == expected, "operation \(code) on path \(path)")
                }
            }
        }
    }

    /// What lies beyond a function's intervals is computed another way, and a row's end by vectors that overlap: neither changes
    /// what becomes of the numbers beside.
    @Test func neighboursDoNotMatter() {
        for code in 0...GRADUS_GELU_TANH_SLOPE.rawValue {
            for path in kernelPaths {
                onPath(path) {
                    let together = Self.run(gradus_unary_op(code))
                    for i in stride(from: 0, to: Self.sample.count, by: 29) {
                        var (x, y) = (Self.sample[i], Float.zero)
                        gradus_unary(gradus_unary_op(code), float32, 1, &x, &y)
                        let isSame = y.isNaN ? together[i].isNaN : y.bitPattern == together[i].bitPattern
                        #expect(
                            isSame,
                            "operation \(code) of \(x) on path \(path) is \(y) by itself, \(together[i]) in a row")
                    }
                }
            }
        }
    }

    /// In place, where input and output are one block.
    @Test func inPlace() {
        for code in 0...GRADUS_GELU_TANH_SLOPE.rawValue {
            for path in kernelPaths {
                onPath(path) {
                    var y = Array(Self.sample[1000..<1100])
                    let expected = y.withUnsafeBufferPointer { x in
                        [Float](unsafeUninitializedCapacity: 100) { out, count in
                            gradus_unary(gradus_unary_op(code), float32, 100, x.baseAddress, out.baseAddress)
                            count = 100
                        }
                    }
                    y.withUnsafeMutableBytes {
                        gradus_unary(gradus_unary_op(code), float32, 100, $0.baseAddress, $0.baseAddress)
                    }
                    #expect(y == expected || y.contains { $0.isNaN })
                }
            }
        }
    }
}
