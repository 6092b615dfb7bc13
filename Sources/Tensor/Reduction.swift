import CGradusKernels

extension gradus_reduction_op {
    /// How the results of parts are put together.
    fileprivate var combining: gradus_reduction_op {
        switch self {
        case GRADUS_COUNT_NONZERO, GRADUS_SUM_ABS, GRADUS_SUM_SQUARES, GRADUS_SUM_SQUARED_DEVIATIONS: GRADUS_SUM
        default: self  // the norm of norms is the norm, and so on
        }
    }

    /// What partial results are kept in.
    fileprivate func accumulator(for type: ElementType) -> ElementType {
        switch self {
        case GRADUS_MAX, GRADUS_MIN, GRADUS_MAX_ABS: type
        case GRADUS_COUNT_NONZERO: .int64
        default: type.isFloatingPoint ? .float64 : .int64
        }
    }
}

extension Tensor {
    /// The one way to a reduction's kernel: takes axes out run by run, and long runs in blocks whose results are reduced in
    /// their turn. What is cut where depends on the shape alone.
    ///
    /// The result has `shape` and `type`; it is divided by `divisor`, and then replaced by its square root if `root`.
    /// A `shift`, a `float64` for each result, goes with axes that lie side by side.
    func reduced(
        _ op: gradus_reduction_op, _ axes: ReducedAxes, to shape: Shape, _ type: ElementType, order: Double = 2,
        divisor: Double = 1, root: Bool = false, shift: Tensor? = nil
    ) -> Tensor {
        var (x, op, shift) = (self, op, shift)
        var stages = axes.stages()
        while let (outer, whole, inner) = stages.next() {
            var reduced = whole
            repeat {
                let blocks = Swift.max(1, (reduced + GRADUS_REDUCTION_BLOCK - 1) / GRADUS_REDUCTION_BLOCK)
                let isLast = blocks == 1 && stages.isDone
                let resultType = isLast ? type : op.accumulator(for: x.elementType)
                let call = gradus_reduction(
                    op: op, type: x.elementType.code, result_type: resultType.code, reduced: Int64(reduced),
                    inner: Int64(inner), order: order, divisor: isLast ? divisor : 1, root: isLast && root)
                x = x.reduced(call, to: isLast ? shape : [outer, blocks, inner], resultType, shift)
                op = op.combining
                shift = nil
                reduced = blocks
            } while reduced > 1
        }
        return x
    }

    private func reduced(
        _ call: gradus_reduction, to shape: Shape, _ type: ElementType, _ shift: Tensor?
    ) -> Tensor {
        let cost = Swift.max(1, Swift.min(Int(call.reduced), GRADUS_REDUCTION_BLOCK))
        let slow = call.op == GRADUS_LOG_SUM_EXP || call.op == GRADUS_NORM
        let grain = lineGrain(cost: cost, inner: Int(call.inner), perElement: slow ? 4 : 1)
        return Tensor.make(shape, type) { out in
            withPointer { x in
                Tensor.withPointer(of: shift) { shift in
                    parallelFor(shape.count, grain: grain, joined: true) { range in
                        withUnsafePointer(to: call) {
                            gradus_reduce($0, x, shift, out, Int64(range.lowerBound), Int64(range.upperBound))
                        }
                    }
                }
            }
        }
    }

    private static func withPointer<R>(of shift: Tensor?, _ body: (UnsafePointer<Double>?) -> R) -> R {
        guard let shift else { return body(nil) }
        return shift.withElements(as: Double.self) { body($0.baseAddress) }
    }
}

/// How many lines along an axis, of so many elements each, are worth handing to another thread. Where lines lie side by side
/// there are enough of them to use whole cache lines.
func lineGrain(cost: Int, inner: Int, perElement: Int = 1) -> Int {
    max(elementwiseGrain / max(cost * perElement, 1), min(inner, 64), 1)
}
