import CGradusKernels
import Testing

/// The kernels by themselves, at every size from 0 to 70, in buffers between pages that may not be touched.
@Suite struct ElementwiseKernelTests {
    static let sizes = Array(0...70)

    private func inputs(_ count: Int, _ shift: Int) -> [Float] {
        (0..<count).map { Float(($0 * 37 + shift * 11) % 23 - 11) / 4 + 0.125 }
    }

    private func layout(_ count: Int, _ stepA: Int, _ stepB: Int) -> gradus_layout {
        var layout = gradus_layout()
        layout.rank = 1
        layout.size.0 = Int64(count)
        layout.stride_a.0 = Int64(stepA)
        layout.stride_b.0 = Int64(stepB)
        return layout
    }

    @Test(arguments: [(1, 1), (0, 1), (1, 0)]) func binary(_ stepA: Int, _ stepB: Int) {
        let operations: [(gradus_binary_op, (Float, Float) -> Float)] = [
            (GRADUS_ADD, { $0 + $1 }), (GRADUS_SUBTRACT, { $0 - $1 }), (GRADUS_MULTIPLY, { $0 * $1 }),
            (GRADUS_DIVIDE, { $0 / $1 }), (GRADUS_MAXIMUM, { max($0, $1) }), (GRADUS_MINIMUM, { min($0, $1) }),
        ]
        for count in Self.sizes where count > 0 {
            for fromStart in [false, true] {
                let a = GuardedBuffer(inputs(stepA == 0 ? 1 : count, 1), fromStart: fromStart)
                let b = GuardedBuffer(inputs(stepB == 0 ? 1 : count, 2), fromStart: fromStart)
                let out = GuardedBuffer([Float](repeating: .nan, count: count), fromStart: fromStart)
                var layout = layout(count, stepA, stepB)
                for (operation, expected) in operations {
                    // In two calls, as two threads would share it.
                    let cut = count / 3
                    for (begin, end) in [(0, cut), (cut, count)] {
                        gradus_binary(
                            operation, float32, &layout, a.address, b.address, out.address, Int64(begin),
                            Int64(end))
                    }
                    for i in 0..<count {
                        #expect(out.values[i] == expected(a.values[i * stepA], b.values[i * stepB]))
                    }
                }
            }
        }
    }

    @Test func unary() {
        let operations: [(gradus_unary_op, (Float) -> Float)] = [
            (GRADUS_NEGATE, { -$0 }), (GRADUS_ABS, { abs($0) }), (GRADUS_SQUARE, { $0 * $0 }),
            (GRADUS_RELU, { max($0, 0) }), (GRADUS_STEP, { $0 > 0 ? 1 : 0 }), (GRADUS_RECIPROCAL, { 1 / $0 }),
            (GRADUS_FLOOR, { $0.rounded(.down) }), (GRADUS_ROUND, { $0.rounded(.toNearestOrEven) }),
        ]
        for count in Self.sizes {
            let x = GuardedBuffer(inputs(count, 3)), y = GuardedBuffer([Float](repeating: .nan, count: count))
            for (operation, expected) in operations {
                gradus_unary(operation, float32, Int64(count), x.address, y.address)
                #expect(y.values == x.values.map(expected))
            }
        }
    }

    @Test func comparisonsClampsSelectionsConversionsAndFills() {
        for count in Self.sizes {
            let x = GuardedBuffer(inputs(count, 4)), y = GuardedBuffer(inputs(count, 5))
            let mask = GuardedBuffer([UInt8](repeating: 9, count: count))
            let out = GuardedBuffer([Float](repeating: .nan, count: count))
            let wide = GuardedBuffer([Double](repeating: .nan, count: count))
            if count > 0 {
                var layout = layout(count, 1, 1)
                gradus_compare(
                    GRADUS_LESS, float32, &layout, x.address, y.address, mask.address, 0, Int64(count))
                #expect(mask.values == zip(x.values, y.values).map { $0 < $1 ? 1 : 0 })
                gradus_select(float32, Int64(count), mask.address, x.address, y.address, out.address)
                #expect(out.values == zip(x.values, y.values).map { min($0, $1) })
            }
            gradus_clamp(float32, Int64(count), -1, 1.5, x.address, out.address)
            #expect(out.values == x.values.map { min(max($0, -1), 1.5) })
            #expect(gradus_convert(float32, float64, Int64(count), x.address, wide.address))
            #expect(wide.values == x.values.map(Double.init))
            gradus_fill(float32, Int64(count), 2.5, out.address)
            #expect(out.values == [Float](repeating: 2.5, count: count))
        }
    }

    @Test func transposition() {
        for rows in [1, 2, 7, 8, 31, 32, 33, 70] {
            for columns in [1, 3, 8, 16, 33, 65] {
                let x = GuardedBuffer((0..<rows * columns).map(Float.init))
                let out = GuardedBuffer([Float](repeating: .nan, count: rows * columns))
                var layout = gradus_layout()
                layout.rank = 2
                (layout.size.0, layout.size.1) = (Int64(columns), Int64(rows))
                (layout.stride_a.0, layout.stride_a.1) = (1, Int64(columns))
                gradus_copy_strided(4, &layout, x.address, out.address, 0, Int64(rows * columns))
                let expected = (0..<columns).flatMap { column in
                    (0..<rows).map { Float($0 * columns + column) }
                }
                #expect(out.values == expected)
            }
        }
    }
}

@Suite struct MatrixKernelTests {
    /// Whole numbers, so that every order of summation gives the same.
    @Test(arguments: [0, 1, 2, 3, 5, 6, 7, 8, 12, 15, 16, 17, 31, 33, 48, 70]) func products(_ m: Int) {
        for (n, k) in [(1, 1), (1, 9), (5, 0), (6, 3), (7, 16), (16, 17), (17, 5), (33, 8), (70, 41)] {
            let a = GuardedBuffer((0..<m * k).map { Float($0 * 7 % 13 - 6) })
            let b = GuardedBuffer((0..<k * n).map { Float($0 * 5 % 11 - 5) })
            for (transposedA, transposedB) in [(false, false), (true, false), (false, true), (true, true)] {
                let c = GuardedBuffer([Float](repeating: .nan, count: m * n))
                let stridesA = transposedA ? (1, m) : (k, 1)
                let stridesB = transposedB ? (1, k) : (n, 1)
                gradus_gemm(
                    float32, Int64(m), Int64(n), Int64(k), a.address, Int64(stridesA.0), Int64(stridesA.1),
                    b.address, Int64(stridesB.0), Int64(stridesB.1), nil, 0, c.address, Int64(n), 0, Int64(m))
                let (x, y) = (a.values, b.values)
                let expected = (0..<m * n).map { index in
                    (0..<k).reduce(Float(0)) {
                        $0 + x[index / n * stridesA.0 + $1 * stridesA.1] * y[$1 * stridesB.0 + index % n * stridesB.1]
                    }
                }
                #expect(c.values == expected)
            }
        }
    }
}
