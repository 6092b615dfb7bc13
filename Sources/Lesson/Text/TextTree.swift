/// A graph drawn in text, the result first and below it what it was computed from. What is used more than once is drawn where it is
/// met first, and only named after that.
struct TextTree {
    /// A line: what stands before the label, and the node.
    struct Line {
        let branch: String
        let node: Int
        /// Whether the node is drawn farther up, with what it was computed from.
        let isRepeated: Bool
    }

    private(set) var lines: [Line] = []

    init(_ lesson: Lesson) {
        guard let result = lesson.result else { return }
        var drawn: Set<Int> = []
        // A stack instead of recursion: a chain may be as long as it likes. The next one is last.
        var waiting: [(node: Int, branch: String, below: String)] = [(result, "", "")]
        while let (number, branch, below) = waiting.popLast() {
            let node = lesson.nodes[number]
            let isRepeated = !drawn.insert(number).inserted && !node.inputs.isEmpty
            lines.append(Line(branch: branch, node: number, isRepeated: isRepeated))
            if isRepeated { continue }
            for (place, input) in node.inputs.enumerated().reversed() {
                let isLast = place == node.inputs.count - 1
                // Indents of a deep graph would leave no room for it.
                let indent = below.count < 40 ? below : String(below.suffix(39))
                waiting.append((input, indent + (isLast ? "└─ " : "├─ "), indent + (isLast ? "   " : "│  ")))
            }
        }
    }
}
