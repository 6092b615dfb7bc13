/// A picture of a part of the graph: nodes, and groups of them that are folded, each in a box.
package struct GraphView {
    /// What is in a box.
    package enum Content: Hashable {
        case node(Int)
        /// A group that has a view of its own, and how many nodes are in it.
        case group(view: Int, count: Int)
        /// A node from outside that has to do with what is inside.
        case port(Int)
    }

    package struct Box {
        package let content: Content
        package let label: String
        package let width: Double
        package let height: Double
        /// The middle.
        package var x = 0.0
        package var y = 0.0
    }

    package struct Edge {
        package let from: Int
        package let to: Int
        /// Where it passes, from the right side of the one box to the left side of the other.
        package var points: [(x: Double, y: Double)] = []
    }

    package let title: String
    /// The view of which this is a folded group.
    package let parent: Int?
    package var boxes: [Box] = []
    package var edges: [Edge] = []
    package var width = 0.0
    package var height = 0.0
    /// The box in which a node is, itself or in a group.
    package var boxOf: [Int: Int] = [:]
}

/// All views of a lesson's graph, the whole first.
package struct GraphViews {
    /// The most boxes that one view shows: more are folded by themselves.
    package static let mostBoxes = 2000

    package private(set) var views: [GraphView] = []
    /// For each node the view in which it has a box of its own.
    package private(set) var homes: [Int]
    /// Whether groups had to be made that the program does not name.
    package private(set) var isFoldedBySize = false

    private let lesson: Lesson
    /// The nodes that use each node.
    private let users: [[Int]]

    package init(_ lesson: Lesson) {
        self.lesson = lesson
        homes = [Int](repeating: 0, count: lesson.nodes.count)
        var users = [[Int]](repeating: [], count: lesson.nodes.count)
        for node in lesson.nodes {
            for input in node.inputs where users[input].last != node.number { users[input].append(node.number) }
        }
        self.users = users
        addView(lesson.title, parent: nil, nodes: lesson.nodes.map(\.number), depth: 0)
        for index in views.indices {
            views[index].connect(lesson)
            views[index].arrange()
        }
    }

    /// A part of a view: a node, or several that are folded.
    private struct Part {
        var name: String?
        var nodes: [Int]
    }

    @discardableResult
    private mutating func addView(_ title: String, parent: Int?, nodes: [Int], depth: Int) -> Int {
        let index = views.count
        views.append(GraphView(title: title, parent: parent))
        var depth = depth
        var parts = self.parts(nodes, depth)
        // A group that is all there is would only be in the way.
        while parts.count == 1, parts[0].name != nil {
            depth += 1
            parts = self.parts(nodes, depth)
        }
        if parts.count > GraphViews.mostBoxes {
            isFoldedBySize = true
            parts = blocks(parts)
        }
        for part in parts {
            if let name = part.name {
                let view = addView(name, parent: index, nodes: part.nodes, depth: depth + 1)
                views[index].add(.group(view: view, count: part.nodes.count), name, part.nodes, lesson)
            } else {
                for node in part.nodes {
                    homes[node] = index
                    views[index].add(.node(node), lesson.nodes[node].label, [node], lesson)
                }
            }
        }
        return index
    }

    /// What stands side by side at a depth: operations in turn, those of one scope that follow each other as one part. So an edge
    /// never goes from a part to an earlier one.
    private func parts(_ nodes: [Int], _ depth: Int) -> [Part] {
        var parts: [Part] = []
        var place: [Int: Int] = [:]
        var seen: [String: Int] = [:]
        for node in nodes where lesson.nodes[node].kind == .operation {
            let scope = lesson.nodes[node].scope
            let name = depth < scope.count ? scope[depth] : nil
            if let name, let last = parts.last, last.name == name {
                parts[parts.count - 1].nodes.append(node)
            } else {
                parts.append(Part(name: name, nodes: [node]))
            }
            place[node] = parts.count - 1
        }
        // Inputs go where all are that use them.
        var loose: [Part] = []
        let inside = Set(nodes)
        for node in nodes where lesson.nodes[node].kind != .operation {
            let places = Set(users[node].filter(inside.contains).compactMap { place[$0] })
            if places.count == 1, let only = places.first, parts[only].name != nil,
                users[node].allSatisfy(inside.contains)
            {
                parts[only].nodes.append(node)
            } else {
                loose.append(Part(name: nil, nodes: [node]))
            }
        }
        for index in parts.indices {
            guard let name = parts[index].name else { continue }
            parts[index].nodes.sort()
            // A scope that is entered again is another group.
            seen[name, default: 0] += 1
            if let count = seen[name], count > 1 { parts[index].name = "\(name) (\(count))" }
            // A single operation is no shorter for being folded.
            if parts[index].nodes.count == 1 { parts[index].name = nil }
        }
        return loose + parts
    }

    /// Parts by the hundred or more, in order.
    private func blocks(_ parts: [Part]) -> [Part] {
        let ordered = parts.sorted { ($0.nodes.last ?? 0) < ($1.nodes.last ?? 0) }
        let size = max(100, (ordered.count + 199) / 200)
        return stride(from: 0, to: ordered.count, by: size).map { start in
            let nodes = ordered[start..<min(start + size, ordered.count)].flatMap(\.nodes).sorted()
            return Part(name: "nodes \(nodes.first ?? 0) to \(nodes.last ?? 0)", nodes: nodes)
        }
    }
}

