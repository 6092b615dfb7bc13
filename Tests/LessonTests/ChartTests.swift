import Foundation
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

@Suite struct ChartAxisTests {
    private func labels(_ values: [Double], isLogarithmic: Bool = false) -> [String] {
        ChartAxis(showing: values, isLogarithmic: isLogarithmic).ticks.map(\.label)
    }

    @Test func marksAreRoundNumbersThatEncloseTheValues() {
        #expect(labels([0, 1]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(labels([0.13, 2.3]) == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"])
        #expect(labels([1, 30]) == ["0", "5", "10", "15", "20", "25", "30"])
        #expect(labels([-3, 4]) == ["-4", "-2", "0", "2", "4"])
        #expect(labels([0.001, 0.0035]) == ["0.0010", "0.0015", "0.0020", "0.0025", "0.0030", "0.0035"])
        #expect(labels([2e7, 9e7]) == ["2e+07", "4e+07", "6e+07", "8e+07", "1e+08"])
    }

    @Test func aLogarithmicAxisMarksPowersOfTen() {
        #expect(labels([0.02, 2.3], isLogarithmic: true) == ["0.01", "0.1", "1", "10"])
        #expect(labels([1, 1], isLogarithmic: true) == ["1", "10"])
        let axis = ChartAxis(showing: [0.01, 1], isLogarithmic: true)
        #expect(axis.position(0.01) == 0)
        #expect(abs((axis.position(0.1) ?? 9) - 0.5) < 1e-12)
        #expect(axis.position(0) == nil && axis.position(-1) == nil)
    }

    @Test func everyMarkAndValueLiesOnTheAxis() {
        var generator = TensorGenerator(seed: 4)
        for _ in 0..<200 {
            let scale = pow(10, generator.number(in: -8...8))
            let values = (0..<5).map { _ in scale * generator.number(in: -1...1) }
            for isLogarithmic in [false, true] {
                let shown = isLogarithmic ? values.map(abs) : values
                let axis = ChartAxis(showing: shown, isLogarithmic: isLogarithmic)
                #expect((2...13).contains(axis.ticks.count), "\(shown)")
                for value in shown + axis.ticks.map(\.value) {
                    let position = axis.position(value) ?? .nan
                    #expect(position > -1e-9 && position < 1 + 1e-9, "\(value) among \(shown)")
                }
                #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count, "\(axis.ticks)")
            }
        }
    }

    @Test func whatCannotBeShownIsLeftOut() {
        #expect(labels([.nan, .infinity, 0, 1]) == labels([0, 1]))
        #expect(labels([]) == labels([0, 1]))
        #expect(labels([.nan]) == labels([]))
        #expect(labels([0, -5], isLogarithmic: true) == ["1", "10"])
        #expect(labels([3]).count >= 2)
        #expect(labels([.greatestFiniteMagnitude, 0, 1]) == labels([0, 1]))
    }
}

@Suite struct LineChartTests {
    /// Whether a text is well-formed XML, as a browser would want it.
    private func isWellFormed(_ text: String) -> Bool {
        var names: [Substring] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.contains("<") { return false }
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                guard names.popLast() == name else { return false }
            } else if !tag.hasSuffix("/") {
                names.append(name)
            }
        }
        return names.isEmpty && !rest.contains(">")
    }

    @Test func aChartHasItsWordsAndLines() {
        let svg = LineChart(
            title: "Loss", xLabel: "epoch", yLabel: "nats",
            lines: [.init("training", [(1, 2), (2, 1), (3, 0.5)]), .init("test", [(1, 2.5), (3, 1)])]
        ).svg(width: 640, height: 360)
        #expect(isWellFormed(svg))
        for word in ["Loss", "epoch", "nats", "training", "test", ">2.5<"] { #expect(svg.contains(word), "\(word)") }
        // The corners of the plot are the ends of the axes: x from 1 to 3, y from 0.5 to 2.5.
        #expect(svg.contains("d=\"M64 108L64 108L344 244L624 312\""))
        #expect(svg.contains("d=\"M64 40L64 40L624 244\""))
    }

    @Test func aLineBreaksWhereThereIsNoNumber() {
        let chart = LineChart(
            title: "", xLabel: "", yLabel: "", lines: [.init("a", [(0, 0), (1, .nan), (2, 1), (3, .infinity), (4, 0)])])
        #expect(chart.svg().contains("d=\"M64 312L64 312M344 40L344 40M624 312L624 312\""))
    }

    @Test func aChartOfNothingIsAnEmptyFrame() {
        let svg = LineChart(title: "none", xLabel: "x", yLabel: "y", lines: []).svg()
        #expect(isWellFormed(svg))
        #expect(svg.contains(">0.2<"))
    }

    @Test func namesAreTextWhateverIsInThem() {
        let name = "<script>alert('\"&\u{1}')</script>"
        let svg = LineChart(title: name, xLabel: name, yLabel: name, lines: [.init(name, [(0, 1)])]).svg()
        #expect(isWellFormed(svg))
        #expect(!svg.contains("<script"))
        #expect(svg.contains("&lt;script&gt;alert(&#39;&quot;&amp;\u{FFFD}&#39;)&lt;/script&gt;"))
        #expect(name.escapedForHTML == "&lt;script&gt;alert(&#39;&quot;&amp;\u{FFFD}&#39;)&lt;/script&gt;")
    }
}

@Suite struct PixelPictureTests {
    @Test func aSquareForEachNumber() {
        let svg = PixelPicture(Tensor([[0, 0.5], [1, 2]]), in: 0...1).svg(pixel: 10, label: "a <digit>")
        #expect(svg.contains("viewBox=\"0 0 2 2\" width=\"20\" height=\"20\""))
        #expect(svg.contains("aria-label=\"a &lt;digit&gt;\""))
        #expect(svg.contains("<path fill=\"rgb(127,127,127)\" d=\"M1 0h1v1h-1z\"/>"))
        #expect(svg.contains("<path fill=\"rgb(0,0,0)\" d=\"M0 1h1v1h-1z\"/>"))
        #expect(svg.contains("<path fill=\"rgb(0,0,0)\" d=\"M1 1h1v1h-1z\"/>"))
        #expect(!svg.contains("M0 0h1v1"))  // white on white
    }

    @Test func withoutARangeFromTheLeastToTheGreatest() {
        let picture = PixelPicture(Tensor([[-1, 3]]))
        #expect(picture.range == -1...3)
        #expect(PixelPicture(Tensor([[2, .nan]])).range == 2...2)
        #expect(PixelPicture(Tensor([[2, .nan]])).svg().contains("#f00"))
        #expect(PixelPicture(.zeros([0, 3])).svg().contains("height=\"0\""))
    }

    @Test func onlyAMatrixIsAPicture() {
        #expect(
            misuseMessage { PixelPicture(.zeros([1, 8, 8])).svg() }
                == "PixelPicture: a tensor of shape [1, 8, 8]; a matrix is wanted")
    }
}
