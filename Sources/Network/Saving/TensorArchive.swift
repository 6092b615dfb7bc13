import GradusData
import GradusTensor

/// Named tensors and notes, as one file: what models and checkpoints are saved as.
///
///     var archive = TensorArchive()
///     archive["weight"] = layer.weight.value
///     try archive.write(to: "layer.safetensors")
///     let weight = try TensorArchive(contentsOf: "layer.safetensors")["weight"]
///
/// The format is safetensors, which other frameworks read and write: eight bytes that say how long the header is (little-endian);
/// the header, a JSON object that gives for each name `dtype`, `shape` and `data_offsets`, and the notes under `__metadata__`, filled
/// up with spaces to a multiple of eight bytes; then the elements, row-major and little-endian, one tensor after the other without
/// gaps. Types are F32, F64, I64 and BOOL; others are refused by name. Nothing in a file is ever run.
///
/// Among the notes is a `checksum` of header and data, 64 bits as 16 hexadecimal digits, which other programs may ignore. A file
/// that has one is held to it, so that one flipped bit is noticed; the files of others have none.
///
/// Reading checks everything before it makes the first tensor, and throws a `DataError` that says where the file is wrong: a length
/// beyond the file, names met twice, tensors that overlap or leave gaps, shapes that do not fit their bytes, bools other than 0 and
/// 1, and so on.
public struct TensorArchive: Sendable {
    /// The names, in the order in which they were added.
    public private(set) var names: [String] = []

    /// What else is to be known, as text.
    public var notes: [String: String] = [:]

    private var tensors: [String: Tensor] = [:]

    /// An archive of nothing.
    public init() {}

    /// The tensor of a name; nil if there is none. Assigning nil takes it out.
    public subscript(name: String) -> Tensor? {
        get { tensors[name] }
        set {
            let old = tensors[name]
            tensors[name] = newValue
            if old == nil && newValue != nil { names.append(name) }
            if old != nil && newValue == nil { names.removeAll { $0 == name } }
        }
    }

    // MARK: - Writing

