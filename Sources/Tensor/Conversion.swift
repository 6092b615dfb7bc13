import CGradusKernels
import Synchronization

extension Tensor {
    /// The same numbers as another element type.
    ///
    /// To `float32` numbers are rounded, to `int64` cut off towards zero, to `bool` everything but 0 is true (NaN too). A
    /// NaN, an infinity or a number out of range has no `int64` and is misuse.
    public func converted(to type: ElementType) -> Tensor {
        if type == elementType { return self }
        let failed = Atomic(false)
        let from = elementType
        let result = Tensor.make(shape, type) { out in
            withPointer { start in
                parallelFor(count, grain: elementwiseGrain) { range in
                    let done = gradus_convert(
                        from.code, type.code, Int64(range.count), start + range.lowerBound * from.size,
                        out + range.lowerBound * type.size)
                    if !done { failed.store(true, ordering: .relaxed) }
                }
            }
        }
        guard !failed.load(ordering: .relaxed) else {
            let limit = 0x1p63
            let wrong = (0..<count).first { !(number(at: $0) >= -limit && number(at: $0) < limit) } ?? 0
            return misuse(
                "converted: \(number(at: wrong)) (element \(wrong)) is not an int64", inert: .inert(shape, type))
        }
        return result
    }
}
