import CGradusKernels
import Testing

/// Kernels that belong to no larger family, at every size from 0 to 70, between pages that may not be touched.
@Suite struct SmallKernelTests {
    private func eighths(_ count: Int, _ seed: Int) -> [Float] {
        (0..<count).map { Float(($0 * 31 + seed * 7) % 17 - 8) / 8 }
    }

    @Test(arguments: kernelPaths) func dotsAndFlatOperands(path: String) {
        onPath(path) {
            for n in Array(0...70) + [4095, 4096, 4097, 8193] {
                let (a, b) = (GuardedBuffer(eighths(n, 1)), GuardedBuffer(eighths(n, 2), fromStart: true))
                let blocks = (n + 4095) / 4096, sums = GuardedBuffer([Double](repeating: .nan, count: blocks))
                gradus_dot(float32, Int64(n), a.address, b.address, sums.elements.baseAddress, 0, Int64(blocks))
                let expected = zip(a.values, b.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                #expect(sums.values.reduce(0, +) == expected)
                let product = GuardedBuffer([Float](repeating: .nan, count: n))
                gradus_binary_flat(GRADUS_MULTIPLY, float32, Int64(n), a.address, b.address, product.address)
                #expect(product.values == zip(a.values, b.values).map { $0 * $1 })
            }
        }
    }

    /// The first draws of xoshiro256** from this state, as its authors' code gives them.
    @Test func draws() {
        var state: [UInt64] = [1, 2, 3, 4]
        let draws = (0..<4).map { _ in gradus_random_next(&state) }
        #expect(draws == [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
        for n in 0...70 {
            let x = GuardedBuffer(eighths(n, 3).map(Double.init), fromStart: n % 2 == 0)
            let expected = x.values.filter { abs($0) <= 0.5 }
            let count = gradus_keep_within(Int64(n), 0.5, x.elements.baseAddress)
            #expect(Array(x.values.prefix(Int(count))) == expected)
        }
    }

    @Test func memory() throws {
        for bytes in [1, 63, 64, 4097, 3 << 20] {
            let block = try #require(gradus_allocate(Int64(bytes)))
            defer { gradus_free(block) }
            #expect(Int(bitPattern: block) % 64 == 0)
            gradus_poison(block, Int64(bytes))
            #expect(UnsafeRawBufferPointer(start: block, count: bytes).allSatisfy { $0 == 0xFF })
        }
        for n in 0...70 {
            let x = GuardedBuffer([Double](repeating: 0, count: n), fromStart: n % 2 == 0)
            gradus_poison(x.address, Int64(n * 8))
            #expect(x.values.allSatisfy { $0.isNaN })
        }
    }

    @Test(arguments: kernelPaths) func whatTheMachineIsAsked(path: String) {
        onPath(path) {
            for type in [float32, float64] {
                var keep = Double.nan
                #expect(gradus_multiply_add_loop(type, 10, &keep) > 0 && keep.isFinite)
            }
        }
        gradus_pause()
        #expect(gradus_this_thread() == gradus_this_thread())
    }

    @Test func whereWinogradPays() {
        var c = gradus_convolution()
        (c.channels, c.filters, c.kernel_height, c.kernel_width) = (64, 64, 3, 3)
        (c.stride_y, c.stride_x, c.dilation_y, c.dilation_x) = (1, 1, 1, 1)
        #expect(gradus_winograd_pays(float32, &c) && !gradus_winograd_pays(float64, &c))
        c.stride_x = 2
        #expect(!gradus_winograd_pays(float32, &c))
    }
}
