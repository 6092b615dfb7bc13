import CGradusKernels

/// A matrix copied into the order in which products read it, for many products of few rows: those of a recurrent network, whose
/// steps all multiply with one weight. A thread's share of it lies in its second-level cache from the first step to the last.
struct PackedMatrix {
    private let packed: Tensor
    private let k: Int, n: Int
    private let panel: Int
    /// How many panels there are, of so many columns each, of which the last may be wanting some.
    let panels: Int

    /// Some columns of a matrix `[k, …]`, or of the transpose of a matrix `[…, k]`: all unless said.
    init(_ matrix: Tensor, columns: Range<Int>? = nil, transposed: Bool = false) {
        let type = matrix.elementType
        let width = matrix.shape[1]
        let k = matrix.shape[transposed ? 1 : 0]
        let columns = columns ?? 0..<matrix.shape[transposed ? 0 : 1]
        let strides = transposed ? (row: 1, column: width) : (row: width, column: 1)
        (self.k, n, panel) = (k, columns.count, Int(gradus_gemm_panel(type.code)))
        panels = (columns.count + panel - 1) / panel
        let (panel, panels) = (panel, panels)
        packed = Tensor.make([panels, k, panel], type) { packed in
            matrix.withPointer { matrix in
                parallelFor(panels, grain: max(elementwiseGrain / (k * panel), 1)) { range in
                    gradus_gemm_pack(
                        type.code, Int64(columns.count), Int64(k),
                        matrix + columns.lowerBound * strides.column * type.size, Int64(strides.row),
                        Int64(strides.column), packed, Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
    }

    /// The columns that some panels hold.
    func columns(_ panels: Range<Int>) -> Range<Int> { panels.lowerBound * panel..<min(panels.upperBound * panel, n) }

    /// `result = addend + a matrix` in the columns of some panels, for an `a` of so many rows of k. Rows of `addend` and `result` are
    /// `step` numbers apart. Without an addend the product alone.
    func multiply(
        _ panels: Range<Int>, of a: UnsafeRawPointer, rows: Int, addingTo addend: UnsafeRawPointer?,
        in result: UnsafeMutableRawPointer, step: Int
    ) {
        let columns = columns(panels)
        packed.withPointer { packed in
            gradus_gemm_packed(
                self.packed.elementType.code, Int64(k), a, Int64(k), 1, packed, addend, Int64(step), result,
                Int64(step), 0, Int64(rows),
                Int64(columns.lowerBound), Int64(columns.upperBound))
        }
    }
}
