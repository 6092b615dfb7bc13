import CGradusKernels

/// Where the windows of a pooling lie along one axis: monotone, none of them empty, clipped to the axis.
struct PoolingAxis: Sendable {
    enum Rule: Sendable {
        /// Window i is the elements from `i * stride - padding` on, `kernel` of them.
        case sliding(kernel: Int, stride: Int, padding: Int)
        /// Window i of n goes from i/n of the axis, rounded down, to (i + 1)/n, rounded up.
        case adaptive
    }

    let rule: Rule
    let size: Int
    let count: Int

    /// Adaptive windows, one at least over one element at least.
    init(_ size: Int, count: Int) {
        (self.rule, self.size, self.count) = (.adaptive, size, count)
    }

    /// Sliding windows, or nil where not even the first one fits. Kernel and stride are 1 at least, the padding at most half
    /// the kernel; so no window lies in the padding altogether.
    init?(_ size: Int, kernel: Int, stride: Int, padding: Int) {
        let slack = size - (kernel - 2 * padding)  // in this order nothing overflows
        guard slack >= 0 else { return nil }
        rule = .sliding(kernel: kernel, stride: stride, padding: padding)
        self.size = size
        count = slack / stride + 1
    }

    var windows: [Range<Int>] {
        (0..<count).map { i in
            switch rule {
            case .sliding(let kernel, let stride, let padding):
                let start = i * stride - padding
                return max(0, start)..<min(size, start + kernel)
            case .adaptive:
                return i * size / count..<((i + 1) * size + count - 1) / count
            }
        }
    }

    /// For each element, which windows it lies in; an empty range for one that a stride steps over.
    var windowsOfElements: [Range<Int>] {
        let windows = windows
        var (first, end) = (0, 0)
        return (0..<size).map { element in
            while first < count && windows[first].upperBound <= element { first += 1 }
            while end < count && windows[end].lowerBound <= element { end += 1 }
            return min(first, end)..<end
        }
    }

    /// What a window's sum is divided by to give its average: how many elements it has, or has with the padding.
    func divisors(countingPadding: Bool) -> [Double] {
        if countingPadding, case .sliding(let kernel, _, _) = rule {
            return [Double](repeating: Double(kernel), count: count)
        }
        return windows.map { Double($0.count) }
    }
}

/// The windows of a pooling over planes `[batch, channels, height, width]`.
package struct PoolingWindows: Sendable {
    let rows: PoolingAxis
    let columns: PoolingAxis
    package let inputShape: Shape
    package let outputShape: Shape

    /// The rows of the input that each window covers, and the columns.
    package var extents: (rows: [Range<Int>], columns: [Range<Int>]) { (rows.windows, columns.windows) }

    /// The window's size and how far it moves at a step; nil where both follow from the input's size.
    package var window: (field: Pair, stride: Pair)? {
        guard case .sliding(let height, let down, _) = rows.rule, case .sliding(let width, let along, _) = columns.rule
        else { return nil }
        return (Pair(height, width), Pair(down, along))
    }

    /// Runs a kernel on rows of the output, shared out, with the windows as C wants them.
    func forEachRow(_ body: (UnsafePointer<gradus_windows>, Range<Int>) -> Void) {
        run(rows.windows, columns.windows, from: inputShape, to: outputShape, body)
    }

    /// The same on rows of the input: for each element the windows that it lies in.
    func forEachInputRow(_ body: (UnsafePointer<gradus_windows>, Range<Int>) -> Void) {
        run(rows.windowsOfElements, columns.windowsOfElements, from: outputShape, to: inputShape, body)
    }

    private func run(
        _ rows: [Range<Int>], _ columns: [Range<Int>], from source: Shape, to target: Shape,
        _ body: (UnsafePointer<gradus_windows>, Range<Int>) -> Void
    ) {
        let bounds =
            rows.map { Int64($0.lowerBound) } + rows.map { Int64($0.upperBound) }
            + columns.map { Int64($0.lowerBound) } + columns.map { Int64($0.upperBound) }
        let area = (rows.map(\.count).max() ?? 0) * (columns.map(\.count).max() ?? 0)
        bounds.withUnsafeBufferPointer { bounds in
            guard let start = bounds.baseAddress else { return }
            let windows = gradus_windows(
                height: Int64(source.size(2)), width: Int64(source.size(3)), out_height: Int64(rows.count),
                out_width: Int64(columns.count), row_starts: start, row_ends: start + rows.count,
                column_starts: start + 2 * rows.count, column_ends: start + 2 * rows.count + columns.count)
            withUnsafePointer(to: windows) { windows in
                parallelFor(
                    target.count / columns.count, grain: max(1, elementwiseGrain / (columns.count * max(1, area)))
                ) { body(windows, $0) }
            }
        }
    }
}

