import GradusTensor

// What stands between the layers of a network. At kinks:
//
// | function | kink | gradient there |
// | --- | --- | --- |
// | relu | 0 | 0 |
// | relu6 | 0, 6 | 0, 0 (`clamp` has 1 at its bounds) |
// | leakyRelu | 0 | the slope |
// | elu, selu | 0 | that of the negative side: α; scale · α |

// MARK: - Straight pieces

final class Relu: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { relu(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) { Self.gradient(output: moved(result(taking: $0)), upstream) }
    }
    static func gradient(output y: consuming Tensor, _ upstream: Variable) -> Variable {
        // Where the output is not above 0 it is what the gradient is to be: 0, or NaN. The kernel is the same in one pass.
        isRecording
            ? select(y .> 0, upstream, .constant(y)) : .constant(reluGradient(output: y, upstream: upstream.value))
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [outputs[0] .> 0] }
}

final class Relu6: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { clamp(x, lower: 0, upper: 6) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let y = result.value
        walk.push(select((y .> 0) .& (y .< 6), upstream, .constant(0 * y)), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [outputs[0] .> 0, outputs[0] .< 6] }
}

final class LeakyRelu: UnaryOperation {
    let slope: Double
    init(_ slope: Double) { self.slope = slope }

    override func forward(_ x: Tensor) -> Tensor { select(x .> 0, x, slope * x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(select(first.value .> 0, upstream, slope * upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [inputs[0] .> 0] }
}

/// x where it is positive, 0 elsewhere, NaN at NaN. The gradient is 1 where x is positive, 0 elsewhere, at 0 too, and NaN at
/// NaN.
public func relu(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Relu()(x, file: file, line: line)
}

/// `relu` that stops at 6 (A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010). The gradient is 1 between
/// 0 and 6, 0 elsewhere, at 0 and 6 too, and NaN at NaN.
public func relu6(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Relu6()(x, file: file, line: line)
}

/// x where it is positive, slope · x elsewhere (A. Maas et al., "Rectifier nonlinearities improve neural network acoustic
/// models", 2013). The gradient at 0 is the slope.
public func leakyRelu(
    _ x: Variable, slope: Double = 0.01, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    LeakyRelu(slope)(x, file: file, line: line)
}

// MARK: - Exponential below 0

/// scale · x above 0, scale · α (eˣ - 1) elsewhere.
final class Elu: UnaryOperation {
    let alpha: Double
    let scale: Double
    init(alpha: Double, scale: Double = 1) { (self.alpha, self.scale) = (alpha, scale) }

    override var name: String { scale == 1 ? "elu" : "selu" }
    override func forward(_ x: Tensor) -> Tensor {
        select(x .> 0, scale * x, (scale * alpha) * expm1(clamp(x, upper: 0)))
    }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // The exponential of what is above 0 is not taken, but might overflow, and 0 · ∞ would be NaN a derivative later.
        let below = (scale * alpha) * exp(clamp(first, upper: 0))
        walk.push(upstream * select(first.value .> 0, scale, below), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [inputs[0] .> 0] }
}

/// x where it is positive, α (eˣ - 1) elsewhere (D.-A. Clevert et al., "Fast and accurate deep network learning by
/// exponential linear units", 2016). The gradient at 0 is α.
public func elu(_ x: Variable, alpha: Double = 1, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Elu(alpha: alpha)(x, file: file, line: line)
}

/// `elu` scaled so that mean 0 and variance 1 stay through many layers (G. Klambauer et al., "Self-normalizing neural
/// networks", 2017). The gradient at 0 is that of the negative side, 1.758.
public func selu(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Elu(alpha: 1.6732632423543772848, scale: 1.0507009873554804934)(x, file: file, line: line)
}

// MARK: - x times a smooth step

// One kernel forward. A rule that needs no graph of its own has one too, with the upstream gradient in it; tests hold it equal to the arithmetic.

final class Silu: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { silu(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) { Self.gradient(first(taking: $0), upstream) }
    }
    static func gradient(_ x: consuming Variable, _ upstream: Variable) -> Variable {
        isRecording
            ? upstream * (sigmoid(x) + x * sigmoidSlope(x)) : .constant(siluGradient(moved(x), upstream.value))
    }
}

final class Gelu: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { gelu(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) { Self.gradient(first(taking: $0), upstream) }
    }
    static func gradient(_ x: consuming Variable, _ upstream: Variable) -> Variable {
        isRecording ? upstream * slope(x) : .constant(geluGradient(moved(x), upstream.value))
    }

    /// Φ(x) + x φ(x), with the normal distribution and its density.
    private static func slope(_ x: Variable) -> Variable {
        let (rootHalf, rootTau) = (0.70710678118654752440, 2.50662827463100050242)
        return 0.5 * erfc(-rootHalf * x) + x * (exp(-0.5 * square(x)) / rootTau)
    }
}

/// x σ(2u), u = √(2/π) (x + 0.044715 x³), which is the usual x/2 (1 + tanh u) without its loss of precision far below 0.
final class GeluTanh: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { geluTanh(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * slope(first)
                : .constant(geluTanhGradient(moved(first(taking: $0)), upstream.value))
        }
    }

