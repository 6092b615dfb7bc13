import GradusTensor

/// Lines over a common pair of axes: a loss curve.
///
///     LinePlot(losses, title: "Loss", xLabel: "step", yLabel: "cross-entropy")       // [n]
///     LinePlot(stack([training, test]), names: ["training", "test"], title: "Loss")  // [lines, n]
public struct LinePlot: Picture {
    /// A curve and its name.
    public struct Line: Sendable {
        /// What the legend calls it; nothing, if it is empty.
        public var name: String
        /// From left to right. Where a number is not finite (or not positive, on a logarithmic axis) the line has a gap.
        public var points: [(x: Double, y: Double)]

        /// A curve through these points, in order of x.
        public init(_ name: String, _ points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
    }

    public var title: String
    /// What the horizontal axis measures.
    public var xLabel: String
    /// What the vertical axis measures.
    public var yLabel: String
    /// The curves, each in a colour of its own.
    public var lines: [Line]
    /// Whether equal distances upwards are equal ratios.
    public var isLogarithmic: Bool
    /// The size in pixels.
    public var width: Int, height: Int

    /// A plot of these curves.
    public init(
        _ lines: [Line], title: String = "", xLabel: String = "", yLabel: String = "", isLogarithmic: Bool = false,
        width: Int = 520, height: Int = 320
    ) {
        (self.title, self.xLabel, self.yLabel, self.lines) = (title, xLabel, yLabel, lines)
        (self.isLogarithmic, self.width, self.height) = (isLogarithmic, width, height)
    }

    /// A plot of the numbers in a tensor `[n]`, or of a line for each row of one `[lines, n]`, over `x` of shape `[n]`: 1, 2, 3
    /// and so on, if it is not given. Other shapes, and another number of names than lines, are misuse.
    public init(
        _ y: Tensor, x: Tensor? = nil, names: [String] = [], title: String = "", xLabel: String = "",
        yLabel: String = "",
        isLogarithmic: Bool = false, width: Int = 520, height: Int = 320
    ) {
        self.init(
            [], title: title, xLabel: xLabel, yLabel: yLabel, isLogarithmic: isLogarithmic, width: width, height: height
        )
        guard y.rank == 1 || y.rank == 2 else {
            misuse("LinePlot: a tensor of shape \(y.shape); numbers [n] or lines [lines, n] are wanted")
            return
        }
        let (count, length) = (y.rank == 2 ? y.shape[0] : 1, y.shape[-1])
        guard names.isEmpty || names.count == count else {
            misuse("LinePlot: \(names.count) names for \(count) lines")
            return
        }
        guard x.map({ $0.rank == 1 && $0.count == length }) ?? true else {
            misuse("LinePlot: x of shape \(x?.shape ?? []) for lines of \(length) numbers")
            return
        }
        guard !misuseIsPending else { return }
        let xs = x?.array(of: Double.self) ?? (0..<length).map { Double($0 + 1) }
        let ys = y.array(of: Double.self)
        lines = (0..<count).map { line in
            Line(names.isEmpty ? "" : names[line], (0..<length).map { (xs[$0], ys[line * length + $0]) })
        }
    }

    public func svg() -> String {
        let points = lines.flatMap(\.points)
        let shown = points.filter {
            ChartAxis.canShow($0.x) && ChartAxis.canShow($0.y, isLogarithmic: isLogarithmic)
        }
        let reason = isLogarithmic ? "NaN, infinite, or not above 0" : "NaN or infinite"
        let frame = ChartFrame(
            title: title, xLabel: xLabel, yLabel: yLabel,
            keys: lines.enumerated().filter { !$1.name.isEmpty }.map { .init(name: $1.name, mark: .line, index: $0) },
            notes: [missing(points.count - shown.count, of: points.count, because: reason)], isEmpty: shown.isEmpty,
            xAxis: ChartAxis(showing: shown.map(\.x), isWhole: shown.allSatisfy { $0.x == $0.x.rounded() }, marks: 8),
            yAxis: ChartAxis(showing: shown.map(\.y), isLogarithmic: isLogarithmic), width: width, height: height)
        return frame.svg(label: label) { canvas in
            for (index, line) in lines.enumerated() {
                let path = LinePlot.path(line.points.map { frame.place($0.x, $0.y) })
                let ends = " stroke-linejoin=\"round\" stroke-linecap=\"round\""
                canvas.line(
                    path, colour: Palette.colour(index), width: 2, style: ends + Palette.dashes(index))
            }
        }
    }

    /// The title, and from where to where each line goes.
    private var label: String {
        let ends = lines.map { line in
            let shown = line.points.map(\.y).filter(\.isFinite)
            let name = line.name.isEmpty ? "a line" : line.name
            guard let first = shown.first, let last = shown.last else { return "\(name): no numbers" }
            return "\(name): \(shown.count) points, from \(short(first)) to \(short(last))"
        }
        return ([title.isEmpty ? "Line plot" : title] + ends).joined(separator: ". ")
    }

    /// Moves and lines through the places, a new start after each gap. A place alone is a line to itself: a dot. Of a dense
    /// line, each column of pixels keeps the first, the lowest, the highest and the last place, which look the same.
    static func path(_ places: [(x: Double, y: Double)?]) -> String {
        var result = ""
        var run: [(x: Double, y: Double)] = []
        for place in places + [nil] {
            if let place {
                run.append(place)
            } else if let first = run.first {
                let start = "\(SVG.number(first.x)) \(SVG.number(first.y))"
                result +=
                    "M\(start)L" + thinned(run).map { "\(SVG.number($0.x)) \(SVG.number($0.y))" }.joined(separator: "L")
                run = []
            }
        }
        return result
    }

    private static func thinned(_ run: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard run.count > 2_000 else { return run }
        var kept: [(x: Double, y: Double)] = []
        var start = 0
        while start < run.count {
            let column = run[start].x.rounded()
            let end = run[start...].firstIndex { $0.x.rounded() != column } ?? run.count
            let range = start..<end
            let least = range.min { run[$0].y < run[$1].y } ?? start
            let most = range.max { run[$0].y < run[$1].y } ?? start
            kept += Set([start, least, most, end - 1]).sorted().map { run[$0] }
            start = end
        }
        return kept
    }
}
