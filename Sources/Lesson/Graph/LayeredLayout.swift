// Boxes in columns from the inputs on the left to the result on the right, after K. Sugiyama et al., "Methods for visual
// understanding of hierarchical system structures" (1981): columns by the longest path, order within a column by the middle of
// the neighbours, then heights as near to the neighbours' as the order allows. Nothing is drawn by lot, so that the same graph
// always looks the same.

extension GraphView {
    private static let (columnGap, rowGap, margin) = (54.0, 18.0, 16.0)

    /// Gives every box its place, and every edge its course.
    mutating func arrange() {
        guard !boxes.isEmpty else { return }
        var layout = LayeredLayout(self, rowGap: GraphView.rowGap)
        layout.order()
        layout.setHeights()
        place(layout)
    }

    private mutating func place(_ layout: LayeredLayout) {
        let least = layout.items.map { $0.y - $0.height / 2 }.min() ?? 0
        var x = GraphView.margin
        var lefts: [Double] = []
        var widths: [Double] = []
        for layer in layout.layers {
            let width = layer.map { layout.items[$0].width }.max() ?? 0
            lefts.append(x)
            widths.append(width)
            x += width + GraphView.columnGap
        }
        func top(_ y: Double) -> Double { y - least + GraphView.margin }
        for (index, item) in layout.items.enumerated() where index < boxes.count {
            boxes[index].x = lefts[item.layer] + widths[item.layer] / 2
            boxes[index].y = top(item.y)
        }
        width = x - GraphView.columnGap + GraphView.margin
        height = (boxes.map { $0.y + $0.height / 2 }.max() ?? 0) + GraphView.margin
        for index in edges.indices {
            let (from, to) = (boxes[edges[index].from], boxes[edges[index].to])
            var points = [(x: from.x + from.width / 2, y: from.y)]
            for dummy in layout.bends[index] {
                let item = layout.items[dummy]
                points.append((lefts[item.layer], top(item.y)))
                points.append((lefts[item.layer] + widths[item.layer], top(item.y)))
                height = max(height, top(item.y) + GraphView.margin)
            }
            points.append((to.x - to.width / 2, to.y))
            edges[index].points = points
        }
    }
}

/// The columns of a view in the making.
private struct LayeredLayout {
    /// A box, or a place where an edge passes a column.
    struct Item {
        var layer = 0
        var width = 0.0
        var height = 0.0
        var y = 0.0
        var before: [Int] = []
        var after: [Int] = []
    }

    /// Beyond so many bends edges go straight through.
    private static let mostBends = 2000

    private(set) var items: [Item]
    private(set) var layers: [[Int]] = []
    /// For each edge the bends that it takes.
    private(set) var bends: [[Int]]
    private let rowGap: Double

    init(_ view: GraphView, rowGap: Double) {
        self.rowGap = rowGap
        items = view.boxes.map { Item(width: $0.width, height: $0.height) }
        bends = view.edges.map { _ in [] }
        setLayers(view.edges.map { ($0.from, $0.to) })
        let spans = view.edges.reduce(0) { $0 + max(items[$1.to].layer - items[$1.from].layer - 1, 0) }
        for (index, edge) in view.edges.enumerated() {
            var last = edge.from
            if spans <= LayeredLayout.mostBends {
                for layer in (items[edge.from].layer + 1)..<max(items[edge.to].layer, items[edge.from].layer + 1) {
                    items.append(Item(layer: layer, height: 8))
                    join(last, items.count - 1)
                    last = items.count - 1
                    bends[index].append(last)
                }
            }
            join(last, edge.to)
        }
        layers = [[Int]](repeating: [], count: (items.map(\.layer).max() ?? 0) + 1)
        for index in items.indices { layers[items[index].layer].append(index) }
    }

    private mutating func join(_ from: Int, _ to: Int) {
        items[from].after.append(to)
        items[to].before.append(from)
    }

