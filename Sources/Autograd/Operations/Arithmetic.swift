import GradusTensor

final class Add: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a + b }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        guard Mode.current.isPlain && walk.log == nil && walk.fits(upstream) else {
            walk.pushSummed(upstream, to: 0)
            walk.pushSummed(upstream, to: 1)
            return
        }
        walk.pass(upstream, to: 1)
        walk.pass(upstream, to: 0, isLast: true)
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
        guard Mode.current.isPlain && walk.log == nil else {
            walk.pushSummed(upstream * second, to: 0)
            walk.pushSummed(upstream * first, to: 1)
            return
        }
        walk.pushProduct(upstream, firstNumbers, to: 1)
        walk.pushProduct(upstream, secondNumbers, to: 0, isLast: true)
    }
}

// What arithmetic pushes, with fewer variables on the way. A graph of numbers is little else.
extension Walk {
    /// The same as ``push(_:to:)`` of the upstream gradient itself, which fits, and of which no graph is wanted: added in place where
    /// that may be. The last input that a rule hands it to gets it out of its slot.
    @inline(__always)
    fileprivate mutating func pass(_ upstream: Variable, to input: Int, isLast: Bool = false) {
        let slot = slot(input)
        guard slot >= 0 else { return }
        if isLast && gradients[slot] == nil {
            gradients[slot] = takeUpstream(0)
        } else if !gradients[slot].absorb(upstream) {
            gradients[slot].gather(upstream)
        }
    }

    /// The same as ``pushSummed(_:to:)`` for a product: added in one pass where the gradient is numbers that nobody else holds. The
    /// last product of a rule is written over the upstream gradient, if only its slot holds that.
    @inline(__always)
    fileprivate mutating func pushProduct(
        _ upstream: Variable, _ factor: Unmanaged<Storage>?, to input: Int, isLast: Bool = false
    ) {
        let slot = slot(input)
        guard slot >= 0, let factor else { return }
        if gradients[slot].absorb(upstream, times: factor) { return }
        let isMine = isLast && upstream.isHeldOnce && upstream.isPlainConstant
        if isMine {
            factor._withUnsafeGuaranteedRef { factor in upstream.update { $0 *= Tensor(storage: factor) } }
            if let product = takeUpstream(0) { receive(product, for: input, summing: true) }
        } else {
            let product = factor._withUnsafeGuaranteedRef { factor in
                upstream.withValue { $0 * Tensor(storage: factor) }
            }
            receive(.constant(product), for: input, summing: true)
        }
    }
}

