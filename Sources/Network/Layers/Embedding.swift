import GradusAutograd
import GradusTensor

/// The row of a table for each token: `[…]` whole numbers to `[…, features]`.
///
/// Tokens met more than once get the sum of their gradients. With `padding`, that token gives zeros and sends no gradient back;
/// PyTorch gives its row, which is zeros as long as nobody writes to it.
/// Tokens below 0 or beyond the table, and tokens that are not `int64`, are misuse.
public func embedding(
    _ tokens: Tensor, _ table: Variable, padding: Int? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard table.rank == 2 else {
        return misuse("embedding: a table of shape \(table.shape); it is [tokens, features]")
    }
    guard tokens.elementType == .int64 else {
        return misuse("embedding: tokens of \(tokens.elementType); they are int64")
    }
    if let wrong = tokens.withElements(as: Int.self, { $0.first { $0 < 0 || $0 >= table.shape[0] } }) {
        return misuse("embedding: token \(wrong) is outside 0..<\(table.shape[0])")
    }
    return located(file, line) {
        let rows = table.taking(tokens)
        guard let padding else { return rows }
        return select((tokens .!= Double(padding)).expanded(at: -1), rows, 0)
    }
}

/// A table with a row of numbers for each token, learnt with the rest. See `embedding`.
///
///     let words = Embedding(tokens: 1000, features: 64)
///     let h = words(Tensor([[5, 17, 2]], as: .int64))  // [1, 3, 64]
public struct Embedding: Layer, Sendable {
    /// The table, `[tokens, features]`.
    public let weight: Variable
    /// The token that stands for nothing, if any: it gives zeros, and its row is not trained.
    public let padding: Int?

    /// A layer with this table: vectors learnt before, or shared with an output layer.
    public init(weight: Variable, padding: Int? = nil) { (self.weight, self.padding) = (weight, padding) }

    /// Rows drawn from the normal distribution of variance 1, as PyTorch's.
    public init(
        tokens: Int, features: Int, padding: Int? = nil, as elementType: ElementType = .float32,
        using generator: inout some RandomNumberGenerator
    ) {
        if let padding, padding < 0 || padding >= tokens {
            misuse("Embedding: padding \(padding) is no token; they are 0..<\(tokens)")
        }
        let table = Tensor.normal([tokens, features], as: elementType, using: &generator)
        self.init(weight: Variable(table), padding: padding)
    }

    /// The same from the default generator.
    public init(tokens: Int, features: Int, padding: Int? = nil, as elementType: ElementType = .float32) {
        var random = DefaultRandom()
        self.init(tokens: tokens, features: features, padding: padding, as: elementType, using: &random)
    }

    /// The rows of these tokens: `[…]` to `[…, features]`.
    public func callAsFunction(_ tokens: Tensor) -> Variable { embedding(tokens, weight, padding: padding) }

    /// The same for a constant of whole numbers, as a batch has them, for its place in a ``Sequential``.
    public func callAsFunction(_ tokens: Variable) -> Variable { self(tokens.value) }
}
