import GradusAutograd
import GradusTensor

/// A layer of filters that slide over images: at every place the products of a filter with what it covers, summed, plus a
/// bias. See `conv2D`.
///
///     let filters = Conv2D(inChannels: 1, outChannels: 16, kernel: 3, padding: 1)
///     let maps = relu(filters(images))  // [batch, 1, 8, 8] to [batch, 16, 8, 8]
///
/// Inputs are `[batch, inChannels, height, width]`, outputs `[batch, outChannels, outHeight, outWidth]` with
/// outHeight = (height + 2·padding − dilation·(kernel − 1) − 1) / stride + 1, rounded down. The weight is
/// `[outChannels, inChannels / groups, kernel height, kernel width]`, as PyTorch's.
public struct Conv2D: Layer, Sendable {
    /// What the inputs are multiplied with; its shape is given above.
    public let weight: Variable

    /// `[outChannels]`, or none.
    public let bias: Variable?

    /// How far the window moves at a step.
    public let stride: Pair
    /// How many rows and columns are added on each side.
    public let padding: Pair
    /// How far apart the taps of a filter are.
    public let dilation: Pair
    /// How many groups of channels are filtered apart.
    public let groups: Int
    /// Whether an input that the stride does not divide evenly is refused, rather than its end left unread.
    public let isExact: Bool

    /// A layer of these parameters: other initial values than the usual, or shared ones.
    public init(
        weight: Variable, bias: Variable?, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: Int = 1,
        exact: Bool = false
    ) {
        (self.weight, self.bias, isExact) = (weight, bias, exact)
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
    }

    /// Weights by He's normal initialization, zeros as bias. Groups that do not divide both numbers of channels are misuse.
    public init(
        inChannels: Int, outChannels: Int, kernel: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1,
        groups: Int = 1, bias: Bool = true, exact: Bool = false, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        checkGroups("Conv2D", groups, inChannels, outChannels)
        let shape: Shape = [outChannels, inChannels / max(groups, 1), kernel.vertical, kernel.horizontal]
        self.init(
            weight: Variable(.heNormal(shape, as: elementType, using: &generator)),
            bias: bias ? Variable(.zeros([outChannels], as: elementType)) : nil,
            stride: stride, padding: padding, dilation: dilation, groups: groups, exact: exact)
    }

    /// The same from the default generator.
    public init(
        inChannels: Int, outChannels: Int, kernel: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1,
        groups: Int = 1, bias: Bool = true, exact: Bool = false, as elementType: ElementType = .float32
    ) {
        var random = DefaultRandom()
        self.init(
            inChannels: inChannels, outChannels: outChannels, kernel: kernel, stride: stride, padding: padding,
            dilation: dilation, groups: groups, bias: bias, exact: exact, as: elementType, using: &random)
    }

    private var kernel: Pair { Pair(weight.shape[2], weight.shape[3]) }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        if isExact && !fitsExactly(x.shape, kernel: kernel, stride: stride, padding: padding, dilation: dilation) {
            return .inert
        }
        return conv2D(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }
}
