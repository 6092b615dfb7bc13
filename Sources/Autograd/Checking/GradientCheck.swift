import GradusTensor

/// How thoroughly ``checkGradients(at:_:settings:loss:)`` looks.
public struct GradientCheckSettings: Sendable {
    public enum Mode: Sendable {
        /// Every element if there are at most ``GradientCheckSettings/elements``, else fast.
        case automatic
        /// Every element, however many.
        case full
        /// Random directions, and a sample of elements of every variable; a direction that fails is bisected down to one element.
        case fast
    }

    public var mode = Mode.automatic
    /// How many elements `automatic` compares one by one, and how many `fast` samples.
    public var elements = 500
    /// How many random directions `fast` compares.
    public var probes = 8
    /// The relative tolerance that is added to a multiple of each estimate's own error.
    public var tolerance = 1e-9
    /// The bound for the float32 gradient's distance from the double one, relative to its norm; nil to leave that out.
    public var singlePrecisionBound: Double? = 1e-3
    public var seed: UInt64 = 0

    public init(mode: Mode = .automatic) { self.mode = mode }
}

/// Compares the gradients of `loss` with differences, in double precision, on the code as it stands.
///
/// `loss` is run as it is, over float32 parameters or any others, with every operation computing in float64. Each derivative
/// is taken by an adaptive stencil with an estimate of its own error, so the verdict is one of three: pass, fail,
/// or inconclusive. Values, gradients, modes and the default generator's state are afterwards as they were.
///
///     let report = checkGradients(at: [w1, b1]) { crossEntropy(model(x), labels) }
///     print(report)
///
/// - Parameters:
///   - variables: Leaves that `loss` uses. A result, an empty list or a variable given twice is misuse.
///   - loss: Returns one number, and computes it anew, with operations on variables, each time that it is called.
public func checkGradients(
    at variables: some Sequence<Variable>, settings: GradientCheckSettings = GradientCheckSettings(),
    loss: () throws -> Variable
) rethrows -> GradientReport {
    let variables = Array(variables)
    if let complaint = complaint(about: variables) {
        misuse("checkGradients: \(complaint)")
        return GradientReport()
    }
    return try withoutActuallyEscaping(loss) { loss in
        var check = GradientCheck(variables, settings, loss)
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
