// MARK: - Convolution

/// Convolution over the last two axes: each output channel is the sum, over input channels and kernel taps, of weight times
/// what the tap meets.
///
///     out[n, o, y, x] = bias[o] + Σ weight[o, c, i, j] · input[n, c, y·s + i·d − p, x·s + j·d − p]
///
/// with stride s, dilation d and padding p, each for height and width; the input is 0 where it is padded (so that an infinite
/// weight gives NaN there). As in all of deep learning this is what signal
/// processing calls cross-correlation: the kernel is not flipped.
///
/// - Parameters:
///   - x: `[batch, inChannels, height, width]`
///   - weight: `[outChannels, inChannels / groups, kernelHeight, kernelWidth]`
///   - bias: `[outChannels]`
///   - stride: How far the kernel moves from one output to the next.
///   - padding: How many rows and columns of zeros are thought around the input, on either side.
///   - dilation: How far apart neighbouring taps of the kernel are.
///   - groups: Channels are cut into so many groups, each convolved by itself; as many groups as channels is a depthwise
///     convolution.
/// - Returns: `[batch, outChannels, outHeight, outWidth]`, where `outHeight` is
///   `(height + 2 * padding - dilation * (kernelHeight - 1) - 1) / stride + 1`, rounded down, and the width likewise. Empty
///   for an empty batch; the bias alone for no input channels.
///
/// Misuse: element types that differ or are not floating-point; other numbers of axes; stride, dilation or groups below 1;
/// negative padding; channels that groups do not divide or that do not fit the weight; a kernel that spans more than the
/// padded input; sizes beyond `Int`.
///
///     let image = Tensor([[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]])
///     let edges = Tensor([[[[-1, 1]]]])
///     print(conv2D(image, edges).shape)  // [1, 1, 3, 2]
public func conv2D(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1,
    groups: Int = 1
) -> Tensor {
    let geometry = Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolution("conv2D", x, weight, bias, geometry)
}

/// Convolution over the last axis: input `[batch, inChannels, length]`, weight
/// `[outChannels, inChannels / groups, kernelLength]`, bias `[outChannels]`. Otherwise as ``conv2D(_:_:bias:stride:padding:dilation:groups:)``.
public func conv1D(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1
) -> Tensor {
    let geometry = Convolution2DGeometry(
        oneDimensionalStride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolution("conv1D", x, weight, bias, geometry)
}

// MARK: - Transposed convolution

/// The transpose of a convolution, which makes planes larger where that makes them smaller: each input element adds the
/// kernel, times itself, to the output.
///
///     out[n, o, y·s + i·d − p, x·s + j·d − p] += weight[c, o, i, j] · input[n, c, y, x]
///
/// It is the gradient in its input of the ``conv2D(_:_:bias:stride:padding:dilation:groups:)`` with the same weight, stride,
/// padding, dilation and groups; what goes beyond the output is left out.
///
/// - Parameters:
///   - x: `[batch, inChannels, height, width]`
///   - weight: `[inChannels, outChannels / groups, kernelHeight, kernelWidth]`
///   - bias: `[outChannels]`
///   - stride: How far apart neighbouring input elements lay the kernel.
///   - padding: How many rows and columns are cut off the output, on either side.
///   - outputPadding: How many rows and columns the output has more at its end: a convolution with a stride above 1 makes
///     the same of several sizes, and this chooses among them. Below the stride or the dilation.
///   - dilation: How far apart neighbouring taps of the kernel are.
///   - groups: Channels are cut into so many groups, each convolved by itself.
/// - Returns: `[batch, outChannels, outHeight, outWidth]`, where `outHeight` is
///   `(height - 1) * stride - 2 * padding + dilation * (kernelHeight - 1) + 1 + outputPadding`, and the width likewise.
///
/// Misuse: as for the convolution; also an empty plane, an output without elements in its plane, and an output padding
/// that is negative or too large.
public func transposedConv2D(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Pair = 1, padding: Pair = 0, outputPadding: Pair = 0,
    dilation: Pair = 1, groups: Int = 1
) -> Tensor {
    let geometry = Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
    return transposedConvolution("transposedConv2D", x, weight, bias, outputPadding, geometry)
}

/// The transpose of a one-dimensional convolution: input `[batch, inChannels, length]`, weight
/// `[inChannels, outChannels / groups, kernelLength]`, bias `[outChannels]`. Otherwise as
/// ``transposedConv2D(_:_:bias:stride:padding:outputPadding:dilation:groups:)``.
public func transposedConv1D(
    _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1
) -> Tensor {
    let geometry = Convolution2DGeometry(
        oneDimensionalStride: stride, padding: padding, dilation: dilation, groups: groups)
    return transposedConvolution("transposedConv1D", x, weight, bias, Pair(0, outputPadding), geometry)
}
