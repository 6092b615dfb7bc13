import GradusTensor
import Testing
import _TestSupport

@Suite struct ConvolutionTests {
    /// Forward and both gradients against the reference, exactly, in both types.
    func check(_ reference: ConvolutionReference, seed: Int = 1, _ location: SourceLocation = #_sourceLocation) {
        let (input, weight, output) = (reference.input, reference.weight, reference.output)
        let geometry = reference.geometry
        var numbers = Numbers(seed: seed)
        let x = numbers.small(input.reduce(1, *))
        let w = numbers.small(weight.reduce(1, *))
        let y = numbers.small(output.reduce(1, *))
        let (xy, yw, xw) = (
            reference.weightGradient(x, y), reference.inputGradient(y, w), reference.convolve(x, w)
        )
        for type in [ElementType.float32, .float64] {
            let xs = Tensor(x, shape: Shape(input), as: type)
            let ws = Tensor(w, shape: Shape(weight), as: type)
            let ys = Tensor(y, shape: Shape(output), as: type)
            let out = conv2D(
                xs, ws, stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation,
                groups: geometry.groups)
            #expect(
                out.shape == Shape(output) && out.array(of: Double.self) == xw, "\(reference)", sourceLocation: location
            )
            let back = conv2DInputGradient(ys, ws, inputShape: Shape(input), geometry)
            #expect(
                back.shape == Shape(input) && back.array(of: Double.self) == yw, "\(reference)",
                sourceLocation: location)
            let weights = conv2DWeightGradient(xs, ys, weightShape: Shape(weight), geometry)
            #expect(
                weights.shape == Shape(weight) && weights.array(of: Double.self) == xy, "\(reference)",
                sourceLocation: location)
        }
    }

    static let kernels: [Pair] = [1, 3, Pair(1, 3), Pair(3, 2), Pair(2, 1), Pair(6, 7)]

    /// 324 geometries for each kernel that fits.
    @Test(arguments: kernels) func sweepOfGeometries(_ kernel: Pair) {
        var seed = 0
        for stride in [1, 2, 3, Pair(1, 2), Pair(3, 1), Pair(2, 5)] as [Pair] {
            for padding in [0, 1, 2, Pair(0, 2), Pair(3, 1)] as [Pair] {
                for dilation in [1, 2, Pair(2, 1), Pair(1, 3)] as [Pair] {
                    for (groups, channels, filters) in [(1, 2, 3), (2, 4, 2), (4, 4, 8)] {
                        let input = [1 + seed % 2, channels, 6, 7]
                        seed += 1
                        let span = Pair(
                            (kernel.vertical - 1) * dilation.vertical + 1,
                            (kernel.horizontal - 1) * dilation.horizontal + 1)
                        guard span.vertical <= 6 + 2 * padding.vertical, span.horizontal <= 7 + 2 * padding.horizontal
                        else { continue }
                        check(
                            ConvolutionReference(
                                geometry: Convolution2DGeometry(
                                    stride: stride, padding: padding, dilation: dilation, groups: groups),
                                input: input, weight: [filters, channels / groups, kernel.vertical, kernel.horizontal]),
                            seed: seed)
                    }
                }
            }
        }
    }

    /// More channels, taps and filters than one block of the kernels holds, and one more or less.
    @Test func edgesOfBlocks() {
        let whole = Convolution2DGeometry(padding: 1)
        let grouped = Convolution2DGeometry(stride: 2, padding: 1, groups: 2)
        for (input, weight, geometry) in [
            ([1, 15, 4, 5], [5, 15, 3, 3], whole),  // 135 taps, over 128
            ([2, 17, 3, 3], [4, 17, 2, 2], whole),  // 17 channels, over 16
            ([1, 34, 5, 4], [6, 17, 2, 3], grouped),
            ([1, 2, 8, 8], [63, 2, 1, 1], Convolution2DGeometry()),  // filters around 64 and 128; just 64 positions
            ([1, 2, 5, 13], [64, 2, 1, 1], Convolution2DGeometry()),
            ([1, 3, 3, 3], [65, 3, 3, 3], whole),
            ([1, 2, 2, 2], [129, 2, 1, 2], whole),
            ([1, 1, 3, 130], [3, 1, 2, 3], whole),  // rows longer than a block
            ([1, 1, 130, 3], [2, 1, 3, 2], Convolution2DGeometry(stride: Pair(1, 2), padding: Pair(2, 0))),
            ([33, 1, 2, 2], [2, 1, 2, 2], Convolution2DGeometry()),  // more images than splits
            ([1, 66, 1, 1], [66, 1, 1, 1], Convolution2DGeometry(groups: 66)),
            ([1, 43, 4, 5], [5, 43, 3, 3], whole),  // 387 terms, over 384
            ([1, 13, 2, 3], [386, 13, 1, 1], Convolution2DGeometry()),  // the same in the gradient of the input
            ([2, 2, 23, 24], [3, 2, 3, 3], whole),  // 552 positions, over 512
            ([1, 14, 24, 23], [2, 14, 2, 3], Convolution2DGeometry(stride: 2, padding: 1)),
            ([70, 13, 3, 3], [2, 13, 2, 2], whole),  // many small planes side by side
            ([1, 13, 2, 1100], [2, 13, 1, 3], whole),  // rows that are cut
            ([1, 13, 3, 3], [200, 13, 2, 2], whole),  // filters in blocks
        ] {
            check(ConvolutionReference(geometry: geometry, input: input, weight: weight))
        }
    }

    @Test func outputSizes() {
        // The examples of CS231n's notes on convolutional networks.
        let small = conv2D(.zeros([1, 3, 32, 32]), .zeros([10, 3, 5, 5]), padding: 2)
        #expect(small.shape == [1, 10, 32, 32])
        let geometry = Convolution2DGeometry(stride: 4)
        #expect(
            geometry.outputShape("conv2D", input: [128, 3, 227, 227], weight: [96, 3, 11, 11]) == [128, 96, 55, 55])
        // What does not fit a whole stride is left over.
        #expect(conv2D(.zeros([1, 1, 6, 7]), .zeros([1, 1, 3, 3]), stride: 2).shape == [1, 1, 2, 3])
    }

    @Test func biasIsAdded() {
        let x = Tensor([[[[1, 2], [3, 4]]]])
        let weight = Tensor([[[[1]]], [[[10]]]])
        let out = conv2D(x, weight, bias: Tensor([100, -1]))
        #expect(out == Tensor([[[[101, 102], [103, 104]], [[9, 19], [29, 39]]]]))
        let grouped = conv2D(
            Tensor.ones([1, 4, 1, 1]), .ones([4, 2, 1, 1]), bias: Tensor([1, 2, 3, 4]), groups: 2)
        #expect(grouped.array(of: Int.self) == [3, 4, 5, 6])
    }

    @Test func emptySizes() {
        #expect(conv2D(.zeros([0, 3, 8, 8]), .zeros([4, 3, 3, 3])).shape == [0, 4, 6, 6])
        #expect(conv2D(.zeros([2, 3, 8, 8]), .zeros([0, 3, 3, 3])).shape == [2, 0, 6, 6])
        let bias = conv2D(.zeros([1, 0, 3, 3]), .zeros([2, 0, 3, 3]), bias: Tensor([5, 6]))
        #expect(bias == Tensor([[[[5]], [[6]]]]))
        #expect(conv2D(.zeros([1, 0, 3, 3]), .zeros([2, 0, 2, 3])) == .zeros([1, 2, 2, 1]))
        // No rows, but padding enough for the kernel to lie on.
        #expect(conv2D(.ones([1, 1, 0, 3]), .ones([1, 1, 2, 1]), padding: 1) == .zeros([1, 1, 1, 5]))
        let geometry = Convolution2DGeometry()
        #expect(
            conv2DWeightGradient(.zeros([0, 3, 8, 8]), .zeros([0, 4, 6, 6]), weightShape: [4, 3, 3, 3], geometry)
                == .zeros([4, 3, 3, 3]))
        #expect(
            conv2DInputGradient(.zeros([0, 4, 6, 6]), .ones([4, 3, 3, 3]), inputShape: [0, 3, 8, 8], geometry).shape
                == [0, 3, 8, 8])
        #expect(
            conv2DInputGradient(.zeros([1, 0, 1, 1]), .zeros([0, 2, 3, 3]), inputShape: [1, 2, 3, 3], geometry)
                == .zeros([1, 2, 3, 3]))
    }

    /// Padding is zeros that take part: the same as zeros in the input, also under an infinite weight.
    @Test func paddingIsZeros() {
        var numbers = Numbers(seed: 3)
        let x = numbers.small(12)
        var padded = [Double](repeating: 0, count: 5 * 8)
        for y in 0..<3 { for x0 in 0..<4 { padded[(y + 1) * 8 + x0 + 2] = x[y * 4 + x0] } }
        for special in [1, .infinity, .nan] {
            var weight = numbers.small(6)
            weight[1] = special
            let kernel = Tensor(weight, shape: [1, 1, 2, 3])
            expectIdentical(
                conv2D(Tensor(x, shape: [1, 1, 3, 4]), kernel, padding: Pair(1, 2)),
                conv2D(Tensor(padded, shape: [1, 1, 5, 8]), kernel))
        }
    }

    @Test func nanAndInfinityGoWhereTheyAreMet() {
        var x = Tensor.ones([1, 1, 5, 5])
        x[at: [0, 0, 1, 1]] = .nan
        x[at: [0, 0, 4, 4]] = .infinity
        let out = conv2D(x, .ones([1, 1, 2, 2]))
        for row in 0..<4 {
            for column in 0..<4 {
                let value = out[at: [0, 0, row, column]]
                if row <= 1 && column <= 1 {
                    #expect(value.isNaN)
                } else {
                    #expect(value == (row == 3 && column == 3 ? .infinity : 4))
                }
            }
        }
        // Blocks end in columns that nobody wants; under an infinite weight these are NaN, and they stay where they are.
        for filters in 1...6 {
            var weight = Tensor.ones([filters, 1, 1, 1])
            for filter in stride(from: 0, to: filters, by: 2) { weight[at: [filter, 0, 0, 0]] = .infinity }
            for width in 1...9 {
                let out = conv2D(.ones([1, 1, 1, width]), weight)
                for filter in 0..<filters {
                    for x in 0..<width { #expect(out[at: [0, filter, 0, x]] == (filter % 2 == 0 ? .infinity : 1)) }
                }
            }
        }
        // In the gradient of the input nothing meets padding, so an infinite weight spoils no zero.
        let back = conv2DInputGradient(
            .ones([1, 1, 1, 1]), Tensor([[[[.infinity, 1]]]]), inputShape: [1, 1, 1, 3],
            Convolution2DGeometry(stride: Pair(1, 2)))
        #expect(back == Tensor([[[[.infinity, 1, 0]]]]))
    }

    /// ⟨conv(x, w), y⟩ = ⟨x, inputGradient(y, w)⟩ = ⟨w, weightGradient(x, y)⟩.
    @Test func gradientsAreAdjoint() {
        for (i, geometry) in [
            Convolution2DGeometry(), Convolution2DGeometry(stride: 2, padding: 1),
            Convolution2DGeometry(stride: Pair(3, 2), padding: Pair(0, 2), dilation: Pair(2, 1), groups: 3),
            Convolution2DGeometry(padding: 2, dilation: 3, groups: 6),
        ].enumerated() {
            let reference = ConvolutionReference(
                geometry: geometry, input: [3, 6, 11, 9], weight: [12, 6 / geometry.groups, 3, 2])
            var numbers = Numbers(seed: i)
            func random(_ sizes: [Int]) -> Tensor {
                Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes), as: .float64)
            }
            let (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
            func product(_ a: Tensor, _ b: Tensor) -> Double {
                zip(a.array(of: Double.self), b.array(of: Double.self)).reduce(0) { $0 + $1.0 * $1.1 }
            }
            let form = product(convolution("conv2D", x, w, nil, geometry), y)
            expectClose(product(x, conv2DInputGradient(y, w, inputShape: x.shape, geometry)), form, relative: 1e-12)
            expectClose(product(w, conv2DWeightGradient(x, y, weightShape: w.shape, geometry)), form, relative: 1e-12)
        }
    }

    /// The error of float32 against float64, of what is typical in the result: a few units in the last place, times the
    /// root of the number of terms.
    @Test(arguments: [0.0, 1.0]) func singlePrecisionIsClose(_ mean: Double) {
        let geometry = Convolution2DGeometry(padding: 1)
        let reference = ConvolutionReference(geometry: geometry, input: [6, 64, 14, 14], weight: [8, 64, 3, 3])
        var numbers = Numbers(seed: 7)
        func random(_ sizes: [Int]) -> Tensor {
            Tensor(numbers.fractions(sizes.reduce(1, *)).map { $0 + mean }, shape: Shape(sizes))
        }
        let (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
        let (x64, w64, y64) = (x.converted(to: .float64), w.converted(to: .float64), y.converted(to: .float64))
        func check(_ single: Tensor, _ double: Tensor, terms: Int) {
            let exact = double.array(of: Double.self)
            let typical = (exact.reduce(0) { $0 + $1 * $1 } / Double(exact.count)).squareRoot()
            let allowed = 4 * 0x1p-24 * Double(terms).squareRoot() * typical
            expectClose(single.converted(to: .float64), double, relative: 0, absolute: allowed)
        }
        check(conv2D(x, w, padding: 1), conv2D(x64, w64, padding: 1), terms: 64 * 9)
        check(
            conv2DInputGradient(y, w, inputShape: x.shape, geometry),
            conv2DInputGradient(y64, w64, inputShape: x.shape, geometry), terms: 8 * 9)
        // In parts of some hundred positions, which are added up in double.
        check(
            conv2DWeightGradient(x, y, weightShape: w.shape, geometry),
            conv2DWeightGradient(x64, y64, weightShape: w.shape, geometry), terms: 384)
    }

    /// 3 by 3 windows over many channels go through Winograd's filtering in float32: as close as the test above asks of all
    /// others, biased or not, grouped or not, and the plain way where something is infinite, which then spoils no neighbour.
    /// With one image squares are fewer than filters, and others are packed.
    @Test(arguments: [(3, 1, 17), (3, 2, 17), (1, 1, 70), (1, 2, 70)])
    func winogradIsCloseAndKeepsInfinitiesApart(_ images: Int, _ groups: Int, _ filters: Int) {
        let geometry = Convolution2DGeometry(padding: Pair(1, 0), groups: groups)
        let reference = ConvolutionReference(
            geometry: geometry, input: [images, 40 * groups, 9, 12], weight: [filters * groups, 40, 3, 3])
        var numbers = Numbers(seed: 11)
        func random(_ sizes: [Int]) -> Tensor { Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes)) }
        var (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
        let bias = random([filters * groups])
        func doubled(_ x: Tensor) -> Tensor { x.converted(to: .float64) }
        func check(_ single: Tensor, _ double: Tensor, terms: Double) {
            let typical = sqrt(square(double).mean()).item
            expectClose(
                doubled(single), double, relative: 0, absolute: 4 * 0x1p-24 * terms.squareRoot() * typical)
        }
        check(
            convolution("conv2D", x, w, bias, geometry),
            convolution("conv2D", doubled(x), doubled(w), doubled(bias), geometry), terms: 360)
        check(
            conv2DInputGradient(y, w, inputShape: x.shape, geometry),
            conv2DInputGradient(doubled(y), doubled(w), inputShape: x.shape, geometry), terms: Double(9 * filters))
        check(
            conv2DWeightGradient(x, y, weightShape: w.shape, geometry),
            conv2DWeightGradient(doubled(x), doubled(y), weightShape: w.shape, geometry), terms: Double(90 * images))
        for results in [
            atThreadCounts([1, 2, 8]) { conv2DWeightGradient(x, y, weightShape: w.shape, geometry) },
            atThreadCounts([1, 2, 8]) { convolution("conv2D", x, w, bias, geometry) },
            atThreadCounts([1, 2, 8]) { conv2DInputGradient(y, w, inputShape: x.shape, geometry) },
        ] {
            for other in results.dropFirst() { expectIdentical(other, results[0]) }
        }
        let before = convolution("conv2D", x, w, nil, geometry)
        x[at: [images - 1, 2, 4, 4]] = .infinity
        let spoiled = convolution("conv2D", x, w, nil, geometry)
        let finite = isFinite(spoiled)
        #expect(finite.converted(to: .int64).sum().item == Double(before.count - 9 * filters))
        check(select(finite, spoiled, 0), doubled(select(finite, before, 0)), terms: 360)
        // Row 4 is met by three rows of taps, under results that are there; nothing else of the channel's weights is spoiled.
        let taught = conv2DWeightGradient(x, y, weightShape: w.shape, geometry)
        #expect(isFinite(taught).converted(to: .int64).sum().item == Double(w.count - 9 * filters))
        w[at: [0, 0, 0, 0]] = .nan
        #expect(
            conv2DInputGradient(y, w, inputShape: x.shape, geometry).converted(to: .float64)[at: [0, 39, 0, 0]] < 1e6)
    }

    /// One channel a group has kernels of its own: held to the definition over the geometries, at several numbers of threads,
    /// and to the bound above in float32. What is infinite spoils the weights it meets, and no others.
    @Test(arguments: [1, 3]) func depthwiseIsCloseAndKeepsInfinitiesApart(_ filters: Int) {
        for (stride, padding, dilation) in [(1, 1, 1), (2, 1, 1), (3, 0, 2), (Pair(1, 2), Pair(2, 0), Pair(2, 1))]
            as [(Pair, Pair, Pair)]
        {
            let geometry = Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: 6)
            let reference = ConvolutionReference(
                geometry: geometry, input: [3, 6, 21, 18], weight: [6 * filters, 1, 3, 3])
            var numbers = Numbers(seed: 13)
            func random(_ sizes: [Int]) -> Tensor { Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes)) }
            var (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
            let bias = random([6 * filters])
            func doubled(_ x: Tensor) -> Tensor { x.converted(to: .float64) }
            func values(of x: Tensor) -> [Double] { doubled(x).array(of: Double.self) }
            func check(_ single: Tensor, _ exact: [Double], terms: Int) {
                let double = Tensor(exact, shape: single.shape, as: .float64)
                let typical = sqrt(square(double).mean()).item
                expectClose(
                    doubled(single), double, relative: 0,
                    absolute: 4 * 0x1p-24 * Double(terms).squareRoot() * typical)
            }
            let plane = reference.output[2] * reference.output[3]
            let out = reference.convolve(values(of: x), values(of: w))
            check(
                convolution("conv2D", x, w, bias, geometry),
                out.indices.map { out[$0] + values(of: bias)[$0 / plane % (6 * filters)] }, terms: 9)
            check(
                conv2DInputGradient(y, w, inputShape: x.shape, geometry),
                reference.inputGradient(values(of: y), values(of: w)), terms: 9 * filters)
            check(
                conv2DWeightGradient(x, y, weightShape: w.shape, geometry),
                reference.weightGradient(values(of: x), values(of: y)), terms: 3 * plane)
            for results in [
                atThreadCounts([1, 2, 8]) { convolution("conv2D", x, w, bias, geometry) },
                atThreadCounts([1, 2, 8]) { conv2DInputGradient(y, w, inputShape: x.shape, geometry) },
                atThreadCounts([1, 2, 8]) { conv2DWeightGradient(x, y, weightShape: w.shape, geometry) },
            ] {
                for other in results.dropFirst() { expectIdentical(other, results[0]) }
            }
            // The last tap of the first row is not met by the first column, which is in reach of it only beyond the row's end.
            x[at: [1, 2, 10, 0]] = .infinity
            y = .ones(y.shape)
            let taught = conv2DWeightGradient(x, y, weightShape: w.shape, geometry)
            let expected = reference.weightGradient(values(of: x), values(of: y))
            #expect(values(of: taught).map(\.isFinite) == expected.map(\.isFinite))
            #expect(values(of: taught).map(\.isNaN) == expected.map(\.isNaN))
            // An infinite weight spoils no zero that nothing was added to.
            w[at: [0, 0, 0, 0]] = .infinity
            let back = values(of: conv2DInputGradient(y, w, inputShape: x.shape, geometry))
            #expect(back.map(\.isNaN) == reference.inputGradient(values(of: y), values(of: w)).map(\.isNaN))
        }
    }

    /// Kernels of one tap go by products of matrices, where they move by 1: exactly, biased or not, and at any number of threads.
    @Test(arguments: [
        [3, 17, 24, 6, 7], [1, 33, 16, 70, 9], [19, 16, 40, 8, 4], [2, 200, 16, 5, 13], [1, 16, 193, 1, 64],
    ])
    func pointsAreProducts(_ sizes: [Int]) {
        let (images, channels, filters) = (sizes[0], sizes[1], sizes[2])
        let reference = ConvolutionReference(
            geometry: Convolution2DGeometry(), input: [images, channels, sizes[3], sizes[4]],
            weight: [filters, channels, 1, 1])
        check(reference)
        var numbers = Numbers(seed: 19)
        let plane = sizes[3] * sizes[4]
        let (x, w, b) = (
            numbers.small(images * channels * plane), numbers.small(channels * filters), numbers.small(filters)
        )
        let exact = reference.convolve(x, w)
        for type in [ElementType.float32, .float64] {
            let (xs, ws) = (
                Tensor(x, shape: Shape(reference.input), as: type), Tensor(w, shape: Shape(reference.weight), as: type)
            )
            let out = conv2D(xs, ws, bias: Tensor(b, shape: [filters], as: type))
            #expect(out.array(of: Double.self) == exact.indices.map { exact[$0] + b[$0 / plane % filters] })
            func random(_ sizes: [Int]) -> Tensor {
                Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes), as: type)
            }
            let (a, v, u) = (random(reference.input), random(reference.weight), random(reference.output))
            let results = atThreadCounts([1, 2, 8, 16]) {
                [
                    conv2D(a, v), conv2DInputGradient(u, v, inputShape: a.shape, reference.geometry),
                    conv2DWeightGradient(a, u, weightShape: v.shape, reference.geometry),
                ]
            }
            for other in results.dropFirst() { for (a, b) in zip(results[0], other) { expectIdentical(a, b) } }
        }
    }

    @Test func theSameAtAnyThreadCount() {
        let geometry = Convolution2DGeometry(stride: Pair(2, 1), padding: 1, groups: 2)
        let reference = ConvolutionReference(geometry: geometry, input: [5, 38, 13, 12], weight: [10, 19, 3, 3])
        var numbers = Numbers(seed: 9)
        for type in [ElementType.float32, .float64] {
            func random(_ sizes: [Int]) -> Tensor {
                Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes), as: type)
            }
            let (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
            let results = atThreadCounts([1, 2, 8, 16]) {
                [
                    convolution("conv2D", x, w, nil, geometry),
                    conv2DInputGradient(y, w, inputShape: x.shape, geometry),
                    conv2DWeightGradient(x, y, weightShape: w.shape, geometry),
                ]
            }
            for other in results.dropFirst() {
                for (a, b) in zip(results[0], other) { expectIdentical(a, b) }
            }
        }
    }
}
