import Foundation
import Testing

/// What the documents promise of the source itself.
@Suite struct LayoutTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    private func lines(_ path: String) throws -> Int {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        ).count - 1
    }

    @Test func theCoreIsReadInAnEvening() throws {
        let core = ["Variable", "Operation", "Backward"]
        let total = try core.map { try lines("Sources/Autograd/\($0).swift") }.reduce(0, +)
        #expect(total > 0 && total < 500)
    }

    @Test func noFileIsTooLongToRead() throws {
        var longest: [String] = []
        for folder in ["Sources", "Tests", "Examples"] {
            let files = FileManager.default.enumerator(atPath: Self.root.appending(path: folder).path)
            while let file = files?.nextObject() as? String {
                guard [".swift", ".c", ".h"].contains(where: file.hasSuffix) else { continue }
                if try lines("\(folder)/\(file)") > 500 { longest.append(file) }
            }
        }
        #expect(longest.isEmpty)
    }
}
