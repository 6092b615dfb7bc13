/// What was asked for on the command line.
struct Options {
    enum Task: Equatable {
        case list, help
        case example(String)
        case expression(String, [String: Double])
        case chain(Int)
        case all(directory: String)
    }

    var task = Task.list
    /// Where to write a page instead of stepping in the terminal.
    var html: String?
    var svg: String?
    var dot: String?
    var json: String?
    var predicting = false

    static let help = """
        Shows backpropagation step by step.

        Usage: Lesson [NAME | --expression TEXT x=1 y=2 … | --chain N | --all DIRECTORY] [options]

          NAME                 one of the worked examples; without anything they are listed
          --expression TEXT    an expression of your own, such as "(x + y) * z", with values: x=-2 y=5 z=-4
          --chain N            a chain of about N nodes, to see how large graphs are shown
          --all DIRECTORY      writes the pages of all worked examples
          --html FILE          writes a page to step through in a browser
          --svg FILE           writes a picture of the graph
          --dot FILE           the same for Graphviz
          --json FILE          everything, for other programs
          --predict            asks for each number before it is shown
          --help               this text

        Without a file it steps in the terminal (→ or Enter, ←, q), or prints all steps if there is none.
        """

    static func parse(_ arguments: some Sequence<String>) throws(UsageError) -> Options {
        var options = Options()
        var values: [String: Double] = [:]
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": options.task = .help
            case "--predict": options.predicting = true
            case "--expression", "--chain", "--all", "--html", "--svg", "--dot", "--json":
                guard let value = rest.popFirst(), !value.isEmpty else {
                    throw UsageError("\(argument) needs a value")
                }
                try options.set(argument, to: value)
            default:
                if argument.hasPrefix("-") { throw UsageError("there is no option \"\(argument)\"") }
                if argument.contains("=") {
                    try read(argument, into: &values)
                } else {
                    try options.choose(.example(argument))
                }
            }
        }
        if case .expression(let text, _) = options.task {
            options.task = .expression(text, values)
        } else if let name = values.keys.min() {
            throw UsageError("\(name)=… is a value for an expression; there is no --expression")
        }
        return options
    }

    private mutating func set(_ name: String, to value: String) throws(UsageError) {
        switch name {
        case "--expression": try choose(.expression(value, [:]))
        case "--all": try choose(.all(directory: value))
        case "--html": html = value
        case "--svg": svg = value
        case "--dot": dot = value
        case "--json": json = value
        default:
            guard let count = Int(value), (3...1_000_000).contains(count) else {
                throw UsageError("--chain takes a whole number from 3 to 1000000, not \"\(value)\"")
            }
            try choose(.chain(count))
        }
    }

    private mutating func choose(_ other: Task) throws(UsageError) {
        guard task == .list else { throw UsageError("one lesson at a time") }
        task = other
    }

    private static func read(_ argument: String, into values: inout [String: Double]) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let number = Double(parts[1].replacing("−", with: "-")), !name.isEmpty else {
            throw UsageError("\"\(argument)\" gives no number to a name; write x=-2")
        }
        guard values.updateValue(number, forKey: name) == nil else { throw UsageError("\(name) has two values") }
    }
}

struct UsageError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}