    private func slope(_ x: Variable) -> Variable {
        let (linear, cubic) = (1.59576912160573071176, 0.0713548162726002488)  // 2√(2/π), and 0.044715 of it
        let squared = square(x)
        let twice = x * (linear + cubic * squared)
        return sigmoid(twice) + x * (linear + (3 * cubic) * squared) * sigmoidSlope(twice)
    }
}

/// x σ(x), also called swish (S. Elfwing et al., "Sigmoid-weighted linear units for neural network function approximation in
/// reinforcement learning", 2018).
public func silu(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Silu()(x, file: file, line: line)
}

/// How ``gelu(_:approximation:file:line:)`` is computed.
public enum GeluApproximation: String, Sendable {
    /// x Φ(x), with the normal distribution.
    case none
    /// x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), which older models were trained with; up to 5e-4 away.
    case tanh
}

/// x Φ(x), where Φ is the normal distribution (D. Hendrycks and K. Gimpel, "Gaussian error linear units", 2016). Neither form
/// loses precision far below 0.
public func gelu(
    _ x: Variable, approximation: GeluApproximation = .none, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    switch approximation {
    case .none: Gelu()(x, file: file, line: line)
    case .tanh: GeluTanh()(x, file: file, line: line)
    }
}

/// log σ(x) = -softplus(-x); neither end overflows or loses precision.
public func logSigmoid(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    located(file, line) { -softplus(-x) }
}

// MARK: - Learnt and chosen slopes

/// x where it is positive, slope · x elsewhere, with a slope that is learnt (K. He et al., "Delving deep into rectifiers", 2015,
/// section 2.1): one for all, or one for each channel of `[batch, channels, …]`.
///
/// The slope is of one number, or `[channels]`. The gradient at 0 is the slope, as that of `leakyRelu`. Other slopes are misuse.
public func prelu(
    _ x: Variable, slope: Variable, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard slope.count == 1 || x.rank >= 2 && slope.shape == [x.shape[1]] else {
        return misuse(
            "prelu: a slope of shape \(slope.shape) for \(x.shape); it is one number, or one for each channel, axis 1",
            inert: .constant(.inert(x.shape, x.elementType)))
    }
    return located(file, line) {
        let shape = slope.count == 1 ? Shape() : Shape([slope.count] + (2..<x.rank).map { _ in 1 })
        return select(x.value .> 0, x, slope.reshaped(to: shape) * x)
    }
}

/// The largest of each `pieces` neighbours along an axis: a convex function that is learnt, if a linear layer came before
/// (I. Goodfellow et al., "Maxout networks", 2013, section 2).
///
///     maxout(Variable([1, 3, -2, -5]), pieces: 2)  // [3, -2]
///
/// `[…, features · pieces]` to `[…, features]`. At ties the gradient is split evenly. A number of pieces below 1, or one that
/// does not divide the axis, is misuse.
public func maxout(
    _ x: Variable, pieces: Int, along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard let axis = x.shape.resolved(axis), pieces > 0, x.shape.size(axis) % pieces == 0 else {
        return misuse("maxout: \(pieces) pieces along axis \(axis) of shape \(x.shape); they divide it evenly")
    }
    return located(file, line) {
        let shape = x.shape.replacing(axis, with: x.shape.size(axis) / pieces).inserting(pieces, at: axis + 1)
        return x.reshaped(to: shape).max(along: axis + 1)
    }
}
