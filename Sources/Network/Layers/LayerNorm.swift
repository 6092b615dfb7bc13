import GradusAutograd
import GradusTensor

/// Normalizes the last axes together, for each place of the others, then scales and moves each number. See `layerNorm`.
///
///     let norm = LayerNorm([64])
///     let h = norm(x)  // [batch, time, 64]
///
/// Inputs and outputs end in ``shape``. It does the same in training and in evaluation.
public struct LayerNorm: Layer, Sendable {
    /// What is normalized together.
    public let shape: Shape
    /// Of this shape, ones at first; or none.
    public let weight: Variable?
    /// Of this shape, zeros at first; or none.
    public let bias: Variable?
    /// What is added to the variance.
    public let epsilon: Double

    /// A layer of these parameters, which are of the shape that is normalized.
    public init(weight: Variable, bias: Variable?, epsilon: Double = 1e-5) {
        (self.shape, self.epsilon) = (weight.shape, epsilon)
        (self.weight, self.bias) = (weight, bias)
    }

    /// Ones as weight, zeros as bias; without `affine` neither.
    public init(
        _ shape: Shape, epsilon: Double = 1e-5, affine: Bool = true, bias: Bool = true,
        as elementType: ElementType = .float32
    ) {
        (self.shape, self.epsilon) = (shape, epsilon)
        weight = affine ? Variable(.ones(shape, as: elementType)) : nil
        self.bias = affine && bias ? Variable(.zeros(shape, as: elementType)) : nil
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        layerNorm(x, over: shape, weight: weight, bias: bias, epsilon: epsilon)
    }
}
