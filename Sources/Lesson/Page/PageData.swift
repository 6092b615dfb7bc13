import Foundation

/// What a page's script reads: the lesson, the words of its steps, and where nodes are in the views.
struct PageData: Encodable {
    private struct Walk: Encodable {
        let name: String
        let explanation: String
        let steps: [Lesson.Step]
        let words: [Words]
        let outcomes: [Lesson.WrongWalk.Outcome]
    }

    /// The words of a step; those of its rule are the node's.
    private struct Words: Encodable {
        let headline: String
        let question: Phrase
        let outcome: Phrase
        let effect: Phrase
        let words: String
    }

    private struct View: Encodable {
        let title: String
        let parent: Int?
        let boxes: [String: Int]
    }

    private let decimals: Int
    private let result: Int?
    private let nodes: [Lesson.Node]
    private let walks: [Walk]
    private let views: [View]
    private let homes: [Int]
    private let summary: String

    init(_ lesson: Lesson, _ views: GraphViews) {
        (decimals, result, nodes, homes) = (lesson.decimals, lesson.result, lesson.nodes, views.homes)
        summary = lesson.checkSummary
        func walk(
            _ name: String, _ explanation: String, _ steps: [Lesson.Step], _ outcomes: [Lesson.WrongWalk.Outcome]
        ) -> Walk {
            let words = steps.map { step in
                let words = lesson.words(of: step)
                return Words(
                    headline: words.headline, question: words.question, outcome: words.outcome, effect: words.effect,
                    words: step.kind == .message ? "" : words.words)
            }
            return Walk(name: name, explanation: explanation, steps: steps, words: words, outcomes: outcomes)
        }
        let forward = lesson.steps.prefix(lesson.forwardCount)
        walks =
            [walk("the right one", "", lesson.steps, [])]
            + lesson.wrongWalks.map { walk("wrong: " + $0.name, $0.explanation, forward + $0.steps, $0.outcomes) }
        self.views = views.views.map { view in
            View(
                title: view.title, parent: view.parent,
                boxes: Dictionary(uniqueKeysWithValues: view.boxOf.map { (String($0.key), $0.value) }))
        }
    }

    /// As it may stand in a page: nothing in it ends the script.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        // Strings, numbers and lists of them: there is nothing that could not be encoded.
        let text = (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        return text.replacing("<", with: "\\u003c").replacing("\u{2028}", with: "\\u2028")
            .replacing("\u{2029}", with: "\\u2029")
    }
}
