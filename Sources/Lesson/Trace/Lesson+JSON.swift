import Foundation

extension Lesson {
    /// Everything as JSON, keys in order, so that the same lesson gives the same text. A tensor is its shape and elements, a single
    /// number itself; NaN and infinities are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// A lesson from what ``json()`` gave. Throws what `JSONDecoder` does of any other text.
    public init(json: String) throws {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        self = try decoder.decode(Lesson.self, from: Data(json.utf8))
    }
}
