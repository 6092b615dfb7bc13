import CGradusKernels

// Diagonal k of a matrix is where column - row = k: 0 the main one, above it positive, below it negative.
extension Tensor {
    /// What lies on and below a diagonal, zeros above: of each matrix that the last two axes make.
    ///
    ///     Tensor.ones([3, 3]).lowerTriangle()  // [[1, 0, 0],
    ///                                          //  [1, 1, 0],
    ///                                          //  [1, 1, 1]]
    ///
    /// `diagonal` 0 is the main one, 1 the one above it, -1 the one below. Fewer axes than two are misuse.
    public func lowerTriangle(diagonal: Int = 0) -> Tensor {
        guard let (rows, columns) = matrix("lowerTriangle") else { return .inert(shape, elementType) }
        return band(from: -rows, through: Swift.max(-rows, Swift.min(columns, diagonal)))
    }

    /// What lies on and above a diagonal, zeros below: of each matrix that the last two axes make. ``lowerTriangle(diagonal:)``
    /// has the rest.
    public func upperTriangle(diagonal: Int = 0) -> Tensor {
        guard let (rows, columns) = matrix("upperTriangle") else { return .inert(shape, elementType) }
        return band(from: Swift.max(-rows, Swift.min(columns, diagonal)), through: columns)
    }

    /// The elements of a diagonal of each matrix that the last two axes make: the last axis of the result, which is as long as
    /// the diagonal.
    ///
    ///     Tensor([[1, 2], [3, 4]]).diagonal()   // [1, 4]
    ///     Tensor([[1, 2], [3, 4]]).diagonal(1)  // [2]
    ///
    /// A diagonal outside the matrix is empty. Fewer axes than two are misuse. `embeddedDiagonal(in:_:)` is the adjoint.
    public func diagonal(_ diagonal: Int = 0) -> Tensor {
        guard matrix("diagonal") != nil else { return .inert(shape, elementType) }
        let walk = shape.diagonal(diagonal)
        return strided(as: walk.shape, walk.strides, offset: walk.offset)
    }

    /// Matrices of zeros, but for this tensor's last axis on a diagonal: the adjoint of ``diagonal(_:)``. A shape whose
    /// diagonal is not of this tensor's shape is misuse.
    package func embeddedDiagonal(in shape: Shape, _ diagonal: Int = 0) -> Tensor {
        guard shape.rank >= 2, shape.diagonal(diagonal).shape == self.shape else {
            return misuse(
                "embeddedDiagonal: shape \(self.shape) is not that of diagonal \(diagonal) of \(shape)",
                inert: .inert(shape, elementType))
        }
        var result = Tensor.zeros(shape, as: elementType)
        guard count > 0 && !misuseIsPending else { return result }
        let walk = shape.diagonal(diagonal)
        result.withMutablePointer { move(to: $0, walk.strides, offset: walk.offset) }
        return result
    }

    private func matrix(_ name: StaticString) -> (rows: Int, columns: Int)? {
        guard rank >= 2 else { return misuse("\(name): shape \(shape); two axes at least are wanted") }
        return (shape.size(rank - 2), shape.size(rank - 1))
    }

    private func band(from lowest: Int, through highest: Int) -> Tensor {
        let (rows, columns) = (shape.size(rank - 2), shape.size(rank - 1))
        let size = elementType.size
        return Tensor.make(shape, elementType) { out in
            withPointer { source in
                parallelFor(count / columns, grain: Swift.max(1, elementwiseGrain / columns)) { range in
                    gradus_band(
                        Int64(size), Int64(rows), Int64(columns), Int64(lowest), Int64(highest), source, out,
                        Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
    }
}

extension Shape {
    /// How a diagonal of the matrices in the last two axes lies in memory.
    fileprivate func diagonal(_ diagonal: Int) -> (shape: Shape, strides: [Int], offset: Int) {
        let (rows, columns) = (size(rank - 2), size(rank - 1))
        let diagonal = Swift.max(-rows, Swift.min(columns, diagonal))
        let length = Swift.min(rows + Swift.min(0, diagonal), columns - Swift.max(0, diagonal))
        let strides = strides
        return (
            Shape(self[..<(rank - 2)] + [length]), strides.dropLast(2) + [strides[rank - 2] &+ 1],
            diagonal >= 0 ? diagonal : -diagonal &* columns
        )
    }
}
