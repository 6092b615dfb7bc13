import Foundation
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

/// What holds for every kind of picture.
@Suite struct PictureTests {
    static let nasty = "<script>alert('\"&\u{1}')</script>"

    /// Each kind, of numbers and names that its caller chose.
    private func pictures(_ numbers: Tensor, _ name: String) -> [any Picture] {
        let row = numbers.flattened()
        let points = stack([row, row], along: 1)
        let square = numbers.rank == 2 ? numbers : row
        var pictures: [any Picture] = [
            LinePlot(row, names: [name], title: name, xLabel: name, yLabel: name),
            LinePlot(row, title: name, isLogarithmic: true),
            Histogram(numbers, title: name, xLabel: name),
            Histogram(numbers, bins: 3, isLogarithmic: true),
            ScatterPlot(points, names: [name], title: name, xLabel: name, yLabel: name),
            HeatMap(square, title: name, xLabel: name, yLabel: name),
            HeatMap(
                square, rowNames: (0..<(square.rank == 2 ? square.shape[0] : 1)).map { _ in name },
                columnNames: (0..<square.shape[-1]).map { _ in name }, map: .diverging),
            ConfusionPlot(Tensor([[1, 0], [0, 2]]), Tensor([0, 1], as: .int64), names: [name, name], title: name),
        ]
        if numbers.rank == 2 { pictures.append(ImageGrid(numbers, captions: [name], title: name)) }
        return pictures
    }

