import CGradusKernels

// Functions that say where along an axis something is. They give values and indices, or indices alone; indices are int64 and
// count along the axis. Floats and `int64`; `bool`, and an axis that is not there, are misuse.

extension Tensor {
    // MARK: - Extremes

    /// Where the largest element along an axis first is; the first NaN if there is one. The axis is dropped, or kept with
    /// size 1 if `keepingAxes`.
    ///
    ///     Tensor([[1, 5, 5], [7, 2, 1]]).argmax(along: 1)  // [1, 0]
    ///
    /// An axis of size 0 is misuse.
    public func argmax(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        extremum("argmax", axis, keepingAxes, smallest: false).indices
    }

    /// Where the smallest element along an axis first is; otherwise as ``argmax(along:keepingAxes:)``.
    public func argmin(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        extremum("argmin", axis, keepingAxes, smallest: true).indices
    }

    /// The largest elements along an axis and where they first are.
    package func maxWithIndex(along axis: Int, keepingAxes: Bool = false) -> (values: Tensor, indices: Tensor) {
        extremum("max", axis, keepingAxes, smallest: false)
    }

    /// The smallest elements along an axis and where they first are.
    package func minWithIndex(along axis: Int, keepingAxes: Bool = false) -> (values: Tensor, indices: Tensor) {
        extremum("min", axis, keepingAxes, smallest: true)
    }

    private func extremum(
        _ name: StaticString, _ axis: Int, _ keepingAxes: Bool, smallest: Bool
    ) -> (values: Tensor, indices: Tensor) {
        guard let axis = orderedAxis(name, axis) else { return Tensor.inertPair([], elementType) }
        let result = keepingAxes ? shape.replacing(axis, with: 1) : shape.removing(axis)
        let (outer, n, inner) = shape.around(axis)
        guard n > 0 else {
            return misuse(
                "\(name): axis \(axis) of shape \(shape) has no elements to choose from",
                inert: Tensor.inertPair(result, elementType))
        }
        return makePair(result) { x, values, indices in
            parallelFor(outer * inner, grain: lineGrain(cost: n, inner: inner)) { lines in
                gradus_extremum(
                    elementType.code, smallest, Int64(n), Int64(inner), x, values, indices, Int64(lines.lowerBound),
                    Int64(lines.upperBound))
            }
        }
    }

    // MARK: - Order

    /// The elements in order along an axis, and where each came from.
    ///
    ///     let (values, indices) = Tensor([3, 1, 2]).sorted()  // [1, 2, 3], [1, 2, 0]
    ///
    /// Equal elements keep their order, upwards and downwards (the sort is stable). NaN comes last in either case.
    public func sorted(along axis: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
        guard let axis = orderedAxis("sorted", axis) else { return Tensor.inertPair(shape, elementType) }
        let lines = transposed(axis, -1)
        let n = shape.size(axis), count = n == 0 ? 0 : self.count / n
        let spare = Tensor(uninitialized: shape, elementType), spareIndices = Tensor(uninitialized: shape, .int64)
        let (values, indices) = lines.makePair(lines.shape) { x, values, indices in
            // Nobody else has the spare two: they are blocks to work in.
            withExtendedLifetime((spare, spareIndices)) {
                let spare = spare.storage.elements
                let spareIndices = spareIndices.storage.elements.assumingMemoryBound(to: Int64.self)
                parallelFor(count, grain: Tensor.sortGrain(n)) { lines in
                    gradus_sort(
                        elementType.code, descending, Int64(n), x, values, indices, spare, spareIndices,
                        Int64(lines.lowerBound), Int64(lines.upperBound))
                }
            }
        }
        return (values.transposed(axis, -1), indices.transposed(axis, -1))
    }

    /// The k largest elements along an axis (the smallest, if not `largest`), the foremost first, and where they are.
    ///
    ///     Tensor([3, 1, 4, 1, 5]).topK(2)  // [5, 4], [4, 2]
    ///
    /// Of equal elements the first comes first. NaN is chosen only when numbers run out. A k below 0 or above the axis' size
    /// is misuse.
    public func topK(_ k: Int, along axis: Int = -1, largest: Bool = true) -> (values: Tensor, indices: Tensor) {
        guard let axis = orderedAxis("topK", axis) else { return Tensor.inertPair([], elementType) }
        let n = shape.size(axis)
        guard k >= 0 && k <= n else {
            return misuse(
                "topK: \(k) of the \(n) along axis \(axis) of shape \(shape)", inert: Tensor.inertPair([], elementType))
        }
        let lines = transposed(axis, -1)
        let (values, indices) = lines.makePair(lines.shape.replacing(rank - 1, with: k)) { x, values, indices in
            parallelFor(count / n, grain: Tensor.sortGrain(n)) { lines in
                gradus_top(
                    elementType.code, largest, Int64(n), Int64(k), x, values, indices, Int64(lines.lowerBound),
                    Int64(lines.upperBound))
            }
        }
        return (values.transposed(axis, -1), indices.transposed(axis, -1))
    }

    /// How many lines of n elements are worth handing over to be sorted.
    private static func sortGrain(_ n: Int) -> Int {
        lineGrain(cost: n, inner: 1, perElement: 4 + n.bitWidth - n.leadingZeroBitCount)
    }

    // MARK: - What they share

    private func orderedAxis(_ name: StaticString, _ axis: Int) -> Int? {
        guard elementType != .bool else { return misuse("\(name): not defined on bool; convert first") }
        return shape.axis(axis, for: name)
    }

    static func inertPair(_ shape: Shape, _ type: ElementType) -> (values: Tensor, indices: Tensor) {
        (.inert(shape, type), .inert(shape, .int64))
    }

    /// Values of this tensor's element type and indices, both of one shape, filled in by `body` from this tensor's elements.
    func makePair(
        _ shape: Shape,
        _ body: (_ x: UnsafeRawPointer, _ values: UnsafeMutableRawPointer, UnsafeMutablePointer<Int64>) -> Void
    ) -> (values: Tensor, indices: Tensor) {
        guard !misuseIsPending else { return Tensor.inertPair(shape, elementType) }
        let values = Tensor(uninitialized: shape, elementType), indices = Tensor(uninitialized: shape, .int64)
        guard !misuseIsPending else { return Tensor.inertPair(shape, elementType) }
        if shape.count > 0 {
            withPointer { x in
                withExtendedLifetime((values, indices)) {
                    body(
                        x, values.storage.elements,
                        indices.storage.elements.assumingMemoryBound(to: Int64.self))
                }
            }
        }
        return (values, indices)
    }
}
