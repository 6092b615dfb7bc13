import GradusAutograd
import GradusTensor

/// A layer of filters that slide along sequences. See `conv1D`.
///
/// Inputs are `[batch, inChannels, length]`, outputs `[batch, outChannels, outLength]` with
/// outLength = (length + 2·padding − dilation·(kernel − 1) − 1) / stride + 1, rounded down. The weight is
/// `[outChannels, inChannels / groups, kernel]`, as PyTorch's.
public struct Conv1D: Layer, Sendable {
    /// What the inputs are multiplied with; its shape is given above.
    public let weight: Variable
    /// `[outChannels]`, or none.
    public let bias: Variable?
    /// How far the window moves at a step.
    public let stride: Int
    /// How many zeros are added on each side.
    public let padding: Int
    /// How far apart the taps of a filter are.
    public let dilation: Int
    /// How many groups of channels are filtered apart.
    public let groups: Int

    /// A layer of these parameters: other initial values than the usual, or shared ones.
    public init(
        weight: Variable, bias: Variable?, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
    ) {
        (self.weight, self.bias) = (weight, bias)
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    }

    /// Weights by He's normal initialization, zeros as bias. Groups that do not divide both numbers of channels are misuse.
    public init(
        inChannels: Int, outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        checkGroups("Conv1D", groups, inChannels, outChannels)
        let shape: Shape = [outChannels, inChannels / max(groups, 1), kernel]
        self.init(
            weight: Variable(.heNormal(shape, as: elementType, using: &generator)),
            bias: bias ? Variable(.zeros([outChannels], as: elementType)) : nil,
            stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    /// The same from the default generator.
    public init(
        inChannels: Int, outChannels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        groups: Int = 1, bias: Bool = true, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            dilation: dilation, groups: groups, bias: bias, as: elementType, using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        conv1D(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}

func checkGroups(_ name: StaticString, _ groups: Int, _ inChannels: Int, _ outChannels: Int) {
    if groups < 1 || inChannels % groups != 0 || outChannels % groups != 0 {
        misuse("\(name): \(groups) groups of \(inChannels) and \(outChannels) channels; groups divide both evenly")
    }
}