    /// Columns by the longest path; what nothing leads to stands right before what it leads to.
    private mutating func setLayers(_ edges: [(from: Int, to: Int)]) {
        var (outgoing, incoming) = ([[Int]](repeating: [], count: items.count), [Int](repeating: 0, count: items.count))
        for edge in edges {
            outgoing[edge.from].append(edge.to)
            incoming[edge.to] += 1
        }
        let isSource = incoming.map { $0 == 0 }
        var ready = items.indices.filter { incoming[$0] == 0 }
        var next = 0
        while next < ready.count {
            for target in outgoing[ready[next]] {
                items[target].layer = max(items[target].layer, items[ready[next]].layer + 1)
                incoming[target] -= 1
                if incoming[target] == 0 { ready.append(target) }
            }
            next += 1
        }
        for index in items.indices where isSource[index] {
            if let first = outgoing[index].map({ items[$0].layer }).min() { items[index].layer = first - 1 }
        }
    }

    /// Sorts each column by the average place of the neighbours, to the right and to the left in turn.
    mutating func order() {
        var places = [Double](repeating: 0, count: items.count)
        func number(_ layer: [Int], _ places: inout [Double]) {
            for (place, index) in layer.enumerated() { places[index] = Double(place) - Double(layer.count - 1) / 2 }
        }
        for layer in layers { number(layer, &places) }
        for round in 0..<8 {
            let isForward = round % 2 == 0
            let sequence = isForward ? Array(layers.indices) : layers.indices.reversed()
            for layer in sequence {
                let keys = Dictionary(
                    uniqueKeysWithValues: layers[layer].map { index -> (Int, Double) in
                        let neighbours = isForward ? items[index].before : items[index].after
                        let sum = neighbours.reduce(0) { $0 + places[$1] }
                        return (index, neighbours.isEmpty ? places[index] : sum / Double(neighbours.count))
                    })
                layers[layer].sort { ((keys[$0] ?? 0), $0) < ((keys[$1] ?? 0), $1) }
                number(layers[layer], &places)
            }
        }
    }

    /// Heights near to the neighbours', in the order that there is.
    mutating func setHeights() {
        for layer in layers { settle(layer, wishes: layer.map { _ in 0 }) }
        for round in 0..<12 {
            let isForward = round % 2 == 0
            let sequence = isForward ? Array(layers.indices) : layers.indices.reversed()
            for layer in sequence {
                let wishes = layers[layer].map { index -> Double in
                    let sides =
                        isForward
                        ? (items[index].before, items[index].after) : (items[index].after, items[index].before)
                    let neighbours = sides.0.isEmpty ? sides.1 : sides.0
                    if neighbours.isEmpty { return items[index].y }
                    return neighbours.reduce(0) { $0 + items[$1].y } / Double(neighbours.count)
                }
                settle(layers[layer], wishes: wishes)
            }
        }
    }

    /// The heights nearest to the wishes with no overlap: blocks of neighbours that would overlap take the average.
    private mutating func settle(_ layer: [Int], wishes: [Double]) {
        var offsets: [Double] = []
        var offset = 0.0
        for (place, index) in layer.enumerated() {
            if place > 0 { offset += (items[layer[place - 1]].height + items[index].height) / 2 + rowGap }
            offsets.append(offset)
        }
        var blocks: [(sum: Double, count: Int)] = []
        for (wish, offset) in zip(wishes, offsets) {
            blocks.append((wish - offset, 1))
            while blocks.count > 1 {
                let (last, before) = (blocks[blocks.count - 1], blocks[blocks.count - 2])
                guard before.sum / Double(before.count) > last.sum / Double(last.count) else { break }
                blocks.removeLast(2)
                blocks.append((before.sum + last.sum, before.count + last.count))
            }
        }
        var place = 0
        for block in blocks {
            for _ in 0..<block.count {
                items[layer[place]].y = block.sum / Double(block.count) + offsets[place]
                place += 1
            }
        }
    }
}
