import GradusAutograd
import GradusTensor

/// Scales gradients down so that their norm, all taken together, is no larger than a bound (R. Pascanu et al., "On the difficulty
/// of training recurrent neural networks", 2013, section 3.2). Call it between `backward()` and the step.
///
///     clipGradients(of: parameters, toNorm: 1)
///
/// Gives back the norm as it was. Gradients of a smaller norm stay to the bit; larger ones are scaled by bound / norm, where PyTorch
/// has bound / (norm + 10⁻⁶). If the norm is NaN or infinite nothing is clipped,
/// as no number times such a gradient is a good one: look at what is given back, and leave the step out. A bound that is negative
/// or NaN is misuse.
@discardableResult
public func clipGradients(of parameters: some Sequence<Variable>, toNorm bound: Double) -> Double {
    guard bound >= 0 else { return misuse("clipGradients: a norm of \(bound); it is 0 or more") }
    guard let found = gradients("clipGradients", of: parameters) else { return .nan }
    let norm = norm(of: found.map(\.gradient))
    guard norm > bound && norm.isFinite else { return norm }
    for (parameter, gradient) in found { parameter.gradient = .constant(gradient * (bound / norm)) }
    return norm
}

/// Brings each number of the gradients between −bound and bound; NaN stays NaN. A bound that is negative or NaN is misuse.
public func clipGradients(of parameters: some Sequence<Variable>, toValue bound: Double) {
    guard bound >= 0 else { return misuse("clipGradients: a bound of \(bound); it is 0 or more") }
    for (parameter, gradient) in gradients("clipGradients", of: parameters) ?? [] {
        parameter.gradient = .constant(clamp(gradient, lower: -bound, upper: bound))
    }
}
