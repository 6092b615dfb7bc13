import CGradusKernels

// Reductions take `along`, one axis or several (negative ones count from the end; all axes unless given; of none at all, every
// element is a result), and drop those axes, or keep them with size 1 if `keepingAxes`. An axis that is not there, or is named
// twice, is misuse. Results are the same to the bit whatever the number of threads.

extension Tensor {
    /// Sum, product and the like: each named for itself in messages.
    private func reduction(
        _ name: StaticString, _ op: gradus_reduction_op, _ axes: [Int]?, _ keepingAxes: Bool
    ) -> Tensor {
        guard elementType != .bool else {
            return misuse("\(name): not defined on \(elementType); convert first")
        }
        guard let axes = ReducedAxes(name, axes, of: shape) else { return .inert }
        return reduced(op, axes, to: axes.result(keepingAxes: keepingAxes), elementType)
    }

    // MARK: - Sums

    /// The sum of the elements, 0 if there are none.
    ///
    ///     let x = Tensor([[1, 2], [3, 4]])
    ///     x.sum()                             // 10
    ///     x.sum(along: 0)                     // [4, 6]
    ///     x.sum(along: -1, keepingAxes: true) // [[3], [7]]
    ///
    /// Floats are added in double precision, so that 10⁸ ones make 10⁸ in `float32` too; `float32` numbers of a row of 64 or more are
    /// added two by two before, each two in one rounding of `float32`. The sum of `int64` wraps around; that of `bool` is the number of
    /// `true`, as `int64`.
    public func sum(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        guard let axes = ReducedAxes("sum", axes, of: shape) else { return .inert }
        let type = elementType == .bool ? .int64 : elementType
        return reduced(GRADUS_SUM, axes, to: axes.result(keepingAxes: keepingAxes), type)
    }

    /// The sum along one axis.
    public func sum(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        sum(along: [axis], keepingAxes: keepingAxes)
    }

    /// The arithmetic mean; NaN of no elements. Floating-point types only.
    public func mean(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        guard let axes = floatingAxes("mean", axes) else { return .inert }
        let shape = axes.result(keepingAxes: keepingAxes)
        return reduced(GRADUS_SUM, axes, to: shape, elementType, divisor: Double(axes.count))
    }

    /// The mean along one axis.
    public func mean(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        mean(along: [axis], keepingAxes: keepingAxes)
    }

    /// The sum over the axes along which `shape` would be broadcast to this tensor's: the inverse of broadcasting.
    /// A shape that does not broadcast to this one is misuse.
    package func sum(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        guard shape.broadcast(with: self.shape) == self.shape else {
            return misuse("sum: shape \(shape) does not broadcast to \(self.shape)", inert: .inert(shape, elementType))
        }
        let missing = rank - shape.rank
        let stretched = self.shape.indices.filter { axis in
            axis < missing || shape.size(axis - missing) == 1 && self.shape.size(axis) != 1
        }
        guard let axes = ReducedAxes("sum", stretched, of: self.shape) else { return .inert(shape, elementType) }
        return reduced(GRADUS_SUM, axes, to: shape, elementType == .bool ? .int64 : elementType)
    }

    // MARK: - Products and counts

    /// The product of the elements, 1 if there are none. Floats are multiplied in double precision; `int64` wraps around.
    public func product(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        reduction("product", GRADUS_PRODUCT, axes, keepingAxes)
    }

    /// The product along one axis.
    public func product(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        product(along: [axis], keepingAxes: keepingAxes)
    }

    /// How many elements are not 0 (or are `true`). NaN is not 0.
    public func countNonZero() -> Int {
        guard let axes = ReducedAxes("countNonZero", nil, of: shape) else { return 0 }
        let result = reduced(GRADUS_COUNT_NONZERO, axes, to: [], .int64)
        return misuseIsPending ? 0 : result.withElements(as: Int.self) { $0[0] }
    }

    // MARK: - Extremes

    /// The largest element; NaN if there is one. Floats and `int64`. Of no elements it is misuse.
    public func max(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        extreme("max", GRADUS_MAX, axes, keepingAxes)
    }

    /// The largest along one axis.
    public func max(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        max(along: [axis], keepingAxes: keepingAxes)
    }

    /// The smallest element; NaN if there is one. Floats and `int64`. Of no elements it is misuse.
    public func min(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        extreme("min", GRADUS_MIN, axes, keepingAxes)
    }

    /// The smallest along one axis.
    public func min(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        min(along: [axis], keepingAxes: keepingAxes)
    }

    private func extreme(
        _ name: StaticString, _ op: gradus_reduction_op, _ axes: [Int]?, _ keepingAxes: Bool
    ) -> Tensor {
        guard let taken = ReducedAxes(name, axes, of: shape) else { return .inert }
        guard taken.count > 0 else {
            let given = axes.map { " along \($0)" } ?? ""
            return misuse("\(name): shape \(shape)\(given) has no elements to choose from")
        }
        return reduction(name, op, axes, keepingAxes)
    }
}
