import GradusAutograd
import GradusTensor
import Testing

/// Expects that the derivative rules of whatever `function` computes agree with finite differences.
///
///     expectGradients(of: { matmul($0, $1) }, at: a, b)
///
/// The result, of any shape, is weighted with seeded numbers and summed; the gradient of that sum is compared element by
/// element with central differences. Differences are taken of each element of the result by itself and weighted afterwards,
/// which is sharper than the difference of a sum. They are taken at steps that halve from 1/8 on (and from |x|/8, where x is
/// far from 1), extrapolated (Richardson), and for each the extrapolation with the least estimated error counts. Steps that
/// leave the domain, or reach across a kink, are seen by that estimate and do no harm if smaller ones are left.
///
/// Order 2 holds the gradients, as functions of the inputs *and of the upstream gradient*, against their differences; order 3
/// those in turn. All orders up to the one given are checked. A numeric estimate too poor to tell anything fails too.
///
/// - Parameters:
///   - inputs: `float64`. Others (labels, masks) are handed on as they are.
///   - order: the highest order, 1 or more.
///   - constants: positions of inputs that are not differentiated.
///   - relative: how much analytic and numeric may differ, beside eight times the estimated error, as part of the sum of the
///     magnitudes that make up the number.
///   - sampling: of an input with more elements so many are checked.
public func expectGradients(
    of function: @escaping ([Variable]) -> [Variable], at inputs: [Tensor], order: Int = 2, constants: Set<Int> = [],
    relative: Double = 1e-9, sampling: Int = 60, seed: UInt64 = 1, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let wanted = inputs.indices.filter { inputs[$0].elementType.isFloatingPoint && !constants.contains($0) }
    var point = Differentiable(function: function, inputs: inputs, wanted: wanted)
    var generator = TensorGenerator(seed: seed)
    for order in 1...order {
        let failures = point.failures(relative: relative, sampling: sampling, &generator)
        for failure in failures {
            let comment = comment()
            report(
                "\(comment)\(comment.isEmpty ? "" : ": ")order \(order), \(failure)", sourceLocation: sourceLocation)
        }
        if !failures.isEmpty { return }  // higher orders would only repeat it
        point = point.derivative(&generator)
    }
}

/// The same for one result.
public func expectGradients(
    of function: @escaping ([Variable]) -> Variable, at inputs: [Tensor], order: Int = 2, constants: Set<Int> = [],
    relative: Double = 1e-9, sampling: Int = 60, seed: UInt64 = 1, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectGradients(
        of: { [function($0)] }, at: inputs, order: order, constants: constants, relative: relative, sampling: sampling,
        seed: seed, comment(), sourceLocation: sourceLocation)
}

/// The same for a function of one variable.
public func expectGradients(
    of function: @escaping (Variable) -> Variable, at x: Tensor, order: Int = 2, relative: Double = 1e-9,
    sampling: Int = 60, seed: UInt64 = 1, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectGradients(
        of: { [function($0[0])] }, at: [x], order: order, relative: relative, sampling: sampling, seed: seed, comment(),
        sourceLocation: sourceLocation)
}

/// The same for a function of two variables.
public func expectGradients(
    of function: @escaping (Variable, Variable) -> Variable, at a: Tensor, _ b: Tensor, order: Int = 2,
    relative: Double = 1e-9, sampling: Int = 60, seed: UInt64 = 1, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectGradients(
        of: { [function($0[0], $0[1])] }, at: [a, b], order: order, relative: relative, sampling: sampling, seed: seed,
        comment(), sourceLocation: sourceLocation)
}

/// A function at a point.
private struct Differentiable {
    let function: ([Variable]) -> [Variable]
    let inputs: [Tensor]
    /// The positions of the inputs that it is differentiated at.
    let wanted: [Int]

    /// The gradients as a function of the same inputs and of the upstream gradients.
    func derivative(_ generator: inout TensorGenerator) -> Differentiable {
        let (function, wanted, count) = (function, wanted, inputs.count)
        let upstreams = weights(for: values(inputs), &generator)
        return Differentiable(
            function: { variables in
                let sum = WeightedSum.of(function(Array(variables[..<count])), Array(variables[count...]))
                return analyticGradients(of: sum, at: wanted.map { variables[$0] }, recordingGraph: true)
            },
            inputs: inputs + upstreams,
            wanted: wanted + (count..<count + upstreams.count))
    }

