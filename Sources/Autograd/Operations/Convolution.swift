import GradusTensor

// Convolution and its two gradients are three faces of one trilinear form,
//
//     ⟨convolve(x, w), y⟩  =  ⟨x, inputGradient(y, w)⟩  =  ⟨w, weightGradient(x, y)⟩,
//
// so that each is linear in both its operands, and its derivatives are the other two. The rules below are therefore closed:
// they have rules, to every order. A transposed convolution is the gradient in the input under another name.

/// What the three faces share: how the kernel moves, and the shapes that it moves over.
struct ConvolutionForm {
    let geometry: Convolution2DGeometry
    let input: Shape
    let weight: Shape

    func convolve(_ x: Variable, _ weight: Variable) -> Variable { Convolution(self)(x, weight) }

    /// From `upstream`, of the output's shape, to the input's shape.
    func inputGradient(_ upstream: Variable, _ weight: Variable) -> Variable {
        ConvolutionInputGradient(self)(upstream, weight)
    }

    /// From input and `upstream` to the weight's shape.
    func weightGradient(_ x: Variable, _ upstream: Variable) -> Variable {
        ConvolutionWeightGradient(self)(x, upstream)
    }
}

// MARK: - The three faces

final class Convolution: BinaryOperation {
    let form: ConvolutionForm
    init(_ form: ConvolutionForm) { self.form = form }

    override var name: String { "\(form.geometry.name)" }
    override func forward(_ x: Tensor, _ weight: Tensor) -> Tensor {
        convolution(form.geometry.name, x, weight, nil, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.inputGradient(upstream, second), to: 0)
        walk.push(form.weightGradient(first, upstream), to: 1)
    }
}

final class ConvolutionInputGradient: BinaryOperation {
    let form: ConvolutionForm
    init(_ form: ConvolutionForm) { self.form = form }

    override func forward(_ upstream: Tensor, _ weight: Tensor) -> Tensor {
        conv2DInputGradient(upstream, weight, inputShape: form.input, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.convolve(upstream, second), to: 0)
        walk.push(form.weightGradient(upstream, first), to: 1)
    }
}

final class ConvolutionWeightGradient: BinaryOperation {
    let form: ConvolutionForm
    init(_ form: ConvolutionForm) { self.form = form }

    override func forward(_ x: Tensor, _ upstream: Tensor) -> Tensor {
        conv2DWeightGradient(x, upstream, weightShape: form.weight, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.inputGradient(second, upstream), to: 0)
        walk.push(form.convolve(first, upstream), to: 1)
    }
}

// MARK: - With a bias, and transposed

/// The same with a bias for each output channel, added by the kernel as it goes.
final class BiasedConvolution: TernaryOperation {
    let form: ConvolutionForm
    init(_ form: ConvolutionForm) { self.form = form }

    override var name: String { "\(form.geometry.name)" }
    override func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
        convolution(form.geometry.name, x, weight, bias, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : input == 1 ? .first : [] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.inputGradient(upstream, second), to: 0)
        walk.push(form.weightGradient(first, upstream), to: 1)
        walk.push(upstream.summedByChannel(), to: 2)
    }
}

/// The convolution's `form.input` is what comes out here.
final class TransposedConvolution: BinaryOperation {
    let form: ConvolutionForm
    let outputPadding: Pair
    init(_ form: ConvolutionForm, _ outputPadding: Pair) { (self.form, self.outputPadding) = (form, outputPadding) }

    override var name: String { "\(form.geometry.transposedName)" }
    override func forward(_ x: Tensor, _ weight: Tensor) -> Tensor {
        transposedConvolution(form.geometry.transposedName, x, weight, nil, outputPadding, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.convolve(upstream, second), to: 0)
        walk.push(form.weightGradient(upstream, first), to: 1)
    }
}

final class BiasedTransposedConvolution: TernaryOperation {
    let form: ConvolutionForm
    let outputPadding: Pair
    init(_ form: ConvolutionForm, _ outputPadding: Pair) { (self.form, self.outputPadding) = (form, outputPadding) }

    override var name: String { "\(form.geometry.transposedName)" }
    override func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
        transposedConvolution(form.geometry.transposedName, x, weight, bias, outputPadding, form.geometry)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : input == 1 ? .first : [] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(form.convolve(upstream, second), to: 0)
        walk.push(form.weightGradient(upstream, first), to: 1)
        walk.push(upstream.summedByChannel(), to: 2)
    }
}

extension Variable {
    /// `[batch, channels, …]` summed to `[channels]`: the gradient of a bias.
    fileprivate func summedByChannel() -> Variable {
        let channels = shape.size(1)
        let kept = shape.indices.map { $0 == 1 ? channels : 1 }
        return summed(to: Shape(kept)).reshaped(to: [channels])
    }
}

extension Convolution2DGeometry {
    fileprivate var name: StaticString { axes == 1 ? "conv1D" : "conv2D" }
    fileprivate var transposedName: StaticString { axes == 1 ? "transposedConv1D" : "transposedConv2D" }
}

// MARK: - Functions

