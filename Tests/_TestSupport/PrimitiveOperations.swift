import Foundation

/// The names of the library's primitives, for tests of what has to be there for each: the final subclasses, direct or not, of the
/// operation classes that have an arity, found in the sources. `file` is the test's own `#filePath`.
public func primitiveOperations(near file: String) throws -> Set<String> {
    // Tests/<target>/…/<file>, however deep: the folder that holds Package.swift.
    var root = URL(filePath: file).deletingLastPathComponent()
    while !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path), root.path != "/" {
        root.deleteLastPathComponent()
    }
    let sources = root.appending(path: "Sources")
    var parents: [String: String] = [:]
    var final: Set<String> = []
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
        guard file.pathExtension == "swift" else { continue }
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(whereSeparator: { " :,{".contains($0) }).map(String.init)
            guard words.first != "///", let place = words.firstIndex(of: "class"), words.count > place + 2,
                line.contains(":")
            else { continue }
            parents[words[place + 1]] = words[place + 2]
            if words[..<place].contains("final") { final.insert(words[place + 1]) }
        }
    }
    let roots: Set = [
        "UnaryOperation", "BinaryOperation", "TernaryOperation", "VariadicOperation", "SplittingOperation",
    ]
    return final.filter { name in
        var parent = parents[name]
        while let one = parent {
            if roots.contains(one) { return true }
            parent = parents[one]
        }
        return false
    }
}
