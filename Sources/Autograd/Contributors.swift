import GradusTensor

// Which elements of the inputs one element of an output was computed from: a convolution's receptive field, a product's row and
// column. Found from shapes and attributes, so that an element counts which happens to be 0.

extension Operation {
    /// For an element of the output, counted in row-major order, those of each input. Those of the factors of a sum of products
    /// stand side by side: the k-th of one was multiplied with the k-th of the other. Nil for an operation that this says nothing
    /// of, as most that work element by element.
    package var contributors: ((_ element: Int) -> [[Int]])? {
        switch self {
        case let product as MatrixMultiply: product.factors
        case is Dot: { [edges = inputSizes] _ in [Array(0..<edges[0]), Array(0..<edges[1])] }
        case is Outer: { [columns = shape.size(1)] element in [[element / columns], [element % columns]] }
        case let convolution as Convolution: convolution.form.factors(biased: false)
        case let convolution as BiasedConvolution: convolution.form.factors(biased: true)
        case let convolution as TransposedConvolution:
            convolution.form.transposedFactors(outputShape: shape, input: inputShape(0), biased: false)
        case let convolution as BiasedTransposedConvolution:
            convolution.form.transposedFactors(outputShape: shape, input: inputShape(0), biased: true)
        case let pool as MaxPool: pool.windows.elements
        case let pool as AveragePool: pool.windows.elements
        case let reduction as Reduction: lines(along: reduction.axes ?? Array(reduction.source.indices))
        case let softmax as Softmax: lines(along: [softmax.axis])
        case let softmax as LogSoftmax: lines(along: [softmax.axis])
        case let picking as Picking: lines(along: [picking.axis])
        case let center as Center: lines(along: center.axes ?? Array(inputShape(0).indices))
        case let sum as CumulativeSum: lines(along: sum.axis, upTo: true, reversed: sum.reversed)
        case let product as CumulativeProduct: lines(along: product.axis, upTo: true, reversed: product.reversed)
        case let sum as SumTo: stretched(sum.source, sum.target)
        default: nil
        }
    }

    private var inputSizes: [Int] { annotations?.inputs.map(\.count) ?? [] }
    private func inputShape(_ input: Int) -> Shape { annotations?.inputs[input].shape ?? Shape() }

    /// The elements that share a result: those that differ from it along these axes alone.
    private func lines(along axes: [Int]) -> (Int) -> [[Int]] {
        let source = inputShape(0)
        return stretched(source, source.withOnes(along: axes), result: shape)
    }

    /// From a shape with size 1 where elements were taken together. A result of the source's shape is one for each element.
    private func stretched(_ source: Shape, _ target: Shape, result: Shape? = nil) -> (Int) -> [[Int]] {
        var groups = [[Int]](repeating: [], count: target.count)
        for element in 0..<source.count { groups[source.place(element, broadcastFrom: target)].append(element) }
        let isWhole = result == source
        return { element in [groups[isWhole ? source.place(element, broadcastFrom: target) : element]] }
    }

    /// The elements of a line up to one.
    private func lines(along axis: Int, upTo: Bool, reversed: Bool) -> (Int) -> [[Int]] {
        let whole = lines(along: [axis])
        return { element in [whole(element)[0].filter { reversed ? $0 >= element : $0 <= element }] }
    }
}

extension Shape {
    /// Where the element of this shape comes from in a shape that broadcasts to it, both counted in row-major order.
    package func place(_ element: Int, broadcastFrom source: Shape) -> Int {
        var (rest, place, stride) = (element, 0, 1)
        for axis in indices.reversed() {
            let index = rest % size(axis)
            rest /= size(axis)
            let other = axis - (rank - source.rank)
            guard other >= 0 else { continue }
            if source.size(other) != 1 { place += index * stride }
            stride *= source.size(other)
        }
        return place
    }
}

extension MatrixMultiply {
    /// A row of the one and a column of the other.
    fileprivate var factors: (Int) -> [[Int]] {
        let result = matrixShape(of: shape)
        let (rows, columns) = (result.size(result.rank - 2), result.size(result.rank - 1))
        let (first, second, row, column) = (transposingFirst, transposingSecond, row, column)
        let inner = row.size(row.rank - (first ? 2 : 1))
        let batch = Shape(result.dropLast(2))
        let (firstBatch, secondBatch) = (Shape(row.dropLast(2)), Shape(column.dropLast(2)))
        return { element in
            let (i, j, stack) = (element / columns % rows, element % columns, element / (rows * columns))
            let a = batch.place(stack, broadcastFrom: firstBatch) * rows * inner
            let b = batch.place(stack, broadcastFrom: secondBatch) * inner * columns
            return [
                (0..<inner).map { a + (first ? $0 * rows + i : i * inner + $0) },
                (0..<inner).map { b + (second ? j * inner + $0 : $0 * columns + j) },
            ]
        }
    }
}

