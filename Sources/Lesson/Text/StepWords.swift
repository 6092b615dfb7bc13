/// A step in words and numbers, as all renderings show it.
public struct StepWords: Sendable, Hashable, Codable {
    /// What happens: `× passes on to q`.
    public let headline: String
    /// The computation up to its outcome: `1 × (−4) =`. Of tensors, their shapes.
    public let question: Phrase
    /// The outcome: `−4`. Of a tensor, its shape.
    public let outcome: Phrase
    /// What becomes of the gradient: `gradient of q: 1 + (−4) = −3`. Empty where none changes.
    public let effect: Phrase
    /// The rule behind it: symbols, and the same with numbers; empty where there is none.
    public let symbols: String
    /// The rule with numbers in it.
    public let numbers: Phrase
    /// Why, in a sentence.
    public let words: String

    fileprivate init(
        _ headline: String, _ question: Phrase, _ outcome: Phrase, effect: Phrase = Phrase(), symbols: String = "",
        numbers: Phrase = Phrase(), words: String
    ) {
        (self.headline, self.question, self.outcome, self.effect) = (headline, question, outcome, effect)
        (self.symbols, self.numbers, self.words) = (symbols, numbers, words)
    }
}

extension Lesson {
    /// A step in words and numbers.
    public func words(of step: Step) -> StepWords {
        switch step.kind {
        case .compute: computeWords(nodes[step.node])
        case .seed: seedWords(step)
        case .message: messageWords(step)
        case .sum: sumWords(step)
        }
    }

    private func computeWords(_ node: Node) -> StepWords {
        var question = node.computation
        question.append(" =")
        var outcome = Phrase()
        outcome.append(node.value, bracketingNegative: false)
        let title = node.name.map { "\($0) = \(node.formula)" } ?? node.formula
        return StepWords(
            title, question, outcome, words: "Forwards: \(node.operation ?? "") computes its result from its inputs.")
    }

    private func seedWords(_ step: Step) -> StepWords {
        let label = nodes[step.node].label
        var outcome = Phrase()
        if let contribution = step.contribution { outcome.append(contribution, bracketingNegative: false) }
        let isOne = step.contribution?.elements.allSatisfy { $0 == 1 } ?? false
        return StepWords(
            "The walk back begins at \(label)", Phrase("∂\(label)/∂\(label) ="), outcome, effect: effect(step),
            words: isOne
                ? "A change of the result changes the result by as much: its gradient by itself is 1."
                : "The gradient of what follows is given.")
    }

    private func messageWords(_ step: Step) -> StepWords {
        let (from, to) = (step.from.first.map { nodes[$0] }, nodes[step.node])
        let input = step.input ?? 0
        var question = Phrase()
        if let local = step.local, let upstream = step.upstreams.first ?? nil {
            question.append(upstream, bracketingNegative: false)
            question.append(" × ")
            question.append(local, bracketingNegative: true)
        } else {
            let rule = from?.rule.flatMap { $0.named.indices.contains(input) ? $0.named[input] : nil } ?? ""
            question.append(rule)
        }
        question.append(" =")
        var outcome = Phrase()
        if let contribution = step.contribution { outcome.append(contribution, bracketingNegative: false) }
        let symbols = from?.rule.flatMap { $0.symbols.indices.contains(input) ? $0.symbols[input] : nil } ?? ""
        let numbers = from?.rule.flatMap { $0.numbers.indices.contains(input) ? $0.numbers[input] : nil } ?? Phrase()
        return StepWords(
            "\(from?.label ?? "") passes on to \(to.label)", question, outcome, effect: effect(step), symbols: symbols,
            numbers: numbers, words: from?.rule?.words ?? "")
    }

    private func sumWords(_ step: Step) -> StepWords {
        let to = nodes[step.node]
        var outcome = Phrase()
        if let contribution = step.contribution { outcome.append(contribution, bracketingNegative: false) }
        let shape = step.from.first.map { nodes[$0].value.shapeText } ?? ""
        return StepWords(
            "The broadcast of \(to.label) is undone", Phrase("Σ of [\(shape)] over the copies ="), outcome,
            effect: effect(step),
            words: "\(to.label) was stretched to fit, and so used many times: what arrives at its copies is summed.")
    }

    /// What becomes of the gradient.
    private func effect(_ step: Step) -> Phrase {
        guard let after = step.after else { return Phrase() }
        var phrase = Phrase("gradient of \(nodes[step.node].label): ")
        if let before = step.before, step.isReplacing {
            phrase.append(before, bracketingNegative: false)
            phrase.append(" is overwritten with ")
        } else if let before = step.before, let contribution = step.contribution {
            phrase.append(before, bracketingNegative: false)
            phrase.append(" + ")
            phrase.append(contribution, bracketingNegative: true)
            phrase.append(" = ")
        } else if step.kind != .seed {
            phrase.append("not reached before, now ")
        }
        phrase.append(after, bracketingNegative: false)
        return phrase
    }
}
