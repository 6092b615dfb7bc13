import Foundation
import GradusTensor

/// Numbers as a picture: ``LinePlot``, ``Histogram``, ``ScatterPlot``, ``HeatMap``, ``ConfusionPlot`` and ``ImageGrid``.
///
///     try LinePlot(losses, title: "Loss", xLabel: "step").write(to: "loss.svg")
///     page += Histogram(weights, title: "Weights of the first layer").svg()
///
/// Pictures are SVG text, the same for the same numbers. They suit light and dark pages and readers who do not tell red from
/// green. Text from outside is shown as text, whatever is in it. NaN and infinite numbers are left out or marked, and counted.
public protocol Picture: Sendable {
    /// What stands above the picture, and what a screen reader says first.
    var title: String { get }

    /// An `<svg>` element, to be put in a page as it is. Its text takes the page's colour.
    func svg() -> String
}

extension Picture {
    /// Writes a file that a browser shows by itself, light or dark as the reader prefers.
    ///
    /// While misuse is pending nothing is written.
    ///
    /// - Throws: What the file system says.
    public func write(to path: String) throws {
        let text = standalone
        guard !misuseIsPending else { return }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// The picture on ground of its own.
    var standalone: String {
        let text = svg()
        guard let end = text.firstIndex(of: ">") else { return text }
        let style =
            "<style>:root{color:#1b1b1b;background:#fff}"
            + "@media(prefers-color-scheme:dark){:root{color:#e8e8e8;background:#161616}}</style>"
        return "\(text[...end])\n\(style)\(text[text.index(after: end)...])\n"
    }
}

/// How many of the numbers given cannot be drawn, in words; nil if all can.
func missing(_ count: Int, of total: Int, because reason: String = "NaN or infinite") -> String? {
    count == 0 ? nil : "\(count) of \(total) \(total == 1 ? "number" : "numbers") not drawn: \(reason)"
}
