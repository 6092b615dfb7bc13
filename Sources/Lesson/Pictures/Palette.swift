/// Colours for a few things that are to be told apart.
///
/// Six of the colours of M. Okabe and K. Ito (*Color Universal Design*, 2008), which readers who see red and green alike tell
/// apart, on light and dark ground; the seventh is the colour of the text. From the eighth on they come again, dashed or in
/// another shape.
enum Palette {
    static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "currentColor"]

    /// What is right, and what is wrong.
    static let (right, wrong) = (colours[0], colours[1])

    static func colour(_ index: Int) -> String { colours[index % colours.count] }

    /// The attribute that dashes the lines of the second round, dots those of the third.
    static func dashes(_ index: Int) -> String {
        let round = index / colours.count
        return round == 0 ? "" : " stroke-dasharray=\"\(round % 2 == 1 ? "7 4" : "2 4")\""
    }

    /// A mark of about `size` pixels around a place, as a path to be filled: a shape for each class.
    static func mark(_ index: Int, x: Double, y: Double, size: Double) -> String {
        let (r, n) = (size / 2, SVG.number)
        let place = { (dx: Double, dy: Double) in "\(n(x + dx)) \(n(y + dy))" }
        func polygon(_ corners: [(Double, Double)]) -> String {
            "M" + corners.map { place($0.0 * r, $0.1 * r) }.joined(separator: "L") + "Z"
        }
        switch (index + index / colours.count) % 6 {
        case 0: return "M\(place(-r, 0))a\(n(r)) \(n(r)) 0 1 0 \(n(size)) 0a\(n(r)) \(n(r)) 0 1 0 \(n(-size)) 0Z"
        case 1: return polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
        case 2: return polygon([(0, -1.2), (1.15, 0.9), (-1.15, 0.9)])
        case 3: return polygon([(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)])
        case 4: return polygon([(0, 1.2), (1.15, -0.9), (-1.15, -0.9)])
        default:
            let (a, b) = (0.35, 1.15)
            return polygon([
                (-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a),
                (-a, -a),
            ])
        }
    }

    /// Red, green and blue of `#rrggbb`; mid grey for the colour of the text, which is not known here.
    static func components(_ colour: String) -> (UInt8, UInt8, UInt8) {
        guard let code = UInt32(colour.dropFirst(), radix: 16) else { return (128, 128, 128) }
        return (UInt8(code >> 16 & 255), UInt8(code >> 8 & 255), UInt8(code & 255))
    }
}
