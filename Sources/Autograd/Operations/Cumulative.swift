import GradusTensor

// Running sums and products, and the product of all. Gradients of products are products of the *other* elements: they are
// multiplied up, never divided out, and so are exact whether none, one or several elements are 0, to every order.

final class CumulativeSum: UnaryOperation {
    let axis: Int
    let reversed: Bool
    init(along axis: Int, reversed: Bool) { (self.axis, self.reversed) = (axis, reversed) }

    override func forward(_ x: Tensor) -> Tensor { x.cumulativeSum(along: axis, reversed: reversed) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.cumulativeSum(along: axis, reversed: !reversed), to: 0)
    }
}

/// yᵢ = xᵢ yᵢ₋₁, beginning from 1 (or from the other end with yᵢ₊₁).
final class CumulativeProduct: UnaryOperation {
    let axis: Int
    let reversed: Bool
    init(along axis: Int, reversed: Bool) { (self.axis, self.reversed) = (axis, reversed) }

    override func forward(_ x: Tensor) -> Tensor { x.cumulativeProduct(along: axis, reversed: reversed) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let gradients = upstream.carriedBack(through: first, along: axis, reversed: reversed)
        walk.push(gradients * result.shifted(along: axis, back: reversed, filling: 1), to: 0)
    }
}

/// yᵢ = bᵢ + aᵢ yᵢ₋₁, beginning from 0 (or from the other end with yᵢ₊₁): what a running product's gradient is made of, and its
/// own gradient too.
final class LinearRecurrence: BinaryOperation {
    let axis: Int
    let reversed: Bool
    init(along axis: Int, reversed: Bool) { (self.axis, self.reversed) = (axis, reversed) }

    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor {
        linearRecurrence(a, b, along: axis, reversed: reversed)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? [.first, .output] : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let gradients = upstream.carriedBack(through: first, along: axis, reversed: reversed)
        walk.push(gradients * result.shifted(along: axis, back: reversed, filling: 0), to: 0)
        walk.push(gradients, to: 1)
    }
}

/// yᵢ = bᵢ + aᵢ yᵢ₋₁ along an axis, beginning from b's first element; from the last one backwards, with yᵢ₊₁, if `reversed`.
package func linearRecurrence(_ a: Variable, _ b: Variable, along axis: Int, reversed: Bool = false) -> Variable {
    LinearRecurrence(along: axis, reversed: reversed)(a, b)
}

extension Variable {
    /// The gradients of all results of a recurrence with these factors, where this is upstream: each result's own, and what
    /// comes to it through the next one, gᵢ = uᵢ + aᵢ₊₁ gᵢ₊₁.
    fileprivate func carriedBack(through factors: Variable, along axis: Int, reversed: Bool) -> Variable {
        linearRecurrence(
            factors.shifted(along: axis, back: !reversed, filling: 0), self, along: axis, reversed: !reversed)
    }

    /// Every element one place on along an axis, or back, and a number in the place that becomes free.
    fileprivate func shifted(along axis: Int, back: Bool, filling number: Double) -> Variable {
        guard let axis = shape.resolved(axis), shape.size(axis) > 0 else { return self }
        let one = shape.indices.map { $0 == axis ? 1 : 0 }
        let none = shape.map { _ in 0 }
        return back
            ? slice(along: axis, from: 1, to: shape.size(axis)).padded(none, one, with: number)
            : slice(along: axis, from: 0, to: shape.size(axis) - 1).padded(one, none, with: number)
    }

    /// For every element the product of the others along an axis.
    fileprivate func productOfOthers(along axis: Int) -> Variable {
        let before = shifted(along: axis, back: false, filling: 1).cumulativeProduct(along: axis)
        let after = shifted(along: axis, back: true, filling: 1).cumulativeProduct(along: axis, reversed: true)
        return before * after
    }
}

final class Product: Reduction {
    override func forward(_ x: Tensor) -> Tensor { x.product(along: axes, keepingAxes: keepingAxes) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(gradient(upstream), to: 0)
    }

    /// Axis by axis: the others in the element's own line, times the products of the other lines.
    private func gradient(_ upstream: Variable) -> Variable {
        var gradient = aligned(upstream).broadcast(to: source)
        var lines = first
        for axis in axes ?? Array(source.indices) {
            gradient = gradient * lines.productOfOthers(along: axis)
            lines = lines.product(along: axis, keepingAxes: true)
        }
        return gradient
    }
}

extension Variable {
    /// The sums of the elements up to each along an axis, itself included; from it to the end if `reversed`.
    ///
    ///     Variable([1, 2, 3]).cumulativeSum(along: 0)                  // [1, 3, 6]
    ///     Variable([1, 2, 3]).cumulativeSum(along: 0, reversed: true)  // [6, 5, 3]
    public func cumulativeSum(
        along axis: Int, reversed: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        CumulativeSum(along: axis, reversed: reversed)(self, file: file, line: line)
    }

    /// The products of the elements up to each along an axis, itself included; from it to the end if `reversed`.
    ///
    ///     Variable([2, 3, 4]).cumulativeProduct(along: 0)  // [2, 6, 24]
    ///
    /// The gradient is exact whether none, one or several elements are 0.
    public func cumulativeProduct(
        along axis: Int, reversed: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        CumulativeProduct(along: axis, reversed: reversed)(self, file: file, line: line)
    }

    /// The product of the elements, 1 if there are none.
    ///
    ///     let x = Variable([2, 0, 3])
    ///     gradient(at: x) { $0.product() }  // [0, 6, 0]
    ///
    /// The gradient, the product of the other elements, is exact whether none, one or several are 0.
    public func product(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Product(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The product along one axis.
    public func product(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        product(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }
}
