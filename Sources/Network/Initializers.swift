import GradusTensor

// Initial weights that neither grow nor shrink what passes through many layers.
//
// All depend on the fans, how many inputs a unit has and how many units read an input. For the weight of a `Linear`,
// `[inFeatures, outFeatures]`, they are those two; for that of a convolution, `[outChannels, inChannels / groups, height,
// width]`, fan-in is inChannels / groups · height · width and fan-out outChannels · height · width. Shapes of fewer than two
// axes have none, which is misuse.

/// Whose size He's initialization keeps: of what goes up through the layers, or of the gradients that come back.
public enum Fan: Sendable {
    /// How many inputs a unit has: activations keep their size.
    case inputs
    /// How many units read an input: gradients do.
    case outputs
}

extension Tensor {
    /// He's initialization for layers before a ReLU: normal with variance 2 / fan-in (K. He et al., "Delving deep into
    /// rectifiers", 2015, section 2.2).
    ///
    ///     let w = Variable(.heNormal([64, 128]))  // standard deviation √(2 / 64)
    ///
    /// - `slope`: That of the rectifier below 0, which takes a share: the variance is 2 / (1 + slope²) / fan.
    /// - `fan`: fan-in, or fan-out.
    public static func heNormal(
        _ shape: Shape, slope: Double = 0, fan: Fan = .inputs, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard let fans = Fans("heNormal", shape) else { return .inert(shape, elementType) }
        let deviation = (2 / (1 + slope * slope) / fans[fan]).squareRoot()
        return normal(shape, standardDeviation: deviation, as: elementType, using: &generator)
    }

    /// He's initialization from the default generator.
    public static func heNormal(
        _ shape: Shape, slope: Double = 0, fan: Fan = .inputs, as elementType: ElementType = .float32
    ) -> Tensor {
        var random = DefaultRandom()
        return heNormal(shape, slope: slope, fan: fan, as: elementType, using: &random)
    }

    /// He's initialization with the same variance, 2 / fan-in, spread evenly: between ±√(6 / fan-in). See `heNormal`.
    public static func heUniform(
        _ shape: Shape, slope: Double = 0, fan: Fan = .inputs, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard let fans = Fans("heUniform", shape) else { return .inert(shape, elementType) }
        let bound = (6 / (1 + slope * slope) / fans[fan]).squareRoot()
        return uniform(shape, in: -bound..<bound, as: elementType, using: &generator)
    }

    /// He's initialization, spread evenly, from the default generator.
    public static func heUniform(
        _ shape: Shape, slope: Double = 0, fan: Fan = .inputs, as elementType: ElementType = .float32
    ) -> Tensor {
        var random = DefaultRandom()
        return heUniform(shape, slope: slope, fan: fan, as: elementType, using: &random)
    }

    /// Xavier's (Glorot's) initialization for layers before a tanh, or before nothing: normal with variance
    /// 2 / (fan-in + fan-out) (X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    /// networks", 2010, section 4.2), all times `gain`.
    public static func xavierNormal(
        _ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard let fans = Fans("xavierNormal", shape) else { return .inert(shape, elementType) }
        let deviation = gain * (2 / (fans.in + fans.out)).squareRoot()
        return normal(shape, standardDeviation: deviation, as: elementType, using: &generator)
    }

    /// Xavier's initialization from the default generator.
    public static func xavierNormal(
        _ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32
    ) -> Tensor {
        var random = DefaultRandom()
        return xavierNormal(shape, gain: gain, as: elementType, using: &random)
    }

    /// Xavier's initialization with the same variance spread evenly: between ±√(6 / (fan-in + fan-out)), the form in the
    /// paper.
    public static func xavierUniform(
        _ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard let fans = Fans("xavierUniform", shape) else { return .inert(shape, elementType) }
        let bound = abs(gain) * (6 / (fans.in + fans.out)).squareRoot()
        return uniform(shape, in: -bound..<bound, as: elementType, using: &generator)
    }

