import GradusAutograd
import GradusTensor

/// A layer that makes sequences longer: the transpose of a convolution. See `transposedConv1D`; PyTorch calls it `ConvTranspose1d`.
///
/// Inputs are `[batch, inChannels, length]`, outputs `[batch, outChannels, outLength]` with
/// outLength = (length − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + outputPadding. The weight is
/// `[inChannels, outChannels / groups, kernel]`, as PyTorch's.
public struct TransposedConv1D: Layer, Sendable {
    /// What the inputs are multiplied with; its shape is given above.
    public let weight: Variable
    /// `[outChannels]`, or none.
    public let bias: Variable?
    /// How far apart the outputs of neighbouring inputs are.
    public let stride: Int
    /// How many places are cut off on each side.
    public let padding: Int
    /// How many places more there are at the end.
    public let outputPadding: Int
    /// How far apart the taps of a filter are.
    public let dilation: Int
    /// How many groups of channels are filtered apart.
    public let groups: Int

    /// A layer of these parameters: other initial values than the usual, or shared ones.
    public init(
        weight: Variable, bias: Variable?, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        dilation: Int = 1, groups: Int = 1
    ) {
        (self.weight, self.bias, self.outputPadding) = (weight, bias, outputPadding)
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    }

    /// Weights by He's normal initialization, zeros as bias. A place of the output sums over inChannels / groups · kernel / stride
    /// products, which is the fan-in here. Groups that do not divide both numbers of channels are misuse.
    public init(
        inChannels: Int, outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        dilation: Int = 1, groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        checkGroups("TransposedConv1D", groups, inChannels, outChannels)
        let shape: Shape = [inChannels, outChannels / max(groups, 1), kernel]
        let weight = transposedWeight(shape, groups, stride: stride, elementType, &generator)
        self.init(
            weight: weight, bias: bias ? Variable(.zeros([outChannels], as: elementType)) : nil,
            stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation, groups: groups)
    }

    /// The same from the default generator.
    public init(
        inChannels: Int, outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        dilation: Int = 1, groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            outputPadding: outputPadding, dilation: dilation, groups: groups, bias: bias, as: elementType,
            using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        transposedConv1D(
            x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation,
            groups: groups)
    }
}
