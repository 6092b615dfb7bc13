import CGradusKernels
import Testing

/// Convolution and its gradients by themselves on every path, against the definition, between pages that may not be touched,
/// each in two calls. Inputs are small whole numbers, whose products and sums are exact in any order.
@Suite struct ConvolutionKernelTests {
    /// What a convolution is made of, for short: images, groups, channels and filters of one, height and width, kernel.
    private static func geometry(
        _ images: Int64, _ groups: Int64, _ channels: Int64, _ filters: Int64, _ size: (Int64, Int64),
        _ kernel: (Int64, Int64), stride: (Int64, Int64) = (1, 1), padding: (Int64, Int64) = (0, 0),
        dilation: (Int64, Int64) = (1, 1)
    ) -> gradus_convolution {
        let height = (size.0 + 2 * padding.0 - dilation.0 * (kernel.0 - 1) - 1) / stride.0 + 1
        let width = (size.1 + 2 * padding.1 - dilation.1 * (kernel.1 - 1) - 1) / stride.1 + 1
        return gradus_convolution(
            images: images, groups: groups, channels: channels, height: size.0, width: size.1, filters: filters,
            out_height: height, out_width: width, kernel_height: kernel.0, kernel_width: kernel.1, stride_y: stride.0,
            stride_x: stride.1, padding_y: padding.0, padding_x: padding.1, dilation_y: dilation.0,
            dilation_x: dilation.1)
    }

    private static let geometries: [gradus_convolution] =
        (1...18).map { geometry(1, 1, 2, 3, (3, $0), (2, 1), padding: (1, 0)) }
        + [1, 2, 11, 12, 13, 23, 25].map { geometry(2, 1, $0, 26 - $0, (4, 5), (3, 3), padding: (1, 1)) }
        + [
            geometry(3, 2, 3, 5, (7, 6), (3, 2), stride: (2, 3), padding: (1, 2)),
            geometry(2, 1, 14, 3, (9, 8), (3, 3), stride: (2, 2), padding: (1, 1), dilation: (2, 1)),
            geometry(1, 3, 13, 2, (6, 7), (2, 2), stride: (3, 1), dilation: (1, 3)),
            geometry(5, 1, 1, 1, (1, 1), (1, 1), stride: (4, 4)), geometry(9, 1, 3, 2, (7, 7), (3, 3), padding: (1, 1)),
            geometry(1, 1, 43, 2, (3, 3), (3, 3), padding: (1, 1)),
            geometry(2, 2, 3, 4, (6, 11), (3, 3), padding: (0, 2)),
            geometry(2, 3, 1, 2, (130, 40), (3, 3), padding: (1, 1)),
            geometry(2, 5, 1, 1, (7, 9), (3, 3), stride: (2, 2), padding: (1, 1)),
            geometry(1, 3, 1, 2, (12, 13), (3, 2), stride: (3, 4), padding: (2, 1), dilation: (2, 3)),
            geometry(2, 4, 1, 1, (9, 16), (1, 1), stride: (2, 2)),
            geometry(1, 1, 2, 1, (15, 33), (3, 3), padding: (2, 0)),
            geometry(1, 1, 386, 2, (2, 3), (3, 3), padding: (1, 1)), geometry(1, 1, 1, 99, (5, 8), (2, 2)),
            geometry(1, 1, 1, 2, (2, 1030), (1, 5)), geometry(1, 1, 2, 2, (20, 27), (3, 3), padding: (1, 1)),
            geometry(2, 1, 66, 70, (5, 6), (3, 3), padding: (1, 1)),
            geometry(17, 2, 3, 6, (7, 11), (3, 5), padding: (4, 5)), geometry(32, 1, 6, 16, (9, 10), (5, 5)),
            geometry(9, 1, 4, 10, (3, 2), (5, 6), padding: (2, 3)), geometry(4, 1, 9, 4, (40, 21), (3, 3)),
            geometry(1, 2, 18, 40, (5, 4), (3, 3), padding: (0, 2)),
        ]

