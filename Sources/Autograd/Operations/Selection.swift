import GradusTensor

// One of two values, element by element. Rules select as well, and do not multiply with a mask: an infinite gradient on the
// side that was not taken would leave NaN.

/// a where the condition holds, b elsewhere. The condition, made before, is an attribute.
final class Select: BinaryOperation {
    let condition: Tensor
    init(_ condition: Tensor) { self.condition = condition }

    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { select(condition, a, b) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(select(condition, upstream, 0), to: 0)
        walk.pushSummed(select(condition, 0, upstream), to: 1)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [condition] }
}

final class Clamp: UnaryOperation {
    let lower: Double
    let upper: Double
    init(_ lower: Double?, _ upper: Double?) { (self.lower, self.upper) = (lower ?? -.infinity, upper ?? .infinity) }

    override func forward(_ x: Tensor) -> Tensor { clamp(x, lower: lower, upper: upper) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let x = first.value
        walk.push(select((x .>= lower) .& (x .<= upper), upstream, 0), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [inputs[0] .>= lower, inputs[0] .<= upper]
    }
}

/// Element by element a where the condition is true, b elsewhere (`torch.where`); all three broadcast together.
///
///     select(x .> 0, x, 0)
///
/// The condition is a `bool` tensor, to which no gradient flows; a and b are of one element type. What is not taken gets a
/// gradient of 0, whatever its value.
public func select(
    _ condition: Tensor, _ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Select(condition)(a, b, file: file, line: line)
}

/// The same with a number in place of b.
public func select(
    _ condition: Tensor, _ a: Variable, _ b: Double, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Select(condition)(a, a.scalar(b), file: file, line: line)
}

/// The same with a number in place of a.
public func select(
    _ condition: Tensor, _ a: Double, _ b: Variable, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Select(condition)(b.scalar(a), b, file: file, line: line)
}

/// x, no lower than one bound and no higher than the other; without a bound that side is open. NaN stays NaN.
///
/// The gradient is 1 between the bounds and at them, 0 beyond and at NaN. Bounds of NaN, or a lower bound above the upper,
/// are misuse.
///
///     clamp(Variable([-2, 0.5, 3]), lower: -1, upper: 1)  // [-1, 0.5, 1], gradient [0, 1, 0]
public func clamp(
    _ x: Variable, lower: Double? = nil, upper: Double? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Clamp(lower, upper)(x, file: file, line: line)
}
