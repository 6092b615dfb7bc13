import GradusTensor

/// What lies on one side of a diagonal. Zeros stay zeros, so it is its own rule.
final class Triangle: UnaryOperation {
    private let isLower: Bool
    private let diagonal: Int
    init(lower isLower: Bool, _ diagonal: Int) { (self.isLower, self.diagonal) = (isLower, diagonal) }

    override var name: String { isLower ? "lowerTriangle" : "upperTriangle" }
    override func forward(_ x: Tensor) -> Tensor {
        isLower ? x.lowerTriangle(diagonal: diagonal) : x.upperTriangle(diagonal: diagonal)
    }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(Triangle(lower: isLower, diagonal)(upstream), to: 0)
    }
}

final class Diagonal: UnaryOperation {
    private let source: Shape
    private let diagonal: Int
    init(_ source: Shape, _ diagonal: Int) { (self.source, self.diagonal) = (source, diagonal) }

    override func forward(_ x: Tensor) -> Tensor { x.diagonal(diagonal) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(EmbedDiagonal(in: source, diagonal)(upstream), to: 0)
    }
}

/// The adjoint of the diagonal: its elements where they came from, in zeros.
final class EmbedDiagonal: UnaryOperation {
    private let target: Shape
    private let diagonal: Int
    init(in target: Shape, _ diagonal: Int) { (self.target, self.diagonal) = (target, diagonal) }

    override func forward(_ x: Tensor) -> Tensor { x.embeddedDiagonal(in: target, diagonal) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.diagonal(diagonal), to: 0)
    }
}

extension Variable {
    /// What lies on and below a diagonal, zeros above: of each matrix that the last two axes make.
    ///
    /// `diagonal` 0 is the main one, 1 the one above it, -1 the one below. Fewer axes than two are misuse.
    public func lowerTriangle(diagonal: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Triangle(lower: true, diagonal)(self, file: file, line: line)
    }

    /// What lies on and above a diagonal, zeros below: of each matrix that the last two axes make.
    /// ``lowerTriangle(diagonal:file:line:)`` has the rest.
    public func upperTriangle(diagonal: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Triangle(lower: false, diagonal)(self, file: file, line: line)
    }

    /// The elements of a diagonal of each matrix that the last two axes make: the last axis of the result, which is as long as
    /// the diagonal.
    ///
    ///     Variable([[1, 2], [3, 4]]).diagonal()   // [1, 4]
    ///     Variable([[1, 2], [3, 4]]).diagonal(1)  // [2]
    ///
    /// A diagonal outside the matrix is empty. Fewer axes than two are misuse.
    public func diagonal(_ diagonal: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Diagonal(shape, diagonal)(self, file: file, line: line)
    }
}
