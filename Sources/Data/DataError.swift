/// What is wrong with data that came from outside: where it is, what was found there, what was expected.
///
///     digits.csv, line 3, column 65: found "x", expected a number
///
/// It is thrown before anything is changed.
public struct DataError: Error, Equatable, Sendable {
    /// The file, or whatever else the data came from.
    public let source: String
    /// The line, counted from 1, if the trouble has one.
    public let line: Int?
    /// The field in that line, counted from 1, if the trouble lies in one.
    public let column: Int?
    /// The byte where it begins, counted from 0, in a file that is no text.
    public let byte: Int?
    /// What was there.
    public let found: String
    /// What would have been right.
    public let expected: String

    /// An error in a file or text of that name.
    public init(
        in source: String, line: Int? = nil, column: Int? = nil, byte: Int? = nil, found: String, expected: String
    ) {
        (self.source, self.line, self.column, self.byte) = (source, line, column, byte)
        (self.found, self.expected) = (found, expected)
    }
}

extension DataError: CustomStringConvertible {
    public var description: String {
        let line = line.map { ", line \($0)" } ?? ""
        let column = column.map { ", column \($0)" } ?? ""
        let byte = byte.map { ", byte \($0)" } ?? ""
        return "\(source)\(line)\(column)\(byte): found \(found), expected \(expected)"
    }
}

extension DataError {
    /// Bytes as an error quotes them: escaped, so that they cannot break a terminal's line, and cut if they are many.
    static func quoted(_ bytes: some Collection<UInt8>) -> String {
        let start = String(decoding: bytes.prefix(24), as: UTF8.self).unicodeScalars.map { $0.escaped(asASCII: true) }
        return "\"\(start.joined())\(bytes.count > 24 ? "…" : "")\""
    }
}
