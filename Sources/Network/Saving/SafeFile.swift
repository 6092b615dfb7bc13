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
/// one, whose name ends in `.tmp`: the next write to the same path clears it away.
///
/// Whoever writes a temporary file holds a lock on it, which the system lets go when the program ends, however it ends. So one
/// that can be locked by another is nobody's any more. A file is taken away only under its lock, and its writer looks, when it has the lock, whether
/// the file is still there: between the two nothing of a living program's is lost.
enum SafeFile {
    private static let count = Atomic(0)

    static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
        guard !misuseIsPending else { return }
        clearLeftovers(of: path)
        let (file, temporary) = try openTemporary(path)
        do throws(DataError) {
            try write(bytes, to: file, temporary)
            guard fsync(file) == 0 else { throw failure(temporary, "a file that goes to the disk") }
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
        // Renamed before it is closed, which lets the lock go.
        guard rename(temporary, path) == 0 else {
            let error = failure(path, "a file that can be replaced")
            unlink(temporary)
            close(file)
            throw error
        }
        close(file)
        // The new name too is to be on the disk. Where folders cannot be synchronized, there is nothing more to be done.
        let folder = open(parts(of: path).folder, O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// A new file beside the one at a path, locked.
    private static func openTemporary(_ path: String) throws(DataError) -> (file: Int32, name: String) {
        while true {
            let name = "\(path).\(getpid()).\(count.add(1, ordering: .relaxed).newValue).tmp"
            let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            if file < 0 && errno == EEXIST { continue }  // a leftover of another program that had this number
            guard file >= 0 else { throw failure(name, "a file to write to") }
            var isLocked = flock(file, LOCK_EX) == 0
            while !isLocked && errno == EINTR { isLocked = flock(file, LOCK_EX) == 0 }
            // Where files cannot be locked, nobody clears them away either.
            if !isLocked || isStillThere(file, name) { return (file, name) }
            close(file)
        }
    }

    /// Takes away what writes to a path left that were cut off.
    static func clearLeftovers(of path: String) {
        let (folder, name) = parts(of: path)
        guard let entries = opendir(folder) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            // Read where it lies: a copy of the whole entry would be of more bytes than there are.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return }
            let start = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            let found = String(cString: start)
            guard found.hasPrefix(name + "."), found.hasSuffix(".tmp") else { continue }
            let numbers = found.dropFirst(name.count + 1).dropLast(4).split(
                separator: ".", omittingEmptySubsequences: false)
            guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { 48...57 ~= $0 } }) else {
                continue
            }
            let leftover = "\(folder)/\(found)"
            let file = open(leftover, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard file >= 0 else { continue }
            if flock(file, LOCK_EX | LOCK_NB) == 0 && isStillThere(file, leftover) { unlink(leftover) }
            close(file)
        }
    }

    /// Whether a name is still that of an open file.
    private static func isStillThere(_ file: Int32, _ name: String) -> Bool {
        var (open, named) = (stat(), stat())
        return fstat(file, &open) == 0 && lstat(name, &named) == 0 && open.st_ino == named.st_ino
            && open.st_dev == named.st_dev
    }

    /// Where a path leads, and the name there.
    private static func parts(of path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
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
