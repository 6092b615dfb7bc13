import CGradusKernels

/// How two shapes are multiplied: sizes, strides, and where each matrix of a stack lies.
struct MatrixProduct {
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
        Tensor.make(shape, a.elementType) { c in
            a.withPointer { a0 in b.withPointer { b0 in run(a.elementType, a0, b0, Finish(), c) } }
        }
    }

    /// The same with what a linear layer does besides, for one matrix on the right: every row begins with the bias, of n numbers, and
    /// the activation comes last. The sums that it was given are a second result if they are kept, and otherwise written over.
    func callAsFunction(
        _ a: Tensor, _ b: Tensor, bias: Tensor?, activation: Activation?, keepingSums: Bool
    ) -> (result: Tensor, sums: Tensor?) {
        let type = a.elementType
        var sums: Tensor?
        func run(_ c: UnsafeMutableRawPointer, activated: UnsafeMutableRawPointer) {
            a.withPointer { a in
                b.withPointer { b in
                    guard let bias else {
                        return self.run(type, a, b, Finish(activation: activation, activated: activated), c)
                    }
                    bias.withPointer { bias in
                        self.run(type, a, b, Finish(bias: bias, activation: activation, activated: activated), c)
                    }
                }
            }
        }
        let result = Tensor.make(shape, type) { y in
            if keepingSums && activation != nil {
                sums = Tensor.make(shape, type) { c in run(c, activated: y) }
            } else {
                run(y, activated: y)
            }
        }
        return (result, keepingSums ? sums ?? result : nil)  // of no elements, or without an activation, they are one
    }

    /// What is done besides multiplying, while it is near: of parts of the result, as they are computed.
    private struct Finish {
        var bias: UnsafeRawPointer?
        var activation: Activation?
        /// Where what the activation makes of the result is written; over the result, if that is its place.
        var activated: UnsafeMutableRawPointer?
    }

    private func run(
        _ type: ElementType, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ finish: Finish,
        _ c: UnsafeMutableRawPointer
    ) {
        let (left, right) = isSwapped ? (b, a) : (a, b)
        let (stridesLeft, stridesRight) =
            isSwapped ? (stackStridesB, stackStridesA) : (stackStridesA, stackStridesB)
        let call = Call(type: type, left: left, right: right, finish: finish, result: c)
        if isPacked(type) {
            for matrix in 0..<stack.count {
                multiplyPacked(
                    call.moved(
                        stack.offset(of: matrix, stridesLeft), stack.offset(of: matrix, stridesRight), matrix * m * n))
            }
        } else {
            let panel = n == 1 ? 1 : Int(gradus_gemm_panel(type.code))
            let grid = TileGrid(m, n, k, stack: stack.count, panel: panel, tallest: 264, narrowest: 0, widest: .max)
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

    /// Whether operands are copied into the order in which they are read, the second once for all threads: it is not when the
    /// second-level cache holds it, or one part has all rows, so that who computes with a panel is the only one who reads it. But
    /// the first, if it lies transposed, is better copied: its columns are so far apart that they compete for the first-level cache,
    /// unless there are few of them, as in the gradient of a weight from a small batch. So is the second, if it lies transposed, in as
    /// few panels as the first is not copied for: it is copied anyway, else by each part.
    private func isPacked(_ type: ElementType) -> Bool {
        let elements = k.multipliedReportingOverflow(by: n)
        guard m > 264 && n > 1 && k > 0 else { return false }
        if elements.overflow || elements.partialValue > 1 << 19 { return true }
        guard stack.count == 1 && n >= 64 else { return false }
        let panel = Int(gradus_gemm_panel(type.code))
        return strideA.row == 1 && strideA.column > 1 && (k > 256 || n > 512)
            || strideB.row == 1 && strideB.column > 1 && n <= 8 * panel && n.isMultiple(of: panel)
    }

    /// The operands of one matrix of the stack.
    private struct Call {
        let type: ElementType
        let left: UnsafeRawPointer, right: UnsafeRawPointer
        /// A product that has a finish is of one matrix, which is not moved.
        let finish: Finish
        let result: UnsafeMutableRawPointer

        func moved(_ a: Int, _ b: Int, _ c: Int) -> Call {
            Call(
                type: type, left: left + a * type.size, right: right + b * type.size, finish: finish,
                result: result + c * type.size)
        }
    }

    /// How far the bias moves from row to row: a bias of the columns, unless one row was taken for a column.
    private var biasStep: Int { isSwapped ? 1 : 0 }

    /// The activation of a part of the result that has just been computed.
    private func activate(_ call: Call, _ rows: Range<Int>, _ columns: Range<Int>) {
        guard let activation = call.finish.activation, let activated = call.finish.activated else { return }
        let start = (rows.lowerBound * n + columns.lowerBound) * call.type.size
        gradus_unary_rows(
            activation.kernel, call.type.code, Int64(rows.count), Int64(columns.count), call.result + start, Int64(n),
            activated + start, Int64(n))
    }

    private func multiply(_ call: Call, _ rows: Range<Int>, _ columns: Range<Int>) {
        let size = call.type.size
        gradus_gemm(
            call.type.code, Int64(m), Int64(columns.count), Int64(k), call.left, Int64(strideA.row),
            Int64(strideA.column),
            call.right + columns.lowerBound * strideB.column * size, Int64(strideB.row), Int64(strideB.column),
            call.finish.bias.map { $0 + columns.lowerBound * size }, Int64(biasStep),
            call.result + columns.lowerBound * size, Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound))
        activate(call, rows, columns)
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
                        type.code, Int64(k), call.left, Int64(strideA.row), Int64(strideA.column), packed,
                        call.finish.bias, Int64(biasStep), call.result, Int64(n), Int64(rows.lowerBound),
                        Int64(rows.upperBound), Int64(columns.lowerBound), Int64(columns.upperBound))
                    activate(call, rows, columns)
                }
            }
        }
    }
}

