/// A sentence or formula in which the numbers are still numbers, so that each rendering rounds them as its reader wants.
public struct Phrase: Sendable, Hashable {
    /// A part: words, or a number.
    public enum Piece: Sendable, Hashable {
        /// Words and signs, shown as they are.
        case text(String)
        /// A number, shown rounded.
        case number(Double)
    }

    /// The parts in order.
    public private(set) var pieces: [Piece] = []

    /// A phrase of words alone.
    public init(_ text: String = "") { append(text) }

    mutating func append(_ text: String) {
        if text.isEmpty { return }
        if case .text(let before) = pieces.last {
            pieces[pieces.count - 1] = .text(before + text)
        } else {
            pieces.append(.text(text))
        }
    }

    mutating func append(_ number: Double) { pieces.append(.number(number)) }

    mutating func append(_ phrase: Phrase) {
        for piece in phrase.pieces {
            switch piece {
            case .text(let text): append(text)
            case .number(let number): append(number)
            }
        }
    }

    /// A number, or the shape of a tensor; in brackets where a sign before it would run into its own.
    mutating func append(_ numbers: Numbers, bracketingNegative: Bool) {
        guard let number = numbers.number, numbers.isScalar else { return append("[\(numbers.shapeText)]") }
        let brackets = bracketingNegative && (number < 0 || number.sign == .minus)
        append(brackets ? "(" : "")
        append(number)
        append(brackets ? ")" : "")
    }

    /// The phrase with its numbers rounded.
    public func text(_ rounding: Rounding) -> String {
        pieces.map {
            switch $0 {
            case .text(let text): text
            case .number(let number): rounding.text(number)
            }
        }.joined()
    }
}

/// Words are strings and numbers numbers, in one list. Infinity and NaN, which JSON has no numbers for, are marked.
extension Phrase: Codable {
    private struct Special: Codable { let number: Double }

    public init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        while !container.isAtEnd {
            if let special = try? container.decode(Special.self) {
                append(special.number)
            } else if let text = try? container.decode(String.self) {
                append(text)
            } else {
                append(try container.decode(Double.self))
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        for piece in pieces {
            switch piece {
            case .text(let text): try container.encode(text)
            case .number(let number) where number.isFinite: try container.encode(number)
            case .number(let number): try container.encode(Special(number: number))
            }
        }
    }
}
