import GradusTensor
import Testing
import _TestSupport

/// A pooling: the windows of each output along both axes, clipped to the plane, as the definitions put them.
private struct PlainWindows {
    var rows: [Range<Int>]
    var columns: [Range<Int>]

    init(_ plane: Pair, kernel: Pair, stride: Pair, padding: Pair) {
        rows = PlainWindows.sliding(plane.vertical, kernel.vertical, stride.vertical, padding.vertical)
        columns = PlainWindows.sliding(plane.horizontal, kernel.horizontal, stride.horizontal, padding.horizontal)
    }

    init(_ plane: Pair, outputSize: Pair) {
        rows = PlainWindows.adaptive(plane.vertical, outputSize.vertical)
        columns = PlainWindows.adaptive(plane.horizontal, outputSize.horizontal)
    }

    private static func sliding(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> [Range<Int>] {
        var windows: [Range<Int>] = []
        var start = -padding
        while start + kernel <= size + padding {
            windows.append(max(start, 0)..<min(start + kernel, size))
            start += stride
        }
        return windows
    }

    private static func adaptive(_ size: Int, _ count: Int) -> [Range<Int>] {
        (0..<count).map { i in
            let (start, end) = (Double(i * size) / Double(count), Double((i + 1) * size) / Double(count))
            return Int(start.rounded(.down))..<Int(end.rounded(.up))
        }
    }

    func shape(_ x: Tensor) -> [Int] { [x.shape[0], x.shape[1], rows.count, columns.count] }

    /// The places in the plane of the window at an index `[n, c, i, j]`, in row-major order.
    func places(_ index: [Int]) -> [(row: Int, column: Int)] {
        rows[index[2]].flatMap { row in columns[index[3]].map { (row, $0) } }
    }
}

@Suite struct PoolingTests {
    /// Sizes of every kind that fit together: strides below, at and above the kernel, padding up to half of it.
    private func geometry(
        _ generator: inout TensorGenerator
    ) -> (plane: Pair, kernel: Pair, stride: Pair, padding: Pair) {
        func axis() -> (Int, Int, Int, Int) {
            let kernel = 1 + generator.index(below: 4)
            let padding = generator.index(below: kernel / 2 + 1)
            let size = max(1, kernel - 2 * padding) + generator.index(below: 6)
            return (size, kernel, 1 + generator.index(below: 5), padding)
        }
        let (v, h) = (axis(), axis())
        return (Pair(v.0, h.0), Pair(v.1, h.1), Pair(v.2, h.2), Pair(v.3, h.3))
    }

    private func planes(
        _ plane: Pair, _ interest: Interest, _ type: ElementType, _ generator: inout TensorGenerator
    ) -> Tensor {
        let shape: Shape = [generator.index(below: 3), 1 + generator.index(below: 3), plane.vertical, plane.horizontal]
        return generator.tensor(shape, interest, as: type)
    }

    /// The largest of a window and its place, straight from the convention: the first of those that tie, a NaN first of all.
    private func expectLargest(
        _ x: Tensor, _ windows: PlainWindows, _ comment: String, values: () -> Tensor,
        both: () -> (values: Tensor, indices: Tensor)
    ) {
        let plain = PlainTensor(x)
        func place(_ index: [Int]) -> (row: Int, column: Int) {
            let places = windows.places(index)
            func value(_ place: (row: Int, column: Int)) -> Double {
                plain[[index[0], index[1], place.row, place.column]]
            }
            if let nan = places.first(where: { value($0).isNaN }) { return nan }
            let largest = places.map(value).max()!  // no window is empty
            return places.first { value($0) == largest }!
        }
        let shape = windows.shape(x)
        let width = plain.shape[3]
        expectPlain(
            PlainTensor(shape) { plain[[$0[0], $0[1], place($0).row, place($0).column]] }, x.elementType, comment,
            values)
        expectPlain(PlainTensor(shape) { Double(place($0).row * width + place($0).column) }, .int64, comment) {
            both().indices
        }
        expectIdentical(both().values, values(), comment)
        expectIdentical(planeGather(x, both().indices), values(), comment)
    }

    @Test(arguments: [ElementType.float32, .float64], [Interest.interior, .ties, .zeros])
    func maxPooling(_ type: ElementType, _ interest: Interest) {
        var generator = TensorGenerator(seed: 61)
        for round in 0..<40 {
            let (plane, kernel, stride, padding) = geometry(&generator)
            var x = planes(plane, interest, type, &generator)
            if round % 4 == 0 { x = select(x .> 1, .nan, x) }
            if round % 4 == 1 { x = select(x .> -0.9, -.infinity, x) }
            let windows = PlainWindows(plane, kernel: kernel, stride: stride, padding: padding)
            expectLargest(x, windows, "\(x.shape) \(kernel) \(stride) \(padding)") {
                maxPool2D(x, kernel: kernel, stride: stride, padding: padding)
            } both: {
                maxPool2DWithIndices(x, kernel: kernel, stride: stride, padding: padding)
            }
        }
    }

