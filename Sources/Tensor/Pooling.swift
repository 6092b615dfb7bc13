import CGradusKernels
import Synchronization

// MARK: - Max pooling

/// The largest element of each window that the kernel covers as it moves over the planes of
/// `[batch, channels, height, width]`; the stride is the kernel's size unless given.
///
///     let x = Tensor.arange(16).reshaped(1, 1, 4, 4).converted(to: .float32)
///     maxPool2D(x, kernel: 2)  // [[[[5, 7], [13, 15]]]]
///
/// The output is `(height + 2 * padding - kernel) / stride + 1` high, rounded down, and as wide in the same way. Padding
/// counts as -∞. A window with a NaN gives NaN.
///
/// Misuse are an input of another rank, of integers or with no elements in a plane, a kernel or stride below 1, a padding
/// below 0 or above half the kernel, and a kernel larger than the padded plane.
public func maxPool2D(_ x: Tensor, kernel: Pair, stride: Pair? = nil, padding: Pair = 0) -> Tensor {
    guard
        let windows = PoolingWindows(
            "maxPool2D", x.shape, x.elementType, kernel: kernel, stride: stride, padding: padding)
    else { return .inert(x.shape, x.elementType) }
    return largest(of: x, windows)
}

/// The same, and where in its plane each element was found: `row * width + column` as `int64`, of those that tie the first in
/// row-major order, of several NaNs the first.
package func maxPool2DWithIndices(
    _ x: Tensor, kernel: Pair, stride: Pair? = nil, padding: Pair = 0
) -> (values: Tensor, indices: Tensor) {
    guard
        let windows = PoolingWindows(
            "maxPool2D", x.shape, x.elementType, kernel: kernel, stride: stride, padding: padding)
    else { return (.inert(x.shape, x.elementType), .inert(x.shape, .int64)) }
    return largestWithIndices(of: x, windows)
}

/// The largest element of each window along the last axis of `[batch, channels, length]`; as ``maxPool2D(_:kernel:stride:padding:)``.
public func maxPool1D(_ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0) -> Tensor {
    guard let windows = PoolingWindows("maxPool1D", x.shape, x.elementType, kernel, stride, padding) else {
        return .inert(x.shape, x.elementType)
    }
    return largest(of: x.expanded(at: 2), windows).squeezed(2)
}

/// The largest element of each of `outputSize` windows that divide the planes of `[batch, channels, height, width]` as evenly
/// as they can: window i of n from i/n of the height, rounded down, to (i + 1)/n, rounded up, and so along the width.
///
/// Any plane gives an output of the same size, larger than the plane too. Misuse are an output size below 1 and, as in
/// ``maxPool2D(_:kernel:stride:padding:)``, inputs that have nothing to pool.
public func adaptiveMaxPool2D(_ x: Tensor, outputSize: Pair) -> Tensor {
    guard let windows = PoolingWindows("adaptiveMaxPool2D", x.shape, x.elementType, outputSize: outputSize) else {
        return .inert(x.shape, x.elementType)
    }
    return largest(of: x, windows)
}

/// The same, and where in its plane each element was found, as ``maxPool2DWithIndices(_:kernel:stride:padding:)`` has it.
package func adaptiveMaxPool2DWithIndices(_ x: Tensor, outputSize: Pair) -> (values: Tensor, indices: Tensor) {
    guard let windows = PoolingWindows("adaptiveMaxPool2D", x.shape, x.elementType, outputSize: outputSize) else {
        return (.inert(x.shape, x.elementType), .inert(x.shape, .int64))
    }
    return largestWithIndices(of: x, windows)
}

private func largest(of x: Tensor, _ windows: PoolingWindows) -> Tensor {
    let type = x.elementType
    return Tensor.make(windows.outputShape, type) { out in
        x.withPointer { x in
            windows.forEachRow { windows, rows in
                gradus_pool_max(type.code, windows, x, out, nil, Int64(rows.lowerBound), Int64(rows.upperBound))
            }
        }
    }
}

