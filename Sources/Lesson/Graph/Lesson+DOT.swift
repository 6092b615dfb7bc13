extension Lesson {
    /// The graph in the language of Graphviz: `dot -Tsvg`. Scopes are clusters; a box holds name, value and gradient.
    ///
    /// - `decimals`: How many the numbers have; the lesson's own unless given.
    public func dot(decimals: Int? = nil) -> String {
        let rounding = Rounding(decimals: decimals ?? self.decimals, trueMinus: true)
        var lines = [
            "digraph \"\(Lesson.quoted(title))\" {", "  rankdir=LR;",
            "  node [shape=box, style=rounded, fontname=\"sans-serif\"];",
        ]
        lines += cluster(nodes.map(\.number), 0, "  ", rounding, path: "")
        for node in nodes {
            for (place, input) in node.inputs.enumerated() {
                let label =
                    node.inputs.count > 1 ? " [taillabel=\"\", headlabel=\"\(OperationRule.letter(place))\"]" : ""
                lines.append("  n\(input) -> n\(node.number)\(label);")
            }
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func cluster(_ members: [Int], _ depth: Int, _ indent: String, _ rounding: Rounding, path: String)
        -> [String]
    {
        var lines: [String] = []
        var groups: [(name: String, members: [Int])] = []
        for member in members {
            let scope = nodes[member].scope
            guard depth < scope.count else {
                lines.append("\(indent)n\(member) [label=\"\(label(nodes[member], rounding))\"];")
                continue
            }
            if let known = groups.firstIndex(where: { $0.name == scope[depth] }) {
                groups[known].members.append(member)
            } else {
                groups.append((scope[depth], [member]))
            }
        }
        for (number, group) in groups.enumerated() {
            lines.append("\(indent)subgraph \"cluster\(path)_\(number)\" {")
            lines.append("\(indent)  label=\"\(Lesson.quoted(group.name))\";")
            lines += cluster(group.members, depth + 1, indent + "  ", rounding, path: "\(path)_\(number)")
            lines.append("\(indent)}")
        }
        return lines
    }

    private func label(_ node: Node, _ rounding: Rounding) -> String {
        if node.kind == .constant { return Lesson.quoted(node.label) }
        let gradient = node.gradient?.text(rounding) ?? "not reached"
        return Lesson.quoted(node.label) + "\\nvalue " + Lesson.quoted(node.value.text(rounding)) + "\\ngradient "
            + Lesson.quoted(gradient)
    }

    /// Text within quotes: whatever a name is, it stays one.
    private static func quoted(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
