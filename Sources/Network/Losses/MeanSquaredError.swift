import GradusAutograd
import GradusTensor

/// The squares of the differences, averaged over all elements: `(prediction − target)²`.
///
///     meanSquaredError(Variable([1, 2]), Variable([1, 4]))  // 2
///
/// Both have one shape. Another shape of the target is misuse even if it would broadcast: `[n]` beside `[n, 1]` would average
/// n² differences that nobody meant.
public func meanSquaredError(
    _ prediction: Variable, _ target: Variable, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    guard areAlike("meanSquaredError", prediction, target) else { return .inert }
    return located(file, line) { reduction(square(prediction - target)) }
}

/// The same with a target that wants no gradient.
public func meanSquaredError(
    _ prediction: Variable, _ target: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    meanSquaredError(prediction, .constant(target), reduction: reduction, file: file, line: line)
}