extension ConvolutionForm {
    /// A channel's filter and what it lies over. Taps that meet the padding are left out.
    fileprivate func factors(biased: Bool) -> (Int) -> [[Int]] {
        let (plane, kernel) = (geometry.plane(input), geometry.plane(weight))
        let taps = weight.size(1)
        let filters = weight.size(0)
        let out = Pair(
            outputs(plane.vertical, kernel.vertical, \.vertical),
            outputs(plane.horizontal, kernel.horizontal, \.horizontal))
        let (geometry, channels) = (geometry, input.size(1))
        return { element in
            let (x, y) = (element % out.horizontal, element / out.horizontal % out.vertical)
            let filter = element / (out.horizontal * out.vertical) % filters
            let image = element / (out.horizontal * out.vertical * filters)
            let firstChannel = filter / (filters / geometry.groups) * taps
            var (inputs, weights): ([Int], [Int]) = ([], [])
            for channel in 0..<taps {
                for i in 0..<kernel.vertical {
                    let row = y * geometry.stride.vertical + i * geometry.dilation.vertical - geometry.padding.vertical
                    for j in 0..<kernel.horizontal where row >= 0 && row < plane.vertical {
                        let column =
                            x * geometry.stride.horizontal + j * geometry.dilation.horizontal
                            - geometry.padding.horizontal
                        guard column >= 0 && column < plane.horizontal else { continue }
                        inputs.append(
                            ((image * channels + firstChannel + channel) * plane.vertical + row) * plane.horizontal
                                + column)
                        weights.append(((filter * taps + channel) * kernel.vertical + i) * kernel.horizontal + j)
                    }
                }
            }
            return biased ? [inputs, weights, [filter]] : [inputs, weights]
        }
    }

    private func outputs(_ size: Int, _ kernel: Int, _ axis: KeyPath<Pair, Int>) -> Int {
        let span = geometry.dilation[keyPath: axis] * (kernel - 1) + 1
        return (size + 2 * geometry.padding[keyPath: axis] - span) / geometry.stride[keyPath: axis] + 1
    }

    /// The same seen from the other side: which inputs reach an element of the output, and through which taps.
    fileprivate func transposedFactors(outputShape: Shape, input: Shape, biased: Bool) -> (Int) -> [[Int]] {
        let (plane, out, kernel) = (geometry.plane(input), geometry.plane(outputShape), geometry.plane(weight))
        let (geometry, channels, perGroup) = (geometry, input.size(1), weight.size(1))
        func meetings(_ place: Int, _ size: Int, _ taps: Int, _ axis: KeyPath<Pair, Int>) -> [(input: Int, tap: Int)] {
            (0..<taps).compactMap { tap in
                let from = place + geometry.padding[keyPath: axis] - tap * geometry.dilation[keyPath: axis]
                guard from >= 0, from.isMultiple(of: geometry.stride[keyPath: axis]) else { return nil }
                let input = from / geometry.stride[keyPath: axis]
                return input < size ? (input, tap) : nil
            }
        }
        return { element in
            let (x, y) = (element % out.horizontal, element / out.horizontal % out.vertical)
            let filter = element / (out.horizontal * out.vertical) % (perGroup * geometry.groups)
            let image = element / (out.horizontal * out.vertical * perGroup * geometry.groups)
            let group = filter / perGroup
            let groupSize = channels / geometry.groups
            var (inputs, weights): ([Int], [Int]) = ([], [])
            for channel in group * groupSize..<(group + 1) * groupSize {
                for row in meetings(y, plane.vertical, kernel.vertical, \.vertical) {
                    for column in meetings(x, plane.horizontal, kernel.horizontal, \.horizontal) {
                        inputs.append(
                            ((image * channels + channel) * plane.vertical + row.input) * plane.horizontal
                                + column.input)
                        weights.append(
                            ((channel * perGroup + filter % perGroup) * kernel.vertical + row.tap)
                                * kernel.horizontal + column.tap)
                    }
                }
            }
            return biased ? [inputs, weights, [filter]] : [inputs, weights]
        }
    }
}

extension PoolingWindows {
    /// The elements under the window.
    fileprivate var elements: (Int) -> [[Int]] {
        let (rows, columns) = extents
        let (height, width) = (inputShape.size(2), inputShape.size(3))
        return { element in
            let (x, y) = (element % columns.count, element / columns.count % rows.count)
            let plane = element / (columns.count * rows.count)
            return [rows[y].flatMap { row in columns[x].map { (plane * height + row) * width + $0 } }]
        }
    }
}
