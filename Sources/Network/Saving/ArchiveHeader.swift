import GradusData
import GradusTensor

/// What stands at the beginning of an archive: for each tensor its type, shape and place, and the notes.
struct ArchiveHeader {
    struct Entry {
        var type = ElementType.float32
        var shape = Shape()
        var bytes = 0..<0
    }

    var entries: [(name: String, entry: Entry)] = []
    var notes: [String: String] = [:]

    static let names: [(name: String, type: ElementType)] = [
        ("F32", .float32), ("F64", .float64), ("I64", .int64), ("BOOL", .bool),
    ]
}

// MARK: - Writing

extension ArchiveHeader {
    /// As JSON; the checksum first, so that its place is known.
    func encoded(checksum: String) -> [UInt8] {
        var text = "{\"__metadata__\":{\"\(ArchiveHeader.checksumKey)\":\"\(checksum)\""
        for (key, note) in notes.sorted(by: { $0.key < $1.key }) where key != ArchiveHeader.checksumKey {
            text += ",\(ArchiveHeader.quoted(key)):\(ArchiveHeader.quoted(note))"
        }
        text += "}"
        for (name, entry) in entries {
            let type = ArchiveHeader.names.first { $0.type == entry.type }?.name ?? ""
            text += ",\(ArchiveHeader.quoted(name)):{\"dtype\":\"\(type)\","
            text += "\"shape\":[\(entry.shape.map(String.init).joined(separator: ","))],"
            text += "\"data_offsets\":[\(entry.bytes.lowerBound),\(entry.bytes.upperBound)]}"
        }
        text += "}"
        // Data begins at a multiple of eight bytes.
        return Array(text.utf8) + [UInt8](repeating: 0x20, count: (8 - text.utf8.count % 8) % 8)
    }

    static let checksumKey = "checksum"

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

// MARK: - Reading

/// A reader of just the JSON that a header may be: two levels deep, with strings and whole numbers. Whatever else there is, it
/// throws.
struct ArchiveHeaderParser {
    private let source: String
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>, in source: String) {
        (self.bytes, self.source, position) = (bytes, source, bytes.startIndex)
    }

    mutating func parse() throws(DataError) -> ArchiveHeader {
        var header = ArchiveHeader()
        var names: Set<String> = []
        try object { (parser, key) throws(DataError) in
            guard names.insert(key).inserted else { throw parser.error("\"\(key)\" a second time", "each name once") }
            if key == "__metadata__" {
                try parser.object { (parser, key) throws(DataError) in
                    let note = try parser.string()
                    if header.notes.updateValue(note, forKey: key) != nil {
                        throw parser.error("the note \"\(key)\" a second time", "each note once")
                    }
                }
            } else {
                header.entries.append((key, try parser.entry(of: key)))
            }
        }
        skipSpace()
        guard position == bytes.endIndex else { throw error(here, "the end of the header") }
        return header
    }

    private mutating func entry(of name: String) throws(DataError) -> ArchiveHeader.Entry {
        var type: ElementType?, sizes: [Int]?, offsets: [Int]?
        try object { (parser, key) throws(DataError) in
            switch key {
            case "dtype" where type == nil:
                let start = parser.position
                let word = try parser.string()
                type = ArchiveHeader.names.first { $0.name == word }?.type
                if type == nil {
                    parser.position = start
                    throw parser.error("the type \"\(word)\" of \"\(name)\"", "F32, F64, I64 or BOOL")
                }
            case "shape" where sizes == nil: sizes = try parser.numbers()
            case "data_offsets" where offsets == nil: offsets = try parser.numbers()
            default: throw parser.error("\"\(key)\" of \"\(name)\"", "dtype, shape and data_offsets, each once")
            }
        }
        guard let type, let sizes, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw error(
                "\"\(name)\" without a type, a shape or a beginning and an end", "dtype, shape and data_offsets")
        }
        var count = type.size
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            if overflow { throw error("\"\(name)\" of shape \(sizes)", "as many elements as fit into memory") }
            count = product
        }
        guard sizes.count <= Shape.maximumRank else {
            throw error("\"\(name)\" of \(sizes.count) axes", "at most \(Shape.maximumRank)")
        }
        guard offsets[1] - offsets[0] == count else {
            throw error(
                "\"\(name)\" of shape \(sizes) in \(offsets[1] - offsets[0]) bytes",
                "the \(count) bytes of its elements")
        }
        return ArchiveHeader.Entry(type: type, shape: Shape(sizes), bytes: offsets[0]..<offsets[1])
    }

    // MARK: JSON

    private mutating func object(
        _ member: (inout ArchiveHeaderParser, String) throws(DataError) -> Void
    ) throws(DataError) {
        try expect("{")
        if next("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while next(",")
        try expect("}")
    }

    private mutating func numbers() throws(DataError) -> [Int] {
        try expect("[")
        if next("]") { return [] }
        var numbers: [Int] = []
        repeat {
            skipSpace()
            let start = position
            while position < bytes.endIndex, (0x30...0x39).contains(bytes[position]) { position += 1 }
            guard let number = Int(String(decoding: bytes[start..<position], as: UTF8.self)) else {
                position = start
                throw error(here, "a whole number, 0 or more")
            }
            numbers.append(number)
        } while next(",")
        try expect("]")
        return numbers
    }

    private mutating func string() throws(DataError) -> String {
        try expect("\"")
        let start = position
        var text: [UInt8] = []
        while position < bytes.endIndex, bytes[position] != 0x22 {
            let byte = bytes[position]
            position += 1
            if byte < 0x20 { throw error("a control character in a string", "text") }
            if byte == 0x5C { text += Array(String(try escaped()).utf8) } else { text.append(byte) }
        }
        guard position < bytes.endIndex else { throw error("no end of a string", "a quotation mark") }
        position += 1
        guard let string = String(validating: text, as: UTF8.self) else {
            position = start
            throw error("bytes that are no UTF-8", "text")
        }
        return string
    }

    private mutating func escaped() throws(DataError) -> Unicode.Scalar {
        guard position < bytes.endIndex else { throw error("no end of a string", "a quotation mark") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = try unit()
            // A pair of surrogates is one character beyond the first 65,536.
            if (0xD800..<0xDC00).contains(code), position + 1 < bytes.endIndex, bytes[position] == 0x5C,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw error("half of a character", "both surrogates") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("half of a character", "both surrogates") }
            return scalar
        default:
            position -= 1
            throw error(here, "an escape of JSON")
        }
    }

    private mutating func unit() throws(DataError) -> UInt32 {
        let digits = bytes[position...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error(here, "four hexadecimal digits") }
        position += 4
        return code
    }

    private mutating func skipSpace() {
        while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func next(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.endIndex, bytes[position] == UInt8(character.value) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(DataError) {
        if !next(character) { throw error(here, "\"\(character)\"") }
    }

    /// What stands where the reader is, printable.
    private var here: String {
        guard position < bytes.endIndex else { return "the end of the header" }
        let byte = bytes[position]
        return (0x20..<0x7F).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
    }

    private func error(_ found: String, _ expected: String) -> DataError {
        DataError(in: source, byte: position, found: found, expected: expected)
    }
}
