import GradusTensor

// Spread and size: variance, standard deviation, norms.

/// Takes the mean off. A symmetric projection: its rule is itself.
final class Center: UnaryOperation {
    let axes: [Int]?
    init(along axes: [Int]?) { self.axes = axes }

    override func forward(_ x: Tensor) -> Tensor {
        // A mean far from 0 is rounded by more than the deviations can bear; the second takes off what that left.
        let rough = x - x.mean(along: axes, keepingAxes: true)
        return rough - rough.mean(along: axes, keepingAxes: true)
    }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.centered(along: axes), to: 0)
    }
}

final class Variance: Reduction {
    private let correction: Int
    init(of source: Shape, along axes: [Int]?, correction: Int, _ keepingAxes: Bool) {
        self.correction = correction
        super.init(of: source, along: axes, keepingAxes)
    }

    override func forward(_ x: Tensor) -> Tensor {
        x.variance(along: axes, correction: correction, keepingAxes: keepingAxes)
    }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let scale = 2 / divisor(reducedCount, correction)
        walk.push(scale * aligned(upstream) * first.centered(along: axes), to: 0)
    }
}

final class StandardDeviation: Reduction {
    private let correction: Int
    init(of source: Shape, along axes: [Int]?, correction: Int, _ keepingAxes: Bool) {
        self.correction = correction
        super.init(of: source, along: axes, keepingAxes)
    }

    override func forward(_ x: Tensor) -> Tensor {
        x.standardDeviation(along: axes, correction: correction, keepingAxes: keepingAxes)
    }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let (upstream, deviation) = besideZero(aligned(upstream), aligned(result))
        walk.push(
            upstream / divisor(reducedCount, correction) * (first.centered(along: axes) / deviation), to: 0)
    }
}

/// What sums of squared deviations are divided by; NaN where too few elements are left for that.
private func divisor(_ count: Int, _ correction: Int) -> Double {
    count > correction ? Double(count - correction) : .nan
}

/// Where a norm is 0, where it has no derivative: an upstream of 0 and a norm of 1, so that the quotients of a rule are 0 there
/// to every order.
private func besideZero(_ upstream: Variable, _ norm: Variable) -> (upstream: Variable, norm: Variable) {
    let isZero = norm.value .== 0
    return (select(isZero, 0, upstream), select(isZero, 1, norm))
}

final class Norm: Reduction {
    private let order: Double
    init(of source: Shape, order: Double, along axes: [Int]?, _ keepingAxes: Bool) {
        self.order = order
        super.init(of: source, along: axes, keepingAxes)
    }

    override func forward(_ x: Tensor) -> Tensor { x.norm(order: order, along: axes, keepingAxes: keepingAxes) }
    override func needs(for input: Int) -> Needs { order == 1 ? .first : [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let upstream = aligned(upstream)
        let signs = Variable.constant(sign(first.value))
        switch order {
        case 1:
            walk.push(upstream * signs, to: 0)
        case 2:
            let (upstream, norm) = besideZero(upstream, aligned(result))
            walk.push(upstream * (first / norm), to: 0)
        case .infinity:
            let winners = winners(abs(first.value), result.value)
            walk.push(upstream * (signs * shares(of: winners, as: upstream.elementType)), to: 0)
        default:
            // sign(x) (|x| / ‖x‖)ᵖ⁻¹, where an element of 0 has sign 0 and must not meet a power's infinite slope.
            let (upstream, norm) = besideZero(upstream, aligned(result))
            let ratio = select(first .== 0, 1, abs(first) / norm)
            walk.push(upstream * (signs * pow(ratio, order - 1)), to: 0)
        }
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        switch order {
        case .infinity: [sign(inputs[0]), winners(abs(inputs[0]), outputs[0])]
        case ...1: [sign(inputs[0])]
        default: []
        }
    }
}

extension Variable {
    /// The differences from the mean, to the last digits even where that is large.
    package func centered(along axes: [Int]? = nil) -> Variable { Center(along: axes)(self) }

    /// The mean squared deviation from the mean: the sum divided by the number of elements less `correction`. 1, the default, is
    /// the unbiased estimate of a sample's, 0 the variance of the elements themselves.
    ///
    ///     Variable([1, 2, 3, 4]).variance()               // 1.6667
    ///     Variable([1, 2, 3, 4]).variance(correction: 0)  // 1.25
    ///
    /// Value and gradient are NaN where there are not more elements than `correction`.
    public func variance(
        along axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        Variance(of: shape, along: axes, correction: correction, keepingAxes)(self, file: file, line: line)
    }

    /// The variance along one axis.
    public func variance(
        along axis: Int, correction: Int = 1, keepingAxes: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        variance(along: [axis], correction: correction, keepingAxes: keepingAxes, file: file, line: line)
    }

    /// The square root of the variance. Its gradient is 0 where all elements are equal, as a norm's is at 0.
    public func standardDeviation(
        along axes: [Int]? = nil, correction: Int = 1, keepingAxes: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        StandardDeviation(of: shape, along: axes, correction: correction, keepingAxes)(self, file: file, line: line)
    }

    /// The standard deviation along one axis.
    public func standardDeviation(
        along axis: Int, correction: Int = 1, keepingAxes: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        standardDeviation(along: [axis], correction: correction, keepingAxes: keepingAxes, file: file, line: line)
    }

    /// (Σ|x|ᵖ)^(1/p) for order p: 2 is the Euclidean length, 1 the sum of magnitudes, `.infinity` the largest of them.
    ///
    ///     Variable([3, -4]).norm()          // 5
    ///     Variable([3, -4]).norm(order: 1)  // 7
    ///
    /// 0 of no elements. The gradient is 0 where the norm is 0; an element of 0 gets none, of whatever order; of order ∞ it is
    /// split evenly among the largest. An order of 0 or below, or NaN, is misuse.
    public func norm(
        order: Double = 2, along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        Norm(of: shape, order: order, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The norm along one axis.
    public func norm(
        order: Double = 2, along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        norm(order: order, along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }
}
