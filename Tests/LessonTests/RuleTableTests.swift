import GradusAutograd
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

/// What the lesson says of operations.
@Suite struct RuleTableTests {
    /// An operation without a row would be shown as if it were somebody's own.
    @Test func everyPrimitiveHasARow() throws {
        let primitives = try primitiveOperations(near: #filePath)
        let rows = Set(OperationRule.table.keys.map { String($0.prefix { $0 != " " }) })
        #expect(primitives.count > 90)
        #expect(primitives.subtracting(rows).sorted() == [], "wanting in Sources/Lesson/Rules")
        #expect(rows.subtracting(primitives).sorted() == [], "no such operations")
    }

    @Test func everyRowSaysSomething() {
        for (name, rule) in OperationRule.table {
            #expect(!rule.sign.isEmpty && !rule.forward.isEmpty && rule.words.hasSuffix("."), "\(name)")
            #expect(!rule.backward.isEmpty, "\(name)")
            for backward in rule.backward {
                switch backward {
                case .local(let text), .whole(let text): #expect(!text.isEmpty, "\(name)")
                }
            }
        }
    }

    /// Letters in braces are inputs, the result, the upstream or what the operation has: nothing else is ever filled in.
    @Test func lettersAreThoseThatAreFilledIn() {
        let known: Set = ["a", "b", "c", "x", "y", "U", "n", "s", "α"]
        for (name, rule) in OperationRule.table {
            let templates =
                [rule.forward]
                + rule.backward.map {
                    switch $0 {
                    case .local(let text), .whole(let text): text
                    }
                }
            for template in templates {
                let letters = template.split(separator: "{").dropFirst().map { String($0.prefix { $0 != "}" }) }
                #expect(Set(letters).isSubset(of: known), "\(name): \(template)")
                #expect(template.count { $0 == "{" } == template.count { $0 == "}" }, "\(name): \(template)")
            }
        }
    }

    /// The formula with the numbers in it comes to the local derivative.
    @Test func numbersAreFilledIn() {
        func numbers(_ input: Int = 0, _ body: () -> Variable) -> String? {
            let lesson = lesson(locatesOperators: false, body)
            return lesson.nodes.last?.rule?.numbers[input].text(Rounding(decimals: 4))
        }
        let x = Variable(2, name: "x"), y = Variable(-4, name: "y")
        #expect(numbers(0) { x * y } == "-4")
        #expect(numbers(1) { x * y } == "2")
        #expect(numbers(0) { x / y } == "1 / (-4) = -0.25")
        #expect(numbers(1) { x / y } == "−(-0.5) / (-4) = -0.125")
        #expect(numbers { square(y) } == "2 · (-4) = -8")
        #expect(numbers { pow(y, 3) } == "3 · (-4)^(3 − 1) = 48")
        #expect(numbers { exp(x) } == "7.3891")
        #expect(numbers(0) { maximum(x, y) } == "1 if 2 > (-4), else 0 = 1")
        #expect(numbers { tanh(x) } == "1 − 0.964² = 0.0707")
        #expect(numbers { leakyRelu(y, slope: 0.1) } == "1 if (-4) > 0, else 0.1 = 0.1")
    }

    @Test func anOperationOfOnesOwnIsToldAsSuch() {
        let x = Variable(2, name: "x")
        let lesson = lesson(locatesOperators: false) {
            custom(x, forward: { $0 * $0 * $0 }, backward: { x, _, upstream in 3 * x * x * upstream })
        }
        let node = lesson.nodes.last
        #expect(node?.operation == "custom" && node?.value.number == 8)
        #expect(lesson["x"]?.gradient?.number == 12)
        #expect(lesson["x"]?.checks.first?.agrees == true)
    }
}