    @Test(arguments: [ElementType.float32, .float64], [Interest.interior, .ties])
    func adaptiveMaxPooling(_ type: ElementType, _ interest: Interest) {
        var generator = TensorGenerator(seed: 62)
        for _ in 0..<40 {
            let plane = Pair(1 + generator.index(below: 7), 1 + generator.index(below: 7))
            let outputSize = Pair(1 + generator.index(below: 8), 1 + generator.index(below: 8))
            let x = planes(plane, interest, type, &generator)
            expectLargest(x, PlainWindows(plane, outputSize: outputSize), "\(x.shape) \(outputSize)") {
                adaptiveMaxPool2D(x, outputSize: outputSize)
            } both: {
                adaptiveMaxPool2DWithIndices(x, outputSize: outputSize)
            }
        }
    }

    @Test(arguments: [true, false])
    func averagePoolingAndItsAdjoint(countingPadding: Bool) {
        var generator = TensorGenerator(seed: 63)
        for _ in 0..<60 {
            let (plane, kernel, stride, padding) = geometry(&generator)
            let x = planes(plane, .interior, .float64, &generator)
            let plain = PlainTensor(x)
            let windows = PlainWindows(plane, kernel: kernel, stride: stride, padding: padding)
            let shape = windows.shape(x)
            func divisor(_ index: [Int]) -> Double {
                Double(countingPadding ? kernel.vertical * kernel.horizontal : windows.places(index).count)
            }
            let expected = PlainTensor(shape) { index in
                windows.places(index).reduce(0) { $0 + plain[[index[0], index[1], $1.row, $1.column]] } / divisor(index)
            }
            let comment = "\(x.shape) \(kernel) \(stride) \(padding)"
            let y = sameAtThreadCounts(comment) {
                averagePool2D(x, kernel: kernel, stride: stride, padding: padding, countingPadding: countingPadding)
            }
            #expect(y.shape == Shape(shape))
            expectClose(y, expected.values, comment)

            let upstream = generator.tensor(Shape(shape), as: .float64)
            let given = PlainTensor(upstream)
            var sums = [Double](repeating: 0, count: x.count)
            for index in allIndices(shape) {
                for place in windows.places(index) {
                    let plane = index[0] * plain.shape[1] + index[1]
                    sums[(plane * plain.shape[2] + place.row) * plain.shape[3] + place.column] +=
                        given[index] / divisor(index)
                }
            }
            let gradient = sameAtThreadCounts(comment) {
                averagePool2DGradient(
                    upstream, inputShape: x.shape, kernel: kernel, stride: stride, padding: padding,
                    countingPadding: countingPadding)
            }
            #expect(gradient.shape == x.shape)
            expectClose(gradient, sums, comment)
            expectClose((y * upstream).sum().item, (x * gradient).sum().item, absolute: 1e-9, comment)
        }
    }

    @Test func adaptiveAveragePoolingAndItsAdjoint() {
        var generator = TensorGenerator(seed: 64)
        for _ in 0..<60 {
            let plane = Pair(1 + generator.index(below: 7), 1 + generator.index(below: 7))
            let outputSize = Pair(1 + generator.index(below: 8), 1 + generator.index(below: 8))
            let x = planes(plane, .interior, .float64, &generator)
            let plain = PlainTensor(x)
            let windows = PlainWindows(plane, outputSize: outputSize)
            let expected = PlainTensor(windows.shape(x)) { index in
                let places = windows.places(index)
                return places.reduce(0) { $0 + plain[[index[0], index[1], $1.row, $1.column]] } / Double(places.count)
            }
            let y = sameAtThreadCounts { adaptiveAveragePool2D(x, outputSize: outputSize) }
            expectClose(y, expected.values, "\(x.shape) \(outputSize)")
            let upstream = generator.tensor(y.shape, as: .float64)
            let gradient = sameAtThreadCounts { adaptiveAveragePool2DGradient(upstream, inputShape: x.shape) }
            #expect(gradient.shape == x.shape)
            expectClose(
                (y * upstream).sum().item, (x * gradient).sum().item, absolute: 1e-9, "\(x.shape) \(outputSize)")
            // Each element's own share: the pooling of a tensor with a single 1.
            guard x.count > 0 else { continue }
            let one = generator.index(below: x.count)
            var unit = [Double](repeating: 0, count: x.count)
            unit[one] = 1
            let shares = adaptiveAveragePool2D(Tensor(unit, shape: x.shape, as: .float64), outputSize: outputSize)
            expectClose(gradient.array(of: Double.self)[one], (shares * upstream).sum().item)
        }
    }

    @Test func placesOfPlanesAreAdjoint() {
        var generator = TensorGenerator(seed: 65)
        for _ in 0..<40 {
            let (plane, kernel, stride, padding) = geometry(&generator)
            let x = planes(plane, .ties, .float64, &generator)
            // Where windows overlap a place is named more than once.
            let indices = maxPool2DWithIndices(x, kernel: kernel, stride: stride, padding: padding).indices
            let y = generator.whole(indices.shape, as: .float64)
            let whole = generator.whole(x.shape, as: .float64)
            let added = sameAtThreadCounts {
                planeScatterAdd(y, indices, height: plane.vertical, width: plane.horizontal)
            }
            expectAdjoint(planeGather(whole, indices), y, whole, added)
            expectClose(added.sum().item, y.sum().item)
        }
    }

