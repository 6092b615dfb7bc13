/// Elements of an SVG picture, one after the other.
///
/// Text and lines take the colour of the page around the picture (`currentColor`), so that it suits light and dark ones.
struct Canvas {
    enum Anchor: String { case start, middle, end }

    /// The height of common text, in pixels.
    static let fontSize = 13.0

    var width: Double
    var height: Double
    private(set) var parts: [String] = []

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    mutating func add(_ element: String) { parts.append(element) }

    mutating func text(
        _ content: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = fontSize, turned: Bool = false,
        style: String = ""
    ) {
        if content.isEmpty { return }
        let place = "x=\"\(SVG.number(x))\" y=\"\(SVG.number(y))\""
        let anchor = anchor == .start ? "" : " text-anchor=\"\(anchor)\""
        let size = size == Canvas.fontSize ? "" : " font-size=\"\(SVG.number(size))\""
        let turn = turned ? " transform=\"rotate(-90 \(SVG.number(x)) \(SVG.number(y)))\"" : ""
        add("<text \(place)\(anchor)\(size)\(turn)\(style)>\(SVG.escaped(content))</text>")
    }

    /// An open path.
    mutating func line(_ path: String, colour: String = "currentColor", width: Double = 1, style: String = "") {
        if path.isEmpty { return }
        add("<path d=\"\(path)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"\(SVG.number(width))\"\(style)/>")
    }

    /// A filled rectangle; a browser shows `title` to a mouse that rests on it.
    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, colour: String, style: String = "", title: String? = nil
    ) {
        let place = [x, y, width, height].map(SVG.number)
        let tag =
            "rect x=\"\(place[0])\" y=\"\(place[1])\" width=\"\(place[2])\" height=\"\(place[3])\" fill=\"\(colour)\""
        add(title.map { "<\(tag)\(style)><title>\(SVG.escaped($0))</title></rect>" } ?? "<\(tag)\(style)/>")
    }

    /// Pixels, each a sharp-edged square or oblong.
    mutating func image(_ image: PNG, x: Double, y: Double, width: Double, height: Double) {
        let place = [x, y, width, height].map(SVG.number)
        add(
            "<image x=\"\(place[0])\" y=\"\(place[1])\" width=\"\(place[2])\" height=\"\(place[3])\" "
                + "preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
                + "href=\"data:image/png;base64,\(image.data.base64EncodedString())\"/>")
    }

    /// The whole as an `<svg>` element, no wider than the page it is put in. `label` is what a screen reader says.
    func svg(label: String) -> String {
        let (width, height) = (SVG.number(width), SVG.number(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            style="max-width:100%;height:auto" role="img" aria-label="\(SVG.escaped(label))" \
            font-family="system-ui, sans-serif" font-size="\(SVG.number(Canvas.fontSize))" fill="currentColor">
            \(parts.joined(separator: "\n"))
            </svg>
            """
    }
}