    private static func numbers<T: BinaryFloatingPoint>(_ count: Int64, _ shift: Int, _: T.Type) -> [T] {
        (0..<Int(count)).map { T(($0 * 29 + shift * 7) % 11 - 5) }
    }

    /// Results of the three faces by the definition.
    private static func expected<T: BinaryFloatingPoint>(_ c: gradus_convolution, _ x: [T], _ w: [T], _ u: [T]) -> [[T]]
    {
        var y = u.map { _ in T(0) }, dx = x.map { _ in T(0) }, dw = w.map { _ in T(0) }
        let outputs = Int(c.groups * c.filters), inputs = Int(c.groups * c.channels)
        let (rows, columns, height, width) = (Int(c.out_height), Int(c.out_width), Int(c.height), Int(c.width))
        for image in 0..<Int(c.images) {
            for filter in 0..<outputs {
                for channel in 0..<Int(c.channels) {
                    let plane = image * inputs + filter / Int(c.filters) * Int(c.channels) + channel
                    for tap in 0..<Int(c.kernel_height * c.kernel_width) {
                        let (i, j) = (tap / Int(c.kernel_width), tap % Int(c.kernel_width))
                        let weight =
                            (filter * Int(c.channels) + channel) * Int(c.kernel_height * c.kernel_width) + tap
                        for place in 0..<rows * columns {
                            let row = place / columns * Int(c.stride_y) + i * Int(c.dilation_y) - Int(c.padding_y)
                            let column = place % columns * Int(c.stride_x) + j * Int(c.dilation_x) - Int(c.padding_x)
                            guard row >= 0, row < height, column >= 0, column < width else { continue }
                            let from = (plane * height + row) * width + column
                            let to = (image * outputs + filter) * rows * columns + place
                            y[to] += x[from] * w[weight]
                            dx[from] += u[to] * w[weight]
                            dw[weight] += u[to] * x[from]
                        }
                    }
                }
            }
        }
        return [y, dx, dw]
    }