/// Convolution over the last two axes: each output channel is the sum, over input channels and kernel taps, of weight times
/// what the tap meets, plus the bias.
///
/// - `x` is `[batch, inChannels, height, width]`, the weight `[outChannels, inChannels / groups, kernelHeight, kernelWidth]`, the
///   bias `[outChannels]`.
/// - The stride is how far the kernel moves from one output to the next, the dilation how far apart its taps are; padding is so
///   many rows and columns of zeros thought around the input, on either side.
/// - Channels are cut into groups, each convolved by itself.
///
/// - Returns: `[batch, outChannels, outHeight, outWidth]`, where `outHeight` is
///   `(height + 2 * padding - dilation * (kernelHeight - 1) - 1) / stride + 1`, rounded down, and the width likewise. Rows
///   that the kernel does not reach (a stride that leaves a remainder) get a gradient of 0.
///
/// Misuse is what it is for tensors: shapes and channels that do not fit, strides, dilations or groups below 1, a kernel
/// larger than the padded input.
///
///     let filters = Variable(.heNormal([16, 3, 3, 3])), bias = Variable(.zeros([16]))
///     let features = relu(conv2D(images, filters, bias: bias, padding: 1))  // [batch, 16, height, width]
public func conv2D(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1,
    groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let geometry = Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolve(x, weight, bias, geometry, file, line)
}

/// Convolution over the last axis: input `[batch, inChannels, length]`, weight
/// `[outChannels, inChannels / groups, kernelLength]`, bias `[outChannels]`. Otherwise as
/// ``conv2D(_:_:bias:stride:padding:dilation:groups:file:line:)``.
public func conv1D(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
    groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let geometry = Convolution2DGeometry(
        oneDimensionalStride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolve(x, weight, bias, geometry, file, line)
}

/// The transpose of a convolution, which makes planes larger where that makes them smaller: each input element adds the
/// kernel, times itself, to the output.
///
/// - `x` is `[batch, inChannels, height, width]`, the weight `[inChannels, outChannels / groups, kernelHeight, kernelWidth]`, the
///   bias `[outChannels]`.
/// - Padding is how many rows and columns are cut off the output, on either side; output padding how many it has more at its
///   end: below the stride or the dilation.
/// - Stride, dilation and groups are those of the convolution that this is the transpose of.
///
/// - Returns: `[batch, outChannels, outHeight, outWidth]`, where `outHeight` is
///   `(height - 1) * stride - 2 * padding + dilation * (kernelHeight - 1) + 1 + outputPadding`, and the width likewise.
///
/// Misuse: as for the convolution; also an empty plane, an output without elements in its plane, and an output padding that
/// is negative or too large.
public func transposedConv2D(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Pair = 1, padding: Pair = 0,
    outputPadding: Pair = 0, dilation: Pair = 1, groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let geometry = Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolveTransposed(x, weight, bias, outputPadding, geometry, file, line)
}

/// The transpose of a one-dimensional convolution: input `[batch, inChannels, length]`, weight
/// `[inChannels, outChannels / groups, kernelLength]`, bias `[outChannels]`. Otherwise as
/// ``transposedConv2D(_:_:bias:stride:padding:outputPadding:dilation:groups:file:line:)``.
public func transposedConv1D(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    dilation: Int = 1, groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let geometry = Convolution2DGeometry(
        oneDimensionalStride: stride, padding: padding, dilation: dilation, groups: groups)
    return convolveTransposed(x, weight, bias, Pair(0, outputPadding), geometry, file, line)
}

private func convolve(
    _ x: Variable, _ weight: Variable, _ bias: Variable?, _ geometry: Convolution2DGeometry, _ file: StaticString,
    _ line: UInt
) -> Variable {
    let form = ConvolutionForm(geometry: geometry, input: x.shape, weight: weight.shape)
    guard let bias else { return Convolution(form)(x, weight, file: file, line: line) }
    return BiasedConvolution(form)(x, weight, bias, file: file, line: line)
}

private func convolveTransposed(
    _ x: Variable, _ weight: Variable, _ bias: Variable?, _ outputPadding: Pair, _ geometry: Convolution2DGeometry,
    _ file: StaticString, _ line: UInt
) -> Variable {
    // The shape of the result is an attribute of the rules, so it is found, and what does not fit refused, here.
    guard
        let (output, zeros) = geometry.transposedShapes(
            geometry.transposedName, input: x.shape, weight: weight.shape, outputPadding: outputPadding)
    else { return .inert }
    let form = ConvolutionForm(geometry: geometry, input: output, weight: weight.shape)
    let (stride, none) = (geometry.stride, [Int](repeating: 0, count: x.rank))
    return located(file, line) {
        // An output padding of a stride and more is as many zeros at the input's end, and what is left below the stride: so
        // that x is just what the convolution makes of such an output.
        let x = zeros == 0 ? x : x.padded(none, Array([0, 0, zeros.vertical, zeros.horizontal].suffix(x.rank)))
        let rest = Pair(outputPadding.vertical % stride.vertical, outputPadding.horizontal % stride.horizontal)
        guard let bias else { return TransposedConvolution(form, rest)(x, weight, file: file, line: line) }
        return BiasedTransposedConvolution(form, rest)(x, weight, bias, file: file, line: line)
    }
}
