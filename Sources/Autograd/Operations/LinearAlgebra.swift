import GradusTensor

final class MatrixMultiply: BinaryOperation {
    let (firstShape, secondShape): (Shape, Shape)
    let (transposingFirst, transposingSecond): (Bool, Bool)
    init(_ first: Shape, _ second: Shape, transposingFirst: Bool, transposingSecond: Bool) {
        (firstShape, secondShape) = (first, second)
        (self.transposingFirst, self.transposingSecond) = (transposingFirst, transposingSecond)
    }

    override var name: String { "matmul" }
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor {
        matmul(a, b, transposingFirst: transposingFirst, transposingSecond: transposingSecond)
    }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }

    // For C = AB the gradients are UBᵀ and AᵀU. The operands were A or Aᵀ, B or Bᵀ, and so the gradients are these or their
    // transposes: (UBᵀ)ᵀ = BUᵀ. A vector takes part as the row or column that it counted as.
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let upstream = upstream.reshaped(to: matrixShape(of: upstream.shape))
        walk.push(gradientOfFirst(upstream).summed(to: row).reshaped(to: firstShape), to: 0)
        walk.push(gradientOfSecond(upstream).summed(to: column).reshaped(to: secondShape), to: 1)
    }

    private func gradientOfFirst(_ upstream: Variable) -> Variable {
        let b = second.reshaped(to: column)
        if row.isOneMatrix && !column.isOneMatrix {
            let (u, b) = (upstream.transposed().rows, transposingSecond ? b.rows : b.transposed().rows)
            return (transposingFirst ? matmul(b, u, transposingFirst: true) : matmul(u, b, transposingFirst: true))
                .reshaped(to: row)
        }
        return transposingFirst
            ? matmul(b, upstream, transposingFirst: transposingSecond, transposingSecond: true)
            : matmul(upstream, b, transposingSecond: !transposingSecond)
    }

    private func gradientOfSecond(_ upstream: Variable) -> Variable {
        let a = first.reshaped(to: row)
        if column.isOneMatrix && !row.isOneMatrix {
            let (u, a) = (upstream.rows, transposingFirst ? a.transposed().rows : a.rows)
            return (transposingSecond ? matmul(u, a, transposingFirst: true) : matmul(a, u, transposingFirst: true))
                .reshaped(to: column)
        }
        return transposingSecond
            ? matmul(upstream, a, transposingFirst: true, transposingSecond: transposingFirst)
            : matmul(a, upstream, transposingFirst: !transposingFirst)
    }

    /// The operands' shapes as matrices.
    var row: Shape { firstShape.rank == 1 ? firstShape.inserting(1, at: 0) : firstShape }
    var column: Shape { secondShape.rank == 1 ? secondShape.inserting(1, at: 1) : secondShape }

    /// The result's shape with the axes that vectors left out.
    func matrixShape(of result: Shape) -> Shape {
        var shape = result
        if secondShape.rank == 1 { shape = shape.inserting(1, at: shape.rank) }
        if firstShape.rank == 1 { shape = shape.inserting(1, at: shape.rank - 1) }
        return shape
    }
}

// One matrix that met a whole stack gets the sum of a stack of gradients. To multiply them out one by one would need as many
// matrices; it is one product of all the rows instead, Σ XᵢᵀYᵢ.
extension Variable {
    /// The rows of a stack of matrices as those of one.
    fileprivate var rows: Variable { reshaped(to: Shape([shape[..<(rank - 1)].reduce(1, *), shape.size(rank - 1)])) }
}

extension Shape {
    /// Whether there is but one matrix, in front of which axes have size 1 if there are any.
    fileprivate var isOneMatrix: Bool { indices.dropLast(2).allSatisfy { size($0) == 1 } }
}

final class Dot: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { dot(a, b) }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * second, to: 0)
        walk.push(upstream * first, to: 1)
    }
}

final class Outer: BinaryOperation {
    override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { outer(a, b) }
    override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(matmul(upstream, second), to: 0)
        walk.push(matmul(upstream, first, transposingFirst: true), to: 1)
    }
}

/// The product of two matrices, or of stacks of matrices.
///
///     let a = Variable([[1, 2], [3, 4]]), b = Variable([5, 6])
///     matmul(a, b)                          // [17, 39]
///     matmul(a, b, transposingFirst: true)  // [23, 34]
///
/// Shapes are `[..., m, k]` and `[..., k, n]`, and the result's `[..., m, n]`; the axes in front are broadcast. A vector counts
/// as one row on the left and as one column on the right, and its axis is missing from the result: `[k]` by `[k]` is a number.
/// A transposed operand is read as if its last two axes were exchanged, and not copied. If k is 0 the result is 0.
///
/// Misuse: no axes at all, inner sizes that differ, axes in front that do not broadcast, element types that differ, transposing
/// a vector.
public func matmul(
    _ a: Variable, _ b: Variable, transposingFirst: Bool = false, transposingSecond: Bool = false,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    MatrixMultiply(a.shape, b.shape, transposingFirst: transposingFirst, transposingSecond: transposingSecond)(
        a, b, file: file, line: line)
}

/// The sum of the products of two vectors' elements: `[k]` and `[k]` make a number, 0 if k is 0. Other ranks than 1, lengths or
/// element types that differ are misuse.
public func dot(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Dot()(a, b, file: file, line: line)
}

/// Every element of one vector times every element of another: `[m]` and `[n]` make `[m, n]`. Other ranks than 1, and element
/// types that differ, are misuse.
public func outer(_ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Outer()(a, b, file: file, line: line)
}
