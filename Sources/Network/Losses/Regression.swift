import GradusAutograd
import GradusTensor

/// The magnitudes of the differences, averaged over all elements: `|prediction − target|`.
///
///     meanAbsoluteError(Variable([1, 2]), Variable([1, 4]))  // 1
///
/// The gradient is 0 where they are equal. Shapes that differ are misuse.
public func meanAbsoluteError(
    _ prediction: Variable, _ target: Variable, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    guard areAlike("meanAbsoluteError", prediction, target) else { return .inert }
    return located(file, line) { reduction(abs(prediction - target)) }
}

/// The same with a target that wants no gradient.
public func meanAbsoluteError(
    _ prediction: Variable, _ target: Tensor, reduction: Reduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    meanAbsoluteError(prediction, .constant(target), reduction: reduction, file: file, line: line)
}

/// Half the square of small differences d, δ (|d| − δ/2) of those beyond δ, so that outliers pull no harder than others (P. Huber,
/// "Robust estimation of a location parameter", 1964), averaged over all elements.
///
///     huber(Variable([0.5, 3]), Variable([0, 0]))  // (0.125 + 2.5) / 2
///
/// Shapes that differ, and a δ that is not above 0, are misuse.
public func huber(
    _ prediction: Variable, _ target: Variable, delta: Double = 1, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard areAlike("huber", prediction, target) else { return .inert }
    guard delta > 0 else { return misuse("huber: a delta of \(delta); it is above 0") }
    return located(file, line) {
        let difference = prediction - target
        let size = abs(difference)
        return reduction(
            select(size.value .<= delta, 0.5 * square(difference), delta * (size - delta / 2)))
    }
}

/// The same with a target that wants no gradient.
public func huber(
    _ prediction: Variable, _ target: Tensor, delta: Double = 1, reduction: Reduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    huber(prediction, .constant(target), delta: delta, reduction: reduction, file: file, line: line)
}