    private func check<T: BinaryFloatingPoint>(_ convolution: gradus_convolution, _: T.Type) {
        var c = convolution
        let type = MemoryLayout<T>.size == 4 ? float32 : float64
        let taps = c.channels * c.kernel_height * c.kernel_width
        let x = Self.numbers(c.images * c.groups * c.channels * c.height * c.width, 1, T.self)
        let w = Self.numbers(c.groups * c.filters * taps, 2, T.self)
        let u = Self.numbers(c.images * c.groups * c.filters * c.out_height * c.out_width, 3, T.self)
        let expected = Self.expected(c, x, w, u)
        let fromStart = c.width % 2 == 0
        let (gx, gw, gu) = (
            GuardedBuffer(x, fromStart: fromStart), GuardedBuffer(w, fromStart: fromStart),
            GuardedBuffer(u, fromStart: fromStart)
        )
        func room(_ count: Int64) -> GuardedBuffer<T> {
            GuardedBuffer([T](repeating: 0, count: Int(count)), fromStart: fromStart)
        }
        func shares(_ items: Int64) -> [(Int64, Int64)] { [(items / 2, items), (0, items / 2)] }
        let faces: [(Int, GuardedBuffer<T>, [T])] = [
            (GRADUS_FORWARD, gx, expected[0]), (GRADUS_INPUT_GRADIENT, gu, expected[1]),
        ]
        for (face, from, result) in faces {
            let face = Int32(face), out = room(Int64(result.count)), slices = gradus_convolution_slices(type, face, &c)
            let packed = room(gradus_convolution_packed(type, face, &c))
            let scratch = room(gradus_convolution_scratch(type, face, &c))
            for (begin, end) in shares(slices) {
                gradus_convolution_pack(type, face, &c, gw.address, packed.address, begin, end)
            }
            let items = gradus_convolution_items(type, face, &c)
            for (begin, end) in shares(items) {
                gradus_convolution_run(
                    type, face, &c, from.address, packed.address, nil, out.address, scratch.address, begin, end)
            }
            #expect(out.values == result, "face \(face) of \(c)")
            // With a bias, an element a plane of the results.
            let planes = face == GRADUS_FORWARD ? c.groups * c.filters : c.groups * c.channels
            let bias = GuardedBuffer(Self.numbers(planes, 5, T.self))
            gradus_convolution_run(
                type, face, &c, from.address, packed.address, bias.address, out.address, scratch.address, 0, items)
            let size = result.count / Int(planes * c.images)
            let biased = result.indices.map { result[$0] + bias.elements[$0 / size % Int(planes)] }
            #expect(out.values == biased, "face \(face) of \(c), biased")
        }
        if type == float32 && c.kernel_height == 3 && c.kernel_width == 3 && c.stride_y * c.stride_x == 1
            && c.dilation_y * c.dilation_x == 1
        {
            for (face, from, result) in faces { checkWinograd(&c, Int32(face), from.address, gw.address, result) }
            checkWeights(&c, type, gx.address, gu.address, expected[2], .filtered)
        }
        if type == float32 && c.stride_y * c.stride_x * c.dilation_y * c.dilation_x == 1 {
            for (face, from, result) in faces { checkImages(&c, Int32(face), from.address, gw.address, result) }
            checkWeights(&c, type, gx.address, gu.address, expected[2], .imagewise)
        }
        let spread = room(Int64(x.count)), spreadScratch = room(gradus_convolution_spread_scratch(type, &c))
        for (begin, end) in shares(c.images * c.groups) {
            gradus_convolution_spread(
                type, &c, gu.address, gw.address, nil, spread.address, spreadScratch.address, begin, end)
        }
        #expect(spread.values == expected[1], "spread \(c)")
        checkWeights(&c, type, gx.address, gu.address, expected[2], .plain)
        guard gradus_depthwise_pays(type, &c) else { return }
        checkWeights(&c, type, gx.address, gu.address, expected[2], .depthwise)
        for (face, from, result) in faces {
            let face = Int32(face), out = room(Int64(result.count))
            let scratch = GuardedBuffer([T](repeating: .nan, count: Int(gradus_depthwise_scratch(type, face, &c))))
            for (begin, end) in shares(gradus_depthwise_items(type, face, &c)) {
                gradus_depthwise_run(
                    type, face, &c, from.address, gw.address, nil, out.address, scratch.address, begin, end)
            }
            #expect(out.values == result, "depthwise, face \(face) of \(c)")
        }
    }

    private enum Way { case plain, filtered, depthwise, imagewise }

    /// The gradient in the weights, in one of its ways.
    private func checkWeights<T: BinaryFloatingPoint>(
        _ c: inout gradus_convolution, _ type: Int32, _ x: UnsafeMutableRawPointer, _ u: UnsafeMutableRawPointer,
        _ result: [T], _ way: Way
    ) {
        func room(_ count: Int64, of value: T) -> GuardedBuffer<T> {
            GuardedBuffer([T](repeating: value, count: Int(count)), fromStart: c.width % 2 == 0)
        }
        let sizes =
            switch way {
            case .plain: gradus_convolution_weight_sizes(type, &c)
            case .filtered: gradus_winograd_weight_sizes(&c)
            case .depthwise: gradus_depthwise_weight_sizes(type, &c)
            case .imagewise: gradus_imagewise_weight_sizes(&c)
            }
        let partial = room(sizes.splits * Int64(result.count), of: .nan), out = room(Int64(result.count), of: .nan)
        let scratch = room(sizes.scratch, of: 0)
        for (begin, end) in [(sizes.items / 2, sizes.items), (0, sizes.items / 2)] {
            switch way {
            case .plain:
                gradus_convolution_weight_gradient(type, &c, x, u, partial.address, scratch.address, begin, end)
            case .filtered: gradus_winograd_weight_gradient(&c, x, u, partial.address, scratch.address, begin, end)
            case .depthwise:
                gradus_depthwise_weight_gradient(type, &c, x, u, partial.address, scratch.address, begin, end)
            case .imagewise: gradus_imagewise_weight_gradient(&c, x, u, partial.address, scratch.address, begin, end)
            }
        }
        let count = Int64(result.count)
        for (begin, end) in [(count / 2, count), (0, count / 2)] {
            gradus_convolution_sum_splits(type, sizes.splits, count, partial.address, out.address, begin, end)
        }
        #expect(out.values == result, "weights of \(c), \(way)")
    }

