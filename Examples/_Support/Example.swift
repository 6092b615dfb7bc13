import Foundation
import Gradus

/// What all examples have in common: the command line, and a folder for what they draw.
public struct Example {
    /// Whether only the least is to be done: to see that it works, not to learn well.
    public let isQuick: Bool
    /// What was given for the example's own options, by name.
    public let values: [String: String]
    private let folder: String

    /// Reads the command line. Asked for help it prints it and ends the program; given what it does not know, it says so in one
    /// sentence, with exit code 2.
    public init(_ name: String, _ about: String, options: [(name: String, value: String, help: String)] = []) {
        var (isQuick, folder, values) = (false, "pictures/\(name)", [String: String]())
        var rest = CommandLine.arguments.dropFirst()
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            func value() -> String {
                guard let value = parts.count > 1 ? parts[1] : rest.popFirst(), !value.isEmpty else {
                    Example.stop("\(name): \(parts[0]) needs a value; see --help", code: 2)
                }
                return value
            }
            switch parts[0] {
            case "--help", "-h":
                print(Example.help(name, about, options))
                exit(0)
            case "--quick" where parts.count == 1: isQuick = true
            case "--output": folder = value()
            case "--threads":
                let text = value()
                guard let count = Int(text), (1...256).contains(count) else {
                    Example.stop("\(name): --threads takes a whole number from 1 to 256, not \"\(text)\"", code: 2)
                }
                threadCount = count
            case let option where options.contains { $0.name == option }: values[option] = value()
            default: Example.stop("\(name): there is no option \"\(argument)\"; see --help", code: 2)
            }
        }
        (self.isQuick, self.folder, self.values) = (isQuick, folder, values)
        do { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) } catch {
            Example.stop("\(name): no pictures can be written to \(folder): \(error.localizedDescription)", code: 1)
        }
    }

    private static func help(
        _ name: String, _ about: String, _ options: [(name: String, value: String, help: String)]
    ) -> String {
        """
        \(about)

        Usage: \(name) [options]

        \(options.map { "  \(column("\($0.name) \($0.value)", 13)) \($0.help)\n" }.joined())\
          --quick        do only so much as shows that it works
          --output PATH  the folder for the pictures (default pictures/\(name))
          --threads N    how many threads compute (default: one a core); the numbers do not depend on it
          --help         this text
        """
    }

    /// Writes a picture, and says where.
    public func draw(_ picture: some Picture, _ name: String) {
        let path = "\(folder)/\(name).svg"
        do { try picture.write(to: path) } catch {
            Example.stop("\(path) could not be written: \(error.localizedDescription)", code: 1)
        }
        print("picture: \(path)")
    }

    /// Says one sentence where errors go, and ends the program.
    public static func stop(_ message: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(message)\n".utf8))
        exit(code)
    }

    /// The digits of the package.
    public func digits() -> Digits {
        do { return try Digits.load() } catch { Example.stop("\(error)", code: 1) }
    }
}

/// A number with so many decimals.
public func decimals(_ value: Double, _ count: Int = 3) -> String { String(format: "%.\(count)f", value) }

/// A small or large number with three digits: `3.16e-05`.
public func digits3(_ value: Double) -> String { String(format: "%.2e", value) }

/// Text filled up with blanks on the right, or cut.
public func column(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
}
