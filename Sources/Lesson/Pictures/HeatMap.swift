import GradusTensor

/// A matrix as coloured cells, with a scale beside them: weights, attention, a Jacobian.
///
///     HeatMap(attention, rowNames: words, columnNames: words, title: "Who looks at whom")
///     HeatMap(weights, map: .diverging)
public struct HeatMap: Picture {
    public var title: String
    /// What the columns are, written above them, and what the rows are, beside them.
    public var xLabel: String, yLabel: String
    /// A name for each row, and for each column. Without, they are counted from 0.
    public var rowNames: [String], columnNames: [String]
    /// The matrix, `[rows, columns]`.
    public let values: Tensor
    /// The numbers at the ends of the scale; nil for the least and the greatest.
    public var range: ClosedRange<Double>?
    /// The colours.
    public var map: ColorMap
    /// The width in pixels; the height follows.
    public var width: Int

    /// A matrix `[rows, columns]` of any type, or numbers `[columns]` as a row. Other shapes, and another number of names than
    /// there are rows or columns, are misuse.
    public init(
        _ values: Tensor, rowNames: [String] = [], columnNames: [String] = [], title: String = "", xLabel: String = "",
        yLabel: String = "", in range: ClosedRange<Double>? = nil, map: ColorMap = .viridis, width: Int = 520
    ) {
        (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
        (self.rowNames, self.columnNames, self.range, self.map, self.width) = (rowNames, columnNames, range, map, width)
        guard values.rank == 1 || values.rank == 2 else {
            misuse("HeatMap: a tensor of shape \(values.shape); a matrix is wanted")
            self.values = .zeros([0, 0])
            return
        }
        self.values = values.rank == 1 ? values.reshaped(1, values.count) : values
        for (what, names, size) in [
            ("row", rowNames, self.values.shape[0]), ("column", columnNames, self.values.shape[1]),
        ] {
            if !names.isEmpty && names.count != size {
                misuse("HeatMap: \(names.count) \(what) names for \(size) \(what)s")
            }
        }
    }

    public func svg() -> String {
        guard values.rank == 2 else { return "" }  // after misuse
        let (rows, columns) = (values.shape[0], values.shape[1])
        let numbers = values.array(of: Double.self)
        let scale = ColorRange(range, of: numbers, map: map)
        let lost = numbers.count(where: \.isNaN)
        let frame = MatrixFrame(
            rows: rows, columns: columns, title: title, xLabel: xLabel, yLabel: yLabel,
            rowNames: rowNames.count == rows ? rowNames : (0..<rows).map(String.init),
            columnNames: columnNames.count == columns ? columnNames : (0..<columns).map(String.init),
            notes: [
                lost == 0 ? nil : "\(lost) of \(numbers.count) are NaN, left empty",
                numbers.isEmpty ? "no numbers" : nil,
            ],
            side: 70, largestCell: 52, width: width)
        let label =
            "\(title.isEmpty ? "Heat map" : title). \(rows) rows, \(columns) columns, "
            + "from \(short(scale.lower)) to \(short(scale.upper))"
        return frame.svg(label: label) { canvas in
            if numbers.isEmpty { return }
            if numbers.count > 2_500 {
                drawImage(numbers, scale, frame, &canvas)
            } else {
                drawCells(numbers, scale, frame, &canvas)
            }
            drawScale(scale, frame, &canvas)
        }
    }

    private func drawCells(_ numbers: [Double], _ scale: ColorRange, _ frame: MatrixFrame, _ canvas: inout Canvas) {
        let texts = cellTexts(numbers)
        let size = frame.fittingSize(of: texts)
        for (index, number) in numbers.enumerated() {
            let (row, column) = (index / frame.columns, index % frame.columns)
            let (x, y) = frame.place(row: row, column: column)
            let rowName = rowNames.count == frame.rows ? rowNames[row] : "\(row)"
            let columnName = columnNames.count == frame.columns ? columnNames[column] : "\(column)"
            let exact = values.elementType == .float32 ? Float(number).description : number.description
            // A little more than the cell, so that no seam shows between neighbours.
            canvas.rectangle(
                x: x, y: y, width: frame.cellWidth + 0.3, height: frame.cellHeight + 0.3,
                colour: number.isNaN ? "none" : map.hex(scale.place(number)),
                style: number.isNaN ? " pointer-events=\"all\"" : "",
                title: "\(rowName), \(columnName): \(exact)")
            if number.isNaN {
                let (width, height) = (SVG.number(frame.cellWidth), SVG.number(frame.cellHeight))
                canvas.line("M\(SVG.number(x)) \(SVG.number(y))l\(width) \(height)", style: " stroke-opacity=\"0.5\"")
            } else if let size {
                canvas.text(
                    texts[index], x: x + frame.cellWidth / 2, y: y + frame.cellHeight / 2 + size * 0.35,
                    anchor: .middle,
                    size: size, style: " fill=\"\(map.inkColour(scale.place(number)))\" pointer-events=\"none\"")
            }
        }
    }

    /// Many cells, as an image of one pixel each: the last colour of the table stands for NaN, and is transparent.
    private func drawImage(_ numbers: [Double], _ scale: ColorRange, _ frame: MatrixFrame, _ canvas: inout Canvas) {
        let indices = numbers.map { $0.isNaN ? 255 : UInt8((scale.place($0) * 254).rounded()) }
        let table = (0..<255).map { map.components(Double($0) / 254) } + [(128, 128, 128)]
        let image = PNG(
            width: frame.columns, height: frame.rows, indices: indices, table: table.map { ($0.0, $0.1, $0.2) },
            opacities: [UInt8](repeating: 255, count: 255) + [0])
        canvas.image(
            image, x: frame.left, y: frame.top, width: frame.right - frame.left, height: frame.bottom - frame.top)
    }

    private func drawScale(_ scale: ColorRange, _ frame: MatrixFrame, _ canvas: inout Canvas) {
        let height = max(frame.bottom - frame.top, 60)
        let (x, steps) = (frame.right + 14, 64)
        for step in 0..<steps {
            let y = frame.top + height * Double(steps - 1 - step) / Double(steps)
            canvas.rectangle(
                x: x, y: y, width: 12, height: height / Double(steps) + 0.3,
                colour: map.hex((Double(step) + 0.5) / Double(steps)))
        }
        let marks = scale.upper > scale.lower ? [0, 0.5, 1] : [0.5]
        for mark in marks {
            let number = scale.lower * (1 - mark) + scale.upper * mark
            let y = frame.top + height * (1 - mark) + (mark == 0 ? 0 : mark == 1 ? 9 : 4.5)
            canvas.text(short(number), x: x + 17, y: y, size: 12)
        }
        canvas.height = max(canvas.height, frame.top + height + 10)
    }
}
