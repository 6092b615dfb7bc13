/// What was asked for on the command line.
struct Options {
    var epochs = 30
    var seed: UInt64 = 1
    var output = "digits-report.html"
    var threads: Int?

    static let help = """
        Trains a small convolutional network on 1,437 handwritten digits, and tests it on 360 others.

        Usage: Digits [options]

          --epochs N     how often to go through the digits (default 30)
          --seed N       another start: first weights, order of the digits, dropout (default 1)
          --output PATH  where to write the report, an HTML file (default digits-report.html)
          --threads N    how many threads compute (default: one a core); the numbers do not depend on it
          --help         this text
        """

    /// Reads the arguments behind the program's name; nil if help was asked for.
    static func parse(_ arguments: some Sequence<String>) throws(UsageError) -> Options? {
        var options = Options()
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, inline) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
            switch name {
            case "--help", "-h": return nil
            case "--epochs", "--seed", "--output", "--threads":
                guard let value = inline ?? rest.popFirst() else { throw UsageError("\(name) needs a value") }
                try options.set(name, to: value)
            default: throw UsageError("there is no option \"\(argument)\"")
            }
        }
        return options
    }

    private mutating func set(_ name: String, to value: String) throws(UsageError) {
        switch name {
        case "--epochs": epochs = Int(try whole(name, value, in: 1...100_000))
        case "--seed": seed = try whole(name, value, in: 0...UInt64.max)
        case "--threads": threads = Int(try whole(name, value, in: 1...256))
        default:
            if value.isEmpty { throw UsageError("\(name) needs a path, not \"\"") }
            output = value
        }
    }

    private func whole(_ name: String, _ value: String, in range: ClosedRange<UInt64>) throws(UsageError) -> UInt64 {
        guard let number = UInt64(value), range.contains(number) else {
            throw UsageError(
                "\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), not \"\(value)\"")
        }
        return number
    }
}

struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
