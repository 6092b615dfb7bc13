/// Title, names of rows and columns, and a cell for each element: what heat maps and confusion matrices have in common.
struct MatrixFrame {
    let rows: Int
    let columns: Int
    private(set) var canvas: Canvas
    /// Where the first cell begins, and how large one is, in pixels.
    private(set) var left = 8.0, top = 0.0, cellWidth = 0.0, cellHeight = 0.0

    var right: Double { left + cellWidth * Double(columns) }
    var bottom: Double { top + cellHeight * Double(rows) }

    /// Lays out the cells, with `side` free pixels to their right.
    init(
        rows: Int, columns: Int, title: String, xLabel: String, yLabel: String, rowNames: [String],
        columnNames: [String],
        notes: [String?], side: Double, largestCell: Double, width: Int
    ) {
        (self.rows, self.columns) = (rows, columns)
        canvas = Canvas(width: Double(max(width, 160)), height: 0)
        top = canvas.heading(title, y: 0)
        let size = Canvas.fontSize
        let rowNames = rowNames.map { SVG.shortened($0, width: 150, size: size) }
        let columnNames = columnNames.map { SVG.shortened($0, width: 150, size: size) }
        let widest = { (names: [String]) in names.map { SVG.width(of: $0, size: size) }.max() ?? 0 }
        left = (yLabel.isEmpty ? 8 : 28) + widest(rowNames) + 8

        let room = max(canvas.width - left - side - 8, 40)
        let (byWidth, byHeight) = (room / Double(max(columns, 1)), 520 / Double(max(rows, 1)))
        cellWidth = min(largestCell, byWidth)
        cellHeight = min(largestCell, byHeight)
        // Squares, unless one of the two is so many that squares would be too small to see.
        if min(cellWidth, cellHeight) >= 4 { (cellWidth, cellHeight) = (min(byWidth, byHeight, largestCell), 0) }
        if cellHeight == 0 { cellHeight = cellWidth }

        let isTurned = widest(columnNames) > cellWidth * Double(stride(columnNames, cellWidth)) - 4
        if !xLabel.isEmpty {
            canvas.text(xLabel, x: (left + right) / 2, y: top + 13, anchor: .middle)
            top += 20
        }
        if !columnNames.isEmpty { top += isTurned ? widest(columnNames) + 8 : 20 }
        for index in Swift.stride(
            from: 0, to: columnNames.count, by: isTurned ? stride([], cellWidth) : stride(columnNames, cellWidth))
        {
            let x = left + (Double(index) + 0.5) * cellWidth
            if isTurned {
                canvas.text(columnNames[index], x: x + 4.5, y: top - 5, turned: true)
            } else {
                canvas.text(columnNames[index], x: x, y: top - 6, anchor: .middle)
            }
        }
        for index in Swift.stride(from: 0, to: rowNames.count, by: stride([], cellHeight)) {
            let y = top + (Double(index) + 0.5) * cellHeight + 4.5
            canvas.text(rowNames[index], x: left - 7, y: y, anchor: .end)
        }
        canvas.text(yLabel, x: 14, y: (top + bottom) / 2, anchor: .middle, turned: true)
        let titleWidth = SVG.lines(title, width: canvas.width - 16, size: 16.5).map { SVG.width(of: $0, size: 16.5) }
            .max()
        canvas.width = min(canvas.width, max(right + side + 8, 16 + (titleWidth ?? 0), 160))
        canvas.height = bottom + 10
        for note in notes.compactMap({ $0 }) {
            canvas.height += 16
            canvas.text(note, x: left, y: canvas.height - 7, size: 11, style: " fill-opacity=\"0.75\"")
        }
    }

    /// Every how-manieth name has room beside its cell; of names to be set side by side, by their widths.
    private func stride(_ names: [String], _ cell: Double) -> Int {
        let wanted = names.map { SVG.width(of: $0, size: Canvas.fontSize) + 6 }.max() ?? 15
        // Names of a user's are all shown, or turned; numbers may skip.
        let isNumbered = names.allSatisfy { Int($0) != nil }
        return isNumbered ? max(1, Int(ChartAxis.step(wanted / max(cell, 0.01)))) : 1
    }

    /// The place of a cell.
    func place(row: Int, column: Int) -> (x: Double, y: Double) {
        (left + Double(column) * cellWidth, top + Double(row) * cellHeight)
    }

    /// The size of text with so many characters that fits in a cell; nil if it could not be read.
    func fittingSize(of texts: [String]) -> Double? {
        let widest = texts.map { SVG.width(of: $0, size: 1) }.max() ?? 1
        let size = min(13, (cellWidth - 4) / max(widest, 0.1), cellHeight * 0.6)
        return size >= 7.5 ? size : nil
    }

    /// Draws the cells, and gives the whole as an `<svg>` element.
    func svg(label: String, drawing draw: (inout Canvas) -> Void) -> String {
        var canvas = canvas
        draw(&canvas)
        return canvas.svg(label: label)
    }
}
