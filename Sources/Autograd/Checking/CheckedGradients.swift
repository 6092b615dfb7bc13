import GradusTensor

/// One run of ``checkGradients(at:settings:loss:)``.
struct GradientCheck {
    let loss: CheckedLoss
    let settings: GradientCheckSettings
    let values: [Tensor]
    private(set) var analytic: [[Double]] = []
    /// The largest element of all gradients: what is small beside it is judged by it.
    private(set) var scale = 0.0
    var report = GradientReport()
    var random: Random

    init(_ variables: [Variable], _ settings: GradientCheckSettings, _ body: @escaping () throws -> Variable) {
        loss = CheckedLoss(variables, body)
        self.settings = settings
        values = variables.map { $0.value.converted(to: .float64) }
        random = Random(seed: settings.seed)
    }

    mutating func run() throws -> GradientReport {
        report.total = values.reduce(0) { $0 + $1.count }
        let (result, gradients, _) = try loss.gradients(at: values)
        guard !misuseIsPending else { return report }
        guard result.count == 1 else {
            return misuse("checkGradients: the loss has shape \(result.shape); it is one number", inert: report)
        }
        guard result.item.isFinite else {
            report.obstacle = "the loss is \(result.item)"
            return report
        }
        analytic = zip(values, gradients).map { value, gradient in
            gradient?.array(of: Double.self) ?? [Double](repeating: 0, count: value.count)
        }
        scale = analytic.joined().reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        try warn(result, gradients)
        guard report.obstacle == nil else { return report }

        if settings.mode == .full || settings.mode == .automatic && report.total <= settings.elements {
            for variable in values.indices {
                for element in 0..<values[variable].count { try compare(variable, element) }
            }
        } else {
            for _ in 0..<settings.probes { try probe() }
            try sample()
        }
        if report.elements.contains(where: { $0.verdict == .fail }) {
            report.blame = try findBlame()
            if report.blame == nil {
                report.warnings.append(
                    "every operation's own rule agrees with its differences: look for a value that is detached, "
                        + "or computed with Tensors instead of Variables")
            }
        }
        try compareSinglePrecision()
        return report
    }

    // MARK: Element by element

    private mutating func compare(_ variable: Int, _ element: Int) throws {
        let value = values[variable].array(of: Double.self)[element]
        let analytic = analytic[variable][element]
        func along(_ step: Double) throws -> Double {
            var moved = values
            moved[variable] = moved[variable].nudged(element, by: step)
            return try loss.value(at: moved)
        }
        let found = try numericDerivative(scale: value, of: along)
        var (verdict, kink) = (self.verdict(analytic, found), GradientReport.Kink?.none)
        if verdict != .pass, let operation = try branching(variable, element, by: max(found.step, abs(value) * 0x1p-20))
        {
            let (left, right) = try oneSidedSlopes(scale: value, of: along)
            kink = .init(left: left, right: right, operation: operation)
            let slack = 1e-5 * max(abs(left), abs(right), scale)
            verdict = analytic >= min(left, right) - slack && analytic <= max(left, right) + slack ? .pass : .fail
        }
        report.elements.append(
            .init(
                variable: name(variable), index: values[variable].index(of: element), analytic: analytic,
                numeric: found.value, error: found.error, step: found.step, kink: kink, verdict: verdict))
    }

    private func verdict(_ analytic: Double, _ found: NumericDerivative) -> GradientReport.Verdict {
        guard found.value.isFinite && found.error.isFinite else { return .inconclusive }
        guard analytic.isFinite else { return .fail }
        let size = max(abs(analytic), abs(found.value))
        let difference = abs(analytic - found.value)
        // Ten times the estimate of the numeric error, and what rounding does to the analytic side.
        let allowed = 10 * found.error + settings.tolerance * size + 1e-12 * scale
        if difference > allowed { return .fail }
        return 10 * found.error > 1e-3 * size + 1e-6 * scale ? .inconclusive : .pass
    }

    /// The first operation that takes another branch on either side of an element; nil if none does.
    private func branching(_ variable: Int, _ element: Int, by step: Double) throws -> String? {
        func operations(_ step: Double) throws -> [Operation] {
            var moved = values
            moved[variable] = moved[variable].nudged(element, by: step)
            return try loss.recorded(at: moved)
        }
        let (below, above) = (try operations(-step), try operations(step))
        for (left, right) in zip(below, above) where left.branches != right.branches { return left.path }
        return below.count == above.count ? nil : "the order of operations"
    }

    func name(_ variable: Int) -> String { loss.variables[variable].name ?? "variable \(variable)" }

    /// Some elements of every variable, more of the larger ones, each at most once.
    private mutating func sample() throws {
        for variable in values.indices {
            let count = values[variable].count
            let share = max(settings.elements * count / max(report.total, 1), min(4, count))
            var chosen = Set<Int>()
            while chosen.count < min(share, count) { chosen.insert(Int.random(in: 0..<count, using: &random)) }
            for element in chosen.sorted() { try compare(variable, element) }
        }
    }

    // MARK: Random directions

    /// One derivative along a direction of random signs, each variable's part as long as the variable.
    private mutating func probe() throws {
        let direction = values.map { value in
            let numbers = value.array(of: Double.self)
            let size = (numbers.reduce(0) { $0 + $1 * $1 } / Double(max(numbers.count, 1))).squareRoot()
            return numbers.map { _ in (random.next() >> 63 == 0 ? 1 : -1) * (size > 0 ? size : 1) }
        }
        let everything = values.indices.flatMap { variable in (0..<values[variable].count).map { (variable, $0) } }
        let whole = try derivative(along: direction, everything[...])
        report.probes.append(whole)
        guard whole.verdict == .fail else { return }
        // Half by half down to one element.
        var suspects = everything[...]
        while suspects.count > 1 {
            let middle = suspects.startIndex + suspects.count / 2
            let first = suspects[..<middle]
            suspects = try derivative(along: direction, first).verdict == .fail ? first : suspects[middle...]
        }
        for (variable, element) in suspects { try compare(variable, element) }
    }

    private func derivative(
        along direction: [[Double]], _ coordinates: ArraySlice<(Int, Int)>
    ) throws -> GradientReport.Probe {
        let analytic: Double = coordinates.reduce(0) { $0 + self.analytic[$1.0][$1.1] * direction[$1.0][$1.1] }
        let found = try numericDerivative(scale: 1) { step in
            var moved = values
            for (variable, element) in coordinates {
                moved[variable].withMutableElements(as: Double.self) {
                    $0[element] += step * direction[variable][element]
                }
            }
            return try loss.value(at: moved)
        }
        return .init(
            analytic: analytic, numeric: found.value, error: found.error, verdict: verdict(analytic, found))
    }
}
