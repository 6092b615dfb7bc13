import CGradusKernels
import Testing

/// Every elementwise kernel, for every element type it takes, on every number of elements up to 70, between pages that may
/// not be touched. What a kernel computes for an element must not depend on how many there are, on where a range is cut, or on
/// the path it takes.
@Suite struct EveryElementwiseKernelTests {
    private static let most = 70
    private static let int64: Int32 = 2, bool: Int32 = 3
    private static let types = [float32, float64, int64, bool]
    private static let floats = [float32, float64]

    private static func size(_ type: Int32) -> Int { [4, 8, 8, 1][Int(type)] }

    /// 70 elements at which every function has a value, as bytes: floats between 0 and 1, integers to 50, both bools.
    private static func elements(_ type: Int32, _ shift: Int) -> [UInt8] {
        let numbers = (0..<most).map { i in
            let cell = Double((i * 37 + shift * 11) % most)
            return type == int64
                ? (cell * 0.7).rounded() + 1
                : type == bool ? (cell / 9).rounded(.down).remainder(dividingBy: 2) : (cell + 0.5) / 71
        }
        var bytes = [UInt8](repeating: 0, count: most * size(type))
        _ = gradus_convert(float64, type, Int64(most), numbers, &bytes)
        return bytes
    }

    /// Runs `kernel` on 70 elements, then on every smaller number, and compares. `kernel` gets the number of elements, the
    /// inputs and where to write.
    private static func check(
        _ name: String, _ inputs: [Int32], _ output: Int32,
        _ kernel: (Int, [UnsafeMutableRawPointer], UnsafeMutableRawPointer) -> Void
    ) {
        let elements = inputs.enumerated().map { Self.elements($1, $0) }
        func run(_ n: Int, fromStart: Bool) -> [UInt8] {
            let memory = zip(inputs, elements).map { type, bytes in
                GuardedBuffer(Array(bytes[..<(n * size(type))]), fromStart: fromStart)
            }
            let out = GuardedBuffer([UInt8](repeating: 0x5A, count: n * size(output)), fromStart: fromStart)
            return withExtendedLifetime(memory) {
                kernel(n, memory.map(\.address), out.address)
                return out.values
            }
        }
        var expected: [UInt8] = []
        onPath("portable") { expected = run(most, fromStart: false) }
        for path in kernelPaths {
            onPath(path) {
                for n in 0...most {
                    for fromStart in [false, true]
                    where run(n, fromStart: fromStart) != Array(expected[..<(n * size(output))]) {
                        Issue.record("\(name): \(path), \(n) elements, guarded \(fromStart ? "before" : "behind")")
                        return
                    }
                }
            }
        }
    }

    private static func layout(_ count: Int, _ stepA: Int, _ stepB: Int) -> gradus_layout {
        var layout = gradus_layout()
        layout.rank = 1
        layout.size.0 = Int64(count)
        layout.stride_a.0 = Int64(stepA)
        layout.stride_b.0 = Int64(stepB)
        return layout
    }

    @Test(arguments: floats) func unary(type: Int32) {
        for code in 0...GRADUS_GELU_TANH_SLOPE.rawValue {
            Self.check("unary \(code)", [type], type) { n, x, y in
                gradus_unary(gradus_unary_op(code), type, Int64(n), x[0], y)
            }
        }
    }

    @Test(arguments: [float32, float64, 2]) func binary(type: Int32) {
        let integers = [GRADUS_ADD, GRADUS_SUBTRACT, GRADUS_MULTIPLY, GRADUS_MAXIMUM, GRADUS_MINIMUM]
        for code in 0...GRADUS_GELU_TANH_GRADIENT.rawValue
        where type != Self.int64 || integers.contains(gradus_binary_op(code)) {
            for (a, b) in [(1, 1), (1, 0), (0, 1), (0, 0)] {
                Self.check("binary \(code), steps \(a) and \(b)", [type, type], type) { n, x, y in
                    var layout = Self.layout(n, a, b)
                    let cut = Int64(n / 3)
                    guard n > 0 else { return }
                    gradus_binary(gradus_binary_op(code), type, &layout, x[0], x[1], y, 0, cut)
                    gradus_binary(gradus_binary_op(code), type, &layout, x[0], x[1], y, cut, Int64(n))
                }
            }
        }
    }

