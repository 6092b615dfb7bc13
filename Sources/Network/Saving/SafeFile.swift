import GradusData
import GradusTensor
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Files written so that there is always a whole one: the new bytes go to a temporary file beside the old one, which takes its place
/// when they are on the disk. A program killed, a full disk or a power cut leaves the old file as it was, and perhaps a temporary
/// one, whose name ends in `.tmp`.
enum SafeFile {
    private static let count = Atomic(0)

    static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
        guard !misuseIsPending else { return }
        let number = count.add(1, ordering: .relaxed).newValue
        let temporary = "\(path).\(getpid()).\(number).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(temporary, "a file to write to") }
        do throws(DataError) {
            try write(bytes, to: file, temporary)
            guard fsync(file) == 0 else { throw failure(temporary, "a file that goes to the disk") }
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
        guard close(file) == 0, rename(temporary, path) == 0 else {
            let error = failure(path, "a file that can be replaced")
            unlink(temporary)
            throw error
        }
        // The new name too is to be on the disk. Where folders cannot be synchronized, there is nothing more to be done.
        let slash = path.lastIndex(of: "/")
        let folder = open(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ path: String) throws(DataError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                systemWrite(file, buffer.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(path, "room for \(bytes.count) bytes") }
            done += written
        }
    }

    static func read(_ path: String) throws(DataError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw failure(path, "a file to read") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw DataError(in: path, found: "no regular file", expected: "a file to read")
        }
        let size = Int(status.st_size)
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, done in
            while done < size {
                let count = systemRead(file, buffer.baseAddress.map { $0 + done }, size - done)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 {
                    failed = count < 0
                    return
                }
                done += count
            }
        }
        if failed { throw failure(path, "a file to read") }
        return bytes
    }

    private static func failure(_ path: String, _ expected: String) -> DataError {
        DataError(in: path, found: String(cString: strerror(errno)), expected: expected)
    }
}

// The members above hide the functions of these names.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(file, bytes, count) }
private func systemRead(_ file: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(file, bytes, count)
}
