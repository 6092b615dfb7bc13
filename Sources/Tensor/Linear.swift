import CGradusKernels

/// What bends the result of a linear layer or of a normalization, number by number; see `linear` and `batchNorm`.
public enum Activation: String, Sendable, CaseIterable {
    case relu, sigmoid, tanh, gelu, silu

    var kernel: gradus_unary_op {
        switch self {
        case .relu: GRADUS_RELU
        case .sigmoid: GRADUS_SIGMOID
        case .tanh: GRADUS_TANH
        case .gelu: GRADUS_GELU
        case .silu: GRADUS_SILU
        }
    }
}

/// `x·weight + bias`, and an activation of that: what a fully connected layer computes, in one pass.
///
///     let x = Tensor([[1, 2], [3, -4]]), weight = Tensor([[1], [1]])
///     linear(x, weight, bias: Tensor([0.5]))                     // [[3.5], [-0.5]]
///     linear(x, weight, bias: Tensor([0.5]), activation: .relu)  // [[3.5], [0]]
///
/// `x` is `[…, k]`, the weight `[k, n]`, the bias `[n]`, and the result `[…, n]`. The sums begin with the bias, which so costs
/// nothing, and what was just computed goes through the activation. Where k is 0 the sums are the bias.
///
/// Floating-point types only. Misuse: an `x` without axes, a weight that has not two, sizes or element types that differ.
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, activation: Activation? = nil) -> Tensor {
    linear(x, weight, bias: bias, activation: activation, keepingSums: false).result
}

/// The same, and the sums that the activation was given, if they are kept.
package func linear(
    _ x: Tensor, _ weight: Tensor, bias: Tensor?, activation: Activation?, keepingSums: Bool
) -> (result: Tensor, sums: Tensor?) {
    let type = x.elementType
    var inert: (Tensor, Tensor?) { (.inert, keepingSums ? .inert : nil) }
    for other in [weight.elementType, bias?.elementType ?? type] where other != type {
        return misuse(
            "linear: element types \(type) and \(other) do not mix; convert one with converted(to:)", inert: inert)
    }
    guard type.isFloatingPoint else { return misuse("linear: not defined on \(type); convert first", inert: inert) }
    guard x.rank > 0, weight.rank == 2, x.shape[-1] == weight.shape[0] else {
        return misuse(
            "linear: shapes \(x.shape) and \(weight.shape); inputs are [..., k], the weight is [k, n]", inert: inert)
    }
    if let bias, bias.shape != [weight.shape[1]] {
        return misuse("linear: a bias of shape \(bias.shape); it is [\(weight.shape[1])] here", inert: inert)
    }
    guard let product = MatrixProduct(x.shape, weight.shape, false, false) else { return inert }
    return product(x, weight, bias: bias, activation: activation, keepingSums: keepingSums)
}