/// How a product is cut into parts that are computed at once. By its shape alone: the number of threads has no say.
private struct TileGrid {
    private let m: Int, n: Int
    private let columnsEach: Int
    private let rowTiles: Int, columnTiles: Int
    let count: Int
    /// How many tiles are worth handing to another thread.
    let grain: Int
    /// Whether neighbouring parts, most of which one thread computes, have their rows in common: they are then near the core that
    /// computes with them before and after, as most loops go by rows. Otherwise columns, of which it has packed the panels itself, if
    /// the second operand is not small beside what goes by rows.
    private let isByRows: Bool

    /// Of `tallest` rows, and of `narrowest` to `widest` columns where there are as many. A stack of matrices makes some sixteen
    /// parts if they do not become too small: by whole panels of columns first, which then belong to one part each, and by rows if
    /// those are few and nothing is said of the narrowest.
    init(_ m: Int, _ n: Int, _ k: Int, stack: Int, panel: Int, tallest: Int, narrowest: Int, widest: Int) {
        (self.m, self.n) = (m, n)
        isByRows = 4 * Double(k) * Double(n) < Double(m) * (Double(k) + Double(n))
        func parts(_ count: Int, _ each: Int) -> Int { max(1, (count + each - 1) / each) }
        // Of a few columns a vector is not full.
        let lanes = max(panel / 2, 1)
        func work(_ rows: Int, _ columns: Int) -> Double {
            Double(rows) * Double(parts(columns, lanes) * lanes) * Double(k)
        }
        let worth = min(16, max(1, Int(work(m, n) / Double(1 << 18))))
        let wanted = min(worth, parts(16, max(stack, 1)))
        let panels = parts(n, panel)
        var rowTiles = parts(m, tallest)
        let panelsEach = max(parts(panels, min(panels, parts(wanted, rowTiles))), narrowest / panel)
        columnsEach = min(panelsEach, max(1, widest / panel)) * panel
        columnTiles = parts(n, columnsEach)
        if narrowest == 0 && rowTiles * columnTiles <= wanted / 4 { rowTiles = parts(wanted, columnTiles) }
        self.rowTiles = min(rowTiles, parts(m, 12))
        count = self.rowTiles * columnTiles
        grain = max(1, Int(Double(1 << 18) / max(work(parts(m, self.rowTiles), min(n, columnsEach)), 1)))
    }

    func rows(_ tile: Int) -> Range<Int> {
        let part = isByRows ? tile / columnTiles : tile % rowTiles
        // Whole tiles, whose rows divide 12, and as many in each part, but for one.
        let twelves = (m + 11) / 12
        return part * twelves / rowTiles * 12..<min((part + 1) * twelves / rowTiles * 12, m)
    }

    func columns(_ tile: Int) -> Range<Int> {
        let column = (isByRows ? tile % columnTiles : tile / rowTiles) * columnsEach
        return column..<min(column + columnsEach, n)
    }
}
