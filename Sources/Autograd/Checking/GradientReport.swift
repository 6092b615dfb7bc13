import GradusTensor

/// What a gradient check found.
public struct GradientReport: Sendable {
    public enum Verdict: String, Sendable {
        /// Every number that was compared agrees, within the numeric estimate's own error.
        case pass
        /// Some number disagrees by more than the estimate can be off.
        case fail
        /// The numeric estimate is too uncertain to tell, or the function is not a function.
        case inconclusive
    }

    /// One derivative, both ways.
    public struct Element: Sendable {
        /// The variable's name, or `variable 2`.
        public let variable: String
        public let index: [Int]
        public let analytic: Double
        public let numeric: Double
        /// How far off `numeric` may be, by its own estimate.
        public let error: Double
        public let step: Double
        /// The slopes to the left and to the right, where a kink lies between.
        public let kink: Kink?
        public let verdict: Verdict

        /// |a − n| / max(|a|, |n|); 0 when both are 0.
        public var relativeError: Double {
            let size = max(abs(analytic), abs(numeric))
            return size == 0 ? 0 : abs(analytic - numeric) / size
        }
    }

    public struct Kink: Sendable {
        public let left: Double
        public let right: Double
        /// The operation that took another branch on either side.
        public let operation: String
    }

    /// The derivative along a random direction, for gradients with too many elements to compare one by one.
    public struct Probe: Sendable {
        public let analytic: Double
        public let numeric: Double
        public let error: Double
        public let verdict: Verdict
    }

    /// The operation whose rule disagrees with its own differences.
    public struct Blame: Sendable, Equatable {
        /// The operation in its scopes: `encoder/softmax`.
        public let operation: String
        /// The line of the named function that made it.
        public let line: String?
        /// Which input, counted from 0, and which element of it.
        public let input: Int
        public let index: [Int]
        public let analytic: Double
        public let numeric: Double
    }

    /// The float32 gradient beside the double one, variable by variable.
    public struct SinglePrecision: Sendable {
        /// The largest of ‖g₃₂ − g₆₄‖ / ‖g₆₄‖ over the variables.
        public let worst: Double
        public let variable: String
        public let bound: Double
        public var passed: Bool { worst <= bound }
    }

    public internal(set) var elements: [Element] = []
    public internal(set) var probes: [Probe] = []
    public internal(set) var total = 0
    public internal(set) var blame: Blame?
    public internal(set) var singlePrecision: SinglePrecision?
    public internal(set) var warnings: [String] = []
    /// Set where the check could not be made at all: nothing was compared.
    public internal(set) var obstacle: String?

    public var verdict: Verdict {
        let verdicts = elements.map(\.verdict) + probes.map(\.verdict)
        if verdicts.contains(.fail) || singlePrecision?.passed == false { return .fail }
        if obstacle != nil || verdicts.isEmpty || verdicts.contains(.inconclusive) { return .inconclusive }
        return .pass
    }

    /// Whether the verdict is `pass`, for a test: `#expect(checkGradients(at: parameters) { loss() }.passed)`.
    public var passed: Bool { verdict == .pass }

    /// The share of the compared elements for which the estimate was too uncertain.
    public var inconclusiveShare: Double {
        elements.isEmpty ? 0 : Double(elements.count { $0.verdict == .inconclusive }) / Double(elements.count)
    }

    /// The elements that do not pass, the worst first.
    public var suspects: [Element] {
        elements.filter { $0.verdict != .pass }.sorted { $0.relativeError > $1.relativeError }
    }
}
