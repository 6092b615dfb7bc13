/// Lines over a common pair of axes: a loss curve.
///
///     let chart = LineChart(
///         title: "Loss", xLabel: "epoch", yLabel: "cross-entropy",
///         lines: [.init("training", losses.enumerated().map { (Double($0 + 1), $1) })])
///     page += chart.svg()
///
/// The picture takes its text colour from the page around it, so it suits light and dark ones.
public struct LineChart: Sendable {
    /// A curve and its name.
    public struct Line: Sendable {
        /// What the legend calls it.
        public var name: String
        /// From left to right. Where a number is not finite (or not positive, on a logarithmic axis) the line has a gap.
        public var points: [(x: Double, y: Double)]

        /// A curve through these points, in order of x.
        public init(_ name: String, _ points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
    }

    /// What stands above the chart.
    public var title: String
    /// What the horizontal axis measures.
    public var xLabel: String
    /// What the vertical axis measures.
    public var yLabel: String
    /// The curves, each in a colour of its own.
    public var lines: [Line]

    /// Whether equal distances upwards are equal ratios.
    public var isLogarithmic: Bool

    /// A chart of these curves.
    public init(title: String, xLabel: String, yLabel: String, lines: [Line], isLogarithmic: Bool = false) {
        (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
        (self.lines, self.isLogarithmic) = (lines, isLogarithmic)
    }

    /// Told apart on light and dark ground, and by readers who see red and green alike (the palette of M. Okabe and K. Ito).
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

    /// The picture as an `<svg>` element, its size in pixels.
    public func svg(width: Int = 640, height: Int = 360) -> String {
        let (left, right, top, bottom) = (64.0, Double(width) - 16, 40.0, Double(height) - 48)
        let points = lines.flatMap(\.points)
        let xAxis = ChartAxis(showing: points.map(\.x), marks: 8)
        let yAxis = ChartAxis(showing: points.map(\.y), isLogarithmic: isLogarithmic)
        func place(_ x: Double, _ y: Double) -> String? {
            guard let x = xAxis.position(x), let y = yAxis.position(y) else { return nil }
            return "\(SVG.number(left + x * (right - left))) \(SVG.number(bottom - y * (bottom - top)))"
        }
        func text(_ x: Double, _ y: Double, _ anchor: String, _ content: String, _ more: String = "") -> String {
            "<text x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\" text-anchor=\"\(anchor)\"\(more)>"
                + "\(SVG.escaped(content))</text>"
        }

        var parts = [text(left, 20, "start", title, " font-weight=\"bold\"")]
        var grid = ""
        for tick in xAxis.ticks {
            guard let position = xAxis.position(tick.value) else { continue }
            let x = left + position * (right - left)
            grid += "M\(SVG.number(x)) \(SVG.number(top))V\(SVG.number(bottom))"
            parts.append(text(x, bottom + 16, "middle", tick.label))
        }
        for tick in yAxis.ticks {
            guard let position = yAxis.position(tick.value) else { continue }
            let y = bottom - position * (bottom - top)
            grid += "M\(SVG.number(left)) \(SVG.number(y))H\(SVG.number(right))"
            parts.append(text(left - 8, y + 4, "end", tick.label))
        }
        parts.append(text((left + right) / 2, Double(height) - 10, "middle", xLabel))
        let middle = (top + bottom) / 2
        parts.append(text(16, middle, "middle", yLabel, " transform=\"rotate(-90 16 \(SVG.number(middle)))\""))
        parts.append("<path d=\"\(grid)\" fill=\"none\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>")
        let axes = "M\(SVG.number(left)) \(SVG.number(top))V\(SVG.number(bottom))H\(SVG.number(right))"
        parts.append("<path d=\"\(axes)\" fill=\"none\" stroke=\"currentColor\"/>")

        for (index, line) in lines.enumerated() {
            let colour = LineChart.colours[index % LineChart.colours.count]
            parts.append(
                "<path d=\"\(path(line.points.map { place($0.x, $0.y) }))\" fill=\"none\" stroke=\"\(colour)\" "
                    + "stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>")
            let y = top + 14 + 18 * Double(index)
            parts.append(
                "<path d=\"M\(SVG.number(right - 24)) \(SVG.number(y - 4))h20\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
            )
            parts.append(text(right - 30, y, "end", line.name))
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            role="img" aria-label="\(SVG.escaped(title))" font-family="sans-serif" font-size="12" fill="currentColor">
            \(parts.joined(separator: "\n"))
            </svg>
            """
    }

    /// Moves and lines through the places, a new start after each gap. A place alone is a line to itself: a dot.
    private func path(_ places: [String?]) -> String {
        var result = ""
        var isDrawing = false
        for place in places {
            guard let place else {
                isDrawing = false
                continue
            }
            result += isDrawing ? "L\(place)" : "M\(place)L\(place)"
            isDrawing = true
        }
        return result
    }
}
