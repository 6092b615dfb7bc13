import GradusTensor

/// What a gradient check found. Printed, it is a table; there are ``json`` and, with `import GradusLesson`, a plot too.
public struct GradientReport: Sendable {
    /// What is to be thought of a comparison, or of the whole check.
    public enum Verdict: String, Sendable {
        /// Every number that was compared agrees, within the numeric estimate's own error.
        case pass
        /// Some number disagrees by more than the estimate can be off.
        case fail
        /// The numeric estimate is too uncertain to tell, the function is not a function, or there was nothing to compare.
        case inconclusive
    }

    /// One derivative, both ways.
    public struct Element: Sendable {
        /// The variable's name, or `variable 2`.
        public let variable: String
        /// Which element of the variable: an index an axis, none for a scalar.
        public let index: [Int]
        /// What was differentiated, if it was not the loss: `output [0, 2]`, or `gradient along direction 1`.
        public let of: String?
        /// The derivative by the rules.
        public let analytic: Double
        /// The derivative by differences, extrapolated to step 0.
        public let numeric: Double
        /// How far off `numeric` may be, by its own estimate. Infinite where no differences settled.
        public let error: Double
        /// The smallest step that `numeric` was extrapolated from.
        public let step: Double
        /// The kink that lies here, if one does. `numeric` is then the number between both slopes that is nearest to `analytic`.
        public let kink: Kink?
        /// Whether `analytic` and `numeric` agree.
        public let verdict: Verdict

        /// |a − n| / max(|a|, |n|); 0 when both are 0.
        public var relativeError: Double { GradientReport.relativeError(analytic, numeric) }
    }

    /// Where a function bends or jumps; its slopes to the left and to the right.
    public struct Kink: Sendable {
        /// The slope just left of it, in the direction in which the element grows.
        public let left: Double
        /// The slope just right of it.
        public let right: Double
        /// Whether the function has another value on either side, and not only another slope.
        public let isJump: Bool
        /// Whether several operations have theirs here at once, so that what their rules give together is not a slope between.
        public internal(set) var isShared = false
        /// The operation that took another branch on either side.
        public let operation: String
    }

    /// The derivative along a random direction, for gradients with too many elements to compare one by one.
    public struct Probe: Sendable {
        /// The derivative by the rules: the gradient's product with the direction.
        public let analytic: Double
        /// The same by differences along the direction.
        public let numeric: Double
        /// How far off `numeric` may be, by its own estimate.
        public let error: Double
        /// The kink that lies here along this direction, if one does. `numeric` is then the number between both slopes that is
        /// nearest to `analytic`.
        public let kink: Kink?
        /// Whether both agree.
        public let verdict: Verdict
        /// |a − n| / max(|a|, |n|); 0 when both are 0.
        public var relativeError: Double { GradientReport.relativeError(analytic, numeric) }
    }

    /// An operation that makes the gradient wrong.
    public struct Blame: Sendable, Equatable {
        /// What is wrong with an operation.
        public enum Fault: String, Sendable {
            /// What its rule gives disagrees with differences of its own forward.
            case rule
            /// Its input changes with the variable, but was made without a graph: detached, or computed with Tensors.
            case cut
            /// Its result changes with the variable while its inputs do not: the forward reads more than them.
            case hiddenInput
        }

        /// What is wrong with it.
        public let fault: Fault
        /// The operation in its scopes: `encoder/softmax`.
        public let operation: String
        /// The name that its result was given, if it was given one.
        public let result: String?
        /// The line of the named function that made it; an operator has none.
        public let line: String?
        /// The input whose contribution is wrong, counted from 0.
        public let input: Int
        /// The name of that input, if it has one.
        public let inputName: String?
        /// The element of the input at which the rule does most harm; none for a scalar, and for faults other than `rule`.
        public let index: [Int]
        /// What the rule gives for that element; NaN for faults other than `rule`.
        public let analytic: Double
        /// What differences of the operation's own forward give for it; NaN for faults other than `rule`.
        public let numeric: Double
    }

    /// The float32 gradient beside the double one, variable by variable.
    public struct SinglePrecision: Sendable {
        /// ‖g₃₂ − g₆₄‖ / ‖g₆₄‖ of the variable that comes nearest to what is allowed, or goes farthest beyond. Where what g₆₄ is
        /// summed from cancels, it is relative to what float32's rounding of the terms explains at the bound, if that is more.
        public let worst: Double
        /// The variable.
        public let variable: String
        /// What is allowed: the setting, or, where that is more, what rounding the variables to float32 does to the double gradient.
        public let bound: Double
        /// An operation that goes another way in float32: at a kink or a tie rounding decides, and gradients may differ.
        public let otherBranch: String?
        /// Whether the distance is within the bound, or explained by another branch.
        public var passed: Bool { worst <= bound || otherBranch != nil }
    }

