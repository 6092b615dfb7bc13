import GradusTensor

/// Checks a derivative rule, of an operation of one's own or of any function: every element of its Jacobian against
/// differences of the outputs one by one, which is sharper than any check of a sum.
///
///     let report = checkRule(at: Variable([0.5, -2])) { x in
///         custom(x, forward: { $0 * $0 * $0 }, backward: { x, y, upstream in 3 * x * x * upstream })
///     }
///     print(report.passed)  // true
///
/// With `GradientCheckSettings(order: 2)` the rule's own derivatives are checked too, by inputs and by the upstream gradient.
/// Otherwise all is as in ``checkGradients(at:settings:loss:)``: double precision whatever the inputs are, a verdict of
/// three, nothing left behind. Jacobians of more than the square of ``GradientCheckSettings/elements`` are checked by random
/// upstream gradients.
///
/// - Parameters:
///   - x: Where to check. Constants are handed on as they are; all of them constant is misuse.
///   - settings: How thoroughly.
///   - function: Makes a new operation each time that it is called.
public func checkRule(
    at x: Variable, settings: GradientCheckSettings = GradientCheckSettings(),
    of function: (Variable) throws -> Variable
) rethrows -> GradientReport {
    try checkRule(at: [x], settings: settings) { try [function($0[0])] }
}

/// The same for a function of two variables.
public func checkRule(
    at a: Variable, _ b: Variable, settings: GradientCheckSettings = GradientCheckSettings(),
    of function: (Variable, Variable) throws -> Variable
) rethrows -> GradientReport {
    try checkRule(at: [a, b], settings: settings) { try [function($0[0], $0[1])] }
}

/// The same for a function of any number of variables.
public func checkRule(
    at inputs: [Variable], settings: GradientCheckSettings = GradientCheckSettings(),
    of function: ([Variable]) throws -> Variable
) rethrows -> GradientReport {
    try checkRule(at: inputs, settings: settings) { try [function($0)] }
}

/// The same for an operation, made anew for each run: `checkRule(at: [x], of: Square())`. Another number of inputs than the
/// operation takes is misuse.
public func checkRule(
    at inputs: [Variable], settings: GradientCheckSettings = GradientCheckSettings(),
    of operation: @autoclosure () -> Operation
) -> GradientReport {
    checkRule(at: inputs, settings: settings) { operation().called(on: $0) }
}

/// The same for a function of several results. Those that are not floating-point (an index) have no derivatives.
public func checkRule(
    at inputs: [Variable], settings: GradientCheckSettings = GradientCheckSettings(),
    of function: ([Variable]) throws -> [Variable]
) rethrows -> GradientReport {
    guard !misuseIsPending else { return GradientReport() }
    // A result has a past, which is of no concern here.
    let inputs = inputs.map { $0.operation == nil ? $0 : Variable($0.value, name: $0.name) }
    let wanted = inputs.indices.filter { inputs[$0].wantsGradient }
    guard !wanted.isEmpty else {
        return misuse(
            "checkRule: no input wants a gradient; of \(inputs.count) given all are constants", inert: GradientReport())
    }
    guard Set(wanted.map { ObjectIdentifier(inputs[$0]) }).count == wanted.count else {
        return misuse(
            "checkRule: the same variable is given twice; give it once, and use it twice in the function",
            inert: GradientReport())
    }
    return try withoutActuallyEscaping(function) { function in
        func outputs(_ leaves: [Variable]) throws -> [Variable] {
            var all = inputs
            for (leaf, place) in zip(leaves, wanted) { all[place] = leaf }
            return try function(all).filter { $0.elementType.isFloatingPoint }
        }
        var check = RuleCheck(wanted.map { inputs[$0] }, settings, outputs)
        return try check.run()
    }
}

extension Operation {
    fileprivate func called(on inputs: [Variable]) -> [Variable] {
        switch (self, inputs.count) {
        case (let unary as UnaryOperation, 1): [unary(inputs[0])]
        case (let binary as BinaryOperation, 2): [binary(inputs[0], inputs[1])]
        case (let ternary as TernaryOperation, 3): [ternary(inputs[0], inputs[1], inputs[2])]
        case (let variadic as VariadicOperation, _): [variadic(inputs)]
        case (let splitting as SplittingOperation, _): splitting(inputs)
        default: misuse("checkRule: \(name) does not take \(inputs.count) inputs")
        }
    }
}

