extension Lesson {
    /// All steps as plain text, one after the other, and a table of all values and gradients at the end.
    ///
    /// - `decimals`: How many the numbers have; the lesson's own unless given.
    public func text(decimals: Int? = nil) -> String {
        let rounding = Rounding(decimals: decimals ?? self.decimals)
        var lines = [title, String(repeating: "=", count: title.count)]
        if !introduction.isEmpty { lines.append(introduction) }
        let known = nodes.filter { $0.kind == .input }
        if !known.isEmpty {
            lines.append("given: " + known.map { "\($0.label) = \($0.value.text(rounding))" }.joined(separator: ", "))
        }
        lines.append("")
        lines += stepLines(steps, rounding)
        if !nodes.isEmpty { lines += ["", "values and gradients"] + tableLines(rounding) }
        for walk in wrongWalks {
            lines += ["", "the wrong walk: " + walk.name, walk.explanation] + stepLines(walk.steps, rounding)
            lines += walk.outcomes.map { outcome in
                let found = outcome.found?.text(rounding) ?? "not reached"
                return
                    "  \(nodes[outcome.node].label): \(found), right is \(outcome.right?.text(rounding) ?? "not reached")"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func stepLines(_ steps: [Step], _ rounding: Rounding) -> [String] {
        let width = String(steps.count).count
        return steps.enumerated().flatMap { index, step in
            let number = String(index + 1)
            let mark = String(repeating: " ", count: width - number.count) + number + ". "
            let indent = String(repeating: " ", count: mark.count)
            return lines(of: step, rounding).enumerated().map { ($0 == 0 ? mark : indent) + $1 }
        }
    }

    /// A step in a line or a few.
    func lines(of step: Step, _ rounding: Rounding) -> [String] {
        let words = words(of: step)
        let outcome = step.outcome(in: self)?.text(rounding) ?? ""
        let direction = step.kind == .compute ? "→ " : "← "
        let place = step.kind == .compute ? nodes[step.node].line.map { "  (\($0))" } ?? "" : ""
        var lines = [direction + words.headline + ":  " + words.question.text(rounding) + " " + outcome + place]
        if let before = step.before, let after = step.after, let contribution = step.contribution {
            // Of tensors the words tell shapes alone.
            let effect =
                after.isScalar
                ? words.effect.text(rounding)
                : "gradient of \(nodes[step.node].label): \(before.text(rounding)) "
                    + (step.isReplacing ? "is overwritten with " : "+ \(contribution.text(rounding)) = ")
                    + after.text(rounding)
            lines.append("  " + effect)
        }
        return lines
    }

    /// Every node in a row: what it is, its value and gradient, and the numeric gradient beside it.
    private func tableLines(_ rounding: Rounding) -> [String] {
        let header = ["", "value", "gradient", "numeric", "made by"]
        let rows = nodes.filter { $0.kind != .constant }.map { node in
            [
                node.label, node.value.text(rounding), node.gradient?.text(rounding) ?? "not reached",
                node.checkText(rounding),
                [node.name == nil ? nil : node.formula, node.line].compactMap { $0 }
                    .filter { !$0.isEmpty }.joined(separator: ", "),
            ]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        let lines = ([header] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return "  " + line
        }
        return lines + [checkSummary]
    }

    /// How many gradients stand beside numeric ones, and what those are.
    public var checkSummary: String {
        guard checks.reached > 0 else { return "No gradient reached anything." }
        let whom =
            checks.checked == checks.reached
            ? "All \(checks.reached)" : "\(checks.checked) of \(checks.reached)"
        return
            "\(whom) gradients stand beside numeric ones: the recorded operations that follow a node are run again with the "
            + "node a little smaller and a little larger. That replays operations, not the program's ifs."
    }
}

extension Lesson.Node {
    /// The numeric gradient: of a single number itself, of a tensor how many slopes agree.
    func checkText(_ rounding: Rounding) -> String {
        guard let first = checks.first else { return gradient == nil ? "" : "not checked" }
        if value.count == 1 {
            return rounding.text(first.numeric)
                + (first.agrees == nil ? " (kink)" : first.agrees == true ? "" : " (differs)")
        }
        let agreeing = checks.count { $0.agrees == true }
        let kinks = checks.count { $0.agrees == nil }
        return "\(agreeing) of \(checks.count) slopes agree" + (kinks > 0 ? ", \(kinks) at kinks" : "")
    }
}
