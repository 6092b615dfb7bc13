import Foundation
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

@Suite struct LinePlotTests {
    /// The `d` of each line: what is drawn two pixels wide.
    private func paths(_ plot: LinePlot) -> [String] {
        plot.svg().components(separatedBy: "\n").filter { $0.contains("stroke-width=\"2\"") }.compactMap {
            $0.components(separatedBy: "d=\"").last?.components(separatedBy: "\"").first
        }
    }

    /// The places of a path.
    private func places(_ path: String) -> [(x: Double, y: Double)] {
        path.split(whereSeparator: { "ML".contains($0) }).compactMap {
            let numbers = $0.split(separator: " ").compactMap { Double($0) }
            return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
        }
    }

    @Test func aPlotHasItsWordsAndLines() {
        let plot = LinePlot(
            Tensor([[2, 1, 0.5], [2.5, 1.75, 1]]), names: ["training", "test"], title: "Loss", xLabel: "epoch",
            yLabel: "nats")
        let svg = plot.svg()
        for word in ["Loss", "epoch", "nats", "training", "test", "2.5", "1", "3"] {
            #expect(svg.contains(">\(word)<"), "\(word)")
        }
        #expect(svg.contains("aria-label=\"Loss. training: 3 points, from 2 to 0.5. test: 3 points, from 2.5 to 1\""))
        // Whole numbers of epochs have no marks between them: 1, 2 and 3.
        #expect(!svg.contains(">1.5</text>") || svg.components(separatedBy: ">1.5<").count == 2)

        // The plot reaches from 1 to 3 and from 0.5 to 2.5: the ends of the lines are its corners.
        let (training, test) = (places(paths(plot)[0]), places(paths(plot)[1]))
        #expect(training.map(\.x).dropFirst() == test.map(\.x).dropFirst())
        #expect(abs(training[1].x - (training[0].x + training[3].x) / 2) > 10, "the first place is there twice")
        let (top, bottom) = (test[0].y, training[3].y)
        #expect(abs(training[0].y - (top + (bottom - top) * 0.25)) < 0.011)
        #expect(abs(test[3].y - (top + (bottom - top) * 0.75)) < 0.011)
    }

    @Test func aLineBreaksWhereThereIsNoNumber() {
        let path = paths(LinePlot(Tensor([0, .nan, 1, .infinity, 0])))[0]
        // Three dots: each a move, and a line to the same place.
        #expect(path.filter { $0 == "M" }.count == 3 && path.filter { $0 == "L" }.count == 3)
        let dots = places(path)
        for dot in stride(from: 0, to: 6, by: 2) { #expect(dots[dot] == dots[dot + 1]) }
    }

    @Test func aDenseLineKeepsItsPeaks() {
        var numbers = [Double](repeating: 0, count: 100_000)
        for index in numbers.indices { numbers[index] = sin(Double(index) / 50) }
        numbers[70_123] = 40
        numbers[30_456] = -40
        let path = places(paths(LinePlot(Tensor(numbers)))[0])
        #expect(path.count < 4 * 520)
        let (least, most) = (path.map(\.y).min() ?? 0, path.map(\.y).max() ?? 0)
        let sine = path.map(\.y).sorted()[path.count / 2]
        #expect(abs((least + most) / 2 - sine) < (most - least) / 30)
        #expect(path.map(\.x) == path.map(\.x).sorted())
    }

    @Test func xIsGivenOrCounted() {
        let given = LinePlot(Tensor([1, 2]), x: Tensor([10, 20]))
        #expect(given.lines[0].points.map(\.x) == [10, 20])
        #expect(LinePlot(.zeros([2, 3])).lines.map { $0.points.map(\.x) } == [[1, 2, 3], [1, 2, 3]])
    }

    @Test func linesBeyondTheColoursAreDashed() {
        let svg = LinePlot(.zeros([8, 2]), names: (0..<8).map { "\($0)" }).svg()
        #expect(svg.components(separatedBy: "stroke-dasharray").count == 3)  // its key and itself
    }
}

@Suite struct HistogramTests {
    @Test func everyNumberIsCountedOnce() {
        let equal = Histogram(Tensor([0, 0.5, 1, 1.5, 2]), bins: 2)
        #expect(equal.edges == [0, 1, 2] && equal.counts == [2, 3])  // the last end belongs to the last bin

        var random = Random(seed: 3)
        for scale in [1e-12, 1, 1e9] {
            let numbers = Tensor.normal([50, 40], standardDeviation: scale, as: .float64, using: &random)
            let histogram = Histogram(numbers)
            #expect(histogram.counts.reduce(0, +) == 2_000 && histogram.uncounted == 0)
            #expect((10...62).contains(histogram.counts.count), "\(histogram.counts.count)")
            for (bin, count) in histogram.counts.enumerated() {
                let isLast = bin == histogram.counts.count - 1
                let inside =
                    (numbers .>= histogram.edges[bin])
                    .& (isLast ? numbers .<= histogram.edges[bin + 1] : numbers .< histogram.edges[bin + 1])
                #expect(inside.countNonZero() == count)
            }
        }
    }

