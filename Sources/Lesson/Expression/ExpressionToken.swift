/// A word of an expression, and where it stands.
struct ExpressionToken: Equatable {
    enum Kind: Equatable {
        case number(Double)
        case name(String)
        case sign(Character)
        case end
    }

    let kind: Kind
    let range: Range<Int>

    /// The words of a text. Signs that look alike are taken as one: `·` and `×` multiply, `÷` divides, `−` subtracts, `**` is `^`.
    static func tokens(of source: String) throws(ExpressionError) -> [ExpressionToken] {
        let characters = Array(source)
        var tokens: [ExpressionToken] = []
        var place = 0
        while place < characters.count {
            let start = place
            let character = characters[place]
            if character == "\n" || character == ";" {
                place += 1
                tokens.append(ExpressionToken(kind: .sign(";"), range: start..<place))
            } else if character.isWhitespace {
                place += 1
            } else if isDigit(character) || character == "." {
                place = endOfNumber(characters, place)
                let text = String(characters[start..<place])
                guard let number = Double(text) else {
                    throw ExpressionError(message: "\"\(text)\" is not a number", source: source, position: start)
                }
                tokens.append(ExpressionToken(kind: .number(number), range: start..<place))
            } else if character.isLetter || character == "_" {
                while place < characters.count, isNamePart(characters[place]) { place += 1 }
                tokens.append(ExpressionToken(kind: .name(String(characters[start..<place])), range: start..<place))
            } else {
                let isPower = character == "*" && place + 1 < characters.count && characters[place + 1] == "*"
                place += isPower ? 2 : 1
                guard let sign = isPower ? "^" : signs[character] else {
                    throw ExpressionError(
                        message: "\"\(character)\" has no meaning here", source: source, position: start)
                }
                tokens.append(ExpressionToken(kind: .sign(sign), range: start..<place))
            }
        }
        tokens.append(ExpressionToken(kind: .end, range: characters.count..<characters.count))
        return tokens
    }

    private static let signs: [Character: Character] = [
        "+": "+", "-": "-", "−": "-", "*": "*", "·": "*", "×": "*", "/": "/", "÷": "/", "^": "^", "(": "(", ")": ")",
        ",": ",", "=": "=",
    ]

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isLetter || isDigit(character) || character == "_" || character == "'"
    }

    /// Digits, a point, and a power of ten; `2e` is the number 2 and the name e.
    private static func endOfNumber(_ characters: [Character], _ start: Int) -> Int {
        var place = start
        while place < characters.count, isDigit(characters[place]) || characters[place] == "." { place += 1 }
        guard place < characters.count, characters[place] == "e" || characters[place] == "E" else { return place }
        var end = place + 1
        if end < characters.count, characters[end] == "+" || characters[end] == "-" { end += 1 }
        guard end < characters.count, isDigit(characters[end]) else { return place }
        while end < characters.count, isDigit(characters[end]) { end += 1 }
        return end
    }
}