package func largestWithIndices(of x: Tensor, _ windows: PoolingWindows) -> (values: Tensor, indices: Tensor) {
    let type = x.elementType
    return x.makePair(windows.outputShape) { x, values, indices in
        windows.forEachRow { windows, rows in
            gradus_pool_max(
                type.code, windows, x, values, indices, Int64(rows.lowerBound), Int64(rows.upperBound))
        }
    }
}

// MARK: - Average pooling

/// The average of each window that the kernel covers as it moves over the planes of `[batch, channels, height, width]`, sizes
/// and misuse as in ``maxPool2D(_:kernel:stride:padding:)``. Sums are kept in double precision.
///
/// Padding counts as zeros, or, unless `countingPadding`, not at all: then a window at the edge is the average of what it has.
public func averagePool2D(
    _ x: Tensor, kernel: Pair, stride: Pair? = nil, padding: Pair = 0, countingPadding: Bool = true
) -> Tensor {
    guard
        let windows = PoolingWindows(
            "averagePool2D", x.shape, x.elementType, kernel: kernel, stride: stride, padding: padding)
    else { return .inert(x.shape, x.elementType) }
    return average(of: x, windows, countingPadding)
}

/// The average of each window along the last axis of `[batch, channels, length]`; as
/// ``averagePool2D(_:kernel:stride:padding:countingPadding:)``.
public func averagePool1D(
    _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0, countingPadding: Bool = true
) -> Tensor {
    guard let windows = PoolingWindows("averagePool1D", x.shape, x.elementType, kernel, stride, padding) else {
        return .inert(x.shape, x.elementType)
    }
    return average(of: x.expanded(at: 2), windows, countingPadding).squeezed(2)
}

/// The average of each of `outputSize` windows that divide the planes of `[batch, channels, height, width]` as
/// ``adaptiveMaxPool2D(_:outputSize:)`` does. `outputSize: 1` averages whole planes.
public func adaptiveAveragePool2D(_ x: Tensor, outputSize: Pair) -> Tensor {
    guard let windows = PoolingWindows("adaptiveAveragePool2D", x.shape, x.elementType, outputSize: outputSize) else {
        return .inert(x.shape, x.elementType)
    }
    return average(of: x, windows, false)
}

/// The adjoint of ``averagePool2D(_:kernel:stride:padding:countingPadding:)``: each element of the upstream shared out evenly
/// over its window, the shares added up where windows overlap.
package func averagePool2DGradient(
    _ upstream: Tensor, inputShape: Shape, kernel: Pair, stride: Pair? = nil, padding: Pair = 0,
    countingPadding: Bool = true
) -> Tensor {
    guard
        let windows = PoolingWindows(
            "averagePool2DGradient", inputShape, upstream.elementType, kernel: kernel, stride: stride, padding: padding)
    else { return .inert(inputShape, upstream.elementType) }
    return averageAdjoint("averagePool2DGradient", upstream, windows, countingPadding)
}

/// The adjoint of ``adaptiveAveragePool2D(_:outputSize:)``; the output size is the upstream's.
package func adaptiveAveragePool2DGradient(_ upstream: Tensor, inputShape: Shape) -> Tensor {
    let name: StaticString = "adaptiveAveragePool2DGradient"
    guard upstream.rank == 4 else {
        return misuse(
            "\(name): upstream of shape \(upstream.shape); it is [batch, channels, height, width]",
            inert: .inert(inputShape, upstream.elementType))
    }
    let outputSize = Pair(upstream.shape.size(2), upstream.shape.size(3))
    guard let windows = PoolingWindows(name, inputShape, upstream.elementType, outputSize: outputSize) else {
        return .inert(inputShape, upstream.elementType)
    }
    return averageAdjoint(name, upstream, windows, false)
}

package func average(of x: Tensor, _ windows: PoolingWindows, _ countingPadding: Bool) -> Tensor {
    let type = x.elementType
    return Tensor.make(windows.outputShape, type) { out in
        let rowDivisors = windows.rows.divisors(countingPadding: countingPadding)
        let columnDivisors = windows.columns.divisors(countingPadding: countingPadding)
        x.withPointer { x in
            windows.forEachRow { windows, rows in
                gradus_pool_average(
                    type.code, windows, rowDivisors, columnDivisors, x, out, Int64(rows.lowerBound),
                    Int64(rows.upperBound))
            }
        }
    }
}

