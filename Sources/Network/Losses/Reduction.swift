import GradusAutograd
import GradusTensor

/// What becomes of a loss that has a number for each example, or for each element.
public enum Reduction: String, Sendable, CaseIterable {
    /// Their mean; NaN of none.
    case mean
    /// Their sum; 0 of none.
    case sum
    /// Their sum divided by the size of the first axis, the batch; NaN of none.
    case batchMean
    /// They stay as they are.
    case none

    func callAsFunction(_ losses: Variable) -> Variable {
        switch self {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .batchMean: losses.sum() / (losses.rank == 0 ? 1 : Double(losses.shape[0]))
        case .none: losses
        }
    }
}

/// Whether prediction and target have one shape: another is misuse even if it would broadcast, as `[n]` beside `[n, 1]` would
/// make n² differences that nobody meant.
func areAlike(_ name: StaticString, _ prediction: Variable, _ target: Variable) -> Bool {
    guard prediction.shape == target.shape else {
        return misuse("\(name): prediction of shape \(prediction.shape), target of \(target.shape); they are equal")
    }
    return true
}
