import GradusTensor

/// The characters of a text, each with a number: how a language model reads and writes.
///
///     let vocabulary = Vocabulary(of: "banana")
///     print(vocabulary.count)                              // 3: a, b, n
///     let codes = try vocabulary.encode("nab")             // [2, 0, 1], int64
///     print(vocabulary.decode(codes))                      // nab
///
/// A character is what Swift calls one: an é is one, however it is written.
public struct Vocabulary: Sendable, Equatable {
    /// The characters in order of their code points; a character's place is its number.
    public let characters: [Character]
    private let numbers: [Character: Int]

    /// How many there are.
    public var count: Int { characters.count }

    /// Every character of a text once.
    public init(of text: String) { self.init(Set(text).sorted(by: Vocabulary.precedes)) }

    /// These characters, numbered as they stand: as they were saved. One that comes twice is misuse.
    public init(_ characters: [Character]) {
        var numbers: [Character: Int] = [:]
        for (number, character) in characters.enumerated() {
            if numbers.updateValue(number, forKey: character) != nil {
                misuse("Vocabulary: \"\(character)\" comes twice; each character has one number")
            }
        }
        (self.characters, self.numbers) = (characters, numbers)
    }

    /// The number of each character: `[length]` of `int64`.
    ///
    /// - Throws: ``DataError`` at the first character that the vocabulary does not have, with its line.
    public func encode(_ text: String) throws(DataError) -> Tensor {
        var codes: [Int] = []
        codes.reserveCapacity(text.utf8.count)
        var (line, column) = (1, 1)
        for character in text {
            guard let number = numbers[character] else {
                let name = DataError.quoted(Array(String(character).utf8))
                throw DataError(
                    in: "text", line: line, column: column, found: name,
                    expected: "one of the vocabulary's \(count) characters")
            }
            codes.append(number)
            (line, column) = character.isNewline ? (line + 1, 1) : (line, column + 1)
        }
        return Tensor(codes)
    }

    /// The text that numbers stand for, in row-major order. Other than `int64`, and a number that is no character's, are misuse.
    public func decode(_ codes: Tensor) -> String {
        guard codes.elementType == .int64 else {
            return misuse("Vocabulary.decode: numbers of \(codes.elementType); int64 is wanted")
        }
        let numbers = misuseIsPending ? [] : codes.array(of: Int.self)
        if let wrong = numbers.first(where: { !characters.indices.contains($0) }) {
            return misuse("Vocabulary.decode: \(wrong) is the number of none of the \(count) characters")
        }
        return String(numbers.map { characters[$0] })
    }

    private static func precedes(_ a: Character, _ b: Character) -> Bool {
        a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    }
}
