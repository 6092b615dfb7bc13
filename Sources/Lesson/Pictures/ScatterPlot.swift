import GradusTensor

/// Points in the plane, in a colour and a shape for each class.
///
///     ScatterPlot(points, labels: labels, names: ["inner", "outer"], title: "Two moons")
///     ScatterPlot(points, labels: labels) { evaluate { model(.constant($0)) }.value.argmax(along: -1) }
///
/// In the second form the ground behind the points shows which class each place would be given.
public struct ScatterPlot: Picture {
    public var title: String
    /// What the horizontal axis measures.
    public var xLabel: String
    /// What the vertical axis measures.
    public var yLabel: String
    /// What the legend calls the classes.
    public var names: [String]
    /// The size in pixels.
    public var width: Int, height: Int

    private let points: [(x: Double, y: Double)]
    private let labels: [Int]
    private let xAxis: ChartAxis
    private let yAxis: ChartAxis
    /// The class of each place of the ground, row by row from above.
    private var ground: [UInt8] = []
    private static let groundSize = 120

    /// Points `[n, 2]`, with a class `[n]` of `int64` for each, 0 and up, if there are several. Other shapes, and classes
    /// beyond 0...255, are misuse.
    public init(
        _ points: Tensor, labels: Tensor? = nil, names: [String] = [], title: String = "", xLabel: String = "",
        yLabel: String = "", width: Int = 520, height: Int = 420
    ) {
        (self.title, self.xLabel, self.yLabel, self.names) = (title, xLabel, yLabel, names)
        (self.width, self.height) = (width, height)
        if points.rank != 2 || points.shape[1] != 2 {
            misuse("ScatterPlot: points of shape \(points.shape); [n, 2] is wanted")
        } else if let labels, labels.shape != [points.shape[0]] || labels.elementType != .int64 {
            misuse("ScatterPlot: labels are \(labels.elementType) of \(labels.shape) for \(points.shape[0]) points")
        }
        let coordinates = misuseIsPending ? [] : points.array(of: Double.self)
        let classes = misuseIsPending ? nil : labels?.array(of: Int.self)
        if let wrong = classes?.first(where: { !(0...255).contains($0) }) {
            misuse("ScatterPlot: label \(wrong); classes are 0 to 255")
        }
        self.points = stride(from: 0, to: coordinates.count, by: 2).map { (coordinates[$0], coordinates[$0 + 1]) }
        self.labels = misuseIsPending ? [] : classes ?? [Int](repeating: 0, count: self.points.count)
        let shown = self.points.filter { ChartAxis.canShow($0.x) && ChartAxis.canShow($0.y) }
        xAxis = ChartAxis(showing: shown.map(\.x), marks: 8)
        yAxis = ChartAxis(showing: shown.map(\.y))
    }

    /// The same over ground that is coloured by class: `classify` takes places `[m, 2]`, of float32, and gives classes `[m]`.
    public init(
        _ points: Tensor, labels: Tensor? = nil, names: [String] = [], title: String = "", xLabel: String = "",
        yLabel: String = "", width: Int = 520, height: Int = 420, classify: (Tensor) -> Tensor
    ) {
        self.init(
            points, labels: labels, names: names, title: title, xLabel: xLabel, yLabel: yLabel, width: width,
            height: height)
        guard !misuseIsPending else { return }
        let size = ScatterPlot.groundSize
        var places: [Double] = []
        for row in 0..<size {
            for column in 0..<size {
                places.append(xAxis.value(at: (Double(column) + 0.5) / Double(size)))
                places.append(yAxis.value(at: 1 - (Double(row) + 0.5) / Double(size)))
            }
        }
        let classes = classify(Tensor(places, shape: [size * size, 2]))
        guard classes.shape == [size * size] && classes.elementType == .int64 else {
            misuse(
                "ScatterPlot: classify gave \(classes.elementType) of \(classes.shape) for \(size * size) places")
            return
        }
        ground = classes.array(of: Int.self).map { UInt8(clamping: $0) }
    }

    public func svg() -> String {
        let kinds = Set(labels).sorted()
        let shown = points.count { ChartAxis.canShow($0.x) && ChartAxis.canShow($0.y) }
        let isNamed = kinds.count > 1 || !names.isEmpty
        let frame = ChartFrame(
            title: title, xLabel: xLabel, yLabel: yLabel,
            keys: isNamed ? kinds.map { .init(name: name($0), mark: .point, index: $0) } : [],
            notes: [missing(points.count - shown, of: points.count)], isEmpty: shown == 0, xAxis: xAxis, yAxis: yAxis,
            width: width, height: height)
        let counts = kinds.map { kind in "\(name(kind)): \(labels.count { $0 == kind }) points" }
        let parts = [title.isEmpty ? "Scatter plot" : title] + (isNamed ? counts : ["\(shown) points"])
        return frame.svg(label: parts.joined(separator: ". ")) { canvas in
            if !ground.isEmpty {
                let image = PNG(
                    width: ScatterPlot.groundSize, height: ScatterPlot.groundSize, indices: ground,
                    table: (0..<256).map { Palette.components(Palette.colour($0)) },
                    opacities: [UInt8](repeating: 72, count: 256))
                canvas.image(
                    image, x: frame.left, y: frame.top, width: frame.right - frame.left,
                    height: frame.bottom - frame.top)
            }
            for kind in kinds { draw(kind, frame, &canvas) }
        }
    }

    private func name(_ kind: Int) -> String { kind < names.count ? names[kind] : "\(kind)" }

    private func draw(_ kind: Int, _ frame: ChartFrame, _ canvas: inout Canvas) {
        let places = zip(points, labels).filter { $1 == kind }.compactMap { point, _ in frame.place(point.x, point.y) }
        let colour = Palette.colour(kind)
        if points.count > 5_000 {  // shapes would not be told apart: round dots, which take few bytes
            let dots = places.map { "M\(SVG.number($0.x)) \(SVG.number($0.y))h0" }.joined()
            canvas.line(dots, colour: colour, width: 3, style: " stroke-linecap=\"round\" stroke-opacity=\"0.75\"")
        } else if !places.isEmpty {
            let size = points.count > 1_000 ? 4.5 : points.count > 200 ? 6 : 8.0
            let marks = places.map { Palette.mark(kind, x: $0.x, y: $0.y, size: size) }.joined()
            // A thin edge keeps marks apart from each other and from the ground of their own colour.
            canvas.add(
                "<path d=\"\(marks)\" fill=\"\(colour)\" fill-opacity=\"0.9\" stroke=\"#fff\" stroke-width=\"0.7\"/>")
        }
    }
}
