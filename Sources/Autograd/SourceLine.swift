/// A place in the user's source.
package struct SourceLine: Sendable, CustomStringConvertible {
    package let file: StaticString
    package let line: UInt
    package init(_ file: StaticString, _ line: UInt) { (self.file, self.line) = (file, line) }
    package var description: String { "\(file):\(line)" }
}
