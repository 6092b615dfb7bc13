import GradusTensor

// MARK: - Max pooling

/// The largest element of each window, and where in its plane it was. The gradient goes to that place alone.
final class MaxPool: SplittingOperation {
    private let label: StaticString
    let windows: PoolingWindows
    init(_ label: StaticString, _ windows: PoolingWindows) { (self.label, self.windows) = (label, windows) }

    override var name: String { "\(label)" }
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (values, indices) = largestWithIndices(of: inputs[0], windows)
        return [values, indices]
    }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        guard let upstream = upstreams[0] else { return }
        let plane = Pair(windows.inputShape.size(2), windows.inputShape.size(3))
        walk.push(PlaneScatterAdd(result(1).value, plane)(upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [outputs[1]] }
}

/// For each index the element at that place of its plane.
final class PlaneGather: UnaryOperation {
    private let indices: Tensor
    private let plane: Pair
    init(_ indices: Tensor, _ plane: Pair) { (self.indices, self.plane) = (indices, plane) }

    override func forward(_ x: Tensor) -> Tensor { planeGather(x, indices) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(PlaneScatterAdd(indices, plane)(upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

/// The adjoint: elements added to their places, in planes of zeros. What several windows have in common gets the sum.
final class PlaneScatterAdd: UnaryOperation {
    private let indices: Tensor
    private let plane: Pair
    init(_ indices: Tensor, _ plane: Pair) { (self.indices, self.plane) = (indices, plane) }

    override func forward(_ x: Tensor) -> Tensor {
        planeScatterAdd(x, indices, height: plane.vertical, width: plane.horizontal)
    }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(PlaneGather(indices, plane)(upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

// MARK: - Average pooling

/// The average of each window; with its adjoint one is the other's rule.
final class AveragePool: UnaryOperation {
    private let label: StaticString
    let windows: PoolingWindows
    private let countingPadding: Bool
    init(_ label: StaticString, _ windows: PoolingWindows, _ countingPadding: Bool) {
        (self.label, self.windows, self.countingPadding) = (label, windows, countingPadding)
    }

    override var name: String { "\(label)" }
    override func forward(_ x: Tensor) -> Tensor { average(of: x, windows, countingPadding) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(AveragePoolAdjoint(label, windows, countingPadding)(upstream), to: 0)
    }
}

/// Each element shared out evenly over its window, the shares added up where windows overlap.
final class AveragePoolAdjoint: UnaryOperation {
    private let label: StaticString
    let windows: PoolingWindows
    private let countingPadding: Bool
    init(_ label: StaticString, _ windows: PoolingWindows, _ countingPadding: Bool) {
        (self.label, self.windows, self.countingPadding) = (label, windows, countingPadding)
    }

    override var name: String { "\(label)Adjoint" }
    override func forward(_ x: Tensor) -> Tensor { averageAdjoint(label, x, windows, countingPadding) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(AveragePool(label, windows, countingPadding)(upstream), to: 0)
    }
}

// MARK: - Functions

/// The largest element of each window that the kernel covers as it moves over the planes of
/// `[batch, channels, height, width]`; the stride is the kernel's size unless given.
///
/// The output is `(height + 2 * padding - kernel) / stride + 1` high, rounded down, and as wide in the same way. Padding
/// counts as -∞. A window with a NaN gives NaN. The gradient goes to the largest element alone, of those that tie to the first
/// in row-major order; where windows overlap, what comes from each adds up.
///
/// Misuse are an input of another rank, of integers or with no elements in a plane, a kernel or stride below 1, a padding
/// below 0 or above half the kernel, and a kernel larger than the padded plane.
public func maxPool2D(
    _ x: Variable, kernel: Pair, stride: Pair? = nil, padding: Pair = 0, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    let windows = PoolingWindows(
        "maxPool2D", x.shape, x.elementType, kernel: kernel, stride: stride, padding: padding)
    return maxPool("maxPool2D", x, windows, file, line)
}

/// The largest element of each window along the last axis of `[batch, channels, length]`; as
/// ``maxPool2D(_:kernel:stride:padding:file:line:)``.
public func maxPool1D(
    _ x: Variable, kernel: Int, stride: Int? = nil, padding: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let windows = PoolingWindows("maxPool1D", x.shape, x.elementType, kernel, stride, padding) else {
        return .inert
    }
    return located(file, line) { maxPool("maxPool1D", x.expanded(at: 2), windows, file, line).squeezed(2) }
}

/// The largest element of each of `outputSize` windows that divide the planes of `[batch, channels, height, width]` as evenly
/// as they can: window i of n from i/n of the height, rounded down, to (i + 1)/n, rounded up, and so along the width.
///
/// Any plane gives an output of the same size, larger than the plane too. Misuse are an output size below 1 and, as in
/// ``maxPool2D(_:kernel:stride:padding:file:line:)``, inputs that have nothing to pool.
public func adaptiveMaxPool2D(
    _ x: Variable, outputSize: Pair, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let windows = PoolingWindows("adaptiveMaxPool2D", x.shape, x.elementType, outputSize: outputSize)
    return maxPool("adaptiveMaxPool2D", x, windows, file, line)
}

/// The average of each window that the kernel covers as it moves over the planes of `[batch, channels, height, width]`, sizes
/// and misuse as in ``maxPool2D(_:kernel:stride:padding:file:line:)``.
///
/// Padding counts as zeros, or, unless `countingPadding`, not at all: then a window at the edge is the average of what it has.
public func averagePool2D(
    _ x: Variable, kernel: Pair, stride: Pair? = nil, padding: Pair = 0, countingPadding: Bool = true,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let windows = PoolingWindows(
        "averagePool2D", x.shape, x.elementType, kernel: kernel, stride: stride, padding: padding)
    return averagePool("averagePool2D", x, windows, countingPadding, file, line)
}

/// The average of each window along the last axis of `[batch, channels, length]`; as
/// ``averagePool2D(_:kernel:stride:padding:countingPadding:file:line:)``.
public func averagePool1D(
    _ x: Variable, kernel: Int, stride: Int? = nil, padding: Int = 0, countingPadding: Bool = true,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let windows = PoolingWindows("averagePool1D", x.shape, x.elementType, kernel, stride, padding) else {
        return .inert
    }
    return located(file, line) {
        averagePool("averagePool1D", x.expanded(at: 2), windows, countingPadding, file, line).squeezed(2)
    }
}

/// The average of each of `outputSize` windows that divide the planes of `[batch, channels, height, width]` as
/// ``adaptiveMaxPool2D(_:outputSize:file:line:)`` does. `outputSize: 1` averages whole planes.
public func adaptiveAveragePool2D(
    _ x: Variable, outputSize: Pair, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let windows = PoolingWindows("adaptiveAveragePool2D", x.shape, x.elementType, outputSize: outputSize)
    return averagePool("adaptiveAveragePool2D", x, windows, false, file, line)
}

// Windows follow from shapes alone; without them there was misuse.

private func maxPool(
    _ name: StaticString, _ x: Variable, _ windows: PoolingWindows?, _ file: StaticString, _ line: UInt
) -> Variable {
    guard let windows else { return .inert }
    return MaxPool(name, windows)([x], file: file, line: line)[0]  // its forward always gives two
}

private func averagePool(
    _ name: StaticString, _ x: Variable, _ windows: PoolingWindows?, _ countingPadding: Bool, _ file: StaticString,
    _ line: UInt
) -> Variable {
    guard let windows else { return .inert }
    return AveragePool(name, windows, countingPadding)(x, file: file, line: line)
}
