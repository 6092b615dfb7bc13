import Foundation
import GradusAutograd
import GradusTensor

/// Text to learn from.
public enum SampleText {
    /// "The Way Down", 8,000 characters of tales told for this package and under its license: enough for a language model to
    /// learn words from, in seconds.
    ///
    /// - Throws: ``DataError`` if the package's resource is missing or damaged.
    public static func load() throws(DataError) -> String {
        guard let url = Bundle.module.url(forResource: "valley", withExtension: "txt") else {
            throw DataError(in: "valley.txt", found: "no such resource in the package", expected: "the tales")
        }
        return try load(contentsOf: url.path)
    }

    /// The text of a file in UTF-8. One that is empty, or no UTF-8, is refused.
    ///
    /// - Throws: ``DataError``, with the first byte that is wrong.
    public static func load(contentsOf path: String) throws(DataError) -> String {
        let file = try BinaryFile(path, expected: "a text")
        let bytes = try file.read(file.size)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let place = firstInvalid(bytes)
            throw DataError(
                in: file.name, byte: place, found: "\(bytes[place...].first ?? 0)",
                expected: "text in UTF-8")
        }
        guard !text.isEmpty else { throw DataError(in: file.name, byte: 0, found: "nothing", expected: "a text") }
        return text
    }

    /// Where the first byte lies that is not part of a character.
    private static func firstInvalid(_ bytes: [UInt8]) -> Int {
        var (parser, rest, place) = (Unicode.UTF8.ForwardParser(), bytes.makeIterator(), 0)
        while case .valid(let character) = parser.parseScalar(from: &rest) { place += character.count }
        return place
    }
}

extension Dataset {
    /// Pieces of a sequence, to predict the next element at every place: inputs `[m, length]`, labels the same one place on.
    ///
    ///     let data = Dataset(nextIn: codes, length: 64, every: 16)
    ///
    /// Codes are `[n]` of `int64` and n is above `length`; a piece begins every so many elements. Anything else is misuse.
    public init(nextIn codes: Tensor, length: Int, every step: Int? = nil) {
        let step = step ?? length
        guard codes.rank == 1 && codes.elementType == .int64 && length >= 1 && step >= 1 && codes.count > length else {
            misuse(
                "Dataset: pieces of \(length), every \(step), of \(codes.elementType) of shape \(codes.shape); codes are [n] of "
                    + "int64, more than a piece has")
            self.init(inputs: .inert([1, 1], .int64), labels: .inert([1, 1], .int64))
            return
        }
        let starts = Tensor(Array(stride(from: 0, to: codes.count - length, by: step))).reshaped(to: [-1, 1])
        let places = starts + Tensor.arange(length)
        self.init(inputs: codes.taking(places), labels: codes.taking(places + 1))
    }
}

/// A long sequence read by several readers at once, piece by piece: for truncated backpropagation through time, where the state
/// of a recurrent net is carried over from one piece to the next.
///
///     for piece in SequencePieces(of: codes, readers: 32, length: 50) {
///         let (scores, next) = model(piece.inputs, state)
///         state = next.detached()
///     }
///
/// Reader r reads the r-th part of the sequence; row r of each batch goes on where row r of the one before ended. Inputs are
/// `[readers, length]`, labels the same one place on. What fills no whole piece at the end of a part is left out.
public struct SequencePieces: RandomAccessCollection, Sendable {
    private let parts: Tensor
    private let length: Int

    /// The number of pieces.
    public let count: Int

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    /// Codes are `[n]` of `int64`. Fewer than 1 reader, pieces of less than 1, and a sequence that is too short for one piece, are
    /// misuse.
    public init(of codes: Tensor, readers: Int, length: Int) {
        let share = readers >= 1 ? (codes.count - 1) / readers : 0
        guard codes.rank == 1 && codes.elementType == .int64 && length >= 1 && share >= length else {
            misuse(
                "SequencePieces: \(readers) readers of pieces of \(length), of \(codes.elementType) of shape \(codes.shape); codes "
                    + "are [n] of int64, and give each reader a piece")
            (parts, self.length, count) = (.inert([1, 2], .int64), 1, 0)
            return
        }
        // One element more than a share: the last label is the first input of the next part.
        let places = (Tensor.arange(readers) * Double(share)).reshaped(to: [readers, 1]) + Tensor.arange(share + 1)
        (parts, self.length, count) = (codes.taking(places), length, share / length)
    }

    /// A piece by its number. One that is not there is misuse.
    public subscript(index: Int) -> Batch {
        guard index >= 0 && index < count else {
            return misuse("SequencePieces: piece \(index) of \(count)", inert: Batch(inputs: .inert, labels: .inert))
        }
        let start = index * length
        return Batch(
            inputs: .constant(parts.slice(along: 1, from: start, to: start + length)),
            labels: parts.slice(along: 1, from: start + 1, to: start + length + 1))
    }
}
