import CGradusKernels

extension Tensor {
    /// One number, of shape `[]`.
    public init(_ value: Double, as elementType: ElementType = .float32) {
        self = Tensor.full([], value, as: elementType)
    }

    /// Every element the same. A value that the element type does not hold (2.5 as `int64`) is misuse.
    public static func full(_ shape: Shape, _ value: Double, as elementType: ElementType = .float32) -> Tensor {
        guard elementType != .int64 || Int(exactly: value) != nil else {
            return misuse("\(value) is not an int64", inert: .inert(shape, .int64))
        }
        return make(shape, elementType) { out in
            parallelFor(shape.count, grain: elementwiseGrain) { range in
                gradus_fill(elementType.code, Int64(range.count), value, out + range.lowerBound * elementType.size)
            }
        }
    }
}
