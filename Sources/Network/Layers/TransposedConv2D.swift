import GradusAutograd
import GradusTensor

/// A layer that makes images larger: the transpose of a convolution. See `transposedConv2D`; PyTorch calls it `ConvTranspose2d`.
///
///     let up = TransposedConv2D(inChannels: 16, outChannels: 8, kernel: 4, stride: 2, padding: 1)
///     let maps = up(x)  // [batch, 16, 7, 7] to [batch, 8, 14, 14]
///
/// Inputs are `[batch, inChannels, height, width]`, outputs `[batch, outChannels, outHeight, outWidth]` with
/// outHeight = (height − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + outputPadding. The weight is
/// `[inChannels, outChannels / groups, kernel height, kernel width]`, as PyTorch's.
public struct TransposedConv2D: Layer, Sendable {
    /// What the inputs are multiplied with; its shape is given above.
    public let weight: Variable
    /// `[outChannels]`, or none.
    public let bias: Variable?
    /// How far apart the outputs of neighbouring inputs are.
    public let stride: Pair
    /// How many rows and columns are cut off on each side.
    public let padding: Pair
    /// How many rows and columns more there are at the end.
    public let outputPadding: Pair
    /// How far apart the taps of a filter are.
    public let dilation: Pair
    /// How many groups of channels are filtered apart.
    public let groups: Int

    /// A layer of these parameters: other initial values than the usual, or shared ones.
    public init(
        weight: Variable, bias: Variable?, stride: Pair = 1, padding: Pair = 0, outputPadding: Pair = 0,
        dilation: Pair = 1, groups: Int = 1
    ) {
        (self.weight, self.bias, self.outputPadding) = (weight, bias, outputPadding)
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    }

    /// Weights by He's normal initialization, zeros as bias. A place of the output sums over inChannels / groups · (kernel /
    /// stride)² products, which is the fan-in here. Groups that do not divide both numbers of channels are misuse.
    public init(
        inChannels: Int, outChannels: Int, kernel: Pair, stride: Pair = 1, padding: Pair = 0, outputPadding: Pair = 0,
        dilation: Pair = 1, groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        checkGroups("TransposedConv2D", groups, inChannels, outChannels)
        let shape: Shape = [inChannels, outChannels / max(groups, 1), kernel.vertical, kernel.horizontal]
        let weight = transposedWeight(
            shape, groups, stride: stride.vertical * stride.horizontal, elementType, &generator)
        self.init(
            weight: weight, bias: bias ? Variable(.zeros([outChannels], as: elementType)) : nil,
            stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
    }

    /// The same from the default generator.
    public init(
        inChannels: Int, outChannels: Int, kernel: Pair, stride: Pair = 1, padding: Pair = 0, outputPadding: Pair = 0,
        dilation: Pair = 1, groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias, as: elementType,
            using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        transposedConv2D(
            x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation,
            groups: groups)
    }
}

/// By He's normal initialization, for `[inChannels, outChannels / groups, kernel…]`: a place of the output sums over as many products
/// as a group has inputs and taps, by the stride.
func transposedWeight(
    _ shape: Shape, _ groups: Int, stride: Int, _ elementType: ElementType,
    _ generator: inout some RandomNumberGenerator
) -> Variable {
    let taps = Double(shape.dropFirst(2).reduce(1, *)) / Double(max(stride, 1))
    let fanIn = Double(shape[0] / max(groups, 1)) * taps
    return Variable(
        .normal(
            shape, standardDeviation: fanIn > 0 ? (2 / fanIn).squareRoot() : 0, as: elementType, using: &generator))
}