// MARK: - What is refused

extension PoolingWindows {
    /// Sliding windows, or nil after misuse. With one axis the shape is that of a plane one high, and messages speak of the
    /// width alone.
    package init?(
        _ name: StaticString, _ shape: Shape, _ type: ElementType, kernel: Pair, stride: Pair?, padding: Pair,
        axes: Int = 2
    ) {
        let stride = stride ?? kernel
        let text = { (pair: Pair) in axes == 1 ? "\(pair.horizontal)" : "\(pair)" }
        guard PoolingWindows.isPoolable(name, shape, type, axes) else { return nil }
        guard kernel.vertical >= 1 && kernel.horizontal >= 1 else {
            misuse("\(name): a kernel of \(text(kernel)); its sizes are 1 or more")
            return nil
        }
        guard stride.vertical >= 1 && stride.horizontal >= 1 else {
            misuse("\(name): a stride of \(text(stride)); strides are 1 or more")
            return nil
        }
        guard padding.vertical >= 0 && padding.vertical <= kernel.vertical / 2,
            padding.horizontal >= 0 && padding.horizontal <= kernel.horizontal / 2
        else {
            misuse(
                "\(name): a padding of \(text(padding)) for a kernel of \(text(kernel)); it is 0 or more and at most half the kernel"
            )
            return nil
        }
        guard
            let rows = PoolingAxis(
                shape.size(2), kernel: kernel.vertical, stride: stride.vertical, padding: padding.vertical),
            let columns = PoolingAxis(
                shape.size(3), kernel: kernel.horizontal, stride: stride.horizontal, padding: padding.horizontal)
        else {
            misuse(
                "\(name): a kernel of \(text(kernel)) on \(text(Pair(shape.size(2), shape.size(3)))) with a padding of \(text(padding)); it is not larger than what it moves over"
            )
            return nil
        }
        self.init(
            rows: rows, columns: columns, inputShape: shape,
            outputShape: [shape.size(0), shape.size(1), rows.count, columns.count])
    }

    /// Adaptive windows, or nil after misuse.
    package init?(_ name: StaticString, _ shape: Shape, _ type: ElementType, outputSize: Pair) {
        guard PoolingWindows.isPoolable(name, shape, type, 2) else { return nil }
        guard outputSize.vertical >= 1 && outputSize.horizontal >= 1,
            let output = Shape(exactly: [shape.size(0), shape.size(1), outputSize.vertical, outputSize.horizontal])
        else {
            misuse(
                "\(name): an output of \(outputSize) from shape \(shape); its sizes are 1 or more, elements at most \(Int.max)"
            )
            return nil
        }
        self.init(
            rows: PoolingAxis(shape.size(2), count: outputSize.vertical),
            columns: PoolingAxis(shape.size(3), count: outputSize.horizontal), inputShape: shape, outputShape: output)
    }

    private static func isPoolable(_ name: StaticString, _ shape: Shape, _ type: ElementType, _ axes: Int) -> Bool {
        guard shape.rank == 4 else {
            return misuse("\(name): input of shape \(shape); it is [batch, channels, height, width]")
        }
        guard type.isFloatingPoint else { return misuse("\(name): not defined on \(type); convert first") }
        guard shape.size(2) > 0 && shape.size(3) > 0 else {
            return misuse("\(name): input of shape \(axes == 1 ? shape.removing(2) : shape) has nothing to pool")
        }
        return true
    }
}