/// One run of ``checkRule(at:settings:of:)``.
private struct RuleCheck {
    private let variables: [Variable]
    private let body: ([Variable]) throws -> [Variable]
    private let settings: GradientCheckSettings
    /// What the outputs are weighted with where a sum of them is checked.
    private var upstreams: [Tensor] = []
    private var check: GradientCheck

    init(
        _ variables: [Variable], _ settings: GradientCheckSettings, _ body: @escaping ([Variable]) throws -> [Variable]
    ) {
        (self.variables, self.settings, self.body) = (variables, settings, body)
        check = GradientCheck(CheckedFunction(of: variables, weights: [], body), settings)
    }

    mutating func run() throws -> GradientReport {
        let outputs = try check.function.outputs(at: check.values)
        guard !misuseIsPending else { return check.report }
        if let index = outputs.firstIndex(where: { !isFinite($0).all() }) {
            check.report.obstacle = "output \(index) is not finite"
            return check.report
        }
        upstreams = outputs.map { check.upstream(like: $0) }
        check = GradientCheck(CheckedFunction(of: variables, weights: upstreams, body), settings)
        var gradients = try CheckedGradients(check.function, at: check.values, settings, &check.random)
        try check.warn(gradients)
        guard check.report.obstacle == nil, !misuseIsPending else { return check.report }
        // Rules of steps and plateaus are zeros, and right.
        check.report.isOfRule = true

        let elements = check.values.reduce(0) { $0 + $1.count }
        if settings.mode != .fast && elements * gradients.outputs.count <= settings.elements * settings.elements {
            try compareJacobian(outputs, &gradients)
        } else {
            try check.compare(gradients)
        }
        if settings.order > 1 && check.report.verdict != .fail { try checkSecondOrder() }
        try check.compareSinglePrecision(gradients.analytic)
        if settings.tracesError { try check.traceError(gradients) }
        return check.report
    }

    /// The rule as a function of its inputs and of the upstream gradient, which it is linear in.
    private mutating func checkSecondOrder() throws {
        let body = body
        let upstreams = upstreams.enumerated().map { Variable($1, name: "upstream \($0)") }
        let count = variables.count
        var second = GradientCheck(
            CheckedFunction(of: variables + upstreams, weights: [.ones([], as: .float64)]) { leaves in
                [InnerProduct()(try body(Array(leaves[..<count])) + leaves[count...])]
            }, settings)
        second.report = check.report
        try second.checkSecondOrder()
        check.report = second.report
    }

    private mutating func compareJacobian(_ outputs: [Tensor], _ gradients: inout CheckedGradients) throws {
        let rows = try check.function.jacobian(at: check.values)
        let places = outputs.enumerated().flatMap { output, tensor in
            (0..<tensor.count).map { place in
                outputs.count == 1 ? "output \(tensor.index(of: place))" : "output \(output) \(tensor.index(of: place))"
            }
        }
        let judge = Judge(
            tolerance: settings.tolerance, derivatives: rows.lazy.joined().joined().largestMagnitude,
            values: gradients.outputs.largestMagnitude)
        // Of each variable one will do.
        var failures: [Int: Line] = [:]
        for variable in check.values.indices {
            for element in 0..<check.values[variable].count where !misuseIsPending {
                let column = rows.map { $0[variable][element] }
                let line = gradients.line(variable, element)
                var found = try judge.compare(column, along: line, failures[variable] == nil)
                if found.contains(where: { $0.verdict == .fail && $0.kink != nil }),
                    try gradients.blameSearch().culprits(along: line).isEmpty
                {
                    for index in found.indices where found[index].verdict == .fail { found[index].acquit() }
                }
                check.report.total += column.count
                check.report.compared += column.count
                check.report.inconclusiveCount += found.count { $0.verdict == .inconclusive }
                // One element stands for the column: the worst.
                guard let (output, worst) = found.enumerated().max(by: { $0.element < $1.element }) else { continue }
                if worst.verdict == .fail && failures[variable] == nil { failures[variable] = line }
                check.report.elements.append(
                    gradients.element(variable, element, worst, of: places[output]))
            }
        }
        let lines = failures.sorted { $0.key < $1.key }.map(\.value)
        try check.blame(lines) { try gradients.blameSearch() }
        if failures.isEmpty { try compareSums(rows, &gradients) }
    }

