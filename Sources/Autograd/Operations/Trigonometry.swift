import GradusTensor

// Circular and hyperbolic functions and their inverses, element by element.

final class Sin: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { sin(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream * cos(first), to: 0) }
}

final class Cos: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { cos(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(-upstream * sin(first), to: 0) }
}

final class Tan: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { tan(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * (1 + square(result)), to: 0)
    }
}

final class Asin: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { asin(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * AsinSlope()(first), to: 0)
    }
}

final class Acos: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { acos(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(-upstream * AsinSlope()(first), to: 0)
    }
}

/// 1 / √(1 - x²), from a product that keeps the digits which 1 - x² loses near ±1. The product's own derivative would lose
/// them near 0, so that this has a rule: x / √(1 - x²)³.
final class AsinSlope: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { rsqrt((1 - x) * (1 + x)) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * (first * (result * square(result))), to: 0)
    }
}

final class Atan: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { atan(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream / (1 + square(first)), to: 0)
    }
}

final class Sinh: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { sinh(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream * cosh(first), to: 0) }
}

final class Cosh: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { cosh(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream * sinh(first), to: 0) }
}

final class Tanh: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { tanh(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) { Self.gradient(first(taking: $0), upstream) }
    }
    static func gradient(_ x: consuming Variable, _ upstream: Variable) -> Variable {
        // tanh x = 2σ(2x) - 1, so this is its slope; 1 - y² is 0 from x = 19 on. The kernel is the same in one pass.
        isRecording ? upstream * (4 * sigmoidSlope(2 * x)) : .constant(tanhGradient(moved(x), upstream.value))
    }
}

/// The sine of an angle in radians.
public func sin(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Sin()(x, file: file, line: line)
}

/// The cosine of an angle in radians.
public func cos(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Cos()(x, file: file, line: line)
}

/// The tangent of an angle in radians.
public func tan(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Tan()(x, file: file, line: line)
}

/// The angle, -π/2 to π/2, whose sine is x; NaN beyond ±1. Its gradient at ±1 is ∞.
public func asin(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Asin()(x, file: file, line: line)
}

/// The angle, 0 to π, whose cosine is x; NaN beyond ±1. Its gradient at ±1 is -∞.
public func acos(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Acos()(x, file: file, line: line)
}

/// The angle, -π/2 to π/2, whose tangent is x.
public func atan(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Atan()(x, file: file, line: line)
}

/// The hyperbolic sine.
public func sinh(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Sinh()(x, file: file, line: line)
}

/// The hyperbolic cosine.
public func cosh(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Cosh()(x, file: file, line: line)
}

/// The hyperbolic tangent. Its gradient keeps its precision however large x is.
public func tanh(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Tanh()(x, file: file, line: line)
}