    /// What is wrong, in a sentence an input.
    func failures(relative: Double, sampling: Int, _ generator: inout TensorGenerator) -> [String] {
        let values = values(inputs)
        guard values.allSatisfy({ $0.array(of: Double.self).allSatisfy(\.isFinite) }) else {
            return ["the values are not all finite: \(values)"]
        }
        let weights = weights(for: values, &generator)
        let leaves = inputs.indices.map { wanted.contains($0) ? Variable(inputs[$0]) : .constant(inputs[$0]) }
        let sum = WeightedSum.of(function(leaves), weights.map { .constant($0) })
        let found = analyticGradients(of: sum, at: wanted.map { leaves[$0] }, recordingGraph: false)

        let noise = noise(around: values.flatMap { $0.array(of: Double.self) })
        let flatWeights = weights.flatMap { $0.array(of: Double.self) }
        var failures: [String] = []
        for (input, gradient) in zip(wanted, found) {
            let x = inputs[input]
            guard gradient.shape == x.shape && gradient.elementType == x.elementType else {
                failures.append(
                    "input \(input) is \(x.elementType) of \(x.shape), its gradient \(gradient.elementType) of \(gradient.shape)"
                )
                continue
            }
            let analytic = gradient.value.array(of: Double.self)
            var wrong: [(element: Int, excess: Double, text: String)] = []
            let elements = sample(x.count, sampling, &generator)
            for element in elements {
                let numeric = slope(input, element, flatWeights, noise, tolerance: relative / 4)
                let difference = abs(analytic[element] - numeric.value)
                let allowed = 8 * numeric.error + relative * numeric.scale
                let text = "analytic \(analytic[element]), numeric \(numeric.value) ± \(numeric.error)"
                if !(numeric.error <= 1e-5 * max(numeric.scale, numeric.magnitude)) {
                    wrong.append((element, .infinity, text + " (inconclusive)"))
                } else if !(difference <= allowed) {
                    wrong.append((element, difference / allowed, text))
                }
            }
            if let worst = wrong.max(by: { $0.excess < $1.excess }) {
                let place = index(worst.element, in: x.shape)
                failures.append(
                    """
                    input \(input): \(wrong.count) of \(elements.count) elements; the worst at \(place), \
                    where it is \(x.number(at: worst.element)): \(worst.text)
                    """)
            }
        }
        return failures
    }

    private func values(_ inputs: [Tensor]) -> [Tensor] {
        let variables = inputs.indices.map { wanted.contains($0) ? Variable(inputs[$0]) : .constant(inputs[$0]) }
        return function(variables).map(\.value)
    }

    /// Numbers of either sign, none of them small: a wrong element cannot hide behind a weight.
    private func weights(for values: [Tensor], _ generator: inout TensorGenerator) -> [Tensor] {
        values.map { generator.tensor($0.shape, .interior, as: $0.elementType) }
    }

    private func sample(_ count: Int, _ limit: Int, _ generator: inout TensorGenerator) -> [Int] {
        guard count > limit else { return Array(0..<count) }
        return (0..<limit).map { _ in generator.index(below: count) }
    }

    /// A weighted sum of derivatives with respect to one element.
    private struct Slope {
        var value = 0.0
        /// The estimated error of the value.
        var error = 0.0
        /// The same of what the last step alone would have given.
        var latestError = 0.0
        /// The sum of the magnitudes of what was added.
        var scale = 0.0
        /// The same of the function's values: what the differences were taken of.
        var magnitude = 0.0
    }

    /// How far off rounding may have put each element of the values. Inside, numbers may be larger than what comes out: small
    /// moves to both sides show it, of which the linear part cancels.
    private func noise(around here: [Double]) -> [Double] {
        var generator = TensorGenerator(seed: 11)
        let largest = here.reduce(0) { max($0, abs($1)) }
        var noise = here.map { abs($0) * 0x1p-52 }
        for _ in 0..<3 {
            let shifts = wanted.map { generator.tensor(inputs[$0].shape, in: -0x1p-45...0x1p-45) }
            func moved(_ sign: Double) -> [Double] {
                var moved = inputs
                for (input, shift) in zip(wanted, shifts) { moved[input] = moved[input] * (1 + sign * shift) }
                return values(moved).flatMap { $0.array(of: Double.self) }
            }
            for (i, (above, below)) in zip(moved(1), moved(-1)).enumerated() {
                let rest = abs((above - here[i]) + (below - here[i])) / 2
                // What is more is a kink or a jump.
                if rest <= 1e-13 * largest { noise[i] = max(noise[i], rest) }
            }
        }
        return noise
    }

