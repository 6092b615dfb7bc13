import Foundation
import GradusTensor

/// A file of bytes, looked at piece by piece, so that its size is known before memory is asked for.
struct BinaryFile {
    let name: String
    /// How many bytes it has.
    let size: Int
    private let handle: FileHandle

    /// Opens a file. One that cannot be read, or is a folder, is refused; so is what begins as gzip writes it.
    init(_ path: String, expected: String) throws(DataError) {
        func trouble(_ found: String) -> DataError { DataError(in: path, found: found, expected: expected) }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw trouble("no file") }
        if isFolder.boolValue { throw trouble("a folder") }
        guard let handle = FileHandle(forReadingAtPath: path) else { throw trouble("a file that may not be read") }
        do {
            size = Int(clamping: try handle.seekToEnd())
            try handle.seek(toOffset: 0)
        } catch { throw trouble("nothing that can be read (\(error.localizedDescription))") }
        (name, self.handle) = (URL(fileURLWithPath: path).lastPathComponent, handle)
        if try read(2) == [0x1F, 0x8B] {
            throw DataError(in: name, byte: 0, found: "a gzip archive", expected: "\(expected); unpack it with gunzip")
        }
        do { try handle.seek(toOffset: 0) } catch { throw trouble("a file that cannot be gone back in") }
    }

    /// The next bytes, as many of them as there are.
    func read(_ count: Int) throws(DataError) -> [UInt8] {
        do {
            return [UInt8](try handle.read(upToCount: count) ?? Data())
        } catch {
            throw DataError(
                in: name, found: "a file that cannot be read further (\(error.localizedDescription))",
                expected: "\(count) bytes")
        }
    }
}

extension Tensor {
    /// Bytes as numbers from 0 to 1.
    static func fractions(_ bytes: ArraySlice<UInt8>, shape: Shape) -> Tensor {
        Tensor(Array(bytes).map { Float($0) / 255 }, shape: shape)
    }
}
