import GradusTensor

/// Zeros where the mask is false, the rest scaled. Linear, and its own rule.
final class Dropout: UnaryOperation {
    let mask: Tensor
    let scale: Double
    init(keeping mask: Tensor, scale: Double) { (self.mask, self.scale) = (mask, scale) }

    override func forward(_ x: Tensor) -> Tensor { masked(x, by: mask, factor: scale) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(Dropout(keeping: mask, scale: scale)(upstream), to: 0)
    }
}

/// Sets each element to 0 with the given probability and scales the others by 1 / (1 - probability), so that the expected
/// value stays (N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014).
///
/// In ``evaluate(_:)`` it gives back x. With probability 0 it does so too and draws nothing; with probability 1 everything
/// is 0. A probability outside 0 ... 1 is misuse.
///
///     var random = Random(seed: 1)
///     let y = dropout(x, probability: 0.5, using: &random)
public func dropout(
    _ x: Variable, probability: Double, using generator: inout some RandomNumberGenerator,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    dropout(x, probability, file, line) { Tensor.bernoulli(x.shape, probability: $0, using: &generator) }
}

/// The same with the default generator, which `seed(_:)` starts anew.
public func dropout(
    _ x: Variable, probability: Double, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    dropout(x, probability, file, line) { Tensor.bernoulli(x.shape, probability: $0) }
}

private func dropout(
    _ x: Variable, _ probability: Double, _ file: StaticString, _ line: UInt, drawing mask: (Double) -> Tensor
) -> Variable {
    guard probability >= 0 && probability <= 1 else {
        return misuse(
            "dropout: a probability of \(probability) is outside 0 to 1",
            inert: .constant(.inert(x.shape, x.elementType)))
    }
    guard x.elementType.isFloatingPoint else {
        return misuse(
            "dropout: not defined on \(x.elementType); convert first", inert: .constant(.inert(x.shape, x.elementType)))
    }
    if isEvaluating || probability == 0 { return x }
    let kept = 1 - probability
    return Dropout(keeping: mask(kept), scale: kept > 0 ? 1 / kept : 0)(x, file: file, line: line)
}
