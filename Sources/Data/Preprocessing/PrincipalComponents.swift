import GradusTensor

/// The directions in which examples vary most, from the training part: principal component analysis.
///
///     let components = PrincipalComponents(of: training.inputs.flattened(from: 1), count: 2)
///     let points = components(test.inputs.flattened(from: 1))   // [n, 2], to draw
///     let seen = components.explained.sum()                     // the share of the variance that is left
///
/// Inputs are `[n, features]`. Computed in double precision from the covariance matrix `[features, features]`, so some hundred
/// features take a moment and some thousands minutes.
public struct PrincipalComponents: Sendable {
    /// The mean of the examples, `[features]`.
    public let mean: Tensor
    /// The directions `[count, features]`, that of the largest variance first, each of length 1.
    public let directions: Tensor
    /// The variance along each direction, `[count]`, with n − 1 for the number of examples.
    public let variances: Tensor
    /// The variance along all directions together.
    public let totalVariance: Double

    /// Finds the first `count` components, or all of them. Fewer than two examples, what is not finite or not floating point,
    /// and a count of less than 1 or more than there are features, are misuse.
    public init(of inputs: Tensor, count: Int? = nil) {
        let isRight = inputs.rank == 2 && inputs.elementType.isFloatingPoint && inputs.shape[0] >= 2
        let features = isRight ? inputs.shape[1] : 0
        let wanted = count ?? features
        if !isRight {
            misuse(
                "PrincipalComponents: \(inputs.elementType) of shape \(inputs.shape); [n, features] of floating point with n "
                    + "of 2 or more are wanted")
        } else if wanted < 1 || wanted > features {
            misuse("PrincipalComponents: \(wanted) of \(features) features")
        } else if inputs.array(of: Double.self).contains(where: { !$0.isFinite }) {
            misuse("PrincipalComponents: not all inputs are finite")
        }
        guard !misuseIsPending else {
            (mean, directions, variances, totalVariance) = (.inert, .inert, .inert, .nan)
            return
        }
        let x = inputs.converted(to: .float64)
        let center = x.mean(along: 0)
        let centered = x - center
        let covariance = matmul(centered, centered, transposingFirst: true) / Double(inputs.shape[0] - 1)
        let (values, vectors) = symmetricEigen(covariance)
        let type = inputs.elementType
        mean = center.converted(to: type)
        directions = vectors[..<wanted].converted(to: type)
        // A variance is not below 0; what rounding made of one is.
        variances = maximum(values[..<wanted], 0).converted(to: type)
        totalVariance = maximum(values, 0).sum().item
    }

    /// Each component's share of the whole variance, `[count]`.
    public var explained: Tensor { variances / totalVariance }

    /// Inputs `[n, features]` along the components, `[n, count]`.
    public func callAsFunction(_ inputs: Tensor) -> Tensor {
        matmul(inputs - mean, directions, transposingSecond: true)
    }

    /// What the components say of inputs, `[n, count]`, as features `[n, features]` again: the inputs but for what the components
    /// left out do not show.
    public func inverse(_ scores: Tensor) -> Tensor { matmul(scores, directions) + mean }

    /// Inputs along the components, each scaled to variance 1: whitening. `epsilon` is added to the variances, so that
    /// directions in which nothing varies are not blown up.
    public func whitened(_ inputs: Tensor, epsilon: Double = 1e-5) -> Tensor {
        self(inputs) / sqrt(variances + epsilon)
    }

    /// The same turned back to the features' axes, so that a whitened picture still looks like one: ZCA whitening (A. J. Bell
    /// and T. J. Sejnowski, 1997). `[n, features]`.
    public func zcaWhitened(_ inputs: Tensor, epsilon: Double = 1e-5) -> Tensor {
        matmul(whitened(inputs, epsilon: epsilon), directions)
    }
}