extension GraphView {
    fileprivate mutating func add(_ content: Content, _ label: String, _ nodes: [Int], _ lesson: Lesson) {
        for node in nodes { boxOf[node] = boxes.count }
        let isSmall: Bool
        switch content {
        case .node(let node): isSmall = lesson.nodes[node].kind == .constant
        case .port: isSmall = true
        case .group: isSmall = false
        }
        let short = label.count > 26 ? String(label.prefix(25)) + "…" : label
        var width = SVG.width(of: short, size: 13) + (isSmall ? 24 : 40)
        if case .node(let node) = content, !isSmall {
            width += 8 + 2 * SVG.width(of: GraphView.tag(lesson.nodes[node]), size: 13)
        }
        boxes.append(
            Box(content: content, label: short, width: max(width, isSmall ? 44 : 118), height: isSmall ? 30 : 66))
    }

    /// The edges between boxes, and boxes for what comes from outside and goes there.
    fileprivate mutating func connect(_ lesson: Lesson) {
        var known: Set<[Int]> = []
        func edge(_ from: Int, _ to: Int, in view: inout GraphView) {
            guard from != to, known.insert([from, to]).inserted else { return }
            view.edges.append(Edge(from: from, to: to))
        }
        var ports: [Int: Int] = [:]
        func port(_ node: Int, in view: inout GraphView) -> Int {
            if let port = ports[node] { return port }
            view.add(.port(node), lesson.nodes[node].label, [node], lesson)
            ports[node] = view.boxes.count - 1
            return view.boxes.count - 1
        }
        let inside = boxOf
        // What very many use would be drawn among them all: one box stands for those outside.
        var outside = [Int](repeating: 0, count: lesson.nodes.count)
        for node in lesson.nodes where inside[node.number] == nil {
            for input in Set(node.inputs) where inside[input] != nil { outside[input] += 1 }
        }
        var shared: [Int: Int] = [:]
        func others(_ input: Int, _ user: Int, in view: inout GraphView) -> Int {
            guard outside[input] > 4 else { return port(user, in: &view) }
            if let known = shared[input] { return known }
            view.add(.port(user), "\(outside[input]) others", [], lesson)
            shared[input] = view.boxes.count - 1
            return view.boxes.count - 1
        }
        for node in lesson.nodes {
            for input in node.inputs {
                switch (inside[input], inside[node.number]) {
                case (let from?, let to?): edge(from, to, in: &self)
                case (nil, let to?): edge(port(input, in: &self), to, in: &self)
                case (let from?, nil): edge(from, others(input, node.number, in: &self), in: &self)
                case (nil, nil): break
                }
            }
        }
    }
}
