import CGradusKernels

/// How many elements of cheap arithmetic are worth handing to another thread.
package let elementwiseGrain = 1 << 15

extension Tensor {
    /// The one way to a two-operand kernel: checks types and shapes, broadcasts, shares the work out.
    @inline(__always)
    package static func binary(
        _ name: StaticString, _ op: gradus_binary_op, _ a: Tensor, _ b: Tensor, integers: Bool = true
    ) -> Tensor {
        if isFlat(a, b) && !misuseIsPending, let out = Storage.uninitialized(like: a.storage) {
            runFlat(op, a, b, out.elements)
            return Tensor(storage: out)
        }
        return broadcast(name, op, a, b, integers)
    }

    @inline(never)
    private static func broadcast(
        _ name: StaticString, _ op: gradus_binary_op, _ a: Tensor, _ b: Tensor, _ integers: Bool
    ) -> Tensor {
        let type = a.elementType
        guard let shape = checked(name, a, b, integers) else { return .inert(a.shape) }
        // What is one number throughout is read as that, and stays one beside its like.
        let (one, other) = (a.repeated, b.repeated)
        if one != nil || other != nil, one != nil || a.count == 1, other != nil || b.count == 1 {
            return binary(name, op, one ?? a, other ?? b, integers: integers).broadcast(to: shape)
        }
        // The upstream gradient of a sum is ones: a product with it is the other factor, and shares its elements.
        if a.shape == shape && isFactorOfOne(op, other ?? b) { return a }
        if b.shape == shape && isFactorOfOne(op, one ?? a) { return b }
        let (a, b) = (one ?? a, other ?? b)
        let layout = gradus_layout(broadcasting: a.shape, b.shape, to: shape)
        return make(shape, type) { out in
            a.withPointer { p in b.withPointer { q in run(op, type, layout, shape.count, p, q, out) } }
        }
    }

    /// Most operands have one shape. Small ones among them are on the path of every scalar node: nothing is set up for them.
    @inline(__always)
    private static func isFlat(_ a: Tensor, _ b: Tensor) -> Bool {
        a.hasShape(of: b) && a.elementType == b.elementType && a.elementType.isFloatingPoint && a.count > 0
            && isOneShare(a.count, grain: elementwiseGrain)
    }

    @inline(__always)
    private static func runFlat(_ op: gradus_binary_op, _ a: Tensor, _ b: Tensor, _ out: UnsafeMutableRawPointer) {
        let (type, count) = (a.elementType, a.count)
        a.withPointer { p in
            b.withPointer { q in
                if count == 1 && gradus_binary_one(op, type.code, p, q, out) { return }
                gradus_binary_flat(op, type.code, Int64(count), p, q, out)
            }
        }
    }

    /// Adds a product, rounded by itself, in one pass over three of one shape. False where that does not apply: nothing is done
    /// then.
    package mutating func add(_ a: Tensor, times b: Tensor) -> Bool {
        guard Tensor.isFlat(a, b) && hasShape(of: a) && elementType == a.elementType && isUnique else { return false }
        let sum = storage.elements  // just seen to be unique, so written to where it lies
        a.withPointer { a in b.withPointer { b in gradus_add_products(elementType.code, Int64(count), a, b, sum) } }
        return true
    }

    /// The same with the result in place of `a`: written over its elements where nobody else sees them and they are as many.
    /// Misuse leaves `a` as it was.
    @inline(__always)
    package static func update(
        _ name: StaticString, _ op: gradus_binary_op, _ a: inout Tensor, _ b: Tensor, integers: Bool = true
    ) {
        if isFlat(a, b) && a.isUnique && !misuseIsPending {
            return runFlat(op, a, b, a.storage.elements)  // just seen to be unique, so written to where it lies
        }
        updateBroadcasting(name, op, &a, b, integers)
    }

    @inline(never)
    private static func updateBroadcasting(
        _ name: StaticString, _ op: gradus_binary_op, _ a: inout Tensor, _ b: Tensor, _ integers: Bool
    ) {
        let type = a.elementType
        guard let shape = checked(name, a, b, integers), !misuseIsPending else { return }
        guard shape == a.shape && a.repeated == nil && a.isUnique else {
            let result = binary(name, op, a, b, integers: integers)
            if !misuseIsPending { a = result }
            return
        }
        let b = b.repeated ?? b
        if isFactorOfOne(op, b) { return }
        let layout = gradus_layout(broadcasting: a.shape, b.shape, to: shape)
        // Each element is read before it is written, and read for itself only; b shares nothing with a, which is unique.
        a.withMutablePointer { p in b.withPointer { q in run(op, type, layout, shape.count, p, q, p) } }
    }

    /// The same of an `a` that the caller has done with: written over its elements if nobody else sees them.
    package static func binary(
        _ name: StaticString, _ op: gradus_binary_op, over a: consuming Tensor, _ b: Tensor, integers: Bool
    ) -> Tensor {
        guard a.isUnique else { return binary(name, op, a, b, integers: integers) }
        update(name, op, &a, b, integers: integers)
        return a
    }

