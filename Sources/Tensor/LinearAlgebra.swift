import CGradusKernels

/// The product of two matrices, or of stacks of matrices.
///
///     let a = Tensor([[1, 2], [3, 4]]), b = Tensor([5, 6])
///     matmul(a, b)                            // [17, 39]
///     matmul(a, b, transposingFirst: true)    // [23, 34]
///
/// Shapes are `[..., m, k]` and `[..., k, n]`, and the result's `[..., m, n]`; the axes in front are broadcast. A vector counts
/// as one row on the left and as one column on the right, and its axis is missing from the result: `[k]` by `[k]` is a
/// number. A transposed operand is read as if its last two axes were exchanged, and not copied. If k is 0 the result is 0.
///
/// Floating-point types only. Misuse: no axes at all, inner sizes that differ, axes in front that do not broadcast, element
/// types that differ, transposing a vector.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposingFirst: Bool = false, transposingSecond: Bool = false
) -> Tensor {
    let type = a.elementType
    guard type == b.elementType else {
        return misuse(
            "matmul: element types \(type) and \(b.elementType) do not mix; convert one with converted(to:)")
    }
    guard type.isFloatingPoint else { return misuse("matmul: not defined on \(type); convert first") }
    guard let product = MatrixProduct(a.shape, b.shape, transposingFirst, transposingSecond) else { return .inert }
    if a.rank == 1 && b.rank == 1 { return dot(a, b) }
    return product(a, b)
}

