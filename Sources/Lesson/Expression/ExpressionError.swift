/// An expression that cannot be read, or values that do not fit it; says where, and points at the character.
public struct ExpressionError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, in a sentence.
    public let message: String
    /// The text that was read.
    public let source: String
    /// Which character of it, counted from 0.
    public let position: Int

    /// The message, the line it is about, and a mark under the character.
    public var description: String {
        let characters = Array(source)
        let start = characters[..<min(position, characters.count)].lastIndex(of: "\n").map { $0 + 1 } ?? 0
        let line = characters[start...].prefix { $0 != "\n" }
        return "\(message)\n  \(String(line))\n  \(String(repeating: " ", count: position - start))^"
    }
}