    /// Halves and quarters of small whole numbers are exact too.
    private func checkWinograd<T: BinaryFloatingPoint>(
        _ c: inout gradus_convolution, _ face: Int32, _ from: UnsafeMutableRawPointer, _ w: UnsafeMutableRawPointer,
        _ result: [T]
    ) {
        let packed = GuardedBuffer([T](repeating: 0, count: Int(gradus_winograd_packed(face, &c))))
        let scratch = GuardedBuffer([T](repeating: 0, count: Int(gradus_winograd_scratch(face, &c))))
        let out = GuardedBuffer([T](repeating: .nan, count: result.count), fromStart: c.height % 2 == 0)
        let slices = gradus_winograd_slices(face, &c), items = gradus_winograd_items(face, &c)
        let (packedOperand, other) = gradus_winograd_packs_input(face, &c) ? (from, w) : (w, from)
        for (begin, end) in [(slices / 2, slices), (0, slices / 2)] {
            gradus_winograd_pack(face, &c, packedOperand, packed.address, scratch.address, begin, end)
        }
        for (begin, end) in [(items / 2, items), (0, items / 2)] {
            gradus_winograd_run(face, &c, other, packed.address, nil, out.address, scratch.address, begin, end)
        }
        #expect(out.values == result, "Winograd, face \(face) of \(c)")
    }

    private func checkImages<T: BinaryFloatingPoint>(
        _ c: inout gradus_convolution, _ face: Int32, _ from: UnsafeMutableRawPointer, _ w: UnsafeMutableRawPointer,
        _ result: [T]
    ) {
        let fromStart = c.height % 2 == 0, items = gradus_imagewise_items(face, &c)
        let packed = GuardedBuffer([T](repeating: .nan, count: Int(gradus_imagewise_packed(face, &c))))
        let scratch = GuardedBuffer(
            [T](repeating: .nan, count: Int(gradus_imagewise_scratch(face, &c))), fromStart: fromStart)
        let out = GuardedBuffer([T](repeating: .nan, count: result.count), fromStart: fromStart)
        gradus_imagewise_pack(face, &c, w, packed.address)
        for (begin, end) in [(items / 2, items), (0, items / 2)] {
            gradus_imagewise_run(face, &c, from, packed.address, nil, out.address, scratch.address, begin, end)
        }
        #expect(out.values == result, "images side by side, face \(face) of \(c)")
    }

    @Test(arguments: kernelPaths) func single(path: String) {
        onPath(path) { for c in Self.geometries { check(c, Float.self) } }
    }

    @Test(arguments: kernelPaths) func double(path: String) {
        onPath(path) { for c in Self.geometries.suffix(16) { check(c, Double.self) } }
    }

    @Test func finiteNumbers() {
        for count in 0...130 {
            let x = GuardedBuffer([Float](repeating: 1, count: count), fromStart: count % 2 == 0)
            #expect(gradus_are_finite(float32, Int64(count), x.address))
            for special in [Float.nan, .infinity, -.infinity] where count > 0 {
                x.elements[count * 2 / 3] = special
                #expect(!gradus_are_finite(float32, Int64(count), x.address))
                x.elements[count * 2 / 3] = 1
            }
        }
    }
}
