/// What was asked for on the command line.
struct Options {
    var names: [String] = []
    var threads: Int?
    var seconds = 1.0
    var lists = false
    var runs = true
    var against: [String] = []
    /// What a process started by this program does in place of everything else.
    var task: String?

    static let usage = """
        Usage: Benchmarks [NAME …] [options]

          NAME              a workload, or a prefix with * behind it; all of them if none is given
          --list            the names, and nothing is run
          --threads N       threads for each operation; as many as there are cores unless given
          --seconds S       for how long each workload is repeated, 1 unless given
          --against FILE…   lines of others (and earlier ones of this program), joined into a table of ratios
          --compare-only    with --against: runs nothing, and compares what is in the files

        Each workload is a line of JSON on the standard output. The table, if there is one, comes behind them.
        """

    /// Nil where help is asked for.
    static func parse(_ arguments: some Sequence<String>) throws(UsageError) -> Options? {
        var options = Options()
        var rest = Array(arguments)[...]
        func value(_ option: String) throws(UsageError) -> String {
            guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case "--list": options.lists = true
            case "--compare-only": options.runs = false
            case "--task": options.task = try value(argument)
            case "--threads":
                let text = try value(argument)
                guard let number = Int(text), 1...256 ~= number else {
                    throw UsageError("--threads takes a whole number from 1 to 256, not \"\(text)\"")
                }
                options.threads = number
            case "--seconds":
                let text = try value(argument)
                guard let number = Double(text), 0...3600 ~= number else {
                    throw UsageError("--seconds takes a number from 0 to 3600, not \"\(text)\"")
                }
                options.seconds = number
            case "--against":
                while let file = rest.first, !file.hasPrefix("--") {
                    options.against.append(file)
                    rest.removeFirst()
                }
                if options.against.isEmpty { throw UsageError("--against needs a file") }
            default:
                if argument.hasPrefix("-") { throw UsageError("there is no option \"\(argument)\"") }
                options.names.append(argument)
            }
        }
        if !options.runs && options.against.isEmpty { throw UsageError("--compare-only goes with --against FILE") }
        return options
    }

    /// Whether a workload is among those asked for.
    func wants(_ name: String) -> Bool {
        names.isEmpty || names.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
    }
}

struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