    @Test func wholeNumbersHaveBinsAroundThem() {
        let histogram = Histogram(Tensor([1, 1, 2, 4], as: .int64))
        #expect(histogram.edges == [0.5, 1.5, 2.5, 3.5, 4.5] && histogram.counts == [2, 1, 0, 1])
        #expect(Histogram(Tensor([true, true, false])).counts == [1, 2])
        #expect(Histogram(.arange(1000)).counts.count <= 51)
    }

    @Test func oneNumberAndNone() {
        #expect(Histogram(Tensor([3, 3])).counts == [2])
        #expect(Histogram(.zeros([0])).counts == [0])
        let broken = Histogram(Tensor([.nan, -.infinity, 2, 4]), bins: 2)
        #expect(broken.counts == [1, 1] && broken.uncounted == 2)
    }

    @Test func aBarSaysWhatItCounts() {
        let svg = Histogram(Tensor([0, 1, 1.5, 2]), bins: 2, title: "h").svg()
        #expect(svg.contains("<title>0 to 1: 1</title>") && svg.contains("<title>1 to 2: 3</title>"))
        #expect(svg.contains("aria-label=\"h. 4 numbers in 2 bins, 0 to 2\""))
    }
}

@Suite struct ScatterPlotTests {
    @Test func aShapeAndAColourForEachClass() {
        let points = Tensor([[0, 0], [1, 1], [2, 0]]), labels = Tensor([0, 1, 1], as: .int64)
        let svg = ScatterPlot(points, labels: labels, names: ["in", "out"], title: "t").svg()
        #expect(svg.contains("aria-label=\"t. in: 1 points. out: 2 points\""))
        let marks = svg.components(separatedBy: "\n").filter { $0.contains("fill-opacity=\"0.9\"") }
        #expect(marks.count == 2)
        #expect(marks[0].contains("fill=\"#0072b2\"") && marks[0].filter { $0 == "M" }.count == 1)
        #expect(marks[1].contains("fill=\"#d55e00\"") && marks[1].filter { $0 == "M" }.count == 2)
        #expect(!ScatterPlot(points).svg().contains(">0</text>\n<path d=\"M"))  // no legend for one class
    }

    @Test func theGroundIsColouredByClass() throws {
        var asked = Tensor.zeros([0])
        let plot = ScatterPlot(Tensor([[-1, -2], [1, 2]])) {
            asked = $0
            return ($0.slice(along: 1, from: 0, to: 1) .> 0).converted(to: .int64).flattened()
        }
        // Row by row from above, in the middle of each place.
        #expect(asked.shape == [14_400, 2])
        #expect(asked[at: [0, 0]] < -0.9 && asked[at: [0, 1]] > 1.9)
        #expect(asked[at: [119, 0]] > 0.9 && asked[at: [119, 1]] == asked[at: [0, 1]])
        #expect(asked[at: [14_280, 0]] == asked[at: [0, 0]] && asked[at: [14_280, 1]] < -1.9)

        let png = try embeddedImages(plot.svg())[0]
        let pixels = try decodedPNG(png)
        #expect(pixels.width == 120 && pixels.height == 120)
        #expect(pixels.bytes[..<60] == [UInt8](repeating: 0, count: 60)[...])
        #expect(pixels.bytes[60..<120] == [UInt8](repeating: 1, count: 60)[...])
    }

    @Test func manyPointsAreSmallDots() {
        let svg = ScatterPlot(.zeros([6_000, 2])).svg()
        #expect(svg.components(separatedBy: "h0M").count == 6_000)
    }
}