    @Test func oneDimension() {
        var generator = TensorGenerator(seed: 66)
        for _ in 0..<40 {
            let (plane, kernel, stride, padding) = geometry(&generator)
            let x = generator.tensor([2, 3, plane.horizontal], .ties, as: .float32)
            let tall = x.expanded(at: 2)
            let (k, s, p) = (Pair(1, kernel.horizontal), Pair(1, stride.horizontal), Pair(0, padding.horizontal))
            expectIdentical(
                maxPool1D(x, kernel: k.horizontal, stride: s.horizontal, padding: p.horizontal),
                maxPool2D(tall, kernel: k, stride: s, padding: p).squeezed(2))
            expectIdentical(
                averagePool1D(
                    x, kernel: k.horizontal, stride: s.horizontal, padding: p.horizontal, countingPadding: false),
                averagePool2D(tall, kernel: k, stride: s, padding: p, countingPadding: false).squeezed(2))
        }
        let x = Tensor([[[3, 1, 4, 1, 5]]])
        #expect(maxPool1D(x, kernel: 2) == Tensor([[[3, 4]]]))
        #expect(averagePool1D(x, kernel: 2) == Tensor([[[2, 2.5]]]))
        #expect(averagePool1D(x, kernel: 2, padding: 1) == Tensor([[[1.5, 2.5, 3]]]))
        #expect(averagePool1D(x, kernel: 2, padding: 1, countingPadding: false) == Tensor([[[3, 2.5, 3]]]))
    }

    @Test func examplesByHand() {
        let x = Tensor.arange(16).reshaped(1, 1, 4, 4).converted(to: .float32)
        #expect(maxPool2D(x, kernel: 2) == Tensor([[[[5, 7], [13, 15]]]]))
        #expect(maxPool2D(x, kernel: 3, stride: 1).array(of: Int.self) == [10, 11, 14, 15])
        #expect(averagePool2D(x, kernel: Pair(4, 1)).array(of: Double.self) == [6, 7, 8, 9])
        #expect(adaptiveAveragePool2D(x, outputSize: 1).item == 7.5)
        // Overlapping windows add: the middle element of three lies in both.
        let upstream = Tensor([[[[1, 10]]]])
        #expect(
            averagePool2DGradient(upstream, inputShape: [1, 1, 1, 3], kernel: Pair(1, 2), stride: 1)
                == Tensor([[[[0.5, 5.5, 5]]]]))
        // And those that a stride steps over get nothing.
        #expect(
            averagePool2DGradient(upstream, inputShape: [1, 1, 1, 4], kernel: 1, stride: Pair(1, 2))
                == Tensor([[[[1, 0, 10, 0]]]]))
        let infinite = Tensor.full([1, 1, 2, 2], -.infinity)
        let (values, indices) = maxPool2DWithIndices(infinite, kernel: 2, stride: 1, padding: 1)
        #expect(values == Tensor.full([1, 1, 3, 3], -.infinity))
        #expect(indices.array(of: Int.self) == [0, 0, 1, 0, 0, 1, 2, 2, 3])
        let nans = Tensor([[[[1, .nan, .nan, 2]]]])
        #expect(maxPool2DWithIndices(nans, kernel: Pair(1, 4)).indices.item == 1)
    }

    @Test func sumsAreKeptInDouble() {
        // 2^24 + 1 is not a float32.
        var values = [Double](repeating: 1, count: 64)
        values[0] = 0x1p24
        let x = Tensor(values, shape: [1, 1, 8, 8])
        #expect(averagePool2D(x, kernel: 8).item == Double(Float((0x1p24 + 63) / 64)))
    }

    @Test func emptyAndExtremeSizes() {
        #expect(maxPool2D(Tensor.zeros([0, 3, 4, 4]), kernel: 2).shape == [0, 3, 2, 2])
        #expect(averagePool2D(Tensor.zeros([2, 0, 4, 4]), kernel: 2).shape == [2, 0, 2, 2])
        #expect(
            maxPool2DWithIndices(Tensor.zeros([0, 1, .max, 1]), kernel: 1).indices.shape == Shape([0, 1, .max, 1]))
        let x = Tensor([[[[1, 2], [3, 4]]]])
        #expect(maxPool2D(x, kernel: 2, stride: Pair(.max)).item == 4)
        #expect(maxPool2D(x, kernel: Pair(.max), padding: Pair(.max / 2)).shape == [1, 1, 1, 1])
        #expect(maxPool2D(x, kernel: Pair(.max), padding: Pair(.max / 2)).item == 4)
        #expect(
            averagePool2D(x, kernel: Pair(.max), padding: Pair(.max / 2), countingPadding: false).item == 2.5)
    }
}