    private func slope(
        _ input: Int, _ element: Int, _ weights: [Double], _ noise: [Double], tolerance: Double
    ) -> Slope {
        let x = inputs[input].number(at: element)
        var moved = inputs
        func value(at place: Double) -> [Double] {
            moved[input] = moved[input].replacing(element, with: place)
            return values(moved).flatMap { $0.array(of: Double.self) }
        }
        // What stays the same when the element moves a long way does not depend on it, and its rounding does not count.
        let here = value(at: x)
        let (far, near) = (value(at: x + abs(x) + 1), value(at: x - abs(x) - 1))
        let dependent = here.indices.filter { !(here[$0] == far[$0] && here[$0] == near[$0]) }
        var outputs = [OutputSlope](repeating: OutputSlope(), count: dependent.count)
        func total() -> Slope {
            zip(outputs, dependent).reduce(into: Slope()) { sum, pair in
                let (output, weight) = (pair.0, weights[pair.1])
                sum.value += weight * output.value
                sum.error += abs(weight) * output.error
                sum.latestError += abs(weight) * output.latestError
                sum.scale += abs(weight * output.value)
                sum.magnitude += abs(weight) * output.magnitude
            }
        }
        let magnitude = abs(x)
        let scales = magnitude == 0 || (0.25...4).contains(magnitude) ? [1] : [magnitude, 1]
        for scale in scales {
            for i in outputs.indices { outputs[i].row = [] }
            var step = scale / 8
            var (unmoved, good) = (0, 0)
            for _ in 0..<14 {
                let (above, below) = (x + step, x - step)
                let (up, down) = (value(at: above), value(at: below))
                for (i, output) in dependent.enumerated() {
                    outputs[i].add(up[output], down[output], above - below, noise[output])
                }
                // Good enough twice, as two differences may agree by chance.
                let now = total()
                good = max(now.error, now.latestError) <= tolerance * now.scale ? good + 1 : 0
                if good == 2 { return now }
                unmoved = up == down ? unmoved + 1 : 0
                if unmoved == 3 { break }  // nothing depends on this element, or not so that it shows
                step /= 2
            }
        }
        return total()
    }
}

/// The derivative of one element of the result: the last row of its Neville table, and the best entry of any row.
private struct OutputSlope {
    var value = 0.0
    var error = Double.infinity
    /// The least error in the last row.
    var latestError = Double.infinity
    var magnitude = 0.0
    var row: [Double] = []

    /// Adds a central difference at half of the step before.
    mutating func add(_ up: Double, _ down: Double, _ distance: Double, _ noise: Double) {
        guard up.isFinite && down.isFinite else {
            row = []
            return
        }
        magnitude = max(abs(up), abs(down))
        let noise = max(0x1p-52 * magnitude, noise) / distance * 4
        var next = [(up - down) / distance]
        var factor = 1.0
        var best = (value: 0.0, error: Double.infinity)
        // Five columns: what lies farther back had a step 32 times as large, and may have reached across a kink.
        for last in row.prefix(4) {
            factor *= 4
            let previous = next[next.count - 1]
            let better = previous + (previous - last) / (factor - 1)
            next.append(better)
            let estimate = max(abs(better - previous), abs(better - last)) + noise
            if estimate < best.error { best = (better, estimate) }
        }
        latestError = best.error
        // Smaller steps that disagree are right: the larger ones reached across a kink or a jump.
        if best.error < error || abs(best.value - value) > 8 * (best.error + error) { (value, error) = best }
        row = next
    }
}

extension Tensor {
    /// A copy with another number at a flat position.
    fileprivate func replacing(_ position: Int, with number: Double) -> Tensor {
        var copy = self
        copy.withMutableElements(as: Double.self) { $0[position] = number }
        return copy
    }
}
