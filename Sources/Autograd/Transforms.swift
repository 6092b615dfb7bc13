import GradusTensor

// Derivatives as functions of functions. Like any result, theirs are recorded, so that higher orders come by nesting
// (`gradient(at: x) { gradient(at: $0, of: f).sum() }`) and a loss may contain a derivative; in `withoutRecording` they are
// constant, which is cheaper. What else `f` uses is taken as it is.

/// The value of `f` at `x`, a variable of one element, and its gradient, of `x`'s shape: zeros where `f` does not depend on `x`.
public func valueAndGradient(
    at x: Variable, of f: (Variable) throws -> Variable
) rethrows -> (value: Variable, gradient: Variable) {
    let point = x.alias()
    let value = try recording(true) { try f(point) }
    guard value.count == 1 else {
        return misuse(
            "gradient: the function returned shape \(value.shape); it takes one number, or use jacobian",
            inert: (.inert, .constant(.inert(x.shape, x.elementType))))
    }
    return (value.kept(), value.gradientOrZeros(at: point, upstream: nil))
}

/// The gradient of `f`, which returns one number, at `x`.
///
///     gradient(at: Variable([1, 2])) { ($0 * $0).sum() }  // [2, 4]
public func gradient(at x: Variable, of f: (Variable) throws -> Variable) rethrows -> Variable {
    try valueAndGradient(at: x, of: f).gradient
}

/// The value of `f` at several points together, and the gradient at each.
public func valueAndGradient(
    at points: [Variable], of f: ([Variable]) throws -> Variable
) rethrows -> (value: Variable, gradients: [Variable]) {
    let aliases = points.map { $0.alias() }
    let value = try recording(true) { try f(aliases) }
    guard value.count == 1 else {
        return misuse(
            "gradient: the function returned shape \(value.shape); it takes one number",
            inert: (.inert, points.map { .constant(.inert($0.shape, $0.elementType)) }))
    }
    return (value.kept(), value.gradientsOrZeros(at: aliases, upstream: nil))
}

/// The value of `f` at `x`, and the function that takes an upstream gradient of the value's shape to `upstreamᵀ·J`, of `x`'s
/// shape (vector–Jacobian product, reverse mode). It may be called many times.
public func vjp(
    at x: Variable, of f: (Variable) throws -> Variable
) rethrows -> (value: Variable, pullback: (Variable) -> Variable) {
    let point = x.alias()
    let value = try recording(true) { try f(point) }
    return (value.kept(), { value.gradientOrZeros(at: point, upstream: $0) })
}

/// The value of `f` at `x`, and `J·tangent`, of the value's shape (Jacobian–vector product). The tangent has `x`'s shape.
///
/// Two reverse passes: `upstreamᵀ·J` is linear in upstream, and its own derivative there is J (J. Townsend, "A new trick for
/// calculating Jacobian vector products", 2017).
public func jvp(
    at x: Variable, along tangent: Variable, of f: (Variable) throws -> Variable
) rethrows -> (value: Variable, tangent: Variable) {
    guard tangent.shape == x.shape else {
        return misuse(
            "jvp: a tangent of shape \(tangent.shape) at a point of shape \(x.shape)", inert: (.inert, .inert))
    }
    let point = x.alias()
    let value = try recording(true) { try f(point) }
    let upstream = Variable(.zeros(value.shape, as: value.elementType))
    let product = recording(true) { value.gradientOrZeros(at: point, upstream: upstream) }
    return (value.kept(), product.gradientOrZeros(at: upstream, upstream: tangent))
}

/// The Hessian of `f` at `x` times a vector of `x`'s shape, without the Hessian: two passes.
public func hessianVectorProduct(
    at x: Variable, along vector: Variable, of f: (Variable) throws -> Variable
) rethrows -> Variable {
    guard vector.shape == x.shape else {
        return misuse(
            "hessianVectorProduct: a vector of shape \(vector.shape) at a point of shape \(x.shape)", inert: .inert)
    }
    return try vjp(at: x) { try gradient(at: $0, of: f) }.pullback(vector)
}

/// All first derivatives of `f` at `x`: shape `f(x).shape + x.shape`, where `[i, j]` is the derivative of output i by element j
/// of x. One pass for each element of the output.
///
///     jacobian(at: Variable([1, 2])) { $0 * $0 }  // [[2, 0], [0, 4]]
///
/// More than 8 axes together are misuse.
public func jacobian(at x: Variable, of f: (Variable) throws -> Variable) rethrows -> Variable {
    let (value, pullback) = try vjp(at: x, of: f)
    guard let shape = Shape(exactly: Array(value.shape) + Array(x.shape)) else {
        return misuse(
            "jacobian: of shape \(value.shape) at shape \(x.shape); at most \(Shape.maximumRank) axes and Int.max elements"
        )
    }
    guard value.count > 0 else { return .constant(.zeros(shape, as: value.elementType)) }
    var unit = Tensor.zeros([value.count], as: value.elementType)
    let rows = (0..<value.count).map { output in
        unit[at: [output]] = 1
        defer { unit[at: [output]] = 0 }
        return pullback(.constant(unit.reshaped(to: value.shape)))
    }
    return stack(rows).reshaped(to: shape)
}

/// All second derivatives of `f`, which returns one number, at `x`: shape `x.shape + x.shape`. Symmetric where they are
/// continuous.
///
///     hessian(at: Variable([1, 2])) { ($0 * $0 * $0).sum() }  // [[6, 0], [0, 12]]
public func hessian(at x: Variable, of f: (Variable) throws -> Variable) rethrows -> Variable {
    try jacobian(at: x) { try gradient(at: $0, of: f) }
}

extension Variable {
    /// The same value as a node of its own, so that a derivative at it is not mixed with other uses of this variable.
    fileprivate func alias() -> Variable {
        wantsGradient && isRecording ? Identity()(self) : Variable(value, name: name)
    }

    /// This value with its graph if results are recorded here, without if not.
    fileprivate func kept() -> Variable { isRecording ? self : detached() }

    /// The gradient at a variable, zeros where there is no path.
    fileprivate func gradientOrZeros(at point: Variable, upstream: Variable?) -> Variable {
        gradientsOrZeros(at: [point], upstream: upstream)[0]
    }

    fileprivate func gradientsOrZeros(at points: [Variable], upstream: Variable?) -> [Variable] {
        let found =
            wantsGradient
            ? gradients(of: self, at: points, upstream: upstream, recordingGraph: isRecording)
            : points.map { _ in nil }
        return zip(points, found).map { $1 ?? .constant(.zeros($0.shape, as: $0.elementType)) }
    }
}

/// The same value as a new node.
final class Identity: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { x }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream, to: 0) }
}
