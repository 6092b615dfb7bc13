import Foundation

extension Lesson {
    /// A picture of the graph with all values and gradients, as an `<svg>` element. Groups are folded. Colours follow the reader's
    /// choice of light or dark.
    ///
    /// - `decimals`: How many the numbers have; the lesson's own unless given.
    public func svg(decimals: Int? = nil) -> String {
        let views = GraphViews(self)
        let rounding = Rounding(decimals: decimals ?? self.decimals, trueMinus: true)
        guard let whole = views.views.first else { return "" }
        return whole.svg(self, 0, rounding, style: GraphStyle.standalone)
    }
}

extension GraphView {
    /// The view as SVG. Boxes and edges have names that a page finds them by.
    func svg(_ lesson: Lesson, _ index: Int, _ rounding: Rounding, style: String = "") -> String {
        var parts: [String] = []
        for (number, edge) in edges.enumerated() {
            parts.append(
                "<path class=\"edge\" id=\"e\(index)-\(edge.from)-\(edge.to)\" data-edge=\"\(number)\" d=\"\(course(edge.points))\"/>"
            )
        }
        for (number, box) in boxes.enumerated() { parts.append(self.box(box, number, lesson, index, rounding)) }
        let label = title.escapedForHTML
        return """
            <svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 \(SVG.number(width)) \(SVG.number(height))" \
            width="\(SVG.number(width))" height="\(SVG.number(height))" role="group" aria-label="Graph: \(label)">\
            \(style)\(parts.joined(separator: "\n"))</svg>
            """
    }

    /// The sign in the corner of a box: none where it is long, as then the name says it.
    static func tag(_ node: Lesson.Node) -> String { node.sign.count <= 5 ? node.sign : "" }

    /// A smooth line through the points, level where it passes a column.
    private func course(_ points: [(x: Double, y: Double)]) -> String {
        guard let first = points.first else { return "" }
        var path = "M\(SVG.number(first.x)) \(SVG.number(first.y))"
        for (from, to) in zip(points, points.dropFirst()) {
            if abs(from.y - to.y) < 0.01 {
                path += "L\(SVG.number(to.x)) \(SVG.number(to.y))"
                continue
            }
            let middle = SVG.number((from.x + to.x) / 2)
            path +=
                "C\(middle) \(SVG.number(from.y)) \(middle) \(SVG.number(to.y)) \(SVG.number(to.x)) \(SVG.number(to.y))"
        }
        return path
    }

    private func box(_ box: Box, _ number: Int, _ lesson: Lesson, _ index: Int, _ rounding: Rounding) -> String {
        let frame =
            "<rect width=\"\(SVG.number(box.width))\" height=\"\(SVG.number(box.height))\" rx=\"\(box.height < 40 ? 15 : 8)\"/>"
        let start =
            "transform=\"translate(\(SVG.number(box.x - box.width / 2)) \(SVG.number(box.y - box.height / 2)))\""
        func text(_ x: Double, _ y: Double, _ kind: String, _ content: String) -> String {
            "<text class=\"\(kind)\" x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\">\(content.escapedForHTML)</text>"
        }
        let middle = box.width / 2
        switch box.content {
        case .group(let view, let count):
            let inner = text(middle, 24, "name", box.label) + text(middle, 44, "count", "\(count) nodes — open")
            let behind =
                "<rect class=\"behind\" x=\"4\" y=\"4\" width=\"\(SVG.number(box.width))\" height=\"\(SVG.number(box.height))\" rx=\"8\"/>"
            return
                "<g class=\"box fold\" id=\"b\(index)-\(number)\" data-view=\"\(view)\" tabindex=\"0\" role=\"button\" aria-label=\"Open \(box.label.escapedForHTML), \(count) nodes\" \(start)>\(behind)\(frame)\(inner)</g>"
        case .port(let node):
            return
                "<g class=\"box port\" id=\"b\(index)-\(number)\" data-node=\"\(node)\" tabindex=\"0\" role=\"button\" aria-label=\"\(box.label.escapedForHTML), outside\" \(start)>\(frame)\(text(middle, 20, "name", box.label))</g>"
        case .node(let node):
            return self.node(lesson.nodes[node], box, "id=\"b\(index)-\(number)\" \(start)", frame, rounding)
        }
    }

    private func node(_ node: Lesson.Node, _ box: Box, _ start: String, _ frame: String, _ rounding: Rounding) -> String
    {
        let middle = box.width / 2
        func text(_ y: Double, _ kind: String, _ content: String) -> String {
            "<text class=\"\(kind)\" x=\"\(SVG.number(middle))\" y=\"\(SVG.number(y))\">\(content.escapedForHTML)</text>"
        }
        let name = node.label.escapedForHTML
        let opening =
            "<g class=\"box \(node.kind.rawValue)\" data-node=\"\(node.number)\" tabindex=\"0\" role=\"button\" aria-label=\"\(name)\" \(start)>"
        if node.kind == .constant {
            let number = node.name == nil && node.value.isScalar ? node.value.text(rounding) : box.label
            return "\(opening)\(frame)\(text(20, "name", number))</g>"
        }
        var inner = text(20, "name", box.label)
        if node.kind == .operation, let operation = node.operation {
            inner += "<title>\(operation.escapedForHTML)</title>"
            inner += "<text class=\"sign\" x=\"8\" y=\"19\">\(GraphView.tag(node).escapedForHTML)</text>"
        }
        let value = node.value.isScalar ? node.value.text(rounding) : "[\(node.value.shapeText)]"
        let gradient = node.gradient.map { $0.isScalar ? $0.text(rounding) : "[\($0.shapeText)]" }
        inner += text(39, "value", value)
        inner += text(57, gradient == nil ? "gradient none" : "gradient", gradient ?? "not reached")
        return "\(opening)\(frame)\(inner)</g>"
    }
}
