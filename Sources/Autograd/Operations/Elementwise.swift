import GradusTensor

// Functions of one number, element by element. A rule is written with whichever of input and output keeps its relative
// precision in the tails, where 1 - y and the like would have cancelled: sigmoid′(40) is 4.25e-18, not 0. Where a rule would make
// several passes and its own graph is not wanted, a kernel does the same in one.

// MARK: - Powers, exponentials, logarithms

final class Exp: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { exp(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * result
                : .constant(expGradient(output: moved(result(taking: $0)), upstream: upstream.value))
        }
    }
}

final class Expm1: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { expm1(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * exp(first) : .constant(expm1Gradient(moved(first(taking: $0)), upstream.value))
        }
    }
}

final class Log: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { log(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream / first, to: 0) }
}

final class Log1p: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { log1p(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream / (1 + first), to: 0) }
}

final class Log2: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { log2(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let ln2 = 0.693147180559945309417
        walk.push(upstream / (ln2 * first), to: 0)
    }
}

final class Sqrt: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { sqrt(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream / (2 * result)
                : .constant(sqrtGradient(output: moved(result(taking: $0)), upstream: upstream.value))
        }
    }
}

final class Rsqrt: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { rsqrt(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(-0.5 * upstream * (result * result * result), to: 0)
    }
}

final class Reciprocal: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { reciprocal(x) }
    override func needs(for input: Int) -> Needs { .output }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(-upstream * square(result), to: 0) }
}

final class Square: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { square(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * (2 * first) : .constant(squareGradient(moved(first(taking: $0)), upstream.value))
        }
    }
}

/// e to the power of x.
public func exp(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Exp()(x, file: file, line: line)
}

/// e to the power of x, less 1; exact to the last digits for small x, where `exp(x) - 1` is not.
public func expm1(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Expm1()(x, file: file, line: line)
}

/// The natural logarithm: -∞ at 0 with gradient ∞, NaN below.
public func log(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Log()(x, file: file, line: line)
}

/// The natural logarithm of 1 + x, exact to the last digits for small x: -∞ at -1, NaN below.
public func log1p(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Log1p()(x, file: file, line: line)
}

/// The logarithm to base 2: -∞ at 0, NaN below.
public func log2(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Log2()(x, file: file, line: line)
}

/// The square root, NaN below 0. Its gradient at 0 is ∞.
public func sqrt(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Sqrt()(x, file: file, line: line)
}

/// 1 over the square root: ∞ at 0 with gradient -∞, NaN below.
public func rsqrt(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Rsqrt()(x, file: file, line: line)
}

/// 1 / x: ±∞ at ±0 with gradient -∞.
public func reciprocal(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Reciprocal()(x, file: file, line: line)
}

/// x times itself.
public func square(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Square()(x, file: file, line: line)
}

// MARK: - Sign and rounding

final class Abs: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { abs(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * sign(first) : .constant(absGradient(moved(first(taking: $0)), upstream.value))
        }
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [sign(inputs[0])] }
}

/// A function of steps: its gradient is 0 wherever there is one.
class Plateaus: UnaryOperation {
    final override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(.constant(.zeros(upstream.shape, as: upstream.elementType)), to: 0)
    }
    final override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { outputs }
}

final class Sign: Plateaus {
    override func forward(_ x: Tensor) -> Tensor { sign(x) }
}

final class Step: Plateaus {
    override func forward(_ x: Tensor) -> Tensor { step(x) }
}

final class Floor: Plateaus {
    override func forward(_ x: Tensor) -> Tensor { floor(x) }
}

final class Ceil: Plateaus {
    override func forward(_ x: Tensor) -> Tensor { ceil(x) }
}

final class Round: Plateaus {
    override func forward(_ x: Tensor) -> Tensor { round(x) }
}

/// The distance from 0. Its gradient at 0 is 0.
public func abs(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Abs()(x, file: file, line: line)
}

/// 1 above 0, -1 below, 0 at 0, NaN at NaN. The gradient is 0 everywhere, at 0 too.
public func sign(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Sign()(x, file: file, line: line)
}

/// 1 where x is positive, 0 elsewhere, NaN at NaN: the perceptron's. The gradient is 0 everywhere, at 0 too, so that nothing
/// before it learns by gradients.
public func step(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Step()(x, file: file, line: line)
}

/// The largest whole number not above x. The gradient is 0 everywhere, at whole numbers too.
public func floor(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Floor()(x, file: file, line: line)
}

/// The smallest whole number not below x. The gradient is 0 everywhere, at whole numbers too.
public func ceil(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Ceil()(x, file: file, line: line)
}

/// The nearest whole number; halves go to the even one: 0.5 to 0, 1.5 and 2.5 to 2. The gradient is 0 everywhere, at halves
/// too.
public func round(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Round()(x, file: file, line: line)
}

// MARK: - The logistic function and the error function

final class Sigmoid: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { sigmoid(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) { Self.gradient(first(taking: $0), upstream) }
    }
    static func gradient(_ x: consuming Variable, _ upstream: Variable) -> Variable {
        isRecording ? upstream * sigmoidSlope(x) : .constant(sigmoidGradient(moved(x), upstream.value))
    }
}

/// σ′ = σ(x) σ(-x), from which the derivatives of sigmoid, softplus and tanh are made. Its own is σ′(x) (σ(-x) - σ(x)), where
/// the difference is -tanh(x/2).
final class SigmoidSlope: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { sigmoidSlope(x) }
    override func needs(for input: Int) -> Needs { [.first, .output] }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(-upstream * (result * tanh(0.5 * first)), to: 0)
    }
}

final class Softplus: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { softplus(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(to: 0) {
            isRecording
                ? upstream * sigmoid(first)
                : .constant(softplusGradient(moved(first(taking: $0)), upstream.value))
        }
    }
}

private let twoOverRootPi = 1.128379167095512573896

final class Erf: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { erf(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * (twoOverRootPi * exp(-square(first))), to: 0)
    }
}

final class Erfc: UnaryOperation {
    override func forward(_ x: Tensor) -> Tensor { erfc(x) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream * (-twoOverRootPi * exp(-square(first))), to: 0)
    }
}

/// The logistic function 1 / (1 + e⁻ˣ). Neither end of it or of its gradient loses precision.
public func sigmoid(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Sigmoid()(x, file: file, line: line)
}

/// The derivative of ``sigmoid(_:file:line:)``, 1/4 at 0 and e⁻ˣ far out on either side.
package func sigmoidSlope(_ x: Variable) -> Variable { SigmoidSlope()(x) }

/// log(1 + eˣ), a smooth `relu`; neither end overflows or loses precision.
public func softplus(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Softplus()(x, file: file, line: line)
}

/// The error function 2/√π ∫₀ˣ exp(-t²) dt.
public func erf(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Erf()(x, file: file, line: line)
}

/// 1 - erf(x), without loss of precision for large x.
public func erfc(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
    Erfc()(x, file: file, line: line)
}