    /// What second derivatives have to fulfil beside agreeing with differences.
    public struct SecondOrder: Sendable {
        /// |uᵀHv − vᵀHu| of the Hessian H, relative to the larger.
        public let asymmetry: Double
        /// |⟨Jv, u⟩ − ⟨v, Jᵀu⟩| of the Jacobian J, relative to the larger: forward mode, from two reverse passes, against reverse.
        public let adjointness: Double
        /// Whether both are rounding: 1e-8 at the most.
        public var passed: Bool { asymmetry <= 1e-8 && adjointness <= 1e-8 }
    }

    /// The error of plain differences at many steps, for one element: a V of truncation and rounding.
    public struct ErrorCurve: Sendable {
        /// The errors at one step.
        public struct Point: Sendable {
            /// The step h.
            public let step: Double
            /// How far (f(x + h) − f(x)) / h is from the derivative that was extrapolated.
            public let forward: Double
            /// How far (f(x + h) − f(x − h)) / 2h is from it.
            public let central: Double
        }

        /// The variable whose element was moved.
        public let variable: String
        /// The element: an index an axis.
        public let index: [Int]
        /// |analytic − numeric|: where the curves would end if the analytic derivative were taken for the true one.
        public let difference: Double
        /// From the shortest step to the longest.
        public let points: [Point]
    }

    /// Elements that were compared; of those that stand for many (a row of a Jacobian) the worst of each.
    public internal(set) var elements: [Element] = []
    /// The random directions that were compared, if there were too many elements to compare them all.
    public internal(set) var probes: [Probe] = []
    /// How many derivatives there are.
    public internal(set) var total = 0
    /// How many of them were compared one by one.
    public internal(set) var compared = 0
    /// The operations that make the gradient wrong, the one with the largest effect first.
    public internal(set) var blame: [Blame] = []
    /// The float32 gradient beside the double one; nil if no variable is float32, or it was not asked for.
    public internal(set) var singlePrecision: SinglePrecision?
    /// Symmetry and adjointness, if the order is 2.
    public internal(set) var secondOrder: SecondOrder?
    /// The error of plain differences at the element most in doubt, if ``GradientCheckSettings/tracesError`` asked for it.
    public internal(set) var errorCurve: ErrorCurve?
    /// What makes the check say less than its verdict seems to, in sentences.
    public internal(set) var warnings: [String] = []
    /// Why the check could not be made at all, if it could not.
    public internal(set) var obstacle: String?
    var inconclusiveCount = 0
    /// Whether it is of a rule, of which a derivative that is 0 throughout says something; of a loss it does not.
    var isOfRule = false

    /// `fail` if anything disagrees; else `inconclusive` if anything could not be told, or nothing was; else `pass`.
    public var verdict: Verdict {
        let verdicts = elements.map(\.verdict) + probes.map(\.verdict)
        if verdicts.contains(.fail) || singlePrecision?.passed == false || secondOrder?.passed == false { return .fail }
        if obstacle != nil || verdicts.contains(.inconclusive) || isVacuous { return .inconclusive }
        return .pass
    }

    /// Whether the verdict is `pass`, for a test: `#expect(checkGradients(at: parameters) { loss() }.passed)`.
    public var passed: Bool { verdict == .pass }

    /// The share of the compared derivatives for which the estimate was too uncertain.
    public var inconclusiveShare: Double { compared == 0 ? 0 : Double(inconclusiveCount) / Double(compared) }

    /// The elements that do not pass, failures first, the worst of them first.
    public var suspects: [Element] { suspects(among: elements) }

    private func suspects(among elements: [Element]) -> [Element] {
        elements.filter { $0.verdict != .pass }.sorted {
            $0.verdict != $1.verdict ? $0.verdict == .fail : $0.relativeError > $1.relativeError
        }
    }

    /// The largest relative error, where both numbers are large enough to have one.
    public var worst: Element? { worst(among: elements) }

    func worst(among elements: [Element]) -> Element? {
        let scale = elements.reduce(0) { max($0, $1.analytic.isFinite ? abs($1.analytic) : 0) }
        return suspects(among: elements).first
            ?? elements.filter { abs($0.analytic) > 1e-6 * scale && $0.kink?.isShared != true }
            .max { $0.relativeError < $1.relativeError }
    }

    /// Nothing but zeros was seen: any rule would have passed.
    private var isVacuous: Bool {
        (!isOfRule || elements.isEmpty && probes.isEmpty)
            && elements.allSatisfy { $0.analytic == 0 && $0.kink == nil }
            && probes.allSatisfy { $0.analytic == 0 && $0.kink == nil }
    }

    static func relativeError(_ a: Double, _ n: Double) -> Double {
        let size = max(abs(a), abs(n))
        return size == 0 ? 0 : abs(a - n) / size
    }
}
