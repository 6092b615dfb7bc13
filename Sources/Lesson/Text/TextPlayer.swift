/// The terminal's lesson: the state, what a key does to it, and the screen that follows. Reads and writes nothing itself.
package struct TextPlayer {
    /// What the reader may do.
    package enum Key: Equatable {
        case next, back, first, last, predict, quit
        case character(Character)
        case erase
    }

    private let lesson: Lesson
    private let tree: TextTree
    private let rounding: Rounding
    private let hasColour: Bool

    /// How many steps are done.
    package private(set) var position = 0
    package private(set) var isPredicting: Bool
    package private(set) var isDone = false
    /// What the reader has typed so far as an answer; nil while nothing is asked.
    package private(set) var answer: String?
    private var verdict = ""
    private var score = (right: 0, asked: 0)

    package init(_ lesson: Lesson, predicting: Bool, colour: Bool) {
        (self.lesson, isPredicting, hasColour) = (lesson, predicting, colour)
        tree = TextTree(lesson)
        rounding = Rounding(decimals: lesson.decimals)
    }

    package mutating func press(_ key: Key) {
        if answer != nil, handledAsAnswer(key) { return }
        verdict = ""
        switch key {
        case .next, .character(" "), .character("n"):
            guard position < lesson.steps.count else { return }
            if isPredicting && asked != nil { answer = "" } else { position += 1 }
        case .back, .character("b"): position = max(position - 1, 0)
        case .first: position = 0
        case .last: position = lesson.steps.count
        case .predict, .character("p"):
            isPredicting.toggle()
            score = (0, 0)
        case .quit, .character("q"): isDone = true
        case .character, .erase: break
        }
    }

    /// While a number is asked for, keys are its digits; arrows go on without it.
    private mutating func handledAsAnswer(_ key: Key) -> Bool {
        switch key {
        case .character("q"), .character("p"), .quit, .back, .first, .last, .predict:
            answer = nil
            return false
        case .character(let character):
            answer?.append(character)
        case .erase:
            if answer?.isEmpty == false { answer?.removeLast() }
        case .next:
            judge()
        }
        return true
    }

    /// The number that is asked for: of a tensor its largest.
    private var asked: (element: Int, number: Double)? {
        guard position < lesson.steps.count, let outcome = lesson.steps[position].outcome(in: lesson) else {
            return nil
        }
        let largest = outcome.elements.indices.max { abs(outcome.elements[$0]) < abs(outcome.elements[$1]) }
        return largest.map { ($0, outcome.elements[$0]) }
    }

    private mutating func judge() {
        let text = (answer ?? "").replacing(" ", with: "").replacing("−", with: "-")
        answer = nil
        defer { position += 1 }
        guard let right = asked?.number, !text.isEmpty else { return }
        let isRight = Double(text).map { abs($0 - right) <= 0.01 * abs(right) + 0.005 || $0 == right } ?? false
        score = (score.right + (isRight ? 1 : 0), score.asked + 1)
        verdict = (isRight ? "Right." : "Not quite: \(text).") + " \(score.right) of \(score.asked) so far."
    }

    // MARK: The screen

    /// The screen, `height` lines of `width` characters.
    package func screen(width: Int, height: Int) -> [String] {
        let below = card
        let room = max(height - below.count - 3, 3)
        let focus = position > 0 && answer == nil ? lesson.steps[position - 1].node : lesson.result ?? 0
        let place = tree.lines.firstIndex { $0.node == focus && !$0.isRepeated } ?? 0
        let start = max(0, min(place - room / 2, tree.lines.count - room))
        let shown = tree.lines.dropFirst(start).prefix(room)
        let rows = shown.map { row($0) }
        let labelWidth = min(rows.map(\.label.count).max() ?? 0, max(width - 34, 12))
        var lines = [paint(lesson.title, "1"), ""]
        for row in rows { lines.append(line(row, labelWidth)) }
        if shown.count < tree.lines.count {
            lines.append(paint("  \(tree.lines.count - shown.count) more lines of the graph", "2"))
        } else {
            lines.append("")
        }
        return (lines + below).map { TextPlayer.clipped($0, width) }
    }

    private struct Row {
        let label: String
        let value: String
        let gradient: String
        let mark: String
    }

    /// What is known of a node after the steps that are done.
    private func row(_ line: TextTree.Line) -> Row {
        let node = lesson.nodes[line.node]
        let isKnown = computed(line.node)
        let gradient = self.gradient(line.node)
        let name = node.name.map { node.formula.isEmpty ? $0 : "\($0) = \(node.formula)" } ?? node.label
        let reached =
            gradient?.text(rounding) ?? (position == lesson.steps.count ? "not reached" : node.wantsGradient ? "·" : "")
        let step = position > 0 && answer == nil ? lesson.steps[position - 1] : nil
        let mark =
            step?.node == line.node && !line.isRepeated ? "▶" : step?.from.contains(line.node) == true ? "◀" : " "
        return Row(
            label: line.branch + (line.isRepeated ? "\(node.label) (above)" : name),
            value: line.isRepeated ? "" : isKnown ? node.value.text(rounding) : "?",
            gradient: line.isRepeated || node.kind == .constant ? "" : reached, mark: mark)
    }

    private func line(_ row: Row, _ width: Int) -> String {
        let label = row.label.count > width ? String(row.label.prefix(width - 1)) + "…" : row.label
        let padding = String(repeating: " ", count: max(0, width - label.count))
        let value = row.value + String(repeating: " ", count: max(0, 14 - row.value.count))
        let text = paint("\(row.mark) \(label)\(padding)", row.mark == " " ? "" : "1")
        return "\(text)  \(paint(value, "34")) \(paint(row.gradient, "33"))"
    }

    private func computed(_ node: Int) -> Bool {
        lesson.nodes[node].kind != .operation
            || lesson.steps.prefix(position).contains { $0.kind == .compute && $0.node == node }
    }

    private func gradient(_ node: Int) -> Numbers? {
        lesson.steps.prefix(position).last { $0.node == node && $0.after != nil }?.after
    }

    /// The step, and what the keys do.
    private var card: [String] {
        var lines: [String] = []
        if answer != nil, position < lesson.steps.count {
            let words = lesson.words(of: lesson.steps[position])
            let outcome = lesson.steps[position].outcome(in: lesson)
            let element = outcome.flatMap {
                $0.isScalar ? nil : asked.map { outcome?.index(of: $0.element) ?? [] } ?? nil
            }
            lines = [
                "what comes next?", paint(words.headline, "1"), "\(words.question.text(rounding)) \(answer ?? "")▁",
                element.map { "element \($0)" } ?? "", "Enter checks; Enter without a number shows it",
            ]
        } else if position > 0 {
            let step = lesson.steps[position - 1]
            let words = lesson.words(of: step)
            let told = lesson.lines(of: step, rounding)
            let direction = step.kind == .compute ? "forwards" : "backwards"
            lines = ["step \(position) of \(lesson.steps.count), \(direction)  \(verdict)"]
            lines += told.enumerated().map { $0 == 0 ? paint($1, "1") : $1 }
            if !words.effect.pieces.isEmpty, told.count == 1 { lines.append(paint(words.effect.text(rounding), "33")) }
            if !words.symbols.isEmpty { lines.append("\(words.symbols);  \(words.numbers.text(rounding))") }
            lines.append(paint(words.words, "2"))
        } else {
            lines = ["\(lesson.steps.count) steps: forwards, then backwards", lesson.introduction]
        }
        return lines + [
            "", paint("→ or Enter next   ← back   Home, End   p predict \(isPredicting ? "off" : "on")   q quit", "2"),
        ]
    }

    private func paint(_ text: String, _ code: String) -> String {
        hasColour && !code.isEmpty && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// A line cut to a width; what colours it takes no room.
    static func clipped(_ line: String, _ width: Int) -> String {
        var (result, count, isEscape) = ("", 0, false)
        for character in line {
            if character == "\u{1B}" { isEscape = true }
            if isEscape || count < width { result.append(character) }
            if !isEscape { count += 1 }
            if isEscape && character == "m" { isEscape = false }
        }
        return result
    }
}
