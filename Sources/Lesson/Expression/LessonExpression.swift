import GradusAutograd
import GradusTensor

/// An expression as a student writes it, to be made a lesson.
///
///     let gate = try LessonExpression("(x + y) * z")
///     print(try gate.lesson(at: ["x": -2, "y": 5, "z": -4]).text())
///
/// It has numbers, names, `+ - * / ^` (or `**`), brackets, and the library's functions of one or two numbers: `sin`, `exp`, `log`,
/// `sigmoid`, `relu`, `max`, `pow` and so on, ``functions`` has them all; `pi` is a number. A power binds before the sign on its
/// left, and to the right of another power: `-x^2` is −(x²), `2^3^2` is 2⁹. Intermediate results get names in lines of their
/// own, or before a semicolon: `q = x + y; f = q * z`. The last one is the result. Products are written with a sign: `2 * x`.
public struct LessonExpression: Sendable {
    /// The text.
    public let source: String
    /// The variables that it needs values for, in order of appearance.
    public let variables: [String]

    let statements: [Statement]

    /// A line: a name, if it has one, and what it stands for.
    struct Statement: Sendable {
        let name: String?
        let body: Term
    }

    /// A part, and where it stands in the text.
    indirect enum Term: Sendable {
        case number(Double, Range<Int>)
        case name(String, Range<Int>)
        case negative(Term, Range<Int>)
        case binary(Character, Term, Term, Range<Int>)
        case call(String, [Term], Range<Int>)

        var range: Range<Int> {
            switch self {
            case .number(_, let range), .name(_, let range), .negative(_, let range), .binary(_, _, _, let range),
                .call(_, _, let range):
                range
            }
        }
    }

    /// The names of the functions that an expression may call.
    public static let functions: [String] = ExpressionFunction.all.keys.sorted()

    /// Reads an expression; says what cannot be read, and where.
    public init(_ source: String) throws(ExpressionError) {
        var parser = try ExpressionParser(source)
        self.source = source
        statements = try parser.statements()
        variables = parser.variables
    }

    /// The lesson of the expression at these values, which every variable needs and nothing else may have.
    public func lesson(
        at values: [String: Double], title: String? = nil, decimals: Int = 4
    ) throws(ExpressionError) -> Lesson {
        let missing = variables.filter { values[$0] == nil }
        guard missing.isEmpty else {
            let place = statements.lazy.compactMap { $0.body.place(of: missing[0]) }.first ?? 0
            throw ExpressionError(
                message:
                    "\(missing.joined(separator: " and ")) \(missing.count > 1 ? "have" : "has") no value; write \(missing.map { "\($0)=1" }.joined(separator: " "))",
                source: source, position: place)
        }
        if let unknown = values.keys.sorted().first(where: { !variables.contains($0) }) {
            throw ExpressionError(
                message:
                    "there is no variable \(unknown) in the expression; it has \(variables.joined(separator: ", "))",
                source: source, position: 0)
        }
        let writer = ExpressionRun(self, values)
        return GradusLesson.lesson(
            title ?? source, "", decimals, nil, 2_000_000, locating: { _ in writer.place },
            describing: { place, _ in place as? String }, writer.run)
    }
}

extension LessonExpression.Term {
    /// Where a name first stands.
    fileprivate func place(of wanted: String) -> Int? {
        switch self {
        case .number: nil
        case .name(let name, let range): name == wanted ? range.lowerBound : nil
        case .negative(let term, _): term.place(of: wanted)
        case .binary(_, let a, let b, _): a.place(of: wanted) ?? b.place(of: wanted)
        case .call(_, let terms, _): terms.lazy.compactMap { $0.place(of: wanted) }.first
        }
    }

    /// What it comes to, if there is no variable in it.
    fileprivate var constant: Double? {
        switch self {
        case .number(let number, _): return number
        case .negative(let term, _): return term.constant.map { -$0 }
        case .binary(let sign, let a, let b, _):
            guard let a = a.constant, let b = b.constant else { return nil }
            switch sign {
            case "+": return a + b
            case "-": return a - b
            case "*": return a * b
            case "/": return a / b
            default: return pow(Tensor(a, as: .float64), b).item
            }
        case .name, .call: return nil
        }
    }
}

/// One computation of an expression. Each operation's place is the part of the text that it comes from.
private final class ExpressionRun {
    private let statements: [LessonExpression.Statement]
    private let characters: [Character]
    private var known: [String: Variable] = [:]
    private(set) var place: String?

    init(_ expression: LessonExpression, _ values: [String: Double]) {
        (statements, characters) = (expression.statements, Array(expression.source))
        for (name, value) in values { known[name] = Variable(value, as: .float64, name: name) }
    }

    func run() -> Variable {
        var result = Variable.constant(Tensor(0, as: .float64))
        for statement in statements {
            result = value(statement.body)
            guard let name = statement.name else { continue }
            // A second name for the same thing is a node of its own only if something was computed.
            if result.name == nil { result.name = name }
            known[name] = result
        }
        return result
    }

    private func value(_ term: LessonExpression.Term) -> Variable {
        if let constant = term.constant { return .constant(Tensor(constant, as: .float64)) }
        switch term {
        case .number(let number, _): return .constant(Tensor(number, as: .float64))
        // The parser knows every name.
        case .name(let name, _): return known[name] ?? .constant(Tensor(Double.nan, as: .float64))
        case .negative(let term, let range):
            let x = value(term)
            return at(range) { -x }
        case .binary("^", let base, let exponent, let range):
            let x = value(base)
            if let number = exponent.constant { return at(range) { pow(x, number) } }
            let y = value(exponent)
            return at(range) { pow(x, y) }
        case .binary(let sign, let a, let b, let range):
            let (x, y) = (value(a), value(b))
            return at(range) {
                switch sign {
                case "+": x + y
                case "-": x - y
                case "*": x * y
                default: x / y
                }
            }
        case .call(let name, let terms, let range):
            let arguments = terms.map(value)
            return at(range) {
                switch ExpressionFunction.all[name] {
                case .one(let function): function(arguments[0])
                case .two(let function): function(arguments[0], arguments[1])
                case nil: arguments[0]
                }
            }
        }
    }

    /// Where the bracket at a place is closed.
    private func closing(_ start: Int) -> Int? {
        var depth = 0
        for place in start..<characters.count {
            if characters[place] == "(" { depth += 1 }
            if characters[place] == ")" { depth -= 1 }
            if depth == 0 { return place }
        }
        return nil
    }

    private func at(_ range: Range<Int>, _ compute: () -> Variable) -> Variable {
        var range = range
        // Brackets around the whole say nothing.
        while range.count > 2, characters[range.lowerBound] == "(", closing(range.lowerBound) == range.upperBound - 1 {
            range = range.lowerBound + 1..<range.upperBound - 1
        }
        place = String(characters[range])
        return compute()
    }
}