    @Test func everyPictureIsWellFormedWhateverIsInIt() throws {
        let extreme = Tensor([[.nan, .infinity, -.infinity], [1e308, -1e308, 0]], as: .float64)
        let cases = [
            Tensor([[1, 2, 3], [4, 5, 6]]), extreme, Tensor([[.nan]]), Tensor([[3]]), .zeros([2, 3]), .zeros([0, 3]),
            .zeros([2, 0]), .zeros([0]), Tensor([1, -2, .nan]), Tensor([true, false]),
            Tensor([[1, 2], [3, 5]], as: .int64),
            Tensor([.leastNonzeroMagnitude, 0, -.leastNonzeroMagnitude], as: .float64), .zeros([60, 60]),
            .full([1, 400], .nan),
        ]
        for numbers in cases {
            for picture in pictures(numbers, Self.nasty) {
                let svg = picture.svg()
                #expect(isWellFormed(svg), "\(type(of: picture)) of \(numbers.shape): \(svg)")
                #expect(
                    !svg.contains("<script") && !svg.contains("nan\"") && !svg.contains("inf\""), "\(type(of: picture))"
                )
                #expect(svg.contains(" role=\"img\" aria-label=\""))
                #expect(svg == picture.svg(), "the same at every call")
            }
        }
    }

    @Test func textIsShownAsText() {
        let text = "&lt;script&gt;alert(&#39;&quot;&amp;\u{FFFD}&#39;)&lt;/script&gt;"
        for picture in pictures(Tensor([[1, 2], [3, 4]]), Self.nasty) where !picture.title.isEmpty {
            #expect(picture.svg().contains("aria-label=\"\(text)"), "\(type(of: picture))")
        }
        #expect(Self.nasty.escapedForHTML == text)
    }

    @Test func whatCannotBeDrawnIsCounted() {
        let numbers = Tensor([1, .nan, 2, .infinity])
        #expect(LinePlot(numbers).svg().contains(">2 of 4 numbers not drawn: NaN or infinite<"))
        #expect(
            LinePlot(Tensor([-1, 1, 2]), isLogarithmic: true).svg().contains(">1 of 3 numbers not drawn: NaN, inf"))
        #expect(Histogram(numbers).svg().contains(">2 of 4 numbers not drawn: NaN or infinite<"))
        #expect(
            ScatterPlot(Tensor([[1, .nan], [1, 2]])).svg().contains(">1 of 2 numbers not drawn: NaN or infinite<"))
        #expect(HeatMap(numbers).svg().contains(">1 of 4 are NaN, left empty<"))
        #expect(!LinePlot(Tensor([1, 2])).svg().contains("not drawn"))
        for empty in [LinePlot([]).svg(), Histogram(.zeros([0])).svg(), ScatterPlot(.zeros([0, 2])).svg()] {
            #expect(empty.contains(">no numbers<"))
        }
        #expect(HeatMap(.zeros([0, 3])).svg().contains(">no numbers<"))
        #expect(ImageGrid(.zeros([0, 3, 3])).svg().contains(">no images<"))
    }

    @Test func aFileStandsOnGroundOfItsOwn() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pictures-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (svg, png) = (folder.appendingPathComponent("a.svg"), folder.appendingPathComponent("a.png"))

        let grid = ImageGrid(Tensor([[0, 1]]))
        try grid.write(to: svg.path)
        try grid.writePNG(to: png.path)
        let text = try String(contentsOf: svg, encoding: .utf8)
        #expect(isWellFormed(text) && text.contains("prefers-color-scheme:dark"))
        #expect(!grid.svg().contains("<style>"), "in a page, it would be the page's")
        #expect(try Data(contentsOf: png) == grid.png)
        #expect(throws: (any Error).self) { try grid.write(to: folder.path + "/none/a.svg") }

        // After misuse nothing is written.
        let unwritten = folder.appendingPathComponent("b.svg")
        #expect(throws: Misuse.self) {
            try catchingMisuse { try LinePlot(.zeros([1, 2, 3])).write(to: unwritten.path) }
        }
        #expect(!FileManager.default.fileExists(atPath: unwritten.path))
    }

    @Test func wrongShapesAreMisuse() {
        func message(_ make: () -> any Picture) -> String? { misuseMessage { make().svg() } }
        let cube = Tensor.zeros([1, 2, 3])
        #expect(
            message { LinePlot(cube) }
                == "LinePlot: a tensor of shape [1, 2, 3]; numbers [n] or lines [lines, n] are wanted")
        #expect(message { LinePlot(.zeros([2, 3]), names: ["a"]) } == "LinePlot: 1 names for 2 lines")
        #expect(message { LinePlot(.zeros([3]), x: .zeros([2])) } == "LinePlot: x of shape [2] for lines of 3 numbers")
        #expect(message { Histogram(cube, bins: 0) } == "Histogram: 0 bins; there is at least one")
        #expect(message { ScatterPlot(.zeros([3])) } == "ScatterPlot: points of shape [3]; [n, 2] is wanted")
        #expect(
            message { ScatterPlot(.zeros([3, 2]), labels: .zeros([3])) }
                == "ScatterPlot: labels are float32 of [3] for 3 points")
        #expect(
            message { ScatterPlot(.zeros([1, 2]), labels: Tensor([-1], as: .int64)) }
                == "ScatterPlot: label -1; classes are 0 to 255")
        #expect(
            message { ScatterPlot(.zeros([1, 2])) { $0 } }
                == "ScatterPlot: classify gave float32 of [14400, 2] for 14400 places")
        #expect(message { HeatMap(cube) } == "HeatMap: a tensor of shape [1, 2, 3]; a matrix is wanted")
        #expect(message { HeatMap(.zeros([2, 3]), rowNames: ["a"]) } == "HeatMap: 1 row names for 2 rows")
        #expect(
            message { ConfusionPlot(.zeros([2, 3]), Tensor([0, 1], as: .int64), names: ["a"]) }
                == "ConfusionPlot: 1 names for 3 classes")
        #expect(
            message { ImageGrid(.zeros([2, 2, 3, 3])) }?.hasPrefix("ImageGrid: a tensor of shape [2, 2, 3, 3]; ")
                == true)
        #expect(message { ImageGrid(.zeros([3, 3]), captions: ["a", "b"]) } == "ImageGrid: 2 captions for 1 images")
        #expect(
            message { ImageGrid(.zeros([3, 3]), pixel: 0) } == "ImageGrid: 1 columns, pixels of 0; both are at least 1")
    }
}

/// Whether a text is well-formed XML, as far as tags and entities go.
func isWellFormed(_ text: String) -> Bool {
    var names: [Substring] = []
    var rest = text[...]
    while let start = rest.firstIndex(of: "<") {
        guard let end = rest[start...].firstIndex(of: ">") else { return false }
        let tag = rest[rest.index(after: start)..<end]
        rest = rest[rest.index(after: end)...]
        if tag.contains("<") || !tag.filter({ $0 == "\"" }).count.isMultiple(of: 2) { return false }
        let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
        if tag.hasPrefix("/") {
            guard names.popLast() == name else { return false }
        } else if !tag.hasSuffix("/") {
            names.append(name)
        }
    }
    return names.isEmpty && !rest.contains(">")
}
