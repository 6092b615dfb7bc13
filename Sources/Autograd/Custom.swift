import GradusTensor

/// An operation of one's own, from a forward on Tensors and a rule on Variables, so that its gradients have gradients:
///
///     let y = custom(x, forward: { x in x * x * x }, backward: { x, y, upstream in 3 * x * x * upstream })
///
/// `forward` must be a pure function. `backward` gets the input, the output and the upstream gradient, and returns the
/// contribution, of the input's shape. For a name in reports, or to keep less than input and output, subclass
/// ``UnaryOperation``.
public func custom(
    _ x: Variable, forward: @escaping (Tensor) -> Tensor,
    backward: @escaping (_ x: Variable, _ y: Variable, _ upstream: Variable) -> Variable,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    CustomUnary(forward, backward)(x, file: file, line: line)
}

/// The same with two inputs; the rule returns the contribution to each.
public func custom(
    _ a: Variable, _ b: Variable, forward: @escaping (Tensor, Tensor) -> Tensor,
    backward: @escaping (_ a: Variable, _ b: Variable, _ y: Variable, _ upstream: Variable) -> (Variable, Variable),
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    CustomBinary(forward, backward)(a, b, file: file, line: line)
}

/// The same with any number of inputs; the rule returns one contribution an input, nil for none.
public func custom(
    _ inputs: [Variable], forward: @escaping ([Tensor]) -> Tensor,
    backward: @escaping (_ inputs: [Variable], _ y: Variable, _ upstream: Variable) -> [Variable?],
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    CustomVariadic(forward, backward)(inputs, file: file, line: line)
}

private final class CustomUnary: UnaryOperation {
    let function: (Tensor) -> Tensor
    let rule: (Variable, Variable, Variable) -> Variable
    init(_ function: @escaping (Tensor) -> Tensor, _ rule: @escaping (Variable, Variable, Variable) -> Variable) {
        (self.function, self.rule) = (function, rule)
    }
    override var name: String { "custom" }
    override func forward(_ x: Tensor) -> Tensor { function(x) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(rule(first, result, upstream), to: 0)
    }
}

private final class CustomBinary: BinaryOperation {
    let function: (Tensor, Tensor) -> Tensor
    let rule: (Variable, Variable, Variable, Variable) -> (Variable, Variable)
    init(
        _ function: @escaping (Tensor, Tensor) -> Tensor,
        _ rule: @escaping (Variable, Variable, Variable, Variable) -> (Variable, Variable)
    ) {
        (self.function, self.rule) = (function, rule)
    }
    override var name: String { "custom" }
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { function(a, b) }
    override func needs(for input: Int) -> Needs { [.first, .second, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let (a, b) = rule(first, second, result, upstream)
        walk.push(a, to: 0)
        walk.push(b, to: 1)
    }
}

private final class CustomVariadic: VariadicOperation {
    let function: ([Tensor]) -> Tensor
    let rule: ([Variable], Variable, Variable) -> [Variable?]
    init(
        _ function: @escaping ([Tensor]) -> Tensor, _ rule: @escaping ([Variable], Variable, Variable) -> [Variable?]
    ) {
        (self.function, self.rule) = (function, rule)
    }
    override var name: String { "custom" }
    override func forward(_ inputs: [Tensor]) -> Tensor { function(inputs) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let contributions = rule((0..<inputCount).map(input), result, upstream)
        guard contributions.count == inputCount else {
            return misuse("custom: its rule returned \(contributions.count) contributions to \(inputCount) inputs")
        }
        for case (let input, let contribution?) in contributions.enumerated() { walk.push(contribution, to: input) }
    }
}
