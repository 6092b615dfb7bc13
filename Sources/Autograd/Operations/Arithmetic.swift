import GradusTensor

final class Add: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a + b }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(upstream, to: 0)
        walk.pushSummed(upstream, to: 1)
    }
}

final class Subtract: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a - b }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(upstream, to: 0)
        walk.pushSummed(-upstream, to: 1)
    }
}

final class Multiply: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a * b }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(upstream * second, to: 0)
        walk.pushSummed(upstream * first, to: 1)
    }
}

final class Divide: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a / b }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : [.second, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(upstream / second, to: 0)
        walk.pushSummed(-upstream * (result / second), to: 1)
    }
}

final class Negate: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { -x }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(-upstream, to: 0) }
}

extension Variable {
    /// Sum, element by element, with NumPy's broadcasting.
    public static func + (a: Variable, b: Variable) -> Variable { Add().apply(a, b) }
    /// Difference, element by element, with broadcasting.
    public static func - (a: Variable, b: Variable) -> Variable { Subtract().apply(a, b) }
    /// Product, element by element, with broadcasting. For the matrix product see ``matmul(_:_:transposingFirst:transposingSecond:file:line:)``.
    public static func * (a: Variable, b: Variable) -> Variable { Multiply().apply(a, b) }
    /// Quotient, element by element, with broadcasting; x / 0 is ±∞, and 0 / 0 NaN.
    public static func / (a: Variable, b: Variable) -> Variable { Divide().apply(a, b) }
    public static prefix func - (x: Variable) -> Variable { Negate().apply(x) }

    public static func + (a: Variable, b: Double) -> Variable { a + a.scalar(b) }
    public static func + (a: Double, b: Variable) -> Variable { b.scalar(a) + b }
    public static func - (a: Variable, b: Double) -> Variable { a - a.scalar(b) }
    public static func - (a: Double, b: Variable) -> Variable { b.scalar(a) - b }
    public static func * (a: Variable, b: Double) -> Variable { a * a.scalar(b) }
    public static func * (a: Double, b: Variable) -> Variable { b.scalar(a) * b }
    public static func / (a: Variable, b: Double) -> Variable { a / a.scalar(b) }
    public static func / (a: Double, b: Variable) -> Variable { b.scalar(a) / b }

    public static func += (a: inout Variable, b: Variable) { a = a + b }
    public static func -= (a: inout Variable, b: Variable) { a = a - b }
    public static func *= (a: inout Variable, b: Variable) { a = a * b }
    public static func /= (a: inout Variable, b: Variable) { a = a / b }

    /// A constant of one number, of the element type that an operation on this variable computes in.
    package func scalar(_ number: Double) -> Variable {
        let type = Mode.current.tracing?.elementType(of: self) ?? elementType
        return .constant(Tensor(number, as: type))
    }
}
