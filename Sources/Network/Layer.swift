import GradusAutograd

/// What has parameters: a layer, a cell that takes a state, a whole model.
///
/// Nothing is to be written: parameters are the `Variable`s in the fields, and in the fields of what these hold. A model need
/// not even conform, ``Parameters/init(of:)`` takes anything; conforming gives it ``parameters``.
public protocol Parameterized {}

extension Parameterized {
    /// The parameters by path. They are found anew at each call, so a training loop asks once and keeps them.
    public var parameters: Parameters { Parameters(of: self) }
}

/// A function of one variable with its parameters kept beside it.
///
///     struct ResidualBlock: Layer {
///         let first: Conv2D, second: Conv2D
///         func callAsFunction(_ x: Variable) -> Variable { relu(x + second(relu(first(x)))) }
///     }
public protocol Layer: Parameterized {
    func callAsFunction(_ x: Variable) -> Variable
}

/// Layers one after the other. Its parameters are called `layers.0.weight`, `layers.0.bias` and so on.
///
///     let model = Sequential(
///         Linear(inFeatures: 64, outFeatures: 32), Function { relu($0) }, Linear(inFeatures: 32, outFeatures: 10))
public struct Sequential: Layer, Sendable {
    /// The layers, the first one first.
    public let layers: [any Layer & Sendable]

    /// A chain of these layers.
    public init(_ layers: any Layer & Sendable...) { self.layers = layers }

    /// A chain of the layers of an array.
    public init(_ layers: [any Layer & Sendable]) { self.layers = layers }

    /// The output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { layers.reduce(x) { $1($0) } }
}

/// A function without parameters as a layer, for its place in a ``Sequential``: `Function { relu($0) }`.
///
/// Parameters that the function captures are not found.
public struct Function: Layer, Sendable {
    private let function: @Sendable (Variable) -> Variable

    /// A layer without parameters that calls `function`.
    public init(_ function: @escaping @Sendable (Variable) -> Variable) { self.function = function }

    /// The output for an input.
    public func callAsFunction(_ x: Variable) -> Variable { function(x) }
}
