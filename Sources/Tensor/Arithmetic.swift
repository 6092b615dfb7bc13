import CGradusKernels

/// How many elements of cheap arithmetic are worth handing to another thread.
package let elementwiseGrain = 1 << 15

extension Tensor {
    /// The one way to a two-operand kernel: checks types and shapes, broadcasts, shares the work out.
    package static func binary(
        _ name: StaticString, _ op: gradus_binary_op, _ a: Tensor, _ b: Tensor, integers: Bool = true
    ) -> Tensor {
        let type = a.elementType
        guard let shape = Tensor.commonShape(name, a, b) else { return Tensor.inert }
        guard type != .bool, integers || type.isFloatingPoint else {
            return misuse("\(name): not defined on \(type); convert first", inert: .inert(shape))
        }
        var layout = gradus_layout(broadcasting: a.shape, b.shape, to: shape)
        return make(shape, type) { out in
            a.withPointer { a in
                b.withPointer { b in
                    parallelFor(shape.count, grain: elementwiseGrain) { range in
                        gradus_binary(
                            op, type.code, &layout, a, b, out, Int64(range.lowerBound), Int64(range.upperBound))
                    }
                }
            }
        }
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

    public static prefix func - (x: Tensor) -> Tensor { unary("negate", GRADUS_NEGATE, x, integers: true) }

    public static func + (a: Tensor, b: Double) -> Tensor { a + a.scalar(b) }
    public static func + (a: Double, b: Tensor) -> Tensor { b.scalar(a) + b }
    public static func - (a: Tensor, b: Double) -> Tensor { a - a.scalar(b) }
    public static func - (a: Double, b: Tensor) -> Tensor { b.scalar(a) - b }
    public static func * (a: Tensor, b: Double) -> Tensor { a * a.scalar(b) }
    public static func * (a: Double, b: Tensor) -> Tensor { b.scalar(a) * b }
    public static func / (a: Tensor, b: Double) -> Tensor { a / a.scalar(b) }
    public static func / (a: Double, b: Tensor) -> Tensor { b.scalar(a) / b }

    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    /// One number of this tensor's element type.
    package func scalar(_ value: Double) -> Tensor { Tensor(value, as: elementType) }
}
