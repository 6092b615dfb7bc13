import Foundation
import Testing

/// The catalogue's tables: whatever they name is declared where the link leads.
@Suite struct CatalogueDocumentTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
    private static let docs = root.appending(path: "Docs")

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// The rows of the tables, cell by cell, without their heads.
    private func rows() throws -> [[String]] {
        try text("Docs/Catalogue.md").split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }
            .map { $0.dropFirst(2).dropLast(2).components(separatedBy: " | ") }
            .filter { $0[0] != "topic" && $0[0] != "fact" }
    }

    private func links(_ cell: String) -> [(name: String, path: String)] {
        cell.matches(of: /\[([^\]]+)\]\(([^)]+)\)/).map { (String($0.1), String($0.2)) }
    }

    @Test func everyNameIsDeclaredInTheFileItLinksTo() throws {
        var count = 0
        for row in try rows() {
            let names = links(row[1])
            #expect(!names.isEmpty, "\(row[0])")
            for (name, path) in names {
                let source = try String(contentsOf: Self.docs.appending(path: path), encoding: .utf8)
                let bare = name.trimmingCharacters(in: ["`"])
                let access = path.hasPrefix("../Tests/") ? "@Test[^\n]*|^" : "public|open"
                let declared = try Regex(
                    "(?m)^ *(\(access)).*\\b(func|struct|class|enum|protocol|typealias|var|let|init) `?\(bare)\\b")
                #expect(source.contains(declared), "\(row[0]): \(path) declares no \(bare)")
                count += 1
            }
        }
        #expect(count > 200)
    }

    @Test func everyExampleAndChapterIsThere() throws {
        let package = try text("Package.swift")
        for row in try rows() where row.count == 4 {
            for (name, path) in links(row[2]) {
                #expect(
                    path == "../Examples/\(name)/main.swift" && package.contains("\"\(name)\""), "\(row[0]): \(name)")
                #expect(
                    FileManager.default.fileExists(atPath: Self.docs.appending(path: path).path), "\(row[0]): \(path)")
            }
            for (number, path) in links(row[3]) {
                let chapter = try String(contentsOf: Self.docs.appending(path: path), encoding: .utf8)
                #expect(chapter.hasPrefix("# \(number). "), "\(row[0]): \(path)")
            }
        }
    }

    /// A model, layer or example that is added is to be added there too.
    @Test func nothingOfTheShelvesIsLeftOut() throws {
        let catalogue = try text("Docs/Catalogue.md")
        for folder in ["Models", "Losses", "Layers"] {
            let path = "Sources/Network/\(folder)"
            for file in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: path).path)
            where file.hasSuffix(".swift") && file != "Reduction.swift" {
                #expect(catalogue.contains("../\(path)/\(file)"), "\(path)/\(file)")
            }
        }
        for example in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Examples").path)
        where FileManager.default.fileExists(atPath: Self.root.appending(path: "Examples/\(example)/main.swift").path)
            && example != "Benchmarks"
        {
            #expect(catalogue.contains("../Examples/\(example)/main.swift"), "\(example)")
        }
    }
}
