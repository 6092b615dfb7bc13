/// Reads an expression by going down: statements, sums, products, signs, powers, and what stands alone.
struct ExpressionParser {
    private let source: String
    private let tokens: [ExpressionToken]
    private var place = 0
    private var depth = 0
    private var defined: Set<String> = []

    /// Deeper brackets than anybody writes, before the stack ends.
    private static let deepest = 200

    private(set) var variables: [String] = []

    init(_ source: String) throws(ExpressionError) {
        self.source = source
        tokens = try ExpressionToken.tokens(of: source)
    }

    private var token: ExpressionToken { tokens[place] }

    private func isSign(_ signs: Character...) -> Bool {
        if case .sign(let sign) = token.kind { return signs.contains(sign) }
        return false
    }

    private func fail<T>(_ message: String, at position: Int? = nil) throws(ExpressionError) -> T {
        throw ExpressionError(message: message, source: source, position: position ?? token.range.lowerBound)
    }

    mutating func statements() throws(ExpressionError) -> [LessonExpression.Statement] {
        var statements: [LessonExpression.Statement] = []
        while token.kind != .end {
            if isSign(";") {
                place += 1
                continue
            }
            statements.append(try statement())
            if !isSign(";") && token.kind != .end { return try unexpected() }
        }
        if statements.isEmpty { return try fail("there is no expression here", at: 0) }
        return statements
    }

    private mutating func statement() throws(ExpressionError) -> LessonExpression.Statement {
        guard case .name(let name) = token.kind, tokens[place + 1].kind == .sign("=") else {
            return LessonExpression.Statement(name: nil, body: try sum())
        }
        if variables.contains(name) || defined.contains(name) {
            return try fail("\(name) has a meaning already; give this another name")
        }
        if ExpressionFunction.all[name] != nil || name == "pi" {
            return try fail("\(name) is \(name == "pi" ? "a number" : "a function"); give this another name")
        }
        place += 2
        let body = try sum()
        defined.insert(name)
        return LessonExpression.Statement(name: name, body: body)
    }

    /// What stands where nothing of the kind can.
    private func unexpected<T>() throws(ExpressionError) -> T {
        switch token.kind {
        case .end: try fail("something is missing at the end")
        case .sign(")"): try fail("this bracket closes none")
        case .sign("="): try fail("a name stands before \"=\", as in q = x + y")
        case .sign(let sign): try fail("\"\(sign == ";" ? "end of line" : String(sign))\" is not expected here")
        case .number, .name: try fail("a sign is missing before this; products are written 2 * x")
        }
    }

    private mutating func sum() throws(ExpressionError) -> LessonExpression.Term {
        depth += 1
        defer { depth -= 1 }
        if depth > ExpressionParser.deepest { return try fail("brackets deeper than \(ExpressionParser.deepest)") }
        var term = try product()
        while case .sign(let sign) = token.kind, sign == "+" || sign == "-" {
            place += 1
            let next = try product()
            term = .binary(sign, term, next, term.range.lowerBound..<next.range.upperBound)
        }
        return term
    }

    private mutating func product() throws(ExpressionError) -> LessonExpression.Term {
        var term = try signed()
        while case .sign(let sign) = token.kind, sign == "*" || sign == "/" {
            place += 1
            let next = try signed()
            term = .binary(sign, term, next, term.range.lowerBound..<next.range.upperBound)
        }
        return term
    }

    private mutating func signed() throws(ExpressionError) -> LessonExpression.Term {
        // Signs in a row are counted, not descended into: however many there are.
        var starts: [Int] = []
        var isPositive = true
        while isSign("-", "+") {
            if isSign("-") {
                starts.append(token.range.lowerBound)
                isPositive.toggle()
            }
            place += 1
        }
        let term = try power()
        guard let start = starts.first, !isPositive else { return term }
        return .negative(term, start..<term.range.upperBound)
    }

    private mutating func power() throws(ExpressionError) -> LessonExpression.Term {
        let base = try primary()
        guard isSign("^") else { return base }
        place += 1
        depth += 1
        defer { depth -= 1 }
        if depth > ExpressionParser.deepest { return try fail("powers deeper than \(ExpressionParser.deepest)") }
        let exponent = try signed()
        return .binary("^", base, exponent, base.range.lowerBound..<exponent.range.upperBound)
    }

    private mutating func primary() throws(ExpressionError) -> LessonExpression.Term {
        let first = token
        switch first.kind {
        case .number(let number):
            place += 1
            return .number(number, first.range)
        case .name(let name):
            place += 1
            return try named(name, first)
        case .sign("("):
            place += 1
            let inner = try sum()
            let end = try close(first)
            return inner.spanning(first.range.lowerBound..<end)
        default:
            return try unexpected()
        }
    }

    private mutating func named(_ name: String, _ first: ExpressionToken) throws(ExpressionError)
        -> LessonExpression.Term
    {
        guard let function = ExpressionFunction.all[name] else {
            if isSign("(") {
                return try fail(
                    "there is no function \(name); there are \(LessonExpression.functions.joined(separator: ", "))",
                    at: first.range.lowerBound)
            }
            if name == "pi" { return .number(.pi, first.range) }
            if !defined.contains(name) && !variables.contains(name) { variables.append(name) }
            return .name(name, first.range)
        }
        guard isSign("(") else { return try fail("\(name) is a function: write \(name)(…)") }
        let opening = token
        place += 1
        var arguments = [try sum()]
        while isSign(",") {
            place += 1
            arguments.append(try sum())
        }
        let end = try close(opening)
        guard arguments.count == function.count else {
            return try fail(
                "\(name) takes \(function.count == 1 ? "one number" : "two numbers"), and is given \(arguments.count)",
                at: first.range.lowerBound)
        }
        return .call(name, arguments, first.range.lowerBound..<end)
    }

    /// The end of what a bracket encloses.
    private mutating func close(_ opening: ExpressionToken) throws(ExpressionError) -> Int {
        guard isSign(")") else {
            if token.kind == .end || isSign(";") {
                return try fail("this bracket is not closed", at: opening.range.lowerBound)
            }
            return try unexpected()
        }
        place += 1
        return tokens[place - 1].range.upperBound
    }
}

extension LessonExpression.Term {
    /// The same with its brackets.
    fileprivate func spanning(_ range: Range<Int>) -> LessonExpression.Term {
        switch self {
        case .number(let number, _): .number(number, range)
        case .name(let name, _): .name(name, range)
        case .negative(let term, _): .negative(term, range)
        case .binary(let sign, let a, let b, _): .binary(sign, a, b, range)
        case .call(let name, let terms, _): .call(name, terms, range)
        }
    }
}