    /// Xavier's initialization, spread evenly, from the default generator.
    public static func xavierUniform(
        _ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32
    ) -> Tensor {
        var random = DefaultRandom()
        return xavierUniform(shape, gain: gain, as: elementType, using: &random)
    }
}

extension Tensor {
    /// Small numbers from a normal distribution: enough for shallow networks; in deep ones what passes through shrinks from layer
    /// to layer. Zeros, `.zeros(shape)`, are no start at all: all units of a layer would get the same gradient for ever.
    public static func smallRandom(
        _ shape: Shape, standardDeviation: Double = 0.01, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        normal(shape, standardDeviation: standardDeviation, as: elementType, using: &generator)
    }

    /// Small numbers from the default generator.
    public static func smallRandom(
        _ shape: Shape, standardDeviation: Double = 0.01, as elementType: ElementType = .float32
    ) -> Tensor {
        var random = DefaultRandom()
        return smallRandom(shape, standardDeviation: standardDeviation, as: elementType, using: &random)
    }

    /// A random matrix whose rows, or columns if they are fewer, are at right angles to each other and of length `gain`: what
    /// passes through keeps its length (A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
    /// neural networks", 2014, section 3).
    ///
    ///     let w = Variable(.orthogonal([128, 128]))
    ///
    /// A shape of more axes counts as a matrix of its first axis by all others. Every such matrix is as likely as another. Fewer
    /// than two axes are misuse.
    public static func orthogonal(
        _ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard shape.rank >= 2 else {
            return misuse(
                "orthogonal: shape \(shape); weights have two axes or more", inert: .inert(shape, elementType))
        }
        if shape.count == 0 { return zeros(shape, as: elementType) }
        let (rows, columns) = (shape[0], shape.count / shape[0])
        let (few, many) = (Swift.min(rows, columns), Swift.max(rows, columns))
        let drawn = normal([few, many], as: .float64, using: &generator).array(of: Double.self)
        let basis = Tensor(orthonormalized(drawn, few, many), shape: [few, many], as: .float64)
        let matrix = rows <= columns ? basis : basis.transposed()
        return (gain * matrix).reshaped(to: shape).converted(to: elementType)
    }

    /// A random orthogonal matrix from the default generator.
    public static func orthogonal(_ shape: Shape, gain: Double = 1, as elementType: ElementType = .float32) -> Tensor {
        var random = DefaultRandom()
        return orthogonal(shape, gain: gain, as: elementType, using: &random)
    }
}

/// Rows at right angles to each other and of length 1, by Gram and Schmidt's method, twice over, which leaves nothing but
/// rounding. Of rows drawn from the normal distribution they are evenly distributed.
private func orthonormalized(_ matrix: [Double], _ rows: Int, _ columns: Int) -> [Double] {
    var result = matrix
    for row in 0..<rows {
        let start = row * columns
        for _ in 0..<2 {
            for other in 0..<row {
                var product = 0.0
                for i in 0..<columns { product += result[start + i] * result[other * columns + i] }
                for i in 0..<columns { result[start + i] -= product * result[other * columns + i] }
            }
        }
        let length = (0..<columns).reduce(0.0) { $0 + result[start + $1] * result[start + $1] }.squareRoot()
        for i in 0..<columns { result[start + i] /= length }
    }
    return result
}

/// How many inputs a unit has, and how many units read an input.
private struct Fans {
    let `in`: Double
    let out: Double

    subscript(_ fan: Fan) -> Double { fan == .inputs ? `in` : out }

    init?(_ name: StaticString, _ shape: Shape) {
        guard shape.rank >= 2 else {
            misuse("\(name): shape \(shape) has no fan-in; weights have two axes or more")
            return nil
        }
        // No weights at all need no spread, but dividing by their fan would be asking for an infinite one.
        guard shape.count > 0 else {
            (`in`, out) = (1, 1)
            return
        }
        let field = Double(shape.count / (shape[0] * shape[1]))
        let isLinear = shape.rank == 2
        `in` = Double(isLinear ? shape[0] : shape[1]) * field
        out = Double(isLinear ? shape[1] : shape[0]) * field
    }
}
