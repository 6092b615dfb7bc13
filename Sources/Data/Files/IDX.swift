import GradusTensor

/// The contents of an IDX file: an array of any number of axes, the format in which MNIST and its followers are distributed.
///
///     let images = try IDXFile(contentsOf: "train-images-idx3-ubyte")
///     print(images.shape)                       // [60000, 28, 28]
///     let pixels = images.tensor() / 255        // float32
///
/// The format: two zero bytes, one for the type (0x08 UInt8, 0x09 Int8, 0x0B Int16, 0x0C Int32, 0x0D float, 0x0E double), one for
/// the number of axes; the sizes, each 4 bytes, the most significant first; then the elements, likewise (Y. LeCun, C. Cortes and
/// C. Burges, "The MNIST database of handwritten digits").
public struct IDXFile: Sendable {
    /// The sizes along each axis, 8 at most.
    public let shape: Shape

    /// What the elements are in the file.
    public enum Kind: UInt8, Sendable, CaseIterable {
        case uint8 = 0x08
        case int8 = 0x09
        case int16 = 0x0B
        case int32 = 0x0C
        case float = 0x0D
        case double = 0x0E

        /// How many bytes an element takes.
        var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .int16: 2
            case .int32, .float: 4
            case .double: 8
            }
        }
    }

    /// What the elements are in the file.
    public let kind: Kind

    /// The elements, as they lie in the file.
    let bytes: [UInt8]

    /// What errors call it.
    public let source: String

    /// Reads a file. What is damaged is refused before memory is taken for it: the size of the file must be just what its
    /// heading says.
    ///
    /// - Throws: ``DataError`` that says which byte, what is there and what was expected.
    public init(contentsOf path: String) throws(DataError) {
        let file = try BinaryFile(path, expected: "an IDX file")
        let start = try file.read(IDXFile.longestHeading)
        let heading = try Heading(start, fileSize: file.size, source: file.name)
        let body = start.dropFirst(heading.size).prefix(heading.bodySize)
        let rest = try file.read(heading.bodySize - body.count)
        guard body.count + rest.count == heading.bodySize else {  // it has shrunk in the meantime
            throw DataError(
                in: file.name, byte: heading.size + body.count + rest.count, found: "the end of the file",
                expected: "\(heading.bodySize) bytes of elements")
        }
        self.init(heading, Array(body) + rest, file.name)
    }

    /// Reads the bytes of a file; errors call it `source`.
    public init(_ bytes: [UInt8], source: String) throws(DataError) {
        let heading = try Heading(bytes, fileSize: bytes.count, source: source)
        self.init(heading, Array(bytes.dropFirst(heading.size)), source)
    }

    private init(_ heading: Heading, _ bytes: [UInt8], _ source: String) {
        (shape, kind, self.bytes, self.source) = (heading.shape, heading.kind, bytes, source)
    }

    /// The elements. Without another wish whole numbers and `float` become `float32`, `double` becomes `float64`. A NaN as
    /// `int64` is misuse.
    public func tensor(as elementType: ElementType? = nil) -> Tensor {
        let type = elementType ?? (kind == .double ? .float64 : .float32)
        let plain: Tensor =
            switch kind {
            case .uint8: Tensor(bytes.map { Float($0) }, shape: shape)
            case .int8: Tensor(bytes.map { Float(Int8(bitPattern: $0)) }, shape: shape)
            case .int16: Tensor(elements(of: UInt16.self).map { Float(Int16(bitPattern: $0)) }, shape: shape)
            case .int32: Tensor(elements(of: UInt32.self).map { Int(Int32(bitPattern: $0)) }, shape: shape)
            case .float: Tensor(elements(of: UInt32.self).map { Float(bitPattern: $0) }, shape: shape)
            case .double: Tensor(elements(of: UInt64.self).map { Double(bitPattern: $0) }, shape: shape)
            }
        return plain.converted(to: type)
    }

    /// The most significant byte first.
    private func elements<T: FixedWidthInteger>(of type: T.Type) -> [T] {
        let size = T.bitWidth / 8
        return (0..<bytes.count / size).map { IDXFile.number(bytes[$0 * size..<($0 + 1) * size]) }
    }

    fileprivate static func number<T: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> T {
        bytes.reduce(0) { $0 << 8 | T($1) }
    }

    private static let longestHeading = 4 + 4 * Shape.maximumRank

    private struct Heading {
        let shape: Shape
        let kind: Kind
        let size: Int
        let bodySize: Int

        /// Reads the heading from the first bytes of a file of so many.
        init(_ start: [UInt8], fileSize: Int, source: String) throws(DataError) {
            func trouble(_ byte: Int, _ found: String, _ expected: String) -> DataError {
                DataError(in: source, byte: byte, found: found, expected: expected)
            }
            guard start.count >= 4 else {
                throw trouble(start.count, "the end of the file", "4 bytes that say what an IDX file holds")
            }
            guard start[0] == 0 && start[1] == 0 else {
                throw trouble(0, "\(start[0]), \(start[1])", "two zeros, with which an IDX file begins")
            }
            guard let kind = Kind(rawValue: start[2]) else {
                throw trouble(2, "\(start[2])", "an element type: 8, 9, 11, 12, 13 or 14")
            }
            let rank = Int(start[3])
            guard rank >= 1 && rank <= Shape.maximumRank else {
                throw trouble(3, "\(rank) axes", "1 to \(Shape.maximumRank)")
            }
            size = 4 + 4 * rank
            guard start.count >= size else {
                throw trouble(start.count, "the end of the file", "\(rank) sizes of 4 bytes")
            }
            let sizes = (0..<rank).map { axis -> Int in IDXFile.number(start[4 + 4 * axis..<8 + 4 * axis]) }
            guard let shape = Shape(exactly: sizes),
                case let (count, overflow) = shape.count.multipliedReportingOverflow(by: kind.size),
                !overflow, count <= Int.max - size
            else {
                throw trouble(4, "sizes \(sizes)", "no more elements than a computer holds")
            }
            guard fileSize == size + count else {
                throw trouble(
                    Swift.min(fileSize, size + count), fileSize < size + count ? "the end of the file" : "more bytes",
                    "\(count) bytes of elements, as the sizes \(sizes) say, and no more")
            }
            (self.shape, self.kind, bodySize) = (shape, kind, count)
        }
    }
}
