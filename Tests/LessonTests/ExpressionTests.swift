import GradusLesson
import Testing

/// Expressions as students write them.
@Suite struct ExpressionTests {
    private func value(_ text: String, _ values: [String: Double] = [:]) throws -> Double? {
        let expression = try LessonExpression(text)
        let lesson = try expression.lesson(at: values)
        return lesson.result.flatMap { lesson.nodes[$0].value.number }
    }

    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 - 3 - 4", -5), ("24 / 4 / 2", 3), ("2^3^2", 512), ("2**3", 8),
        ("-2^2", -4), ("(-2)^2", 4), ("2^-1", 0.5), ("--3", 3), ("2 * -3", -6), ("-+-4", 4), ("1e3 + 2.5e-1", 1000.25),
        (".5 · 4 ÷ 2 − 1", 0), ("max(2, 3) + min(2, 3)", 5), ("sqrt(square(3) + 4^2)", 5), ("log(exp(2))", 2),
        ("sin(pi / 2)", 1), ("abs(-3) * sign(-2)", -3), ("pow(2, 10)", 1024), ("σ(0)", 0.5),
        ("a = 2; b = a * 3\nb + a", 8),
    ]) func aNumber(_ text: String, _ expected: Double) throws {
        let found = try value(text)
        #expect(abs((found ?? .nan) - expected) < 1e-12, "\(text) = \(found ?? .nan)")
    }

    @Test func theIssuesExample() throws {
        let expression = try LessonExpression("(x + y) * z")
        #expect(expression.variables == ["x", "y", "z"])
        let lesson = try expression.lesson(at: ["x": -2, "y": 5, "z": -4])
        #expect(["x", "y", "z"].map { lesson[$0]?.gradient?.number } == [-4, -4, 3])
        #expect(lesson.nodes.filter { $0.kind == .operation }.map(\.line) == ["x + y", "(x + y) * z"])
        #expect(lesson.title == "(x + y) * z")
    }

    @Test func namedStepsAreNodes() throws {
        let lesson = try LessonExpression("b = a + a; c = b + b").lesson(at: ["a": 3])
        #expect(lesson["b"]?.value.number == 6 && lesson["c"]?.gradient?.number == 1)
        #expect(lesson["a"]?.gradient?.number == 4 && lesson.wrongWalks.count == 3)
    }

    @Test func valuesAreNotRoundedToSinglePrecision() throws {
        let lesson = try LessonExpression("x * x").lesson(at: ["x": 0.1])
        #expect(lesson["x"]?.value.number == 0.1 && lesson["x"]?.gradient?.number == 0.2)
    }

    @Test(arguments: [
        ("", 0, "there is no expression here"), ("x +", 3, "something is missing at the end"),
        ("(x + y", 0, "this bracket is not closed"), ("x + y)", 5, "this bracket closes none"),
        ("x + * y", 4, "\"*\" is not expected here"),
        ("2x", 1, "a sign is missing before this; products are written 2 * x"),
        ("x y", 2, "a sign is missing before this; products are written 2 * x"),
        ("x ? y", 2, "\"?\" has no meaning here"),
        ("1.2.3", 0, "\"1.2.3\" is not a number"), ("sin x", 4, "sin is a function: write sin(…)"),
        ("max(x)", 0, "max takes two numbers, and is given 1"),
        ("sin(x, y)", 0, "sin takes one number, and is given 2"),
        ("x = 2; x = 3", 7, "x has a meaning already; give this another name"),
        ("x + y = 2", 6, "a name stands before \"=\", as in q = x + y"),
        ("sin = 2", 0, "sin is a function; give this another name"),
        ("pi = 3", 0, "pi is a number; give this another name"), ("x;\n(y", 3, "this bracket is not closed"),
    ]) func whatCannotBeReadIsPointedAt(_ text: String, _ position: Int, _ message: String) throws {
        let error = #expect(throws: ExpressionError.self) { try LessonExpression(text) }
        #expect(error?.position == position)
        #expect(error?.message == message)
    }

    @Test func theMarkStandsUnderTheCharacter() {
        let error = #expect(throws: ExpressionError.self) { try LessonExpression("q = x\ny + + $") }
        #expect(error?.description == "\"$\" has no meaning here\n  y + + $\n        ^")
        let unknown = #expect(throws: ExpressionError.self) { try LessonExpression("1 + foo(x)") }
        #expect(unknown?.message.hasPrefix("there is no function foo; there are abs, acos,") == true)
        #expect(unknown?.position == 4)
    }

    @Test func valuesFitTheVariables() throws {
        let expression = try LessonExpression("x * y + x")
        let missing = #expect(throws: ExpressionError.self) { try expression.lesson(at: ["x": 1]) }
        #expect(missing?.message == "y has no value; write y=1" && missing?.position == 4)
        let unknown = #expect(throws: ExpressionError.self) { try expression.lesson(at: ["x": 1, "y": 2, "z": 3]) }
        #expect(unknown?.message == "there is no variable z in the expression; it has x, y")
    }

    @Test func deepOnesEndBeforeTheStackDoes() throws {
        let error = #expect(throws: ExpressionError.self) {
            try LessonExpression(String(repeating: "(", count: 5000) + "x")
        }
        #expect(error?.message == "brackets deeper than 200")
        #expect(throws: ExpressionError.self) {
            try LessonExpression(Array(repeating: "x", count: 5000).joined(separator: "^"))
        }
        let signs = try LessonExpression(String(repeating: "-", count: 5001) + "x").lesson(at: ["x": 2])
        #expect(signs["x"]?.gradient?.number == -1)
    }

    /// Every function that can be written computes, and its gradient is the difference quotient's.
    @Test(arguments: LessonExpression.functions) func everyFunction(_ name: String) throws {
        let one = try? LessonExpression("\(name)(x)")
        let expression = try one ?? LessonExpression("\(name)(x, y)")
        let lesson = try expression.lesson(at: one == nil ? ["x": 0.6, "y": 0.4] : ["x": 0.6])
        #expect(lesson.nodes[lesson.result ?? 0].value.number?.isFinite == true)
        for node in lesson.nodes { for check in node.checks { #expect(check.agrees == true, "\(node.label)") } }
    }
}
