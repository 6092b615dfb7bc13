import GradusAutograd
import GradusTensor
import Testing

// Operations that are linear in each of their inputs can be held to their derivatives exactly: in small whole numbers no sum
// or product is rounded, and the derivative along a direction is the operation itself at that direction.

/// Expects the rules of a function that is linear in x, but for a constant, to be exact: ⟨f(d) − f(0), u⟩ = ⟨d, Jᵀu⟩, the
/// gradient not to depend on x, and its own derivative in u along d to be f(d) − f(0) again.
///
/// - Parameter tolerance: for functions that divide, and so do round.
public func expectLinear(
    _ f: (Variable) -> Variable, at shape: Shape, tolerance: Double = 0, seed: UInt64 = 1,
    _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    var generator = TensorGenerator(seed: seed)
    let (x, direction) = (generator.wholeVariable(shape), generator.wholeVariable(shape))
    let y = f(x)
    let u = generator.wholeVariable(y.shape)
    let product = f(direction).value - f(.constant(.zeros(shape, as: .float64))).value

    let gradient = derivative(of: y, at: x, upstream: u)
    guard gradient.shape == shape else {
        report("\(comment()): a gradient of shape \(gradient.shape) at \(shape)", sourceLocation: sourceLocation)
        return
    }
    let (forth, back) = (inner(direction, gradient), inner(u, .constant(product)))
    #expect(abs(forth - back) <= tolerance * Double(64 + product.count), "\(comment())", sourceLocation: sourceLocation)
    #expect(dependence(of: gradient, on: x) == nil, "\(comment())", sourceLocation: sourceLocation)
    expectClose(
        derivative(of: gradient, at: u, upstream: direction).value, product, relative: tolerance, absolute: tolerance,
        "the gradient's own derivative; \(comment())", sourceLocation: sourceLocation)
}

/// Expects the rules of a function that is linear in each of x and w to be exact, one after the other in any order: its
/// product with u is a trilinear form, whose mixed third derivative is the form itself.
public func expectBilinear(
    _ f: (Variable, Variable) -> Variable, at xShape: Shape, _ wShape: Shape, seed: UInt64 = 1,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    var generator = TensorGenerator(seed: seed)
    let (x, w) = (generator.wholeVariable(xShape), generator.wholeVariable(wShape))
    let (dx, dw) = (generator.wholeVariable(xShape), generator.wholeVariable(wShape))
    let y = f(x, w)
    let (u, du) = (generator.wholeVariable(y.shape), generator.wholeVariable(y.shape))
    let both = f(dx, dw)

    for (first, along, second, alongSecond, product) in [(x, dx, w, dw, f(dx, w)), (w, dw, x, dx, f(x, dw))] {
        let gradient = derivative(of: y, at: first, upstream: u)
        guard gradient.shape == first.shape else {
            report(
                "\(comment()): a gradient of shape \(gradient.shape) at \(first.shape)", sourceLocation: sourceLocation)
            return
        }
        #expect(inner(along, gradient) == inner(u, product), "\(comment())", sourceLocation: sourceLocation)
        #expect(dependence(of: gradient, on: first) == nil, "\(comment())", sourceLocation: sourceLocation)
        // On in the other input, and then in u.
        let mixed = derivative(of: gradient, at: second, upstream: along)
        #expect(mixed.shape == second.shape, "\(comment())", sourceLocation: sourceLocation)
        #expect(inner(alongSecond, mixed) == inner(u, both), "\(comment())", sourceLocation: sourceLocation)
        expectSame(
            derivative(of: mixed, at: u, upstream: alongSecond), both.value, "third order; \(comment())", sourceLocation
        )
        // On in u, and then in the other input.
        let forward = derivative(of: gradient, at: u, upstream: along)
        expectSame(forward, product.value, "the gradient's own derivative; \(comment())", sourceLocation)
        let last = derivative(of: forward, at: second, upstream: du)
        #expect(inner(alongSecond, last) == inner(du, both), "\(comment())", sourceLocation: sourceLocation)
    }
}

/// `upstreamᵀ` times the Jacobian, with a graph of its own; zeros where there is no path.
private func derivative(of y: Variable, at x: Variable, upstream: Variable) -> Variable {
    guard y.wantsGradient else { return .constant(.zeros(like: x.value)) }
    return gradients(of: y, at: [x], upstream: upstream, recordingGraph: true)[0] ?? .constant(.zeros(like: x.value))
}

/// The gradient of a result at something that it is not expected to depend on.
private func dependence(of y: Variable, on x: Variable) -> Tensor? {
    guard y.wantsGradient else { return nil }
    return gradients(of: y, at: [x], upstream: .constant(.ones(like: y.value)))[0]?.value
}

private func inner(_ a: Variable, _ b: Variable) -> Double {
    zip(a.value.array(of: Double.self), b.value.array(of: Double.self)).reduce(0) { $0 + $1.0 * $1.1 }
}

private func expectSame(_ a: Variable, _ b: Tensor, _ comment: String, _ sourceLocation: SourceLocation) {
    expectClose(a.value, b, relative: 0, absolute: 0, comment, sourceLocation: sourceLocation)
}

extension TensorGenerator {
    /// Whole numbers from -4 to 4, as `float64`.
    fileprivate mutating func wholeVariable(_ shape: Shape) -> Variable {
        Variable(labels(shape, below: 9).converted(to: .float64) - 4)
    }
}