    /// The rows of the Jacobian hold for upstream gradients of one 1. A rule is linear in its upstream gradient: of others, here
    /// random ones and the same with other signs, it has to give sums of the rows.
    private mutating func compareSums(_ rows: [[[Double]]], _ gradients: inout CheckedGradients) throws {
        let opposite = CheckedFunction(of: variables, weights: upstreams.map { -$0 }, body)
        let opposites = try CheckedGradients(opposite, at: check.values, settings, &check.random)
        for var sums in [gradients, opposites] where check.report.verdict != .fail && !misuseIsPending {
            for variable in check.values.indices {
                for element in 0..<check.values[variable].count {
                    let column = rows.map { $0[variable][element] }
                    guard let wrong = nonlinear(column, sums, variable, element) else { continue }
                    check.report.elements.append(sums.element(variable, element, wrong, of: "weighted sum of outputs"))
                    try check.blame([sums.line(variable, element)]) { try sums.blameSearch() }
                }
            }
        }
    }

    /// What a rule gives for its upstream gradients beside the sum of the Jacobian's rows, if that is something else.
    private func nonlinear(
        _ column: [Double], _ gradients: CheckedGradients, _ variable: Int, _ element: Int
    ) -> Comparison? {
        let terms = zip(column, gradients.weights).map { $0 * $1 }
        let (sum, size) = (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
        let analytic = gradients.analytic(variable, element)
        let numeric = NumericDerivative(value: sum, error: 16 * Double.ulpOfOne * max(size, gradients.judge.scale))
        let verdict = gradients.judge.verdict(analytic, numeric, noise: gradients.analyticNoise[variable][element])
        return verdict == .fail ? Comparison(analytic: analytic, numeric: numeric, verdict: .fail) : nil
    }
}

extension Judge {
    /// The same for each output of a line by itself.
    fileprivate func compare(_ analytic: [Double], along line: Line, _ thoroughly: Bool) throws -> [Comparison] {
        let stencil = Stencil(base: line.base, firstStep: line.reach, wanted: (1e-10, sharp))
        let numeric = try stencil.derivatives(center: line.center, noise: line.noise, of: line.values)
        return try analytic.indices.map { output in
            let verdict = verdict(analytic[output], numeric[output], noise: noise)
            guard verdict != .pass && thoroughly else {
                return Comparison(analytic: analytic[output], numeric: numeric[output], verdict: verdict)
            }
            let alone = Line(
                base: line.base, weights: [1], center: [line.center[output]], noise: [line.noise[output]],
                values: { [try line.values($0)[output]] },
                operations: line.operations)
            return try compare(analytic[output], noise: noise, along: alone)
        }
    }

    /// What rounding may do to an element of a Jacobian.
    private var noise: Double { 16 * Double.ulpOfOne * scale }
}

extension Comparison {
    /// The less to be believed the greater.
    fileprivate static func < (a: Comparison, b: Comparison) -> Bool {
        let ranks: [GradientReport.Verdict: Int] = [.pass: 0, .inconclusive: 1, .fail: 2]
        let (rankA, rankB) = (ranks[a.verdict] ?? 0, ranks[b.verdict] ?? 0)
        if rankA != rankB { return rankA < rankB }
        if (a.kink == nil) != (b.kink == nil) { return a.kink == nil }
        return abs(a.analytic - a.numeric.value) < abs(b.analytic - b.numeric.value)
    }
}

extension CheckedFunction {
    /// The outputs as tensors, in double precision.
    func outputs(at values: [Tensor]) throws -> [Tensor] {
        try withoutRecording { try run(values.map { .constant($0) }) { outputs, _ in outputs.map(\.value) } }
    }

    /// For each element of each output a row: its derivatives by the elements of each variable.
    func jacobian(at values: [Tensor]) throws -> [[[Double]]] {
        try recording(true) {
            try run(leaves(values)) { outputs, leaves in
                let zeros = leaves.map { [Double](repeating: 0, count: $0.count) }
                return outputs.flatMap { output in
                    (0..<output.count).map { place in
                        guard output.wantsGradient else { return zeros }
                        let unit = Tensor.zeros(output.shape, as: .float64).nudged(place, by: 1)
                        let row = GradusAutograd.gradients(of: output, at: leaves, upstream: .constant(unit))
                        return zip(row, zeros).map { $0?.value.array(of: Double.self) ?? $1 }
                    }
                }
            }
        }
    }
}
