import GradusTensor

/// How many places a window of a convolution or of pooling has: (size − dilation · (kernel − 1) − 1 + 2 · padding) / stride + 1,
/// which for a dilation of 1 is (N − F + 2P)/S + 1.
///
///     windowCount(227, kernel: 11, stride: 4)  // 55
///
/// Rounded down: what is left at the end is not read. With `exactly`, anything left is misuse, and named; a window that does not
/// fit once, and numbers that make no sense, are misuse in either case.
public func windowCount(
    _ size: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, exactly: Bool = false
) -> Int {
    guard kernel > 0 && stride > 0 && padding >= 0 && dilation > 0 && size >= 0 else {
        return misuse(
            "windowCount: size \(size), kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation); "
                + "kernel, stride and dilation are 1 or more, the others 0 or more")
    }
    let (field, tooLarge) = dilation.multipliedReportingOverflow(by: kernel - 1)
    let (border, tooWide) = padding.multipliedReportingOverflow(by: 2)
    let (padded, tooLong) = size.addingReportingOverflow(border)
    guard !tooLarge && !tooWide && !tooLong && padded > field else {
        return misuse(
            "windowCount: a kernel of \(kernel) at dilation \(dilation) is larger than \(size) padded by \(padding)")
    }
    let rest = (padded - field - 1) % stride
    guard !exactly || rest == 0 else {
        return misuse(
            "windowCount: (\(size) − \(field + 1) + 2 · \(padding)) / \(stride) is not whole: \(rest) at the end would not be read"
        )
    }
    return (padded - field - 1) / stride + 1
}

/// Whether a window's places fit an image exactly, with nothing left at its end; says so if they do not.
func fitsExactly(_ image: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = 1) -> Bool {
    guard image.rank == 4 else { return true }  // which the operation refuses, and says why
    _ = windowCount(
        image[2], kernel: kernel.vertical, stride: stride.vertical, padding: padding.vertical,
        dilation: dilation.vertical, exactly: true)
    _ = windowCount(
        image[3], kernel: kernel.horizontal, stride: stride.horizontal, padding: padding.horizontal,
        dilation: dilation.horizontal, exactly: true)
    return !misuseIsPending
}

/// A layer that looks at an image through a window.
public protocol WindowedLayer: Layer {
    /// The size of the window, with what lies between its taps.
    var field: Pair { get }
    /// How far it moves at a step.
    var stride: Pair { get }
}

extension Conv2D: WindowedLayer {
    public var field: Pair {
        Pair(
            dilation.vertical * (weight.shape[2] - 1) + 1, dilation.horizontal * (weight.shape[3] - 1) + 1)
    }
}
extension MaxPool2D: WindowedLayer {
    public var field: Pair { kernel }
}
extension AveragePool2D: WindowedLayer {
    public var field: Pair { kernel }
}

/// How much of an image one place of the output sees, behind a chain of layers: each window adds its size less one, in steps of
/// the product of all strides before it.
///
///     receptiveField(of: [conv3, conv3, conv3])  // 7 by 7
///
/// Layers that look at each place by itself, and what else is no ``WindowedLayer``, change nothing; a ``Sequential`` counts as its
/// layers. For a model that is not a chain see `summary`.
public func receptiveField(of layers: [any Layer]) -> Pair {
    var (field, step) = (Pair(1, 1), Pair(1, 1))
    func look(_ layers: [any Layer]) {
        for layer in layers {
            if let chain = layer as? Sequential { look(chain.layers) }
            guard let layer = layer as? any WindowedLayer else { continue }
            field = Pair(
                field.vertical + (layer.field.vertical - 1) * step.vertical,
                field.horizontal + (layer.field.horizontal - 1) * step.horizontal)
            step = Pair(step.vertical * layer.stride.vertical, step.horizontal * layer.stride.horizontal)
        }
    }
    look(layers)
    return field
}