    /// Whether a product with this number, for all elements, changes nothing.
    private static func isFactorOfOne(_ op: gradus_binary_op, _ factor: Tensor) -> Bool {
        op == GRADUS_MULTIPLY && factor.count == 1 && factor.number(at: 0) == 1
    }

    private static func checked(_ name: StaticString, _ a: Tensor, _ b: Tensor, _ integers: Bool) -> Shape? {
        guard let shape = commonShape(name, a, b) else { return nil }
        guard a.elementType.isFloatingPoint || a.elementType == .int64 && integers else {
            return misuse("\(name): not defined on \(a.elementType); convert first")
        }
        return shape
    }

    private static func run(
        _ op: gradus_binary_op, _ type: ElementType, _ layout: gradus_layout, _ count: Int, _ a: UnsafeRawPointer,
        _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
    ) {
        withUnsafePointer(to: layout) { layout in
            parallelFor(count, grain: elementwiseGrain) { range in
                gradus_binary(op, type.code, layout, a, b, out, Int64(range.lowerBound), Int64(range.upperBound))
            }
        }
    }

    package static func binary(
        _ name: StaticString, _ op: gradus_binary_op, _ a: Tensor, _ b: Double, integers: Bool = true
    ) -> Tensor {
        guard let b = a.scalar(b, for: name, integers: integers) else { return .inert(a.shape) }
        return binary(name, op, a, b, integers: integers)
    }

    package static func binary(
        _ name: StaticString, _ op: gradus_binary_op, _ a: Double, _ b: Tensor, integers: Bool = true
    ) -> Tensor {
        guard let a = b.scalar(a, for: name, integers: integers) else { return .inert(b.shape) }
        return binary(name, op, a, b, integers: integers)
    }

    private static func update(
        _ name: StaticString, _ op: gradus_binary_op, _ a: inout Tensor, _ b: Double, integers: Bool = true
    ) {
        guard let b = a.scalar(b, for: name, integers: integers) else { return }
        update(name, op, &a, b, integers: integers)
    }

    /// One number of this tensor's element type, or misuse if that does not hold it.
    package func scalar(_ value: Double, for name: StaticString, integers: Bool = true) -> Tensor? {
        // Where integers are refused altogether the operation says so itself.
        guard elementType != .int64 || !integers || Int(exactly: value) != nil else {
            return misuse("\(name): \(value) is not an int64, which the tensor is")
        }
        return Tensor(elementType == .int64 && !integers ? 0 : value, as: elementType)
    }

    /// The shape that two operands broadcast to, or misuse that names both shapes or both types.
    package static func commonShape(_ name: StaticString, _ a: Tensor, _ b: Tensor) -> Shape? {
        guard a.elementType == b.elementType else {
            return misuse(
                "\(name): element types \(a.elementType) and \(b.elementType) do not mix; convert one with converted(to:)"
            )
        }
        guard let shape = a.shape.broadcast(with: b.shape) else {
            return misuse("\(name): shapes \(a.shape) and \(b.shape) do not broadcast")
        }
        return shape
    }

    /// Sum, element by element, with NumPy's broadcasting. Integers wrap around.
    public static func + (a: Tensor, b: Tensor) -> Tensor { binary("add", GRADUS_ADD, a, b) }

    /// Difference, element by element, with broadcasting.
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary("subtract", GRADUS_SUBTRACT, a, b) }

    /// Product, element by element, with broadcasting.
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary("multiply", GRADUS_MULTIPLY, a, b) }

    /// Quotient, element by element, with broadcasting; floating-point types only. Division by zero gives ±∞ or NaN.
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary("divide", GRADUS_DIVIDE, a, b, integers: false) }

    /// The opposite, element by element. The least `int64` is its own.
    public static prefix func - (x: Tensor) -> Tensor { unary("negate", GRADUS_NEGATE, x, integers: true) }

    /// Sum with a number, which is taken as the other's element type.
    public static func + (a: Tensor, b: Double) -> Tensor { binary("add", GRADUS_ADD, a, b) }
    /// Sum with a number, which is taken as the other's element type.
    public static func + (a: Double, b: Tensor) -> Tensor { binary("add", GRADUS_ADD, a, b) }
    /// Difference with a number, which is taken as the other's element type.
    public static func - (a: Tensor, b: Double) -> Tensor { binary("subtract", GRADUS_SUBTRACT, a, b) }
    /// Difference with a number, which is taken as the other's element type.
    public static func - (a: Double, b: Tensor) -> Tensor { binary("subtract", GRADUS_SUBTRACT, a, b) }
    /// Product with a number, which is taken as the other's element type.
    public static func * (a: Tensor, b: Double) -> Tensor { binary("multiply", GRADUS_MULTIPLY, a, b) }
    /// Product with a number, which is taken as the other's element type.
    public static func * (a: Double, b: Tensor) -> Tensor { binary("multiply", GRADUS_MULTIPLY, a, b) }
    /// Quotient with a number, which is taken as the other's element type.
    public static func / (a: Tensor, b: Double) -> Tensor { binary("divide", GRADUS_DIVIDE, a, b, integers: false) }
    /// Quotient with a number, which is taken as the other's element type.
    public static func / (a: Double, b: Tensor) -> Tensor { binary("divide", GRADUS_DIVIDE, a, b, integers: false) }

    /// The same in place, where nobody else sees the elements. Misuse leaves the tensor as it was.
    public static func += (a: inout Tensor, b: Tensor) { update("add", GRADUS_ADD, &a, b) }
    /// `a = a - b`, in place where nobody else sees the elements and the shape stays.
    public static func -= (a: inout Tensor, b: Tensor) { update("subtract", GRADUS_SUBTRACT, &a, b) }
    /// `a = a * b`, in place where nobody else sees the elements and the shape stays.
    public static func *= (a: inout Tensor, b: Tensor) { update("multiply", GRADUS_MULTIPLY, &a, b) }
    /// `a = a / b`, in place where nobody else sees the elements and the shape stays.
    public static func /= (a: inout Tensor, b: Tensor) { update("divide", GRADUS_DIVIDE, &a, b, integers: false) }
    /// `a = a + b`, in place where nobody else sees the elements and the shape stays.
    public static func += (a: inout Tensor, b: Double) { update("add", GRADUS_ADD, &a, b) }
    /// `a = a - b`, in place where nobody else sees the elements and the shape stays.
    public static func -= (a: inout Tensor, b: Double) { update("subtract", GRADUS_SUBTRACT, &a, b) }
    /// `a = a * b`, in place where nobody else sees the elements and the shape stays.
    public static func *= (a: inout Tensor, b: Double) { update("multiply", GRADUS_MULTIPLY, &a, b) }
    /// `a = a / b`, in place where nobody else sees the elements and the shape stays.
    public static func /= (a: inout Tensor, b: Double) { update("divide", GRADUS_DIVIDE, &a, b, integers: false) }
}

