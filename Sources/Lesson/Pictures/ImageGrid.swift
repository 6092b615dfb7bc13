import Foundation
import GradusTensor

/// Images side by side: digits, filters, feature maps.
///
///     ImageGrid(digits.test.inputs[..<20], in: 0...1, map: .ink, captions: labels)
///     try ImageGrid(filters).writePNG(to: "filters.png")
///
/// Numbers outside of the range have the colour of its nearer end, and NaN is orange-red, which no map but `.diverging` comes
/// near.
public struct ImageGrid: Picture {
    public var title: String
    /// What stands below each image.
    public var captions: [String]
    /// What has the first colour of the map, and what the last; of colour images, what is dark and what bright.
    public let range: ClosedRange<Double>
    /// The colours of images of one channel.
    public var map: ColorMap
    /// How many images stand in a row.
    public var columns: Int
    /// The side of a pixel of the images, in pixels of the picture.
    public var pixel: Int

    private let count: Int, channels: Int, height: Int, imageWidth: Int
    private let numbers: [Double]

    /// One image `[height, width]`, or several: `[n, height, width]`, `[n, 1, height, width]`, in colour
    /// `[n, 3, height, width]`. Without a range, from the least number to the greatest. Without a number of columns, as many as
    /// fit in 520 pixels; without a size of pixels, so that images are about 64 wide. Other shapes, another number of
    /// captions than images, and sizes below 1 are misuse.
    public init(
        _ images: Tensor, in range: ClosedRange<Double>? = nil, map: ColorMap = .grey, columns: Int? = nil,
        pixel: Int? = nil, captions: [String] = [], title: String = ""
    ) {
        let sizes = Array(images.shape)
        let number: Int
        switch (sizes.count, sizes.count == 4 ? sizes[1] : 1) {
        case (2, _): (number, channels) = (1, 1)
        case (3, _): (number, channels) = (sizes[0], 1)
        case (4, 1), (4, 3): (number, channels) = (sizes[0], sizes[1])
        default:
            misuse(
                "ImageGrid: a tensor of shape \(images.shape); [height, width], [n, height, width], [n, 1, height, width] "
                    + "or [n, 3, height, width] is wanted")
            (number, channels) = (0, 1)
        }
        if !captions.isEmpty && captions.count != number {
            misuse("ImageGrid: \(captions.count) captions for \(number) images")
        }
        if (columns ?? 1) < 1 || (pixel ?? 1) < 1 {
            misuse("ImageGrid: \(columns ?? 1) columns, pixels of \(pixel ?? 1); both are at least 1")
        }
        count = misuseIsPending ? 0 : number
        numbers = misuseIsPending ? [] : images.array(of: Double.self)
        (height, imageWidth) = sizes.count >= 2 ? (sizes[sizes.count - 2], sizes[sizes.count - 1]) : (0, 0)
        let ends = ColorRange(range, of: numbers, map: channels == 1 ? map : .grey)
        self.range = ends.lower...ends.upper
        (self.title, self.captions, self.map) = (title, captions, map)
        self.pixel = max(pixel ?? max(64 / max(imageWidth, 1), 1), 1)
        let fitting = 520 / max(imageWidth * self.pixel + ImageGrid.gap, 1)
        self.columns = max(columns ?? min(fitting, max(count, 1)), 1)
    }

    private static let gap = 10

