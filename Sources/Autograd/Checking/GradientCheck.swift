import GradusTensor

/// How thoroughly ``checkGradients(at:settings:loss:)`` and `checkRule` look.
public struct GradientCheckSettings: Sendable {
    /// Which elements are compared.
    public enum Mode: Sendable {
        /// Every element if there are at most ``GradientCheckSettings/elements``, else fast.
        case automatic
        /// Every element, however many.
        case full
        /// Random directions, and a sample of elements of every variable; a direction that fails is bisected down to one element.
        case fast
    }

    /// Every element, or random directions and a sample.
    public var mode: Mode
    /// 1, or 2 to check second derivatives as well: the gradient's own gradient, and whether the Hessian is symmetric.
    public var order: Int
    /// How many elements `automatic` compares one by one, and how many `fast` samples.
    public var elements = 500
    /// How many random directions `fast` compares.
    public var probes = 8
    /// The relative tolerance that is added to a multiple of each estimate's own error.
    public var tolerance = 1e-9
    /// The bound for the float32 gradient's distance from the double one, relative to its norm; nil to leave that out.
    public var singlePrecisionBound: Double? = 1e-3
    /// Whether to record the error of plain differences at many steps, for a plot: some hundred runs more.
    public var tracesError = false
    /// Chooses directions and samples: the same seed, the same check.
    public var seed: UInt64 = 0

    /// Settings of this mode and order, all else as it is usually.
    public init(mode: Mode = .automatic, order: Int = 1) { (self.mode, self.order) = (mode, order) }
}

/// Compares the gradients of `loss` with differences, in double precision, on the code as it stands.
///
/// `loss` is run as it is, over float32 parameters or any others, with every operation computing in float64. Each derivative
/// is taken by an adaptive stencil with an estimate of its own error, so the verdict is one of three: pass, fail,
/// or inconclusive. Where the gradient is wrong, the report names the operation whose rule is. Values, gradients, modes,
/// running statistics and the default generator's state are afterwards as they were; no other thread should use the
/// variables meanwhile.
///
///     let report = checkGradients(at: [w1, b1]) { crossEntropy(model(x), labels) }
///     print(report)
///
/// In a test: `#expect(checkGradients(at: model.parameters) { loss() }.passed)`.
///
/// - Parameters:
///   - variables: Leaves that `loss` uses. A result, a constant, an empty list or a variable given twice is misuse.
///   - settings: How thoroughly.
///   - loss: Returns one number, and computes it anew, with operations on variables, each time that it is called.
public func checkGradients(
    at variables: some Sequence<Variable>, settings: GradientCheckSettings = GradientCheckSettings(),
    loss: () throws -> Variable
) rethrows -> GradientReport {
    guard !misuseIsPending else { return GradientReport() }
    let variables = Array(variables)
    if let complaint = complaint(about: variables) {
        return misuse("checkGradients: \(complaint)", inert: GradientReport())
    }
    return try withoutActuallyEscaping(loss) { loss in
        var check = GradientCheck(
            CheckedFunction(of: variables, weights: [.ones([], as: .float64)]) { _ in
                let result = try loss()
                guard result.count == 1 else {
                    return misuse(
                        "checkGradients: the loss has shape \(result.shape); it is one number",
                        inert: [.constant(.inert([], .float64))])
                }
                return [result.rank == 0 ? result : result.reshaped(to: Shape())]
            }, settings)
        return try check.run()
    }
}

private func complaint(about variables: [Variable]) -> String? {
    if variables.isEmpty { return "no variables to check" }
    if let result = variables.first(where: { $0.operation != nil }) {
        return "\(result.name ?? "a variable") is the result of \(result.operation?.name ?? ""); leaves are checked"
    }
    if let constant = variables.first(where: { !$0.wantsGradient }) {
        return "\(constant.name ?? "a variable") is a constant, which wants no gradient"
    }
    if Set(variables.map(ObjectIdentifier.init)).count < variables.count { return "the same variable is given twice" }
    return nil
}

/// One run of a check, over all orders.
struct GradientCheck {
    let function: CheckedFunction
    let settings: GradientCheckSettings
    let values: [Tensor]
    var report = GradientReport()
    var random: Random

    init(_ function: CheckedFunction, _ settings: GradientCheckSettings) {
        (self.function, self.settings) = (function, settings)
        values = function.variables.map { $0.value.converted(to: .float64) }
        random = Random(seed: settings.seed)
    }

    mutating func run() throws -> GradientReport {
        let gradients = try CheckedGradients(function, at: values, settings, &random)
        guard !misuseIsPending else { return report }
        guard gradients.outputs.allSatisfy(\.isFinite) else {
            report.obstacle = "the loss is \(significant(gradients.outputs.first { !$0.isFinite } ?? .nan, 6))"
            return report
        }
        try warn(gradients)
        guard report.obstacle == nil else { return report }
        try compare(gradients)
        if settings.order > 1 && report.verdict != .fail { try checkSecondOrder() }
        try compareSinglePrecision(gradients.analytic)
        if settings.tracesError { try traceError(gradients) }
        return report
    }

    /// Compares a gradient as thoroughly as the settings ask, and looks for the culprit of what is wrong.
    mutating func compare(_ gradients: CheckedGradients, of name: String? = nil) throws {
        var gradients = gradients
        gradients.name = name
        let total = values.reduce(0) { $0 + $1.count }
        report.total += total
        if settings.mode == .full || settings.mode == .automatic && total <= settings.elements {
            try gradients.compareAll()
        } else {
            try gradients.probe(settings.probes, &random)
            try gradients.sample(settings.elements, &random)
        }
        report.elements += gradients.elements
        report.probes += gradients.probes
        report.compared += gradients.elements.count
        report.inconclusiveCount += gradients.elements.count { $0.verdict == .inconclusive }
        try blame(gradients.worstFailures) { try gradients.blameSearch() }
    }

    /// Looks for the culprits behind derivatives that are wrong along some lines.
    mutating func blame(_ failures: [Line], by search: () throws -> BlameSearch) throws {
        guard !failures.isEmpty else { return }
        let search = try search()
        for line in failures.prefix(6) where !misuseIsPending {
            for blame in try search.culprits(along: line) where !report.blame.contains(where: { $0.isAt(blame) }) {
                report.blame.append(blame)
            }
        }
    }
}