extension Variable {
    /// Whether there is one reference to it: whoever lent it to the caller has that.
    fileprivate var isHeldOnce: Bool {
        // Not retained, or there would be two.
        var unretained = Unmanaged.passUnretained(self)
        return withUnsafeMutablePointer(to: &unretained) {
            $0.withMemoryRebound(to: Variable.self, capacity: 1) { isKnownUniquelyReferenced(&$0.pointee) }
        }
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

// What is not recorded, as in most rules, needs no operation made for it: then these are the arithmetic of tensors.
extension Variable {
    /// Sum, element by element, with NumPy's broadcasting.
    public static func + (a: consuming Variable, b: Variable) -> Variable {
        Mode.current.isPlain
            ? changed(a, { $0 += b.value }, or: { $0 + b.value }) : BinaryOperation.apply(.passRetained(Add()), a, b)
    }
    /// Difference, element by element, with broadcasting.
    public static func - (a: consuming Variable, b: Variable) -> Variable {
        Mode.current.isPlain
            ? changed(a, { $0 -= b.value }, or: { $0 - b.value })
            : BinaryOperation.apply(.passRetained(Subtract()), a, b)
    }
    /// Product, element by element, with broadcasting. The matrix product is `matmul`.
    public static func * (a: consuming Variable, b: Variable) -> Variable {
        Mode.current.isPlain
            ? changed(a, { $0 *= b.value }, or: { $0 * b.value })
            : BinaryOperation.apply(.passRetained(Multiply()), a, b)
    }
    /// Quotient, element by element, with broadcasting; x / 0 is ±∞, and 0 / 0 NaN.
    public static func / (a: consuming Variable, b: Variable) -> Variable {
        Mode.current.isPlain
            ? changed(a, { $0 /= b.value }, or: { $0 / b.value }) : BinaryOperation.apply(.passRetained(Divide()), a, b)
    }
    /// The same with the opposite sign.
    public static prefix func - (x: Variable) -> Variable {
        Mode.current.isPlain ? .constant(-x.value) : Negate().apply(x)
    }

    /// Sum with a number, which is taken as the other's element type.
    public static func + (a: consuming Variable, b: Double) -> Variable {
        Mode.current.isPlain ? changed(a, { $0 += b }, or: { $0 + b }) : a + a.scalar(b)
    }
    /// Sum with a number, which is taken as the other's element type.
    public static func + (a: Double, b: consuming Variable) -> Variable {
        Mode.current.isPlain ? changed(b, { $0 += a }, or: { $0 + a }) : b.scalar(a) + b
    }
    /// Difference with a number, which is taken as the other's element type.
    public static func - (a: consuming Variable, b: Double) -> Variable {
        Mode.current.isPlain ? changed(a, { $0 -= b }, or: { $0 - b }) : a - a.scalar(b)
    }
    /// Difference with a number, which is taken as the other's element type.
    public static func - (a: Double, b: Variable) -> Variable { b.scalar(a) - b }
    /// Product with a number, which is taken as the other's element type.
    public static func * (a: consuming Variable, b: Double) -> Variable {
        Mode.current.isPlain ? changed(a, { $0 *= b }, or: { $0 * b }) : a * a.scalar(b)
    }
    /// Product with a number, which is taken as the other's element type.
    public static func * (a: Double, b: consuming Variable) -> Variable {
        Mode.current.isPlain ? changed(b, { $0 *= a }, or: { $0 * a }) : b.scalar(a) * b
    }
    /// Quotient with a number, which is taken as the other's element type.
    public static func / (a: consuming Variable, b: Double) -> Variable {
        Mode.current.isPlain ? changed(a, { $0 /= b }, or: { $0 / b }) : a / a.scalar(b)
    }
    /// Quotient with a number, which is taken as the other's element type.
    public static func / (a: Double, b: Variable) -> Variable { b.scalar(a) / b }

    /// A constant with other numbers: in place where nobody else holds the variable, as with what a rule computes on its way.
    @inline(__always)
    private static func changed(
        _ variable: consuming Variable, _ change: (inout Tensor) -> Void, or compute: (Tensor) -> Tensor
    ) -> Variable {
        guard isKnownUniquelyReferenced(&variable) && variable.isPlainConstant && !misuseIsPending else {
            return .constant(compute(variable.value))
        }
        variable.update(change)
        return variable
    }

    /// `a = a + b`. The new variable holds the graphs of both: to add up losses for printing, add their `item`s.
    public static func += (a: inout Variable, b: Variable) { a = a + b }
    /// `a = a - b`. The new variable holds the graphs of both.
    public static func -= (a: inout Variable, b: Variable) { a = a - b }
    /// `a = a * b`. The new variable holds the graphs of both.
    public static func *= (a: inout Variable, b: Variable) { a = a * b }
    /// `a = a / b`. The new variable holds the graphs of both.
    public static func /= (a: inout Variable, b: Variable) { a = a / b }

    /// A constant of one number, of the element type that an operation on this variable computes in.
    package func scalar(_ number: Double) -> Variable {
        let type = Mode.current.tracing?.elementType(of: self) ?? elementType
        return .constant(Tensor(number, as: type))
    }
}

// MARK: - Powers

/// a to the power of b, both of them variables.
final class Pow: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { pow(a, b) }
    override func needs(for input: Int) -> Needs { input == 0 ? [.first, .second] : [.first, .second, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let (a, b) = (first.value, second.value)
        // b·aᵇ⁻¹ and aᵇ·log a are 0·∞ where x⁰ = 1 and 0ʸ = 0 stand still; with 1 in place of that 0 both are 0, and so are
        // their derivatives.
        walk.pushSummed(upstream * (second * pow(select((a .!= 0) .| (b .!= 0), first, 1), second - 1)), to: 0)
        walk.pushSummed(upstream * (result * log(select((a .!= 0) .| (b .< 0), first, 1))), to: 1)
    }
}

/// The same with a number for exponent.
final class PowNumber: UnaryOperation {
    let exponent: Double
    init(_ exponent: Double) { self.exponent = exponent }

    override var name: String { "pow" }
    override func forward(_ x: Tensor) -> Tensor { exponent == 2 ? square(x) : pow(x, exponent) }
    override func needs(for input: Int) -> Needs { exponent == 0 ? [] : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        if exponent == 0 {
            walk.push(.constant(.zeros(upstream.shape, as: upstream.elementType)), to: 0)
        } else {
            walk.push(upstream * (exponent * pow(first, exponent - 1)), to: 0)
        }
    }
}

/// a to the power of b, element by element, with broadcasting.
///
/// | at | value | gradient of a | gradient of b |
/// | --- | --- | --- | --- |
/// | b = 0 (a = 0 too) | 1 | 0 | log a (0 for a = 0) |
/// | a = 0, b > 0 | 0 | 0; 1 for b = 1; ∞ for b < 1 | 0 |
/// | a < 0, b whole | as for a number | as for a number | NaN |
/// | a < 0, b fractional | NaN | NaN | NaN |
///
/// The gradients are right to second order where a = 0 and b is a whole number.
public func pow(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Pow()(a, b, file: file, line: line)
}

/// The same with a number for exponent.
public func pow(_ a: Variable, _ b: Double, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    PowNumber(b)(a, file: file, line: line)
}

/// The same with a number for base.
public func pow(_ a: Double, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Pow()(b.scalar(a), b, file: file, line: line)
}

// MARK: - The larger and the smaller

final class Maximum: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { maximum(a, b) }
    override func needs(for input: Int) -> Needs { [.first, .second] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let (a, b) = (first.value, second.value)
        let shared = upstream.halved(where: a .== b)
        walk.pushSummed(select(a .>= b, shared, 0), to: 0)
        walk.pushSummed(select(a .<= b, shared, 0), to: 1)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [inputs[0] .>= inputs[1], inputs[0] .<= inputs[1]]
    }
}

final class Minimum: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { minimum(a, b) }
    override func needs(for input: Int) -> Needs { [.first, .second] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let (a, b) = (first.value, second.value)
        let shared = upstream.halved(where: a .== b)
        walk.pushSummed(select(a .<= b, shared, 0), to: 0)
        walk.pushSummed(select(a .>= b, shared, 0), to: 1)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [inputs[0] .>= inputs[1], inputs[0] .<= inputs[1]]
    }
}

