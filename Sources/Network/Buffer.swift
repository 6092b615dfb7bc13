import GradusTensor
import Synchronization

/// Numbers that belong to a model and are saved with it, but are not trained: running statistics, a counter.
///
/// It may be shared among threads.
public final class Buffer: Sendable {
    private let tensor: Mutex<Tensor>

    /// State that begins as `value`.
    public init(_ value: Tensor) { tensor = Mutex(value) }

    /// The numbers. Assigning another shape or element type is misuse; while misuse is pending, assigning does nothing.
    public var value: Tensor {
        get { tensor.withLock { $0 } }
        set {
            let old = value
            guard newValue.shape == old.shape && newValue.elementType == old.elementType else {
                return misuse(
                    "Buffer: \(old.elementType) of shape \(old.shape) cannot become \(newValue.elementType) of "
                        + "\(newValue.shape)")
            }
            guard !misuseIsPending else { return }
            tensor.withLock { $0 = newValue }
        }
    }
}
