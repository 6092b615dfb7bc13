import GradusAutograd
import GradusTensor

/// Σ values · weights over several tensors, as one number; an operation of its own, so that checks of sums and products do
/// not rest on what they check.
final class WeightedSum: VariadicOperation {
    static func of(_ values: [Variable], _ weights: [Variable]) -> Variable { WeightedSum()(values + weights) }

    override func forward(_ inputs: [Tensor]) -> Tensor {
        let half = inputs.count / 2
        var sum = 0.0
        for (a, b) in zip(inputs[..<half], inputs[half...]) {
            for (x, y) in zip(a.array(of: Double.self), b.array(of: Double.self)) { sum += x * y }
        }
        return Tensor(sum, as: inputs.first?.elementType ?? .float64)
    }

    override func needs(for input: Int) -> Needs { .first }

    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let half = inputCount / 2
        for i in 0..<half {
            walk.push(upstream * input(i + half), to: i)
            walk.push(upstream * input(i), to: i + half)
        }
    }
}

/// Gradients where they are, zeros where there is no path.
func analyticGradients(of sum: Variable, at variables: [Variable], recordingGraph: Bool) -> [Variable] {
    let found =
        sum.wantsGradient
        ? gradients(of: sum, at: variables, recordingGraph: recordingGraph) : variables.map { _ in nil }
    return zip(variables, found).map { $1 ?? .constant(.zeros(like: $0.value)) }
}
