/// Title, legend, axes and their words: what charts have in common. A chart draws its numbers between them.
struct ChartFrame {
    /// A word of the legend, and the mark before it.
    struct Key {
        enum Mark { case line, area, point }
        let name: String
        let mark: Mark
        let index: Int
    }

    let xAxis: ChartAxis
    let yAxis: ChartAxis
    /// The edges of the plot, in pixels.
    private(set) var left = 0.0, right = 0.0, top = 0.0, bottom = 0.0
    private var canvas: Canvas

    /// Lays the words out, and draws all but the numbers. Without any number, the plot says so.
    init(
        title: String, xLabel: String, yLabel: String, keys: [Key] = [], notes: [String?] = [], isEmpty: Bool,
        xAxis: ChartAxis, yAxis: ChartAxis, width: Int, height: Int
    ) {
        (self.xAxis, self.yAxis) = (xAxis, yAxis)
        canvas = Canvas(width: Double(max(width, 160)), height: Double(max(height, 120)))
        top = canvas.heading(title, y: 0)
        let size = Canvas.fontSize
        let widest = yAxis.ticks.map { SVG.width(of: $0.label, size: size) }.max() ?? 0
        left = (yLabel.isEmpty ? 12 : 32) + widest
        right = canvas.width - max(12, SVG.width(of: xAxis.ticks.last?.label ?? "", size: size) / 2 + 2)
        drawKeys(keys)
        top += 8
        let notes = notes.compactMap { $0 }
        bottom = canvas.height - 22 - (xLabel.isEmpty ? 0 : 20) - 16 * Double(notes.count)

        drawAxes()
        let middle = (left + right) / 2
        canvas.text(xLabel, x: middle, y: bottom + 38, anchor: .middle)
        canvas.text(yLabel, x: 14, y: (top + bottom) / 2, anchor: .middle, turned: true)
        for (index, note) in notes.enumerated() {
            let y = canvas.height - 5 - 16 * Double(notes.count - 1 - index)
            canvas.text(note, x: canvas.width - 8, y: y, anchor: .end, size: 11, style: " fill-opacity=\"0.75\"")
        }
        if isEmpty {
            canvas.text(
                "no numbers", x: middle, y: (top + bottom) / 2, anchor: .middle, style: " fill-opacity=\"0.75\"")
        }
    }

    private mutating func drawKeys(_ keys: [Key]) {
        guard !keys.isEmpty else { return }
        var x = left
        for key in keys {
            let name = SVG.shortened(key.name, width: canvas.width - left - 60, size: Canvas.fontSize)
            let width = 26 + SVG.width(of: name, size: Canvas.fontSize)
            if x > left && x + width > canvas.width - 8 { (x, top) = (left, top + 19) }
            let (y, colour) = (top + 8, Palette.colour(key.index))
            switch key.mark {
            case .line:
                let line = "M\(SVG.number(x)) \(SVG.number(y))h20"
                canvas.line(line, colour: colour, width: 2.5, style: Palette.dashes(key.index))
            case .area: canvas.rectangle(x: x + 4, y: y - 6, width: 12, height: 12, colour: colour)
            case .point:
                canvas.add("<path d=\"\(Palette.mark(key.index, x: x + 10, y: y, size: 9))\" fill=\"\(colour)\"/>")
            }
            canvas.text(name, x: x + 26, y: y + 4)
            x += width + 18
        }
        top += 19
    }

    private mutating func drawAxes() {
        var grid = ""
        var lastEnd = -Double.infinity
        for tick in xAxis.ticks {
            guard let position = xAxis.position(tick.value) else { continue }
            let x = left + position * (right - left)
            grid += "M\(SVG.number(x)) \(SVG.number(top))V\(SVG.number(bottom))"
            let half = SVG.width(of: tick.label, size: Canvas.fontSize) / 2
            if x - half < lastEnd + 6 { continue }  // no room for this one
            lastEnd = x + half
            canvas.text(tick.label, x: x, y: bottom + 17, anchor: .middle)
        }
        for tick in yAxis.ticks {
            guard let position = yAxis.position(tick.value) else { continue }
            let y = bottom - position * (bottom - top)
            grid += "M\(SVG.number(left)) \(SVG.number(y))H\(SVG.number(right))"
            canvas.text(tick.label, x: left - 7, y: y + 4.5, anchor: .end)
        }
        canvas.line(grid, style: " stroke-opacity=\"0.13\"")
        canvas.line(
            "M\(SVG.number(left)) \(SVG.number(top))V\(SVG.number(bottom))H\(SVG.number(right))",
            style: " stroke-opacity=\"0.6\"")
    }

    /// Where a pair of numbers lies, in pixels; nil if one of them cannot be shown.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double)? {
        guard let x = xAxis.position(x), let y = yAxis.position(y) else { return nil }
        return (left + x * (right - left), bottom - y * (bottom - top))
    }

    /// Draws the numbers, and gives the whole as an `<svg>` element.
    func svg(label: String, drawing draw: (inout Canvas) -> Void) -> String {
        var canvas = canvas
        draw(&canvas)
        return canvas.svg(label: label)
    }
}

extension Canvas {
    /// A title in bold, on as many lines as it needs, from `y` down; gives where it ends.
    mutating func heading(_ title: String, y: Double) -> Double {
        var y = y + 4
        for line in SVG.lines(title, width: (width - 16) / 1.1, size: 15) {
            y += 19
            text(line, x: 8, y: y - 3, size: 15, style: " font-weight=\"600\"")
        }
        return y + 4
    }
}
