import CGradusKernels

// Variance, norms and the logarithm of a sum of powers: the reductions that look at each element twice. Axes are given as in
// Reductions.swift. Floating-point types only.

extension Tensor {
    /// The mean squared deviation from the mean, with `count - correction` for the number of elements: 1, the default, is the
    /// unbiased estimate from a sample, 0 the variance of just these elements.
    ///
    ///     let x = Tensor([[1, 2, 3], [4, 4, 4]])
    ///     x.variance(along: 1)                 // [1, 0]
    ///     x.variance(along: 1, correction: 0)  // [0.6667, 0]
    ///
    /// NaN where `count - correction` is 0 or less. Two passes in double precision: a mean that is large beside the variance
    /// costs no digits.
    public func variance(along axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        variance("variance", axes, correction, keepingAxes, root: false)
    }

    /// The variance along one axis.
    public func variance(along axis: Int, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        variance(along: [axis], correction: correction, keepingAxes: keepingAxes)
    }

    /// The square root of the variance, with the same correction.
    public func standardDeviation(along axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        variance("standardDeviation", axes, correction, keepingAxes, root: true)
    }

    /// The standard deviation along one axis.
    public func standardDeviation(along axis: Int, correction: Int = 1, keepingAxes: Bool = false) -> Tensor {
        standardDeviation(along: [axis], correction: correction, keepingAxes: keepingAxes)
    }

    private func variance(
        _ name: StaticString, _ axes: [Int]?, _ correction: Int, _ keepingAxes: Bool, root: Bool
    ) -> Tensor {
        guard let axes = floatingAxes(name, axes) else { return .inert }
        let result = axes.result(keepingAxes: keepingAxes)
        let (x, side) = axes.areNeighbours ? (self, axes) : bringingTogether(axes)
        let mean = x.reduced(GRADUS_SUM, side, to: result, .float64, divisor: Double(axes.count))
        let divisor = Double(axes.count) - Double(correction)
        return x.reduced(
            GRADUS_SUM_SQUARED_DEVIATIONS, side, to: result, elementType, divisor: divisor > 0 ? divisor : .nan,
            root: root, shift: mean)
    }

    /// A copy with the axes to be taken out side by side: [kept, taken out].
    private func bringingTogether(_ axes: ReducedAxes) -> (Tensor, ReducedAxes) {
        let matrix: Shape = [axes.result(keepingAxes: false).count, axes.count]
        return (permuted(axes.keptFirst).reshaped(to: matrix), ReducedAxes(rowsOf: matrix))
    }

    /// The p-norm, (|x₁|ᵖ + |x₂|ᵖ + …)^(1/p): `order` 1 is the sum of the magnitudes, 2 the Euclidean length, infinity the
    /// largest magnitude.
    ///
    ///     Tensor([3, -4]).norm()          // 5
    ///     Tensor([3, -4]).norm(order: 1)  // 7
    ///
    /// 0 of no elements. Elements are scaled first, so that powers neither overflow nor vanish. An order of 0 or below, or
    /// NaN, is misuse.
    public func norm(order: Double = 2, along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        guard let axes = floatingAxes("norm", axes) else { return .inert }
        let shape = axes.result(keepingAxes: keepingAxes)
        guard order > 0 else {
            return misuse("norm: order \(order); a number above 0, or infinity", inert: .inert(shape, elementType))
        }
        // Squares of float32 fit in the double they are added in.
        let plainSquares = order == 2 && elementType == .float32
        let op =
            switch order {
            case 1: GRADUS_SUM_ABS
            case .infinity: GRADUS_MAX_ABS
            default: plainSquares ? GRADUS_SUM_SQUARES : GRADUS_NORM
            }
        return reduced(op, axes, to: shape, elementType, order: order, root: plainSquares)
    }

    /// The norm along one axis.
    public func norm(order: Double = 2, along axis: Int, keepingAxes: Bool = false) -> Tensor {
        norm(order: order, along: [axis], keepingAxes: keepingAxes)
    }

    /// The logarithm of the sum of exp(x), without overflow: a smooth maximum.
    ///
    ///     Tensor([1000, 1000]).logSumExp()  // 1000.6931
    ///
    /// -∞ of no elements and of -∞ alone, ∞ if one element is, NaN if one is NaN.
    public func logSumExp(along axes: [Int]? = nil, keepingAxes: Bool = false) -> Tensor {
        guard let axes = floatingAxes("logSumExp", axes) else { return .inert }
        return reduced(GRADUS_LOG_SUM_EXP, axes, to: axes.result(keepingAxes: keepingAxes), elementType)
    }

    /// The logarithm of the sum of exp(x) along one axis.
    public func logSumExp(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        logSumExp(along: [axis], keepingAxes: keepingAxes)
    }
}
