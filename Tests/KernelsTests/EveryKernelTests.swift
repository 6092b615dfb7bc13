import Foundation
import Testing

/// That none is forgotten: every function that the kernels' headers declare is called by the checks in C, which run between guard
/// pages on every path, on other processors too.
@Suite struct EveryKernelTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All that lies in a folder, without its comments.
    private static func text(_ folder: URL) throws -> String {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { ["swift", "c", "h"].contains($0.pathExtension) }
            .map { try String(contentsOf: $0, encoding: .utf8) }
            .joined(separator: "\n")
            .split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            .joined(separator: "\n")
    }

    /// Names that calls are made of: `gradus_` and what follows, before a parenthesis.
    private static func called(_ text: String) -> Set<String> {
        Set(text.matches(of: /\b(gradus_[a-z0-9_]+)\(/).map { String($0.1) })
    }

    @Test func everyKernelIsChecked() throws {
        let declared = Self.called(try Self.text(Self.root.appending(path: "Sources/Kernels/include")))
        #expect(declared.count > 60)
        let inC = Self.called(try Self.text(Self.root.appending(path: "Tests/KernelsCheck")))
        #expect(declared.subtracting(inC).sorted() == [])
    }
}
