import GradusNetwork
import GradusTensor

/// Which class was taken for which: a row for what it is, a column for what it was taken for.
///
///     ConfusionPlot(scores, labels, title: "Held-out digits")
///
/// The colour of a cell is its share of the row, blue for what is right, orange-red for what is not; in it stands the count.
public struct ConfusionPlot: Picture {
    public var title: String
    /// What the classes are called; without names they are counted from 0.
    public var names: [String]
    /// The counts.
    public let confusion: ConfusionMatrix
    /// The width in pixels; the height follows.
    public var width: Int

    /// A picture of counts. Another number of names than classes is misuse.
    public init(_ confusion: ConfusionMatrix, names: [String] = [], title: String = "", width: Int = 520) {
        (self.confusion, self.names, self.title, self.width) = (confusion, names, title, width)
        if !names.isEmpty && names.count != confusion.classes {
            misuse("ConfusionPlot: \(names.count) names for \(confusion.classes) classes")
        }
    }

    /// Counts examples by their highest score: logits `[…, classes]`, labels `int64` of the shape without the last axis. Other
    /// shapes are misuse.
    public init(_ logits: Tensor, _ labels: Tensor, names: [String] = [], title: String = "", width: Int = 520) {
        var confusion = ConfusionMatrix(classes: logits.rank > 0 ? max(logits.shape[-1], 1) : 1)
        confusion.add(logits, labels)
        self.init(confusion, names: names, title: title, width: width)
    }

    public func svg() -> String {
        let classes = confusion.classes
        let names = names.count == classes ? names : (0..<classes).map(String.init)
        let frame = MatrixFrame(
            rows: classes, columns: classes, title: title, xLabel: "taken for", yLabel: "what it is", rowNames: names,
            columnNames: names, notes: [confusion.total == 0 ? "no examples" : nil], side: 8, largestCell: 48,
            width: width)
        let right = (0..<classes).reduce(0) { $0 + confusion[$1, $1] }
        let label = "\(title.isEmpty ? "Confusion matrix" : title). \(right) of \(confusion.total) right"
        return frame.svg(label: label) { canvas in
            let counts = (0..<classes).map { row in (0..<classes).map { confusion[row, $0] } }
            let size = frame.fittingSize(of: counts.joined().map(String.init))
            for (row, line) in counts.enumerated() {
                let total = line.reduce(0, +)
                for (column, count) in line.enumerated() {
                    let (x, y) = frame.place(row: row, column: column)
                    // A single mistake among many is to be seen; and text is to be read on the strongest colour.
                    let share = count == 0 ? 0 : 0.2 + 0.4 * Double(count) / Double(total)
                    canvas.rectangle(
                        x: x, y: y, width: frame.cellWidth - 1, height: frame.cellHeight - 1,
                        colour: count == 0 ? "currentColor" : row == column ? Palette.right : Palette.wrong,
                        style: " fill-opacity=\"\(SVG.number(count == 0 ? 0.04 : share))\"",
                        title: "\(names[row]) taken for \(names[column]): \(count) of \(total)")
                    if count > 0, let size {
                        canvas.text(
                            "\(count)", x: x + (frame.cellWidth - 1) / 2, y: y + frame.cellHeight / 2 + size * 0.35,
                            anchor: .middle, size: size, style: " pointer-events=\"none\"")
                    }
                }
            }
        }
    }
}