    public func svg() -> String {
        let (wide, high) = (Double(imageWidth * pixel), Double(height * pixel))
        let gap = Double(ImageGrid.gap)
        let inRow = Double(min(columns, max(count, 1)))
        var canvas = Canvas(width: max(inRow * (wide + gap) + gap, title.isEmpty ? 1 : 160), height: 0)
        let top = title.isEmpty ? gap : canvas.heading(title, y: 0) + 6
        let lines = captions.map { SVG.lines($0, width: wide + gap - 2, size: 12) }
        let captionHeight = Double(lines.map(\.count).max() ?? 0) * 15
        let step = high + captionHeight + gap
        canvas.height = top + step * Double((count + columns - 1) / columns)
        if count == 0 || wide * high == 0 {
            canvas.height += 20
            canvas.text("no images", x: 8, y: canvas.height - 8, style: " fill-opacity=\"0.75\"")
            return canvas.svg(label: label)
        }
        for index in 0..<count {
            let (x, y) = (gap + Double(index % columns) * (wide + gap), top + Double(index / columns) * step)
            canvas.image(image(index), x: x, y: y, width: wide, height: high)
            // An edge, since images and pages may both be white.
            canvas.line(
                "M\(SVG.number(x)) \(SVG.number(y))h\(SVG.number(wide))v\(SVG.number(high))h-\(SVG.number(wide))z",
                style: " stroke-opacity=\"0.25\"")
            for (line, text) in (index < lines.count ? lines[index] : []).enumerated() {
                canvas.text(
                    text, x: x + wide / 2, y: y + high + 14 + 15 * Double(line), anchor: .middle, size: 12)
            }
        }
        return canvas.svg(label: label)
    }

    private var label: String {
        let title = title.isEmpty ? (count == 1 ? "An image" : "\(count) images") : "\(title). \(count) images"
        return captions.isEmpty ? title : "\(title): \(captions.prefix(20).joined(separator: ", "))"
    }

    /// All images in one file of pixels, without words, transparent between them. Each pixel is a square of ``pixel``.
    public var png: Data {
        let gap = count > 1 ? max(pixel, 2) : 0
        let (wide, high) = (imageWidth * pixel, height * pixel)
        let inRow = min(columns, max(count, 1))
        let (width, rows) = (inRow * (wide + gap) - gap, (count + columns - 1) / columns)
        let total = max(rows * (high + gap) - gap, 0)
        // A file of no pixels is none.
        guard width > 0 && total > 0 else { return PNG(width: 1, height: 1, rgba: [0, 0, 0, 0]).data }
        var pixels = [UInt8](repeating: 0, count: 4 * width * total)
        for index in 0..<count {
            let (left, top) = ((index % columns) * (wide + gap), (index / columns) * (high + gap))
            for y in 0..<high {
                for x in 0..<wide {
                    let (red, green, blue) = colour(index, y / pixel, x / pixel)
                    let place = 4 * ((top + y) * width + left + x)
                    (pixels[place], pixels[place + 1], pixels[place + 2], pixels[place + 3]) = (red, green, blue, 255)
                }
            }
        }
        return PNG(width: width, height: total, rgba: pixels).data
    }

    /// Writes ``png`` to a file. While misuse is pending nothing is written.
    ///
    /// - Throws: What the file system says.
    public func writePNG(to path: String) throws {
        let data = png
        guard !misuseIsPending else { return }
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    private func image(_ index: Int) -> PNG {
        var pixels: [UInt8] = []
        for row in 0..<height {
            for column in 0..<imageWidth {
                let (red, green, blue) = colour(index, row, column)
                pixels += [red, green, blue, 255]
            }
        }
        return PNG(width: imageWidth, height: height, rgba: pixels)
    }

    private func colour(_ index: Int, _ row: Int, _ column: Int) -> (UInt8, UInt8, UInt8) {
        let scale = ColorRange(range, of: [], map: map)
        let plane = height * imageWidth
        let first = index * channels * plane + row * imageWidth + column
        let parts = (0..<channels).map { scale.place(numbers[first + $0 * plane]) }
        if parts.contains(where: \.isNaN) { return Palette.components(Palette.wrong) }
        if channels == 1 {
            let (red, green, blue) = map.components(parts[0])
            return (red, green, blue)
        }
        let bytes = parts.map { UInt8(($0 * 255).rounded()) }
        return (bytes[0], bytes[1], bytes[2])
    }
}
