import CGradusKernels
import Testing

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The float32 functions of two numbers that are not libm's: on pairs of special numbers and on a sample of all, against float64,
/// and the same to the bit on every path.
@Suite struct TwoOperandAccuracyTests {
    /// The bounds that elementwise.h states, in units of the last place.
    private static let functions: [(gradus_binary_op, ulps: Double, @Sendable (Double, Double) -> Double)] = [
        (GRADUS_POWER, 0.56, pow), (GRADUS_ATAN2, 1.5, atan2), (GRADUS_REMAINDER, 0.5000001, remainder),
    ]

    /// With the sign of the divisor; 0 has that of x.
    private static func remainder(_ x: Double, _ y: Double) -> Double {
        let rest = fmod(x, y)
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    }

    private static let special: [Float] = {
        let sizes: [Float] = [
            0, 1, 2, 3, 4, 0.5, 1.5, 0.1, 7, 100, 149, 150, 127, 128, 8_388_607, 8_388_607.5, 4_194_303.5, 16_777_215,
            16_777_216,
            16_777_218, 1e10, 1e30, .leastNonzeroMagnitude, Float(bitPattern: 71362), .leastNormalMagnitude,
            .greatestFiniteMagnitude,
            .infinity, .nan,
            Float(1).nextUp, Float(1).nextDown,
        ]
        return sizes + sizes.map { -$0 }
    }()

    /// All pairs of what is special, pairs of any bits, numbers of either sign, powers that lead anywhere, whole numbers, and such as are
    /// nearly so many times as large as the other.
    private static let pairs: (x: [Float], y: [Float]) = {
        var x: [Float] = [], y: [Float] = [], state: UInt64 = 88_172_645_463_325_252
        func bits() -> UInt32 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt32(truncatingIfNeeded: state >> 16)
        }
        func number(_ size: Float) -> Float { (Float(bits()) / 0x1p31 - 1) * size }
        for a in special {
            for b in special { (x, y) = (x + [a], y + [b]) }
        }
        for _ in 0..<4000 {
            let base = exp(number(3)), near = 1 + number(0.1), any = Float(bitPattern: bits())
            let times = any * number(0x1p25).rounded()
            x += [
                Float(bitPattern: bits()), base, near, any, number(9), number(9), number(1e6).rounded(), times.nextUp,
                times.nextDown,
            ]
            y += [
                Float(bitPattern: bits()), number(20), number(150) / log2(near), any * number(2), number(9).rounded(),
                number(9),
            ]
            y += [number(100).rounded(), any, any]
        }
        return (x, y)
    }()

    private static func run(_ op: gradus_binary_op, _ x: [Float], _ y: [Float]) -> [Float] {
        var out = [Float](repeating: 0, count: x.count)
        gradus_binary_flat(op, float32, Int64(x.count), x, y, &out)
        return out
    }
    private static func isSame(_ x: Float, _ y: Float) -> Bool { x.isNaN ? y.isNaN : x.bitPattern == y.bitPattern }

    @Test func withinUnitsOfTheLastPlace() {
        for (op, ulps, function) in Self.functions {
            let (x, y) = Self.pairs, out = Self.run(op, x, y)
            for i in 0..<x.count {
                let exact = function(Double(x[i]), Double(y[i])), rounded = Float(exact)
                let isNear =
                    !rounded.isFinite || exact == 0
                    ? Self.isSame(rounded, out[i]) || (out[i].isFinite && abs(exact) < 0x1.00000p128)
                    : out[i].sign == rounded.sign && abs(Double(out[i]) - exact) <= ulps * Double(rounded.ulp)
                #expect(isNear, "operation \(op.rawValue) of \(x[i]) and \(y[i]) is \(out[i]), not \(rounded)")
            }
        }
    }

    /// Powers that float32 has are met.
    @Test func exactPowersAreExact() {
        var x: [Float] = [], y: [Float] = [], expected: [Float] = []
        for base in stride(from: Float(1), through: 4095, by: 2) {
            for halves in -20...20 {
                for scale: Float in [0x1p-40, 0x1p-13, 1, 0x1p14, 0x1p41] {
                    let exact = pow(Double(base * scale), Double(halves) / 2)
                    if Double(Float(exact)) != exact { continue }
                    x.append(halves.isMultiple(of: 4) ? -base * scale : base * scale)
                    y.append(Float(halves) / 2)
                    expected.append(Float(exact))
                }
            }
        }
        #expect(x.count > 10_000 && Self.run(GRADUS_POWER, x, y) == expected)
    }

    /// One exponent for all, which may need no logarithm.
    @Test(arguments: kernelPaths) func oneExponentForAll(path: String) {
        onPath(path) {
            let x = Self.pairs.x, count = Int64(x.count)
            var layout = gradus_layout()
            layout.rank = 1
            layout.size.0 = count
            layout.stride_a.0 = 1
            for exponent: Float in [2, 3, 0.5, -1, 1, 0, -2, 1.5, -0.5, 4] {
                var out = [Float](repeating: 0, count: x.count)
                withUnsafePointer(to: exponent) { gradus_binary(GRADUS_POWER, float32, &layout, x, $0, &out, 0, count) }
                for i in 0..<x.count {
                    let exact = pow(Double(x[i]), Double(exponent)), rounded = Float(exact)
                    let isNear =
                        !rounded.isFinite || exact == 0
                        ? Self.isSame(rounded, out[i])
                        : out[i].sign == rounded.sign && abs(Double(out[i]) - exact) <= 0.56 * Double(rounded.ulp)
                    #expect(isNear, "\(x[i]) to the power \(exponent) is \(out[i]), not \(rounded)")
                }
            }
        }
    }

    @Test func theSameBitsOnEveryPath() {
        for (op, _, _) in Self.functions {
            var expected: [UInt32] = []
            for path in kernelPaths {
                onPath(path) {
                    // A NaN is a NaN, whatever its bits.
                    let bits = Self.run(op, Self.pairs.x, Self.pairs.y).map {
                        $0.isNaN ? Float.nan.bitPattern : $0.bitPattern
                    }
                    if expected.isEmpty { expected = bits }
                    #expect(bits == expected, "operation \(op.rawValue) on path \(path)")
                }
            }
        }
    }

    /// Neither what lies beside it nor that an operand stands still changes a result, nor that it is written over an operand.
    @Test func neighboursDoNotMatter() {
        let (x, y) = Self.pairs
        for (op, _, _) in Self.functions {
            for path in kernelPaths {
                onPath(path) {
                    let together = Self.run(op, x, y)
                    for i in stride(from: 0, to: x.count - 40, by: 97) {
                        #expect(Self.isSame(Self.run(op, [x[i]], [y[i]])[0], together[i]))
                        let count = 1 + i % 40, still = [Float](repeating: x[i], count: count)
                        var layout = gradus_layout(), out = Array(y[i..<(i + count)])
                        layout.rank = 1
                        layout.size.0 = Int64(count)
                        layout.stride_b.0 = 1
                        let expected = Self.run(op, still, out)
                        out.withUnsafeMutableBytes {
                            gradus_binary(op, float32, &layout, still, $0.baseAddress, $0.baseAddress, 0, Int64(count))
                        }
                        #expect(zip(out, expected).allSatisfy { Self.isSame($0, $1) })
                    }
                }
            }
        }
    }
}