package func averageAdjoint(
    _ name: StaticString, _ upstream: Tensor, _ windows: PoolingWindows, _ countingPadding: Bool
) -> Tensor {
    let type = upstream.elementType
    guard upstream.shape == windows.outputShape else {
        return misuse(
            "\(name): upstream of shape \(upstream.shape), where pooling gives \(windows.outputShape)",
            inert: .inert(windows.inputShape, type))
    }
    return Tensor.make(windows.inputShape, type) { out in
        let rowDivisors = windows.rows.divisors(countingPadding: countingPadding)
        let columnDivisors = windows.columns.divisors(countingPadding: countingPadding)
        upstream.withPointer { upstream in
            windows.forEachInputRow { windows, rows in
                gradus_pool_average_adjoint(
                    type.code, windows, rowDivisors, columnDivisors, upstream, out, Int64(rows.lowerBound),
                    Int64(rows.upperBound))
            }
        }
    }
}

extension PoolingWindows {
    /// Windows along the last axis of `[batch, channels, length]`, as planes one high; nil after misuse.
    package init?(_ name: StaticString, _ x: Shape, _ type: ElementType, _ kernel: Int, _ stride: Int?, _ padding: Int)
    {
        guard x.rank == 3 else {
            misuse("\(name): input of shape \(x); it is [batch, channels, length]")
            return nil
        }
        self.init(
            name, x.inserting(1, at: 2), type, kernel: Pair(1, kernel),
            stride: Pair(1, stride ?? kernel), padding: Pair(0, padding), axes: 1)
    }
}

// MARK: - Elements of planes by their place

/// For each index the element at that place of its plane, `row * width + column`: x `[batch, channels, height, width]`,
/// indices `[batch, channels, h, w]` of `int64`, and the result has their shape. With max pooling's indices, its output again.
package func planeGather(_ x: Tensor, _ indices: Tensor) -> Tensor {
    guard x.rank == 4 && indices.rank == 4 && x.shape[..<2] == indices.shape[..<2] else {
        return misuse(
            "planeGather: indices of shape \(indices.shape) for shape \(x.shape); both are [batch, channels, height, width], the first two the same",
            inert: .inert(indices.shape, x.elementType))
    }
    return x.flattened(from: 2).gathered(indices.flattened(from: 2), along: 2).reshaped(to: indices.shape)
}

/// The adjoint of ``planeGather(_:_:)``: planes of zeros with each element of the upstream added at the place its index names, of
/// which there are no negative ones here, as max pooling gives none.
package func planeScatterAdd(_ upstream: Tensor, _ indices: Tensor, height: Int, width: Int) -> Tensor {
    let type = upstream.elementType
    guard
        upstream.rank == 4 && upstream.shape == indices.shape && indices.elementType == .int64 && type.isFloatingPoint,
        let shape = Shape(exactly: upstream.shape[..<2] + [height, width])
    else {
        return misuse(
            "planeScatterAdd: upstream of shape \(upstream.shape) at indices of \(indices.shape) in planes of \(height) by \(width); both have the shape [batch, channels, height, width], the upstream of floats",
            inert: .inert(upstream.shape, type))
    }
    let planes = shape.size(0) * shape.size(1), size = height * width, windows = indices.count / max(planes, 1)
    let isOutside = Atomic(false)
    let result = Tensor.make(shape, type) { out in
        upstream.withPointer { upstream in
            indices.withPointer { indices in
                let indices = indices.assumingMemoryBound(to: Int64.self)
                parallelFor(planes, grain: max(1, 16384 / max(1, size + windows))) { planes in
                    let areInside = gradus_plane_scatter_add(
                        type.code, Int64(size), Int64(windows), indices, upstream, out, Int64(planes.lowerBound),
                        Int64(planes.upperBound))
                    if !areInside { isOutside.store(true, ordering: .relaxed) }
                }
            }
        }
    }
    if isOutside.load(ordering: .relaxed) {
        return misuse(
            "planeScatterAdd: an index outside planes of \(height) by \(width)", inert: .inert(shape, type))
    }
    return result
}
