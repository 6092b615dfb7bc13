import GradusTensor

/// A matrix of numbers as a picture of grey squares: a digit, a filter, a feature map.
///
///     page += PixelPicture(digits.test.inputs[0][0], in: 0...1).svg(pixel: 8)
///
/// The lower end of the range is white and the upper black; what lies outside is drawn as the nearer end, and what is no
/// number in red.
public struct PixelPicture: Sendable {
    /// The picture, `[height, width]`.
    public let pixels: Tensor
    /// What is drawn white, and what black.
    public let range: ClosedRange<Double>

    /// A matrix `[height, width]`, of any type; without a range, from its least number to its greatest. Another rank is misuse.
    public init(_ pixels: Tensor, in range: ClosedRange<Double>? = nil) {
        if pixels.rank != 2 { misuse("PixelPicture: a tensor of shape \(pixels.shape); a matrix is wanted") }
        let numbers = range == nil ? pixels.array(of: Double.self).filter(\.isFinite) : []
        self.pixels = pixels
        self.range = range ?? (numbers.min() ?? 0)...(numbers.max() ?? 1)
    }

    /// The picture as an `<svg>` element; `pixel` is the side of a square, and `label` is what a screen reader says.
    public func svg(pixel: Int = 8, label: String = "") -> String {
        guard pixels.rank == 2 else { return "" }
        let (height, width) = (pixels.shape[0], pixels.shape[1])
        let numbers = pixels.array(of: Double.self)
        let extent = range.upperBound - range.lowerBound
        var squares = ""
        for (place, number) in numbers.enumerated() {
            let share = extent > 0 ? (number - range.lowerBound) / extent : 0.5
            let grey = 255 - Int((min(max(share.isNaN ? 0 : share, 0), 1) * 255).rounded())
            if grey == 255 && !number.isNaN { continue }  // the ground is white already
            let colour = number.isNaN ? "#f00" : "rgb(\(grey),\(grey),\(grey))"
            squares += "<path fill=\"\(colour)\" d=\"M\(place % width) \(place / width)h1v1h-1z\"/>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width * pixel)" \
            height="\(height * pixel)" role="img" aria-label="\(SVG.escaped(label))" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(width)v\(height)h-\(width)z"/>\(squares)</svg>
            """
    }
}
