import GradusAutograd

/// What is said of an operation: a row of the table of rules.
///
/// In a template `{a}`, `{b}`, `{c}` are the inputs (`{x}` that of a function of one), `{y}` is the result, `{U}` the gradient
/// that arrived, and other letters in braces what the operation was made with.
package struct OperationRule: Sendable {
    /// The sign in the picture of the graph.
    package let sign: String
    /// The computation.
    package let forward: String
    /// For each input, how its gradient follows. One that is left out wants none.
    package let backward: [Backward]
    /// Which elements of the inputs an element of the result is computed from.
    package let reach: Reach
    /// What it does with a gradient, in a sentence.
    package let words: String

    package enum Backward: Sendable {
        /// The contribution is upstream times this, element by element.
        case local(String)
        /// The contribution as a whole: a sum over what the element took part in.
        case whole(String)
    }

    package enum Reach: Sendable {
        /// Those at the same place, as broadcasting has it.
        case pointwise
        /// The one that was moved there.
        case moved
        /// What the operation itself says, or all.
        case own
    }

    /// The row of an operation; of one that is not the library's, a general one.
    static func of(_ operation: Operation) -> OperationRule {
        let type = String(describing: Swift.type(of: operation))
        return table[type + operation.ruleVariant] ?? table[type] ?? general(operation)
    }

    private static func general(_ operation: Operation) -> OperationRule {
        let letters = (0..<operation.inputCount).map { operation.inputCount == 1 ? "x" : letter($0) }
        return OperationRule(
            sign: operation.name, forward: "\(operation.name)(\(letters.map { "{\($0)}" }.joined(separator: ", ")))",
            backward: letters.map { _ in .whole("rule({U})") }, reach: .own,
            words:
                "An operation of one's own, with its own rule: what its backward function returns is the contribution.")
    }

    /// a, b, c, d …
    static func letter(_ input: Int) -> String {
        input < 26 ? String(UnicodeScalar(UInt8(97 + input))) : "x\(input)"
    }

    /// The library's own operations by the names of their types.
    package static let table: [String: OperationRule] = arithmetic.merging(functions) { $1 }.merging(activations) { $1 }
        .merging(reductions) { $1 }.merging(shaping) { $1 }.merging(products) { $1 }

    /// A function of one number, element by element.
    static func unary(_ sign: String, _ forward: String, _ local: String, _ words: String) -> OperationRule {
        OperationRule(sign: sign, forward: forward, backward: [.local(local)], reach: .pointwise, words: words)
    }

    /// The same of two.
    static func binary(_ sign: String, _ forward: String, _ a: String, _ b: String, _ words: String) -> OperationRule {
        OperationRule(sign: sign, forward: forward, backward: [.local(a), .local(b)], reach: .pointwise, words: words)
    }

    /// An operation whose contributions are functions of all that arrived.
    static func whole(_ sign: String, _ forward: String, _ backward: String..., words: String) -> OperationRule {
        OperationRule(sign: sign, forward: forward, backward: backward.map { .whole($0) }, reach: .own, words: words)
    }

    /// One that puts the same numbers at other places.
    static func moved(_ sign: String, _ forward: String, _ backward: String, _ words: String) -> OperationRule {
        OperationRule(sign: sign, forward: forward, backward: [.whole(backward)], reach: .moved, words: words)
    }
}