extension Variable {
    /// Half of it where two share.
    fileprivate func halved(where ties: Tensor) -> Variable { ties.any() ? select(ties, 0.5 * self, self) : self }
}

/// The larger of two, element by element, with broadcasting; NaN where either is NaN. At a tie each gets half of the
/// gradient, at NaN neither any.
public func maximum(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Maximum()(a, b, file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func maximum(_ a: Variable, _ b: Double, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Maximum()(a, a.scalar(b), file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func maximum(_ a: Double, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Maximum()(b.scalar(a), b, file: file, line: line)
}

/// The smaller of two, element by element, with broadcasting; NaN where either is NaN. At a tie each gets half of the
/// gradient, at NaN neither any.
public func minimum(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Minimum()(a, b, file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func minimum(_ a: Variable, _ b: Double, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Minimum()(a, a.scalar(b), file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func minimum(_ a: Double, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Minimum()(b.scalar(a), b, file: file, line: line)
}

// MARK: - Remainder and angle

/// a - ⌊a / b⌋ · b, where the whole number stands still.
final class Remainder: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { remainder(a, b) }
    override func needs(for input: Int) -> Needs { input == 0 ? [] : [.first, .second, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.pushSummed(upstream, to: 0)
        // From the remainder itself: a / b may be rounded up to the next whole number.
        walk.pushSummed(-upstream * .constant(round((first.value - result.value) / second.value)), to: 1)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [round((inputs[0] - outputs[0]) / inputs[1])]
    }
}

final class Atan2: BinaryOperation {
    override func forward(_ y: Tensor, _ x: Tensor) -> Tensor { atan2(y, x) }
    override func needs(for input: Int) -> Needs { [.first, .second] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // x / (x² + y²) with both divided by the larger of them, or squares of large and tiny numbers would not fit. By what
        // they are divided makes no difference, so that it counts as a constant.
        let scale = Variable.constant(maximum(abs(first.value), abs(second.value)))
        let (y, x) = (first / scale, second / scale)
        let distance = scale * (square(x) + square(y))
        walk.pushSummed(upstream * (x / distance), to: 0)
        walk.pushSummed(-upstream * (y / distance), to: 1)
    }
    /// On which side of the cut along the negative x axis.
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [(inputs[0] .< 0) .& (inputs[1] .< 0)]
    }
}

/// What is left of a when b is taken off a whole number of times, with the sign of b, as `%` in Python; with broadcasting.
/// NaN where b is 0 or a is infinite. The gradient of a is 1, that of b the whole number's opposite, where it jumps too.
public func remainder(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Remainder()(a, b, file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func remainder(_ a: Variable, _ b: Double, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Remainder()(a, a.scalar(b), file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func remainder(_ a: Double, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Remainder()(b.scalar(a), b, file: file, line: line)
}

/// The angle of the point (x, y) from the x axis, -π to π, with broadcasting. The gradients are NaN at the origin.
public func atan2(_ y: Variable, _ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Atan2()(y, x, file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func atan2(_ y: Variable, _ x: Double, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Atan2()(y, y.scalar(x), file: file, line: line)
}
/// The same with a number, which is taken as the other's element type.
public func atan2(_ y: Double, _ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Atan2()(x.scalar(y), x, file: file, line: line)
}
