import Foundation
import GradusTensor

/// A table of numbers from comma-separated text: a line a row, the same number of fields in each.
///
///     let table = try CSVTable(contentsOf: "iris.csv", columns: 5)
///     print(table.rows, table[0, 4])
///
/// Strict, since a damaged line that is let pass becomes a wrong number nobody looks for: every field is a finite decimal
/// number, spaces around it allowed; every line has as many fields as the first; there are no empty lines. Lines end in LF or
/// CR LF. There are no quotes. The first line may be a heading, if that is said. An empty text has no rows.
public struct CSVTable: Sendable {
    /// How many lines were read.
    public let rows: Int
    /// How many fields each has.
    public let columns: Int

    /// All numbers, row by row.
    public let values: [Double]

    /// What the heading calls the columns; nothing if there is none.
    public let names: [String]

    /// What the text came from, as errors call it.
    public let source: String

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - columns: How many fields every line must have; as many as the first if left out.
    ///   - hasHeading: Whether the first line names the columns; it is then no row.
    ///   - endsInNewline: Whether the last line must end in a line break, as it does in a file that is complete.
    /// - Throws: ``DataError`` that names line and column, or says why the file cannot be read.
    public init(
        contentsOf path: String, columns: Int? = nil, hasHeading: Bool = false, endsInNewline: Bool = false
    ) throws(DataError) {
        let name = URL(fileURLWithPath: path).lastPathComponent
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw DataError(
                in: path, found: "nothing to read (\(error.localizedDescription))", expected: "a file of numbers")
        }
        try self.init(
            [UInt8](data), source: name, columns: columns, hasHeading: hasHeading, endsInNewline: endsInNewline)
    }

    /// Reads text, given as the bytes of its UTF-8; errors call it `source`.
    public init(
        _ text: [UInt8], source: String, columns: Int? = nil, hasHeading: Bool = false, endsInNewline: Bool = false
    ) throws(DataError) {
        let newline = UInt8(ascii: "\n")
        var values: [Double] = []
        var names: [String] = []
        var width = columns
        var (line, start) = (0, 0)
        while start < text.count {
            line += 1
            let end = text[start...].firstIndex(of: newline) ?? text.count
            if end == text.count && endsInNewline {
                throw DataError(in: source, line: line, found: "the end of the text", expected: "a line break")
            }
            var fields = text[start..<end]
            if fields.last == UInt8(ascii: "\r") { fields.removeLast() }
            let before = values.count
            let isHeading = hasHeading && line == 1
            if isHeading {
                names = try CSVTable.names(in: fields, source: source)
            } else {
                try CSVTable.read(fields, line: line, source: source, into: &values)
            }
            let found = isHeading ? names.count : values.count - before
            guard found == width ?? found else {
                throw DataError(
                    in: source, line: line, found: "\(found) field\(found == 1 ? "" : "s")",
                    expected: "\(width ?? found)")
            }
            width = found
            start = end + 1
        }
        if hasHeading && line == 0 {
            throw DataError(in: source, line: 1, found: "the end of the text", expected: "a heading")
        }
        (self.rows, self.columns, self.values) = (names.isEmpty ? line : line - 1, width ?? 0, values)
        (self.names, self.source) = (names, source)
    }

    /// The rows as examples: one column, counted from 0 or from the end by a negative number, is the label, the others are the
    /// inputs `[rows, columns − 1]` of `float32`.
    ///
    /// With a number of classes, labels are `int64`; without, they are numbers to be learnt, `[rows]` of `float32`. A column that
    /// there is not is misuse.
    ///
    /// - Throws: ``DataError`` at the first label that is not a whole number from 0 to below `classes`.
    public func dataset(labelColumn: Int = -1, classes: Int? = nil) throws(DataError) -> Dataset {
        let column = labelColumn < 0 ? labelColumn + columns : labelColumn
        guard column >= 0 && column < columns, classes ?? 1 >= 1 else {
            return misuse(
                "CSVTable.dataset: label column \(labelColumn) of \(columns), \(classes ?? 1) classes",
                inert: Dataset(inputs: .inert([rows, 1]), labels: .inert([rows])))
        }
        if let classes { try expect("a label", in: 0...classes - 1, columns: column..<column + 1) }
        let all = tensor(as: .float64)
        let others = Tensor((0..<columns).filter { $0 != column })
        let labels = all.slice(along: 1, from: column, to: column + 1).reshaped(to: [rows])
        return Dataset(
            inputs: all.taking(others, along: 1).converted(to: .float32),
            labels: labels.converted(to: classes == nil ? .float32 : .int64))
    }

    /// One number; both counted from 0. Misuse where there is none.
    public subscript(row: Int, column: Int) -> Double {
        guard row >= 0 && row < rows && column >= 0 && column < columns else {
            return misuse("CSVTable: row \(row), column \(column) of \(rows) rows and \(columns) columns")
        }
        return values[row * columns + column]
    }

    /// All numbers as a tensor `[rows, columns]`.
    public func tensor(as elementType: ElementType = .float32) -> Tensor {
        Tensor(values, shape: [rows, columns], as: elementType)
    }

    /// The names in a heading: text, without the blanks around it.
    private static func names(in line: ArraySlice<UInt8>, source: String) throws(DataError) -> [String] {
        var names: [String] = []
        for (i, field) in line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).enumerated() {
            guard let name = String(validating: field, as: UTF8.self), !name.contains(where: \.isNewline) else {
                throw DataError(
                    in: source, line: 1, column: i + 1, found: DataError.quoted(field), expected: "a name in UTF-8")
            }
            names.append(name.trimmingCharacters(in: .whitespaces))
        }
        return names
    }

    /// Refuses the first number in some columns, counted from 0, that is not whole or not in a range.
    func expect(_ what: String, in range: ClosedRange<Int>, columns: Range<Int>) throws(DataError) {
        for row in 0..<rows {
            for column in columns {
                let value = self[row, column]
                if let whole = Int(exactly: value), range.contains(whole) { continue }
                throw DataError(
                    in: source, line: row + (names.isEmpty ? 1 : 2), column: column + 1, found: "\(value)",
                    expected: "\(what), a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
        }
    }

    /// Reads the fields of one line.
    private static func read(
        _ line: ArraySlice<UInt8>, line number: Int, source: String, into values: inout [Double]
    ) throws(DataError) {
        var column = 0
        var start = line.startIndex
        while true {
            column += 1
            let end = line[start...].firstIndex(of: UInt8(ascii: ",")) ?? line.endIndex
            guard let value = Double(decimal: line[start..<end]) else {
                throw DataError(
                    in: source, line: number, column: column, found: DataError.quoted(line[start..<end]),
                    expected: "a number")
            }
            values.append(value)
            if end == line.endIndex { return }
            start = end + 1
        }
    }
}

extension Double {
    /// The finite number that a field spells in decimal, or nil.
    fileprivate init?(decimal field: ArraySlice<UInt8>) {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var digits = field.drop(while: isBlank)
        while let last = digits.last, isBlank(last) { digits.removeLast() }
        if (1...15).contains(digits.count) && digits.allSatisfy(CSVTable.isDigit) {  // most fields are
            self = Double(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
            return
        }
        // Double's own initializer would also take "nan", "infinity" and "0x1p3".
        guard digits.allSatisfy({ CSVTable.isDigit($0) || "+-.eE".utf8.contains($0) }),
            let value = Double(String(decoding: digits, as: UTF8.self)), value.isFinite
        else { return nil }
        self = value
    }
}

extension CSVTable {
    fileprivate static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
