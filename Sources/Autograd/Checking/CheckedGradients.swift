import GradusTensor

/// A gradient, and what it is compared with, element by element or along random directions.
struct CheckedGradients {
    let function: CheckedFunction
    let values: [Tensor]
    /// What is differentiated, for the report; nil for the loss.
    var name: String?

    /// The outputs of the function, one element after the other, and how far off each may be.
    let outputs: [Double]
    let noise: [Double]
    let weights: [Double]

    /// The gradient by the rules: a list a variable; nil where the function does not depend on it.
    let analytic: [[Double]?]
    /// How far off rounding may have put each of its elements.
    private(set) var analyticNoise: [[Double]]
    let judge: Judge

    private(set) var elements: [GradientReport.Element] = []
    private(set) var probes: [GradientReport.Probe] = []

    /// The elements whose derivative is wrong, and where they stand among ``elements``.
    private var failures: [(variable: Int, element: Int, at: Int)] = []

    private var search: BlameSearch?

    init(
        _ function: CheckedFunction, at values: [Tensor], _ settings: GradientCheckSettings, _ random: inout Random
    ) throws {
        (self.function, self.values) = (function, values)
        let (outputs, gradients) = try function.gradients(at: values)
        self.outputs = outputs.flatMap { $0.value.array(of: Double.self) }
        weights = function.weights.flatMap { $0.array(of: Double.self) }
        analytic = gradients.map { $0?.array(of: Double.self) }
        // How far off the values may be is told by what each operation rounds, times what that is worth to the whole; and by
        // points that differ from this one by hardly more than rounding.
        let rounding = try function.recorded(at: values, walking: true).steps.reduce(0) {
            $0 + $1.rounding * $1.rounding
        }.squareRoot()
        let share = rounding / max(weights.reduce(0) { $0 + abs($1) }, .leastNormalMagnitude)
        var noise = self.outputs.map { max(abs($0) * Double.ulpOfOne, share) }
        var analyticNoise = values.map { [Double](repeating: 0, count: $0.count) }
        for (above, below) in opposites(of: values, &random) where !misuseIsPending {
            let (above, below) = (try function.gradients(at: above), try function.gradients(at: below))
            noise.raise(
                above: above.outputs.flatMap { $0.value.array(of: Double.self) },
                below: below.outputs.flatMap { $0.value.array(of: Double.self) }, center: self.outputs)
            for (variable, here) in analytic.enumerated() {
                guard let here, let above = above.gradients[variable], let below = below.gradients[variable] else {
                    continue
                }
                analyticNoise[variable].raise(
                    above: above.array(of: Double.self), below: below.array(of: Double.self), center: here)
            }
        }
        self.noise = noise
        // A gradient of nothing but rounding is judged by what rounding of the outputs makes of its differences; and so are
        // second derivatives that are nothing beside the first.
        let largest = analytic.compactMap(\.self).joined().largestMagnitude
        let isNothing = largest <= Judge.caution * analyticNoise.joined().largestMagnitude
        let size = zip(self.outputs, weights).lazy.map { $0 * $1 }.largestMagnitude
        judge = Judge(
            tolerance: settings.tolerance,
            scale: isNothing || function.order > 1 ? max(largest, Judge.least(beside: size)) : largest)
        // At a kink the gradient changes with the smallest step, and not by rounding: there is a limit.
        self.analyticNoise = analyticNoise.map { $0.map { min(Judge.caution * $0, 1e-9 * largest) } }
    }

    func analytic(_ variable: Int, _ element: Int) -> Double { analytic[variable]?[element] ?? 0 }

    // MARK: Element by element

    mutating func compareAll() throws {
        for variable in values.indices {
            for element in 0..<values[variable].count where !misuseIsPending { try compare(variable, element) }
        }
    }

    /// Some elements of every variable, more of the larger ones, each at most once.
    mutating func sample(_ wanted: Int, _ random: inout Random) throws {
        let total = values.reduce(0) { $0 + $1.count }
        for value in values.enumerated() {
            let count = value.element.count
            let share = min(max(wanted * count / max(total, 1), 4), count)
            var chosen = Set<Int>()
            while chosen.count < share { chosen.insert(Int(random.next() % UInt64(count))) }
            for element in chosen.sorted() where !misuseIsPending { try compare(value.offset, element) }
        }
    }

    mutating func compare(_ variable: Int, _ element: Int) throws {
        let found = try compare(
            analytic(variable, element), noise: analyticNoise[variable][element], along: line(variable, element))
        if found.verdict == .fail { failures.append((variable, element, elements.count)) }
        elements.append(self.element(variable, element, found, of: name))
    }

    /// The search for culprits at this point; one for all lines, as it remembers what it has found.
    mutating func blameSearch() throws -> BlameSearch {
        if let search { return search }
        let new = try BlameSearch(function, at: values, tolerance: judge.tolerance)
        search = new
        return new
    }

