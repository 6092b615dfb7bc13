import Foundation
import GradusTensor

/// How many elements of a tensor lie where: the weights of a layer, its activations, its gradients.
///
///     Histogram(model.first.weight.value, title: "Weights of the first layer").svg()
public struct Histogram: Picture {
    public var title: String
    /// What the horizontal axis measures.
    public var xLabel: String
    /// Whether equal distances upwards are equal ratios, so that rare values are seen beside common ones.
    public var isLogarithmic: Bool
    /// The size in pixels.
    public var width: Int, height: Int

    /// The ends of the bins, rising: one more than there are bins. A number at an end is counted to its right, at the last end
    /// to its left.
    public let edges: [Double]
    /// How many elements lie in each bin.
    public let counts: [Int]
    /// How many elements are NaN or infinite, and counted nowhere else.
    public let uncounted: Int

    /// Counts the elements of a tensor of any shape and type.
    ///
    /// Given a number of bins, it cuts the range from the least to the greatest element in so many equal parts. Otherwise
    /// bins have round ends and about the width of D. Freedman and P. Diaconis (1981), twice the distance of the quartiles over
    /// the cube root of the count, at most 50 or so of them; whole numbers have one each where there are few. A number of bins below 1 is misuse.
    public init(
        _ values: Tensor, bins: Int? = nil, title: String = "", xLabel: String = "", isLogarithmic: Bool = false,
        width: Int = 520, height: Int = 320
    ) {
        (self.title, self.xLabel, self.isLogarithmic) = (title, xLabel, isLogarithmic)
        (self.width, self.height) = (width, height)
        if let bins, bins < 1 { misuse("Histogram: \(bins) bins; there is at least one") }
        let all = misuseIsPending ? [] : values.array(of: Double.self)
        let shown = all.filter { ChartAxis.canShow($0) }.sorted()
        uncounted = all.count - shown.count
        guard let least = shown.first, let most = shown.last else {
            (edges, counts) = ([0, 1], [0])
            return
        }
        let isWhole = !values.elementType.isFloatingPoint
        let edges = Histogram.edges(shown, from: least, to: most, bins: bins, isWhole: isWhole)
        var counts = [Int](repeating: 0, count: edges.count - 1)
        var bin = 0
        for value in shown {
            while bin < counts.count - 1 && value >= edges[bin + 1] { bin += 1 }
            counts[bin] += 1
        }
        (self.edges, self.counts) = (edges, counts)
    }

    private static func edges(_ sorted: [Double], from least: Double, to most: Double, bins: Int?, isWhole: Bool)
        -> [Double]
    {
        if bins == nil && isWhole {  // each number, or as many for each bin, around a bin's middle
            let step = max(ChartAxis.step((most - least) / 50), 1)
            return stride(from: 0, through: ((most - least) / step).rounded(.down) + 1, by: 1).map {
                least - 0.5 + $0 * step
            }
        }
        if ChartAxis.isOne(least, most) {
            let reach = max(abs(least) / 2, 0.5)
            return [least - reach, least + reach]
        }
        if let bins {
            return (0...max(bins, 1)).map { least + (most - least) * (Double($0) / Double(max(bins, 1))) }
        }
        let quartiles = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
        let wished = 2 * quartiles / cbrt(Double(sorted.count))
        let step = ChartAxis.step(min(max(wished, (most - least) / 50), (most - least) / 4))
        let first = (least / step).rounded(.down)
        let last = max((most / step).rounded(.up), first + 1)
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    public func svg() -> String {
        let total = counts.reduce(0, +)
        let yAxis = ChartAxis(
            showing: isLogarithmic ? counts.map { Double(max($0, 1)) } : [0] + counts.map(Double.init),
            isLogarithmic: isLogarithmic, isWhole: true)
        let frame = ChartFrame(
            title: title, xLabel: xLabel, yLabel: "count",
            notes: [missing(uncounted, of: total + uncounted)], isEmpty: total == 0,
            xAxis: ChartAxis(showing: edges, marks: 8), yAxis: yAxis, width: width, height: height)
        let range = "\(short(edges.first ?? 0)) to \(short(edges.last ?? 0))"
        let label = (title.isEmpty ? "Histogram" : title) + ". \(total) numbers in \(counts.count) bins, \(range)"
        return frame.svg(label: label) { canvas in
            for (bin, count) in counts.enumerated() where count > 0 {
                guard let from = frame.place(edges[bin], Double(count)),
                    let to = frame.place(edges[bin + 1], Double(count))
                else { continue }
                // A sliver of ground between neighbours, where there is room for one; and a bar of one is still seen.
                let gap = to.x - from.x > 4 ? 1.0 : 0
                let top = min(from.y, frame.bottom - 2)
                canvas.rectangle(
                    x: from.x + gap / 2, y: top, width: max(to.x - from.x - gap, 0.5), height: frame.bottom - top,
                    colour: Palette.colour(0), title: "\(short(edges[bin])) to \(short(edges[bin + 1])): \(count)")
            }
        }
    }
}
