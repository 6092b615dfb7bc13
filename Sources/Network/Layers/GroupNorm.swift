import GradusAutograd
import GradusTensor

/// Normalizes the channels of each example in groups of neighbours, then scales and moves each channel. See `groupNorm`.
///
/// Inputs and outputs are `[batch, channels, …]`. It does the same in training and in evaluation.
public struct GroupNorm: Layer, Sendable {
    /// How many groups the channels are cut into.
    public let groups: Int
    /// `[channels]`, ones at first; or none.
    public let weight: Variable?
    /// `[channels]`, zeros at first; or none.
    public let bias: Variable?
    /// What is added to the variance.
    public let epsilon: Double

    /// Ones as weight, zeros as bias. Groups that do not divide the channels evenly are misuse.
    public init(
        groups: Int, channels: Int, epsilon: Double = 1e-5, affine: Bool = true, as elementType: ElementType = .float32
    ) {
        if groups < 1 || channels % groups != 0 {
            misuse("GroupNorm: \(groups) groups of \(channels) channels; groups divide them evenly")
        }
        (self.groups, self.epsilon) = (groups, epsilon)
        weight = affine ? Variable(.ones([channels], as: elementType)) : nil
        bias = affine ? Variable(.zeros([channels], as: elementType)) : nil
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        groupNorm(x, groups: groups, weight: weight, bias: bias, epsilon: epsilon)
    }
}

/// Normalizes each channel of each example by itself, then scales and moves each channel. See `instanceNorm`.
///
/// Inputs and outputs are `[batch, channels, …]`. It does the same in training and in evaluation. PyTorch's is without weight
/// and bias unless asked; so is this.
public struct InstanceNorm: Layer, Sendable {
    /// `[channels]`, ones at first; or none.
    public let weight: Variable?
    /// `[channels]`, zeros at first; or none.
    public let bias: Variable?
    /// What is added to the variance.
    public let epsilon: Double

    /// With `affine` ones as weight and zeros as bias.
    public init(
        channels: Int, epsilon: Double = 1e-5, affine: Bool = false, as elementType: ElementType = .float32
    ) {
        self.epsilon = epsilon
        weight = affine ? Variable(.ones([channels], as: elementType)) : nil
        bias = affine ? Variable(.zeros([channels], as: elementType)) : nil
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        instanceNorm(x, weight: weight, bias: bias, epsilon: epsilon)
    }
}
