import GradusAutograd
import GradusTensor

/// A fully connected layer: `x·W + b`.
///
///     let hidden = Linear(inFeatures: 64, outFeatures: 32)
///     let h = relu(hidden(x))  // [batch, 64] to [batch, 32]
///
/// Inputs are `[…, inFeatures]`, outputs `[…, outFeatures]`. The weight is `[inFeatures, outFeatures]`, as the formula reads;
/// PyTorch's is the transpose of it.
public struct Linear: Layer, Sendable {
    /// What the inputs are multiplied with; its shape is given above.
    public let weight: Variable

    /// `[outFeatures]`, or none.
    public let bias: Variable?

    /// A layer of these parameters: other initial values than the usual, or shared ones.
    public init(weight: Variable, bias: Variable?) { (self.weight, self.bias) = (weight, bias) }

    /// Weights by He's normal initialization, zeros as bias.
    public init(
        inFeatures: Int, outFeatures: Int, bias: Bool = true, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        weight = Variable(.heNormal([inFeatures, outFeatures], as: elementType, using: &generator))
        self.bias = bias ? Variable(.zeros([outFeatures], as: elementType)) : nil
    }

    /// The same from the default generator.
    public init(inFeatures: Int, outFeatures: Int, bias: Bool = true, as elementType: ElementType = .float32) {
        var random = DefaultRandom()
        self.init(inFeatures: inFeatures, outFeatures: outFeatures, bias: bias, as: elementType, using: &random)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { linear(x, weight, bias: bias) }

    /// The same with an activation behind it, in one pass: `hidden(x, activation: .relu)` is `relu(hidden(x))`.
    public func callAsFunction(_ x: Variable, activation: Activation) -> Variable {
        linear(x, weight, bias: bias, activation: activation)
    }
}
