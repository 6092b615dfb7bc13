import Gradus

// A small net's operations, written by hand as in a first course, each with the mistake that is made most often in it.

/// `matmul(x, w)` for x `[batch, in]`, w `[in, out]`.
final class Product: BinaryOperation {
    let isWrong: Bool
    init(isWrong: Bool) { self.isWrong = isWrong }

    override func forward(_ x: Tensor, _ w: Tensor) -> Tensor { matmul(x, w) }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // dx = u wᵀ, dw = xᵀ u. Where w is square, u w has the right shape too.
        walk.push(matmul(upstream, second, transposingSecond: !isWrong), to: 0)
        walk.push(matmul(first, upstream, transposingFirst: true), to: 1)
    }
}

/// `x + b` for x `[batch, out]`, b `[out]`: every row of x gets the same b.
final class AddBias: BinaryOperation {
    let isWrong: Bool
    init(isWrong: Bool) { self.isWrong = isWrong }

    override func forward(_ x: Tensor, _ b: Tensor) -> Tensor { x + b }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream, to: 0)
        // b went into every row, so its gradient is the sum over the rows. One row has the right shape too.
        walk.push(isWrong ? upstream[0] : upstream.sum(along: 0), to: 1)
    }
}

/// `a - b` for equal shapes.
final class Difference: BinaryOperation {
    let isWrong: Bool
    init(isWrong: Bool) { self.isWrong = isWrong }

    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a - b }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(isWrong ? -upstream : upstream, to: 0)
        walk.push(isWrong ? upstream : -upstream, to: 1)
    }
}
