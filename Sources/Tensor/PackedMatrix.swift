import CGradusKernels

/// A matrix copied into the order in which products read it, for many products of few rows: those of a recurrent network, whose
/// steps all multiply with one weight. Where columns are shared out, a thread's part of it lies in its second-level cache from the first
/// step to the last; where rows are, by the caller, nothing of the other operand and the result passes from thread to thread.
struct PackedMatrix {
    private let packed: Tensor
    private let k: Int, n: Int
    private let panel: Int

    /// A matrix `[k, n]`, or `[n, k]` of which the transpose is wanted.
    init(_ matrix: Tensor, transposed: Bool = false) {
        let type = matrix.elementType
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let (k, n) = transposed ? (columns, rows) : (rows, columns)
        let panel = Int(gradus_gemm_panel(type.code))
        let panels = (n + panel - 1) / panel
        packed = Tensor.make([panels, k, panel], type) { packed in
            matrix.withPointer { matrix in
                parallelFor(panels, grain: max(elementwiseGrain / (k * panel), 1)) { range in
                    gradus_gemm_pack(
                        type.code, Int64(n), Int64(k), matrix, Int64(transposed ? 1 : columns),
                        Int64(transposed ? columns : 1), packed, Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
        (self.k, self.n, self.panel) = (k, n, panel)
    }

    /// `result = addend + a matrix` for some rows of an `a` whose rows are of k; `addend` and `result` have rows of n. Without an
    /// addend the product alone.
    func product(
        of a: UnsafeRawPointer, rows: Range<Int>, addingTo addend: UnsafeRawPointer?, in result: UnsafeMutableRawPointer
    ) {
        let type = packed.elementType
        let panels = packed.shape.size(0)
        // Every share packs the rows of `a` once more, so there are few shares.
        let grain = max((panels + 3) / 4, (1 << 18) / max(rows.count * k * panel, 1), 1)
        packed.withPointer { packed in
            parallelFor(panels, grain: grain) { range in
                let columns = range.lowerBound * panel..<min(range.upperBound * panel, n)
                gradus_gemm_packed(
                    type.code, Int64(k), a, Int64(k), 1, packed, addend, Int64(n), result, Int64(n),
                    Int64(rows.lowerBound), Int64(rows.upperBound), Int64(columns.lowerBound),
                    Int64(columns.upperBound))
            }
        }
    }
}
