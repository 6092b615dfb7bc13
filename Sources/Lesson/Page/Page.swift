import Foundation
import GradusTensor

extension Lesson {
    /// The lesson as one HTML page that needs nothing else: no server, no network.
    public func html() -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escapedForHTML)</title></head>
        <body><h1>\(title.escapedForHTML)</h1><pre>\(text().escapedForHTML)</pre></body></html>
        """
    }

    /// Writes ``html()`` to a file; throws what the system says if that is not possible. While misuse is pending it does nothing.
    public func write(to path: String) throws {
        guard !misuseIsPending else { return }
        try Data(html().utf8).write(to: URL(filePath: path), options: .atomic)
    }
}
