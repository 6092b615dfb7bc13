import Foundation
import Testing

/// An example, run as its users run it.
struct ExampleRun {
    let output: String
    let errors: String
    let status: Int32
    var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    init(_ name: String, _ arguments: [String] = []) throws {
        let process = Process()
        let program: URL = try #require(Self.executable(name))
        process.executableURL = program
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // What goes to standard error is a sentence, far less than a pipe holds, so one may be read after the other.
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        self.output = String(decoding: said, as: UTF8.self)
        self.errors = String(decoding: complained, as: UTF8.self)
        status = process.terminationStatus
    }

    /// A program of this package, which lies beside the tests' own or, as a bundle's, beside that.
    static func executable(_ name: String) -> URL? {
        let own =
            [Bundle.main.bundleURL, URL(fileURLWithPath: CommandLine.arguments[0])] + Bundle.allBundles.map(\.bundleURL)
        let folders = own.flatMap { [$0, $0.deletingLastPathComponent()] }
        return folders.map { $0.appendingPathComponent(name) }.first {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: $0.path)
        }
    }
}
