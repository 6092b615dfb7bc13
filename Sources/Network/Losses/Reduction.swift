import GradusAutograd

/// What becomes of a loss that has a number for each example.
public enum Reduction: String, Sendable, CaseIterable {
    /// Their mean; NaN of none.
    case mean
    /// Their sum; 0 of none.
    case sum
    /// They stay as they are.
    case none

    func callAsFunction(_ losses: Variable) -> Variable {
        switch self {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .none: losses
        }
    }
}