// MARK: - Functions of two arguments

/// a to the power of b, element by element, with broadcasting; floating-point types only.
///
/// Anything to the power 0 is 1, 0 to a negative power ∞; a negative base with a fractional exponent gives NaN.
public func pow(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.binary("pow", GRADUS_POWER, a, b, integers: false) }
/// The same with a number, which is taken as the other's element type.
public func pow(_ a: Tensor, _ b: Double) -> Tensor { Tensor.binary("pow", GRADUS_POWER, a, b, integers: false) }
/// The same with a number, which is taken as the other's element type.
public func pow(_ a: Double, _ b: Tensor) -> Tensor { Tensor.binary("pow", GRADUS_POWER, a, b, integers: false) }

/// The larger of two, element by element, with broadcasting; NaN where either is NaN.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.binary("maximum", GRADUS_MAXIMUM, a, b) }
/// The same with a number, which is taken as the other's element type.
public func maximum(_ a: Tensor, _ b: Double) -> Tensor { Tensor.binary("maximum", GRADUS_MAXIMUM, a, b) }
/// The same with a number, which is taken as the other's element type.
public func maximum(_ a: Double, _ b: Tensor) -> Tensor { Tensor.binary("maximum", GRADUS_MAXIMUM, a, b) }

/// The smaller of two, element by element, with broadcasting; NaN where either is NaN.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { Tensor.binary("minimum", GRADUS_MINIMUM, a, b) }
/// The same with a number, which is taken as the other's element type.
public func minimum(_ a: Tensor, _ b: Double) -> Tensor { Tensor.binary("minimum", GRADUS_MINIMUM, a, b) }
/// The same with a number, which is taken as the other's element type.
public func minimum(_ a: Double, _ b: Tensor) -> Tensor { Tensor.binary("minimum", GRADUS_MINIMUM, a, b) }

/// What is left of a when b is taken off a whole number of times, with the sign of b, as `%` in Python; with broadcasting;
/// floating-point types only. NaN where b is 0 or a is infinite; an infinite b leaves an a of its sign as it is.
public func remainder(_ a: Tensor, _ b: Tensor) -> Tensor {
    Tensor.binary("remainder", GRADUS_REMAINDER, a, b, integers: false)
}
/// The same with a number, which is taken as the other's element type.
public func remainder(_ a: Tensor, _ b: Double) -> Tensor {
    Tensor.binary("remainder", GRADUS_REMAINDER, a, b, integers: false)
}
/// The same with a number, which is taken as the other's element type.
public func remainder(_ a: Double, _ b: Tensor) -> Tensor {
    Tensor.binary("remainder", GRADUS_REMAINDER, a, b, integers: false)
}

/// The angle of the point (x, y) from the x axis, -π to π, with broadcasting; floating-point types only.
public func atan2(_ y: Tensor, _ x: Tensor) -> Tensor { Tensor.binary("atan2", GRADUS_ATAN2, y, x, integers: false) }
/// The same with a number, which is taken as the other's element type.
public func atan2(_ y: Tensor, _ x: Double) -> Tensor { Tensor.binary("atan2", GRADUS_ATAN2, y, x, integers: false) }
/// The same with a number, which is taken as the other's element type.
public func atan2(_ y: Double, _ x: Tensor) -> Tensor { Tensor.binary("atan2", GRADUS_ATAN2, y, x, integers: false) }
