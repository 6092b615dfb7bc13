import Foundation
import Testing

/// What the tutorial says of the source: files and types that it names are there; and every guide's links lead somewhere. That its programs
/// print what it says is the business of `.ci/snippets`.
@Suite struct TutorialTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let folder = root.appendingPathComponent("Docs/Tutorial")

    private func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

    private func pages() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "md" }.sorted { $0.path < $1.path }
    }

    @Test func everyLinkLeadsSomewhere() throws {
        let guides = try FileManager.default.contentsOfDirectory(
            at: Self.root.appendingPathComponent("Docs"), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "md" }
        let first = ["README.md", "CONTRIBUTING.md"].map(Self.root.appendingPathComponent)
        for page in try pages() + guides + first {
            for match in try text(page).matches(of: /\]\(([^)#\s]+)\)/) where !match.1.contains("://") {
                let target = page.deletingLastPathComponent().appendingPathComponent(String(match.1))
                #expect(FileManager.default.fileExists(atPath: target.path), "\(page.lastPathComponent): \(match.1)")
            }
        }
    }

    @Test func theIndexListsEveryChapterAndEachLeadsToTheNext() throws {
        let names = try pages().map(\.lastPathComponent).filter { $0 != "README.md" }
        #expect(names.count == 17)
        let index = try text(Self.folder.appendingPathComponent("README.md"))
        for (number, name) in names.enumerated() {
            #expect(index.contains("| \(number + 1). ["), "\(name)")
            #expect(index.contains("](\(name))"), "\(name)")
            let page = try text(Self.folder.appendingPathComponent(name))
            #expect(page.hasPrefix("# \(number + 1). "), "\(name)")
            #expect(page.contains("## Exercises") && page.contains("## Answers"), "\(name)")
            if number + 1 < names.count { #expect(page.contains("](\(names[number + 1]))"), "\(name)") }
        }
    }

    /// The tables of the last chapter have a file in the first column, and in the second types that stand in it.
    @Test func theWalkThroughTheSourceNamesWhatIsThere() throws {
        let chapter = try text(Self.folder.appendingPathComponent("17-how-it-works-inside.md"))
        var (files, types) = (0, 0)
        for line in chapter.split(separator: "\n") {
            guard let row = line.firstMatch(of: /^\| \[`([^`]+)`\]\([^)]+\) \|([^|]*)\|/) else { continue }
            files += 1
            let source = try text(Self.root.appendingPathComponent(String(row.1)))
            for type in row.2.matches(of: /`(\w+)`/) {
                types += 1
                let declared = try Regex("(class|struct|enum|protocol) \(type.1)\\b")
                #expect(source.contains(declared), "\(row.1) declares no \(type.1)")
            }
        }
        #expect(files > 30 && types > 30)
        // The answer to its first exercise.
        let sum = "gradients[slot].gather(summed)"
        #expect(chapter.contains("`\(sum)`"))
        #expect(try text(Self.root.appendingPathComponent("Sources/Autograd/Backward.swift")).contains(sum))
    }

    /// A path that stands outside of the tables, in the tutorial or the guide for contributors, is there too.
    @Test func everyPathThatIsNamedIsThere() throws {
        for page in try pages() + [Self.root.appendingPathComponent("CONTRIBUTING.md")] {
            for match in try text(page).matches(of: /`((?:Sources|Tests|Examples|Docs)\/[\w\/.+-]+)`/) {
                let path = Self.root.appendingPathComponent(String(match.1)).path
                #expect(FileManager.default.fileExists(atPath: path), "\(page.lastPathComponent): \(match.1)")
            }
        }
    }
}
