import CGradusKernels
import Synchronization

extension Tensor: Equatable {
    /// Whether shape, element type and every element are the same. NaN equals nothing, so a tensor with a NaN is not equal to
    /// itself.
    public static func == (a: Tensor, b: Tensor) -> Bool {
        guard a.shape == b.shape && a.elementType == b.elementType else { return false }
        return Tensor.agree(a, b) { type, count, a, b in gradus_equal(type, count, a, b) }
    }

    /// Whether shape and element type are the same and every element differs by no more than
    /// `absoluteTolerance + relativeTolerance * |other|`. Infinities are close to themselves only, NaN to nothing unless
    /// `nanEqual`.
    public func isClose(
        to other: Tensor, relativeTolerance: Double = 1e-5, absoluteTolerance: Double = 1e-8, nanEqual: Bool = false
    ) -> Bool {
        guard shape == other.shape && elementType == other.elementType else { return false }
        return Tensor.agree(self, other) { type, count, a, b in
            gradus_is_close(type, count, a, b, relativeTolerance, absoluteTolerance, nanEqual)
        }
    }

    /// Whether `kernel` says yes to every chunk of two tensors of one shape and element type.
    private static func agree(
        _ a: Tensor, _ b: Tensor, _ kernel: (Int32, Int64, UnsafeRawPointer, UnsafeRawPointer) -> Bool
    ) -> Bool {
        let type = a.elementType
        let different = Atomic(false)
        a.withPointer { a0 in
            b.withPointer { b0 in
                parallelFor(a.count, grain: elementwiseGrain) { range in
                    if different.load(ordering: .relaxed) { return }
                    let offset = range.lowerBound * type.size
                    if !kernel(type.code, Int64(range.count), a0 + offset, b0 + offset) {
                        different.store(true, ordering: .relaxed)
                    }
                }
            }
        }
        return !different.load(ordering: .relaxed)
    }
}
