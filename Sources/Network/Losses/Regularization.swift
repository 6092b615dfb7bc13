import GradusAutograd
import GradusTensor

// What is added to a loss to keep parameters small:
//
//     let loss = crossEntropy(model(x), labels) + 1e-4 * l2Penalty(weights)
//
// Biases are usually left out. All are 0 of no parameters; parameters of different element types are misuse.

/// Σ |w| over all parameters, which draws them to exactly 0, one by one (R. Tibshirani, "Regression shrinkage and selection via
/// the lasso", 1996). The gradient at 0 is 0.
public func l1Penalty(
    _ parameters: some Sequence<Variable>, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    located(file, line) { total(parameters) { abs($0).sum() } }
}

/// Σ w² over all parameters, which draws large ones most. λ times this is what a `weightDecay` of 2λ does in ``SGD``.
public func l2Penalty(
    _ parameters: some Sequence<Variable>, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    located(file, line) { total(parameters) { square($0).sum() } }
}

/// A mixture of both (H. Zou and T. Hastie, "Regularization and variable selection via the elastic net", 2005): `ratio` · Σ |w| +
/// (1 − `ratio`) · Σ w². A ratio outside 0 to 1 is misuse.
public func elasticNetPenalty(
    _ parameters: some Sequence<Variable>, ratio: Double = 0.5, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard ratio >= 0 && ratio <= 1 else { return misuse("elasticNetPenalty: a ratio of \(ratio) is outside 0 to 1") }
    return located(file, line) { total(parameters) { ratio * abs($0).sum() + (1 - ratio) * square($0).sum() } }
}

private func total(_ parameters: some Sequence<Variable>, _ penalty: (Variable) -> Variable) -> Variable {
    parameters.reduce(nil as Variable?) { sum, parameter in
        let part = penalty(parameter)
        return sum.map { $0 + part } ?? part
    } ?? .constant(Tensor(0))
}
