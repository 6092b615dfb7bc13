import GradusTensor

// A fully connected layer in one pass: sums that begin with the bias, and an activation of what was just summed.

/// x·weight + bias.
final class BiasedProduct: TernaryOperation {
    override var name: String { "linear" }
    override func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor { linear(x, weight, bias: bias) }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : input == 1 ? .first : [] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(matmul(upstream, second, transposingSecond: true), to: 0)
        walk.push(weightGradient(first, upstream), to: 1)
        walk.pushSummed(upstream, to: 2)
    }
}

/// activation(x·weight + bias); inputs are x, the weight, and the bias if there is one.
///
/// The sums that the activation was given are a second output, and the rule is written in them, so that it is whole to every order.
/// Relu's is written in the result, and where nothing is recorded nobody reads them: then they are not kept.
final class ActivatedProduct: SplittingOperation {
    private let activation: Activation
    private let keepsSums: Bool
    init(_ activation: Activation) {
        self.activation = activation
        keepsSums = activation != .relu && isRecording
    }

    override var name: String { "linear" }
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (result, sums) = linear(
            inputs[0], inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, activation: activation,
            keepingSums: keepsSums)
        return sums.map { [result, $0] } ?? [result]
    }
    override func needs(for input: Int) -> Needs { input == 2 ? .output : [.first, .output] }
    override func keeps(input: Int) -> Bool { input < 2 && edge(1 - input).wantsGradient }
    override func keeps(output: Int) -> Bool { keepsSums == (output == 1) }

    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        var gradient = upstreams[0].map { throughActivation($0, taking: walk.isLettingGo) }
        // The sums have an upstream only where a rule's own graph was recorded.
        if keepsSums, let more = upstreams[1] { gradient = gradient.map { $0 + more } ?? more }
        guard let gradient else { return }
        walk.push(matmul(gradient, input(1), transposingSecond: true), to: 0)
        walk.push(weightGradient(input(0), gradient), to: 1)
        if inputCount > 2 { walk.pushSummed(gradient, to: 2) }
    }

    private func throughActivation(_ upstream: Variable, taking: Bool) -> Variable {
        switch activation {
        case .relu: Relu.gradient(output: moved(result(0, taking: taking)), upstream)
        case .sigmoid: Sigmoid.gradient(result(1, taking: taking), upstream)
        case .tanh: Tanh.gradient(result(1, taking: taking), upstream)
        case .gelu: Gelu.gradient(result(1, taking: taking), upstream)
        case .silu: Silu.gradient(result(1, taking: taking), upstream)
        }
    }

    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        activation == .relu ? [outputs[0] .> 0] : []
    }
}

/// xᵀ·upstream, over all rows of both.
private func weightGradient(_ x: Variable, _ upstream: Variable) -> Variable {
    func rows(_ x: Variable) -> Variable {
        x.rank == 2 ? x : x.reshaped(to: [x.shape.dropLast().reduce(1, *), x.shape[-1]])
    }
    return matmul(rows(x), rows(upstream), transposingFirst: true)
}

extension Activation {
    func callAsFunction(_ x: Variable) -> Variable {
        switch self {
        case .relu: GradusAutograd.relu(x)
        case .sigmoid: GradusAutograd.sigmoid(x)
        case .tanh: GradusAutograd.tanh(x)
        case .gelu: GradusAutograd.gelu(x)
        case .silu: GradusAutograd.silu(x)
        }
    }
}

/// `x·weight + bias`, and an activation of that if one is given: what a fully connected layer computes, in one pass.
///
///     let weight = Variable([[1], [1]]), bias = Variable([0.5])
///     linear(Variable([[1, 2], [3, -4]]), weight, bias: bias)                     // [[3.5], [-0.5]]
///     linear(Variable([[1, 2], [3, -4]]), weight, bias: bias, activation: .relu)  // [[3.5], [0]]
///
/// `x` is `[…, k]`, the weight `[k, n]`, the bias `[n]`, and the result `[…, n]`. PyTorch's weight is the transpose of this one. At
/// kinks the activation's own conventions hold.
///
/// Misuse: an `x` without axes, a weight that has not two, sizes or element types that differ.
public func linear(
    _ x: Variable, _ weight: Variable, bias: Variable? = nil, activation: Activation? = nil,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard x.rank > 0, weight.rank == 2, x.shape[-1] == weight.shape[0] else {
        return misuse("linear: shapes \(x.shape) and \(weight.shape); inputs are [..., k], the weight is [k, n]")
    }
    if let bias, bias.shape != [weight.shape[1]] {
        return misuse("linear: a bias of shape \(bias.shape); it is [\(weight.shape[1])] here")
    }
    // A lesson shows the steps of the blackboard, each with a rule of its own.
    if Mode.current.tracing?.lesson != nil {
        return located(file, line) {
            let product = matmul(x, weight, file: file, line: line)
            let sums = bias.map { product + $0 } ?? product
            return activation.map { $0(sums) } ?? sums
        }
    }
    if let activation {
        return ActivatedProduct(activation)([x, weight] + (bias.map { [$0] } ?? []), file: file, line: line)[0]
    }
    guard let bias else { return matmul(x, weight, file: file, line: line) }
    return BiasedProduct()(x, weight, bias, file: file, line: line)
}