    /// The file's bytes. The note `checksum` is filled in; a name of `__metadata__` is misuse.
    public func encoded() -> [UInt8] {
        if tensors["__metadata__"] != nil { return misuse("TensorArchive: a tensor cannot be called __metadata__") }
        var header = ArchiveHeader()
        header.notes = notes
        var end = 0
        for (name, tensor) in named {
            let start = end
            end += tensor.count * tensor.elementType.size
            header.entries.append((name, .init(type: tensor.elementType, shape: tensor.shape, bytes: start..<end)))
        }
        let none = String(repeating: "0", count: 16)
        func assembled(_ checksum: String) -> [UInt8] {
            let text = header.encoded(checksum: checksum)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(8 + text.count + end)
            for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: text.count >> (8 * byte))) }
            return bytes + text
        }
        var bytes = assembled(none)
        let headerCount = bytes.count
        for (_, tensor) in named {
            tensor.withPointer { pointer in
                bytes.append(
                    contentsOf: UnsafeRawBufferPointer(start: pointer, count: tensor.count * tensor.elementType.size))
            }
        }
        bytes.replaceSubrange(..<headerCount, with: assembled(Checksum.of(bytes)))
        return bytes
    }

    /// Writes the file so that, whatever happens meanwhile, there is a whole one: the old or the new. What cannot be written throws.
    /// While misuse is pending, nothing happens.
    public func write(to path: String) throws(DataError) {
        guard !misuseIsPending else { return }
        try SafeFile.write(encoded(), to: path)
    }

    private var named: [(name: String, tensor: Tensor)] {
        names.compactMap { name in tensors[name].map { (name, $0) } }
    }

    // MARK: - Reading

    /// Reads a file.
    public init(contentsOf path: String) throws(DataError) {
        try self.init(decoding: try SafeFile.read(path), from: path)
    }

    /// Reads a file's bytes; `source` is what errors call it.
    public init(decoding bytes: [UInt8], from source: String) throws(DataError) {
        guard bytes.count >= 8 else {
            throw DataError(
                in: source, byte: 0, found: "\(bytes.count) bytes", expected: "the 8 of the header's length")
        }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
        guard length <= UInt64(bytes.count - 8) else {
            throw DataError(
                in: source, byte: 0, found: "a header of \(length) bytes",
                expected: "one that ends in the file, \(bytes.count - 8) at most")
        }
        let dataStart = 8 + Int(length)
        var parser = ArchiveHeaderParser(bytes[8..<dataStart], in: source)
        let header = try parser.parse()
        try TensorArchive.check(header, dataCount: bytes.count - dataStart, source)
        if let sum = header.notes[ArchiveHeader.checksumKey] {
            try Checksum.check(sum, bytes, headerEnd: dataStart, source)
        }
        for (name, entry) in header.entries where entry.type == .bool {
            let range = dataStart + entry.bytes.lowerBound..<dataStart + entry.bytes.upperBound
            if let place = bytes[range].firstIndex(where: { $0 > 1 }) {
                throw DataError(
                    in: source, byte: place, found: "\(bytes[place]) among the bools of \"\(name)\"", expected: "0 or 1"
                )
            }
        }
        notes = header.notes
        notes[ArchiveHeader.checksumKey] = nil
        for (name, entry) in header.entries {
            var tensor = Tensor(uninitialized: entry.shape, entry.type)
            bytes.withUnsafeBytes { all in
                let part = UnsafeRawBufferPointer(
                    rebasing: all[dataStart + entry.bytes.lowerBound..<dataStart + entry.bytes.upperBound])
                guard let address = part.baseAddress, !part.isEmpty else { return }
                tensor.withMutablePointer { $0.copyMemory(from: address, byteCount: part.count) }
            }
            self[name] = tensor
        }
    }

    /// Tensors fill the data, each beginning where another ends.
    private static func check(_ header: ArchiveHeader, dataCount: Int, _ source: String) throws(DataError) {
        var end = 0
        for (name, entry) in header.entries.sorted(by: {
            ($0.entry.bytes.lowerBound, $0.entry.bytes.upperBound) < (
                $1.entry.bytes.lowerBound, $1.entry.bytes.upperBound
            )
        }) {
            guard entry.bytes.lowerBound == end else {
                throw DataError(
                    in: source, found: "\"\(name)\" at byte \(entry.bytes.lowerBound) of the data",
                    expected: "it at \(end), where the one before ends")
            }
            end = entry.bytes.upperBound
        }
        guard end == dataCount else {
            throw DataError(in: source, found: "\(dataCount) bytes of data", expected: "the \(end) of all tensors")
        }
    }
}

/// A sum of 64 bits over a file, its own digits counted as zeros. Every single changed byte changes it; it is no protection
/// against people.
private enum Checksum {
    /// Where the digits stand: behind the length and the header's first characters.
    private static let place = 8 + #"{"__metadata__":{"checksum":""#.utf8.count

    /// Of bytes whose digits are zeros.
    static func of(_ bytes: [UInt8]) -> String {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ word: UInt64) {
            // Each step is undone by another, so that no two words lead to one sum.
            sum = (sum ^ word) &* 0x9E37_79B9_7F4A_7C15
            sum ^= sum >> 32
        }
        bytes.withUnsafeBytes { bytes in
            let whole = bytes.count / 8
            for i in 0..<whole {
                add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self)))
            }
            for byte in bytes[(8 * whole)...] { add(UInt64(byte)) }
            add(UInt64(bytes.count))
        }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func check(_ sum: String, _ bytes: [UInt8], headerEnd: Int, _ source: String) throws(DataError) {
        guard sum.utf8.count == 16, headerEnd >= place + 16, bytes[place..<place + 16].elementsEqual(sum.utf8) else {
            throw DataError(
                in: source, found: "a checksum \"\(sum)\"", expected: "16 digits at byte \(place), where they belong")
        }
        var zeroed = bytes
        for i in place..<place + 16 { zeroed[i] = 0x30 }
        let actual = of(zeroed)
        guard actual == sum else {
            throw DataError(
                in: source, found: "a file whose checksum is \(actual)", expected: "\(sum), as it says itself")
        }
    }
}