/// The sum of the products of two vectors' elements: `[k]` and `[k]` make a number, 0 if k is 0. Products are added in double
/// precision. Floating-point types only; other ranks than 1, lengths or element types that differ are misuse.
public func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
    let type = a.elementType
    guard type == b.elementType else {
        return misuse("dot: element types \(type) and \(b.elementType) do not mix; convert one with converted(to:)")
    }
    guard type.isFloatingPoint else { return misuse("dot: not defined on \(type); convert first") }
    guard a.rank == 1 && b.rank == 1 && a.shape == b.shape else {
        return misuse("dot: shapes \(a.shape) and \(b.shape); two vectors of one length are wanted", inert: .inert([]))
    }
    let blocks = (a.count + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK
    let parts = Tensor.make([blocks], .float64) { out in
        let out = out.assumingMemoryBound(to: Double.self)
        a.withPointer { a0 in
            b.withPointer { b0 in
                parallelFor(blocks, grain: elementwiseGrain / GRADUS_REDUCTION_BLOCK) { range in
                    gradus_dot(
                        type.code, Int64(a.count), a0, b0, out, Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
    }
    return parts.sum().converted(to: type)
}

/// Every element of one vector times every element of another: `[m]` and `[n]` make `[m, n]`. Floats and `int64`. Other ranks
/// than 1, and element types that differ, are misuse.
public func outer(_ a: Tensor, _ b: Tensor) -> Tensor {
    guard a.rank == 1 && b.rank == 1 else {
        return misuse("outer: shapes \(a.shape) and \(b.shape); two vectors are wanted")
    }
    let column = Tensor(storage: a.storage.view(as: [a.count, 1], offset: 0))
    return Tensor.binary("outer", GRADUS_MULTIPLY, column, b)
}

/// How two shapes are multiplied: sizes, strides, and where each matrix of a stack lies.
private struct MatrixProduct {
    private var m: Int, n: Int, k: Int
    private var strideA: (row: Int, column: Int), strideB: (row: Int, column: Int)
    private var shape: Shape
    /// The axes in front, and how far each operand moves along them.
    private var stack: Shape
    private let stackStridesA: [Int], stackStridesB: [Int]
    private var isSwapped = false

    /// Misuse where the shapes do not fit.
    init?(_ a: Shape, _ b: Shape, _ transposingA: Bool, _ transposingB: Bool) {
        guard a.rank > 0 && b.rank > 0 else {
            misuse("matmul: shapes \(a) and \(b); each operand has at least one axis")
            return nil
        }
        guard a.rank > 1 || !transposingA, b.rank > 1 || !transposingB else {
            misuse("matmul: shapes \(a) and \(b); a vector has no two axes to exchange")
            return nil
        }
        // As matrices as they lie in memory, then as they are read.
        let (rowsA, columnsA) = a.rank == 1 ? (1, a.size(0)) : (a.size(a.rank - 2), a.size(a.rank - 1))
        let (rowsB, columnsB) = b.rank == 1 ? (b.size(0), 1) : (b.size(b.rank - 2), b.size(b.rank - 1))
        let inner: Int
        (m, k) = transposingA ? (columnsA, rowsA) : (rowsA, columnsA)
        (inner, n) = transposingB ? (columnsB, rowsB) : (rowsB, columnsB)
        strideA = transposingA ? (1, columnsA) : (columnsA, 1)
        strideB = transposingB ? (1, columnsB) : (columnsB, 1)
        guard inner == k else {
            let (first, second) = (transposingA ? " transposed" : "", transposingB ? " transposed" : "")
            misuse("matmul: shapes \(a)\(first) and \(b)\(second): the inner sizes, \(k) and \(inner), differ")
            return nil
        }
        let stackA = Shape(a[0..<max(a.rank - 2, 0)]), stackB = Shape(b[0..<max(b.rank - 2, 0)])
        guard let common = stackA.broadcast(with: stackB) else {
            misuse("matmul: shapes \(a) and \(b): the axes in front of the matrices do not broadcast")
            return nil
        }
        stack = common
        stackStridesA = stackA.broadcastStrides(to: stack).map { $0 * rowsA * columnsA }
        stackStridesB = stackB.broadcastStrides(to: stack).map { $0 * rowsB * columnsB }
        shape = stack
        if a.rank > 1 { shape.append(m) }
        if b.rank > 1 { shape.append(n) }

        // One matrix for a whole stack on the left, which lies row after row: one product of many rows.
        if stackB.count == 1 && stackA.count == stack.count && !transposingA {
            m *= stack.count
            stack = []
        }
        // One row by a matrix is the transposed matrix by one column.
        if m == 1 {
            (m, n) = (n, m)
            (strideA, strideB) = ((strideB.column, strideB.row), (strideA.column, strideA.row))
            isSwapped = true
        }
    }

    func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor {
        let type = a.elementType
        return Tensor.make(shape, type) { c in
            a.withPointer { a in
                b.withPointer { b in
                    let (left, right) = isSwapped ? (b, a) : (a, b)
                    let (stridesLeft, stridesRight) =
                        isSwapped ? (stackStridesB, stackStridesA) : (stackStridesA, stackStridesB)
                    let call = Call(type: type, left: left, right: right, result: c)
                    if isPacked {
                        for matrix in 0..<stack.count {
                            multiplyPacked(
                                call.moved(
                                    stack.offset(of: matrix, stridesLeft), stack.offset(of: matrix, stridesRight),
                                    matrix * m * n))
                        }
                    } else {
                        let panel = n == 1 ? 1 : Int(gradus_gemm_panel(type.code))
                        let grid = TileGrid(
                            m, n, k, stack: stack.count, panel: panel, tallest: 264, narrowest: 0, widest: .max)
                        parallelFor(stack.count * grid.count, grain: grid.grain) { tiles in
                            for tile in tiles {
                                let (matrix, tile) = tile.quotientAndRemainder(dividingBy: grid.count)
                                multiply(
                                    call.moved(
                                        stack.offset(of: matrix, stridesLeft), stack.offset(of: matrix, stridesRight),
                                        matrix * m * n), grid.rows(tile), grid.columns(tile))
                            }
                        }
                    }
                }
            }
        }
    }

    /// Whether operands are copied into the order in which they are read, the second once for all threads: it is not when the
    /// second-level cache holds it, or one part has all rows, so that who computes with a panel is the only one who reads it. But
    /// the first, if it lies transposed, is better copied: its columns are so far apart that they compete for the first-level cache.
    private var isPacked: Bool {
        let elements = k.multipliedReportingOverflow(by: n)
        return m > 264 && n > 1 && k > 0
            && (elements.overflow || elements.partialValue > 1 << 19
                || (strideA.row == 1 && strideA.column > 1 && n >= 64 && stack.count == 1))
    }

    /// The operands of one matrix of the stack.
    private struct Call {
        let type: ElementType
        let left: UnsafeRawPointer, right: UnsafeRawPointer
        let result: UnsafeMutableRawPointer

        func moved(_ a: Int, _ b: Int, _ c: Int) -> Call {
            Call(type: type, left: left + a * type.size, right: right + b * type.size, result: result + c * type.size)
        }
    }

    private func multiply(_ call: Call, _ rows: Range<Int>, _ columns: Range<Int>) {
        let size = call.type.size
        gradus_gemm(
            call.type.code, Int64(m), Int64(columns.count), Int64(k), call.left, Int64(strideA.row),
            Int64(strideA.column),
            call.right + columns.lowerBound * strideB.column * size, Int64(strideB.row), Int64(strideB.column), false,
            call.result + columns.lowerBound * size, Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound))
    }

    private func multiplyPacked(_ call: Call) {
        let type = call.type
        let panel = Int(gradus_gemm_panel(type.code))
        let panels = (n + panel - 1) / panel
        let packed = Tensor.make([panels, k, panel], type) { packed in
            parallelFor(panels, grain: max(elementwiseGrain / (k * panel), 1)) { range in
                gradus_gemm_pack(
                    type.code, Int64(n), Int64(k), call.right, Int64(strideB.row), Int64(strideB.column), packed,
                    Int64(range.lowerBound), Int64(range.upperBound))
            }
        }
        // Each part packs its rows of the first operand, and so is not too narrow.
        let grid = TileGrid(m, n, k, stack: 1, panel: panel, tallest: 132, narrowest: 256, widest: 1024)
        packed.withPointer { packed in
            parallelFor(grid.count, grain: grid.grain) { tiles in
                for tile in tiles {
                    let (rows, columns) = (grid.rows(tile), grid.columns(tile))
                    gradus_gemm_packed(
                        type.code, Int64(k), call.left, Int64(strideA.row), Int64(strideA.column), packed, false,
                        call.result, Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound),
                        Int64(columns.lowerBound),
                        Int64(columns.upperBound))
                }
            }
        }
    }
}

/// How a product is cut into parts that are computed at once. By its shape alone: the number of threads has no say.
private struct TileGrid {
    private let m: Int, n: Int
    private let rowsEach: Int, columnsEach: Int
    private let rowTiles: Int
    let count: Int
    /// How many tiles are worth handing to another thread.
    let grain: Int

    /// Of `tallest` rows, and of `narrowest` to `widest` columns where there are as many. A stack of matrices makes some sixteen
    /// parts if they do not become too small: by whole panels of columns first, which then belong to one part each, and by rows if
    /// those are few and nothing is said of the narrowest.
    init(_ m: Int, _ n: Int, _ k: Int, stack: Int, panel: Int, tallest: Int, narrowest: Int, widest: Int) {
        (self.m, self.n) = (m, n)
        func parts(_ count: Int, _ each: Int) -> Int { max(1, (count + each - 1) / each) }
        let worth = min(16, max(1, Int(Double(m) * Double(n) * Double(k) / Double(1 << 19))))
        let wanted = min(worth, parts(16, max(stack, 1)))
        let panels = parts(n, panel)
        var rowTiles = parts(m, tallest)
        let panelsEach = max(parts(panels, min(panels, parts(wanted, rowTiles))), narrowest / panel)
        columnsEach = min(panelsEach, max(1, widest / panel)) * panel
        let columnTiles = parts(n, columnsEach)
        if narrowest == 0 && rowTiles * columnTiles <= wanted / 4 { rowTiles = parts(wanted, columnTiles) }
        rowsEach = parts(parts(m, rowTiles), 12) * 12  // whole tiles, whose rows divide 12
        self.rowTiles = parts(m, rowsEach)
        count = self.rowTiles * columnTiles
        let products = Double(min(m, rowsEach)) * Double(min(n, columnsEach)) * Double(k)
        grain = max(1, Int(Double(1 << 18) / max(products, 1)))
    }

    func rows(_ tile: Int) -> Range<Int> {
        let row = tile % rowTiles * rowsEach
        return row..<min(row + rowsEach, m)
    }

    func columns(_ tile: Int) -> Range<Int> {
        let column = tile / rowTiles * columnsEach
        return column..<min(column + columnsEach, n)
    }
}