    private mutating func compare(_ analytic: Double, noise: Double, along line: Line) throws -> Comparison {
        // Twenty failures will do to be sure that it is not kinks.
        let isThorough = failures.count < 20
        var found = try judge.compare(analytic, noise: noise, along: line, thoroughly: isThorough)
        guard isThorough, found.verdict == .fail, found.kink != nil else { return found }
        // Where several operations have a kink at once, what their conventions give need not lie between the slopes of the
        // whole (relu(x) - relu(-x) is x, and its gradient at 0 is 0): it is right if each of them is.
        let culprits = try blameSearch().culprits(along: line)
        if culprits.isEmpty {
            found.acquit()
        } else if function.order > 1 && !culprits.contains(where: { $0.fault == .rule }) {
            // At a kink of the loss its gradient jumps, and there is no second derivative to be wrong about.
            found.verdict = .inconclusive
        }
        return found
    }

    /// A comparison as the report has it.
    func element(_ variable: Int, _ element: Int, _ found: Comparison, of name: String?) -> GradientReport.Element {
        .init(
            variable: function.variables[variable].name ?? "variable \(variable)",
            index: values[variable].index(of: element), of: name, analytic: found.analytic,
            numeric: found.numeric.value, error: found.numeric.error, step: found.numeric.step, kink: found.kink,
            verdict: found.verdict)
    }

    func line(_ variable: Int, _ element: Int) -> Line {
        line(from: values[variable].number(at: element)) { step in
            var moved = values
            moved[variable] = moved[variable].nudged(element, by: step)
            return moved
        }
    }

    private func line(from base: Double, _ moved: @escaping (Double) -> [Tensor]) -> Line {
        Line(
            base: base, weights: weights, center: outputs, noise: noise, values: { try function.values(at: moved($0)) },
            operations: { try function.recorded(at: moved($0)).operations })
    }

    /// The lines along which derivatives are wrong: of each variable, by the element that is farthest off.
    var worstFailures: [Line] {
        func distance(_ at: Int) -> Double { abs(elements[at].analytic - elements[at].numeric) }
        return values.indices.compactMap { variable in
            failures.filter { $0.variable == variable }.max { distance($0.at) < distance($1.at) }
                .map { line($0.variable, $0.element) }
        }
    }

    // MARK: Random directions

    /// Derivatives along directions of random signs, in which every variable moves in proportion to its size.
    mutating func probe(_ count: Int, _ random: inout Random) throws {
        for _ in 0..<count where !misuseIsPending {
            let direction = values.map { value in
                let numbers = value.array(of: Double.self)
                let size = (numbers.reduce(0) { $0 + $1 * $1 } / Double(max(numbers.count, 1))).squareRoot()
                let moves = numbers.map { _ in
                    // Of several lengths, so that errors of two elements cannot cancel for either choice of signs.
                    let bits = random.next()
                    let length = (size > 0 ? size : 1) * (0.5 + Double(bits >> 11) * 0x1p-53)
                    return bits & 1 == 0 ? length : -length
                }
                return Tensor(moves, shape: value.shape, as: .float64)
            }
            let whole = try compare(along: direction)
            probes.append(
                .init(
                    analytic: whole.analytic, numeric: whole.numeric.value, error: whole.numeric.error,
                    kink: whole.kink, verdict: whole.verdict))
            // Two culprits will do.
            if whole.verdict == .fail && failures.count < 2 { try bisect(direction) }
        }
    }

    /// Halves a direction whose derivative is wrong, down to an element whose is.
    private mutating func bisect(_ direction: [Tensor]) throws {
        var suspects = 0..<values.reduce(0) { $0 + $1.count }
        while suspects.count > 1 && !misuseIsPending {
            let middle = suspects.lowerBound + suspects.count / 2
            let halves = [suspects.lowerBound..<middle, middle..<suspects.upperBound]
            // What the whole is off by is shared by the halves: the larger part is more than the estimates are off.
            var distances: [Double] = []
            for half in halves {
                let found = try compare(along: direction.masked(to: half))
                distances.append(abs(found.analytic - found.numeric.value))
            }
            suspects = halves[distances[0] <= distances[1] ? 1 : 0]
        }
        var element = suspects.lowerBound
        for variable in values.indices {
            guard element >= values[variable].count else { return try compare(variable, element) }
            element -= values[variable].count
        }
    }

    private mutating func compare(along direction: [Tensor]) throws -> Comparison {
        var (analytic, noise) = (0.0, 0.0)
        for (variable, moves) in direction.enumerated() {
            for (element, move) in moves.array(of: Double.self).enumerated() where move != 0 {
                analytic += self.analytic(variable, element) * move
                noise += analyticNoise[variable][element] * abs(move)
            }
        }
        let line = line(from: 0) { [values] step in zip(values, direction).map { $0 + step * $1 } }
        return try compare(analytic, noise: noise, along: line)
    }
}

extension Sequence<Double> {
    /// The largest magnitude of those that are finite; 0 if there are none.
    var largestMagnitude: Double { reduce(0) { $1.isFinite ? Swift.max($0, Swift.abs($1)) : $0 } }
}

extension [Tensor] {
    /// The same with 0 everywhere but in a range of the elements, counted through all tensors.
    fileprivate func masked(to range: Range<Int>) -> [Tensor] {
        var first = 0
        return map { tensor in
            defer { first += tensor.count }
            let kept = range.clamped(to: first..<first + tensor.count)
            var masked = Tensor.zeros(tensor.shape, as: .float64)
            masked.withMutableElements(as: Double.self) { masked in
                tensor.withElements(as: Double.self) { for i in kept { masked[i - first] = $0[i - first] } }
            }
            return masked
        }
    }
}
