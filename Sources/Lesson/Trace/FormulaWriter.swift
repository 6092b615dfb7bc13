import GradusAutograd
import GradusTensor

/// Writes an operation's computation and rule, in symbols and with the numbers in it.
struct FormulaWriter {
    private let operationRule: OperationRule
    private let operation: Operation
    private let lesson: Lesson
    private let inputs: [Int]
    private let result: Numbers
    private let attributes: [String: Double]

    init(_ rule: OperationRule, _ operation: Operation, _ lesson: Lesson, _ inputs: [Int], _ result: Numbers) {
        (operationRule, self.operation, self.lesson, self.inputs, self.result) = (
            rule, operation, lesson, inputs, result
        )
        attributes = operation.attributes
    }

    /// What stands in the place of a letter.
    private enum Filling {
        case text(String)
        case numbers(Numbers)
        case number(Double)
    }

    /// The parts of a template: text, and letters in braces.
    private static func parts(_ template: String) -> [(text: String, isLetter: Bool)] {
        var parts: [(text: String, isLetter: Bool)] = []
        for (index, piece) in template.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
            guard index > 0, let end = piece.firstIndex(of: "}") else {
                parts.append((String(piece), false))
                continue
            }
            parts.append((String(piece[..<end]), true))
            parts.append((String(piece[piece.index(after: end)...]), false))
        }
        return parts
    }

    private func fill(_ template: String, _ filling: (String) -> Filling) -> Phrase {
        var phrase = Phrase()
        let parts = FormulaWriter.parts(template)
        for (index, part) in parts.enumerated() {
            guard part.isLetter else {
                phrase.append(part.text)
                continue
            }
            switch filling(part.text) {
            case .text(let text): phrase.append(text)
            case .number(let number): phrase.append(number)
            case .numbers(let numbers):
                let before = index > 0 ? parts[index - 1].text : ""
                let after = index + 1 < parts.count ? parts[index + 1].text : ""
                let isAlone = before.isEmpty && (after.isEmpty || after.hasPrefix(" +") || after.hasPrefix(" −"))
                let isEnclosed =
                    before.hasSuffix("(") && after.hasPrefix(")") || before.hasSuffix("(") && after.hasPrefix(",")
                phrase.append(numbers, bracketingNegative: !isAlone && !isEnclosed)
            }
        }
        return phrase
    }

    /// Which input a letter means; nil for the result and for attributes.
    private func input(_ letter: String) -> Int? {
        let number = letter == "x" ? 0 : (0..<26).first { OperationRule.letter($0) == letter }
        return number.flatMap { $0 < inputs.count && attributes[letter] == nil ? $0 : nil }
    }

    private func letters(_ template: String) -> String {
        fill(template) { letter in
            attributes[letter].map { .number($0) } ?? .text(letter)
        }.text(Rounding(decimals: 4))
    }

    /// The computation with the names of what goes in.
    var formula: String {
        let parts = FormulaWriter.parts(operationRule.forward)
        return parts.enumerated().map { index, part in
            guard part.isLetter else { return part.text }
            if let attribute = attributes[part.text] { return Rounding(decimals: 4).text(attribute) }
            guard let input = input(part.text) else { return part.text }
            let node = lesson.nodes[inputs[input]]
            let before = index > 0 ? parts[index - 1].text : ""
            let after = index + 1 < parts.count ? parts[index + 1].text : ""
            let isEnclosed =
                (before.hasSuffix("(") || before.hasSuffix(", ")) && (after.hasPrefix(")") || after.hasPrefix(","))
            return isEnclosed ? node.label : bracketed(node, isLast: input > 0)
        }.joined()
    }

    /// A formula in place of a name wants brackets where it binds less than what is around it.
    private func bracketed(_ node: Lesson.Node, isLast: Bool) -> String {
        // A name may look like a formula, too.
        let isFormula = node.label.contains(" ") || node.label.hasPrefix("-") || node.label.hasPrefix("−")
        guard isFormula else { return node.label }
        let isOwn = node.kind == .operation && node.name == nil
        let (inner, outer) = (
            isOwn ? FormulaWriter.binding(node.sign) : 0, FormulaWriter.binding(operationRule.sign)
        )
        if node.kind == .constant && node.name == nil && !isLast && outer < 3 { return node.label }
        let needs = inner < outer || inner == outer && (isLast && operationRule.sign != "+" || outer == 3)
        return needs ? "(\(node.label))" : node.label
    }

    private static func binding(_ sign: String) -> Int {
        switch sign {
        case "+", "−": 1
        case "×", "÷", "·": 2
        default: 3
        }
    }

    /// The same with numbers; shapes in the place of tensors.
    var computation: Phrase { fill(operationRule.forward, values) }

    private func values(_ letter: String) -> Filling {
        if let attribute = attributes[letter] { return .number(attribute) }
        if letter == "U" && result.isScalar { return .text("U") }
        if letter == "y" || letter == "U" { return .numbers(result) }
        guard let input = input(letter) else { return .text(letter) }
        return .numbers(lesson.nodes[inputs[input]].value)
    }

    private func backward(_ input: Int) -> OperationRule.Backward? {
        // Of any number of inputs the last template is for all the rest.
        operationRule.backward.isEmpty
            ? nil : operationRule.backward[min(input, operationRule.backward.count - 1)]
    }

    /// The rule, of an operation whose result is called `name`.
    func rule(_ name: String?) -> Lesson.Rule? {
        guard operation.wantsGradient else { return nil }
        let letters = inputs.indices.map { inputs.count == 1 ? "x" : OperationRule.letter($0) }
        var (symbols, numbers, named): ([String], [Phrase], [String]) = ([], [], [])
        for (input, letter) in letters.enumerated() {
            switch backward(input) {
            case .local(let template):
                let forward = self.letters(operationRule.forward)
                let top = forward.contains { " ^".contains($0) } ? "(\(forward))" : forward
                symbols.append("∂\(top)/∂\(letter) = \(self.letters(template))")
                numbers.append(localNumbers(template, input))
                named.append("")
            case .whole(let template):
                symbols.append("∂L/∂\(letter) = \(self.letters(template))")
                var shapes = Phrase("[\(lesson.nodes[inputs[input]].value.shapeText)] = ")
                shapes.append(fill(template, values))
                numbers.append(shapes)
                named.append("d\(short(inputs[input], or: letter)) = " + withNames(template, name))
            case nil:
                symbols.append("")
                numbers.append(Phrase())
                named.append("")
            }
        }
        return Lesson.Rule(symbols: symbols, numbers: numbers, named: named, words: operationRule.words)
    }

    /// A node's name in a formula, where it has one that reads well.
    private func short(_ node: Int, or letter: String) -> String {
        lesson.nodes[node].name.flatMap { $0.contains(" ") ? nil : $0 } ?? letter
    }

    private func withNames(_ template: String, _ name: String?) -> String {
        fill(template) { letter in
            if let attribute = attributes[letter] { return .number(attribute) }
            if letter == "U" { return .text(name.flatMap { $0.contains(" ") ? nil : "d\($0)" } ?? "U") }
            return .text(input(letter).map { short(inputs[$0], or: letter) } ?? letter)
        }.text(Rounding(decimals: 4))
    }

    /// The formula of a local derivative with numbers, and what it comes to.
    private func localNumbers(_ template: String, _ input: Int) -> Phrase {
        var phrase = fill(template, values)
        guard result.isScalar,
            let local = operation.localDerivatives[input],
            phrase.pieces != [.number(local)],
            phrase.text(Rounding(decimals: 6, trueMinus: true)) != Rounding(decimals: 6, trueMinus: true).text(local)
        else { return phrase }
        phrase.append(" = ")
        phrase.append(local)
        return phrase
    }
}

extension Operation {
    /// The local derivatives of an operation on single numbers.
    fileprivate var localDerivatives: [Int: Double] {
        guard let outputs = annotations?.outputs, outputs.count == 1, outputs[0].count == 1 else { return [:] }
        let found = contributions(from: [Tensor.ones(outputs[0].shape, as: outputs[0].elementType)])
        return Dictionary(
            found.compactMap { $0.whole.count == 1 ? ($0.input, $0.whole.item) : nil }, uniquingKeysWith: { $1 })
    }
}