    /// The gradient of a function is what its slope times the upstream is, to the bit, whether that walks or stands still, and
    /// in place of either.
    @Test(arguments: floats) func gradientsAreSlopesTimesTheUpstream(type: Int32) {
        let pairs = [
            (GRADUS_ABS_GRADIENT, GRADUS_SIGN), (GRADUS_EXPM1_GRADIENT, GRADUS_EXP),
            (GRADUS_SIGMOID_GRADIENT, GRADUS_SIGMOID_SLOPE), (GRADUS_TANH_GRADIENT, GRADUS_TANH_SLOPE),
            (GRADUS_SOFTPLUS_GRADIENT, GRADUS_SIGMOID), (GRADUS_SILU_GRADIENT, GRADUS_SILU_SLOPE),
            (GRADUS_GELU_GRADIENT, GRADUS_GELU_SLOPE), (GRADUS_GELU_TANH_GRADIENT, GRADUS_GELU_TANH_SLOPE),
        ]
        let n = Self.most, bytes = n * Self.size(type)
        var x = [UInt8](repeating: 0, count: bytes)
        _ = gradus_convert(float64, type, Int64(n), (0..<n).map { Double($0 * 37 % n) / 4 - 9 }, &x)
        let u = Self.elements(type, 1)
        for path in kernelPaths {
            onPath(path) {
                for (gradient, slope) in pairs {
                    var slopes = x, expected = x, still = x, result = x
                    gradus_unary(slope, type, Int64(n), x, &slopes)
                    gradus_binary_flat(GRADUS_MULTIPLY, type, Int64(n), u, slopes, &expected)
                    gradus_binary_flat(gradient, type, Int64(n), x, u, &result)
                    #expect(result == expected, "gradient \(gradient.rawValue) on \(path)")
                    var (inX, inU) = (x, u)
                    inX.withUnsafeMutableBytes {
                        gradus_binary_flat(gradient, type, Int64(n), $0.baseAddress, u, $0.baseAddress)
                    }
                    inU.withUnsafeMutableBytes {
                        gradus_binary_flat(gradient, type, Int64(n), x, $0.baseAddress, $0.baseAddress)
                    }
                    #expect(inX == expected && inU == expected)
                    var layout = Self.layout(n, 1, 0)
                    gradus_binary(GRADUS_MULTIPLY, type, &layout, slopes, u, &expected, 0, Int64(n))
                    gradus_binary(gradient, type, &layout, x, u, &still, 0, Int64(n))
                    #expect(still == expected)
                }
            }
        }
    }

    @Test(arguments: types) func compare(type: Int32) {
        for code in 0...(type == Self.bool ? GRADUS_OR : GRADUS_GREATER_EQUAL).rawValue {
            for (a, b) in [(1, 1), (1, 0), (0, 1)] {
                Self.check("compare \(code), steps \(a) and \(b)", [type, type], Self.bool) { n, x, y in
                    var layout = Self.layout(n, a, b)
                    if n > 0 { gradus_compare(gradus_compare_op(code), type, &layout, x[0], x[1], y, 0, Int64(n)) }
                }
            }
        }
    }

    @Test(arguments: types) func everyType(type: Int32) {
        for op in [GRADUS_IS_NAN, GRADUS_IS_FINITE] {
            Self.check("predicate", [type], Self.bool) { n, x, y in gradus_predicate(op, type, Int64(n), x[0], y) }
        }
        Self.check("select", [Self.bool, type, type], type) { n, x, y in
            gradus_select(type, Int64(n), x[0], x[1], x[2], y)
        }
        Self.check("fill", [], type) { n, _, y in gradus_fill(type, Int64(n), 3, y) }
        for other in Self.types {
            Self.check("convert to \(other)", [type], other) { n, x, y in
                #expect(gradus_convert(type, other, Int64(n), x[0], y))
            }
        }
        Self.check("agreement", [type, type], Self.bool) { n, x, y in
            #expect(
                gradus_equal(type, Int64(n), x[0], x[0]) && gradus_is_close(type, Int64(n), x[0], x[0], 0, 0, false))
            // The second input differs from the first in its first element.
            if n > 0 { #expect(type == Self.bool || !gradus_equal(type, Int64(n), x[0], x[1])) }
            gradus_fill(Self.bool, Int64(n), 1, y)
        }
    }

    @Test func masks() {
        Self.check("not, any", [Self.bool], Self.bool) { n, x, y in
            gradus_predicate(GRADUS_NOT, Self.bool, Int64(n), x[0], y)
            let mask = UnsafeRawBufferPointer(start: x[0], count: n)
            #expect(gradus_any(Int64(n), x[0]) == mask.contains(1))
            #expect(gradus_any_not(Int64(n), x[0]) == mask.contains(0))
        }
    }

    @Test(arguments: floats) func numbersMadeByRule(type: Int32) {
        Self.check("clamp", [type], type) { n, x, y in gradus_clamp(type, Int64(n), 0.3, 0.6, x[0], y) }
        Self.check("ramp", [], type) { n, _, y in gradus_ramp(type, 5, Int64(n), 0.1, 0.7, y) }
        Self.check("place", [float64], type) { n, x, y in
            gradus_place(type, Int64(n), x[0].assumingMemoryBound(to: Double.self), 1, 2, 3, y)
        }
    }

    @Test func randomNumbers() {
        Self.check("uniform", [], float64) { n, _, y in
            var state: [UInt64] = [1, 2, 3, 4]
            gradus_random_fill(&state, Int64(n), y.assumingMemoryBound(to: UInt64.self))
            gradus_random_to_uniform(Int64(n), y.assumingMemoryBound(to: UInt64.self))
        }
        Self.check("below", [float64], Self.bool) { n, x, y in
            gradus_below(Int64(n), x[0].assumingMemoryBound(to: Double.self), 0.4, y)
        }
        // Two by two, so that an odd one at the end stays a draw.
        Self.check("normal", [], float64) { n, _, y in
            var state: [UInt64] = [1, 2, 3, 4]
            var draws = [UInt64](repeating: 0, count: n + 1)
            gradus_random_fill(&state, Int64(n + 1), &draws)
            let even = n + n % 2
            gradus_random_to_normal(Int64(even), &draws)
            y.copyMemory(from: draws, byteCount: n * 8)
        }
    }
}
