extension Tensor: CustomStringConvertible {
    /// The elements as NumPy prints them, to four decimals and with commas: columns aligned, scientific notation where
    /// magnitudes are large, small or far apart, `...` for the middle of more than 1000 elements, lines of 75 characters.
    ///
    ///     print(Tensor([[1, 0.5], [-20, 1.0 / 3]]))
    ///     // [[  1.    ,   0.5   ],
    ///     //  [-20.    ,   0.3333]]
    ///
    /// A tensor of no axes prints its number in full, one of no elements `[]`.
    public var description: String { description(precision: 4) }

    /// The elements as NumPy prints them, to so many decimals at most. A negative precision is misuse.
    public func description(precision: Int) -> String {
        guard precision >= 0 else { return misuse("description: a precision of \(precision); 0 decimals is the least") }
        if rank == 0 { return numberInFull }
        if count == 0 { return "[]" }
        let printer = Printer(self, precision: precision)
        return printer.text(axis: 0, position: 0, indent: " ", width: Printer.lineWidth)
    }

    private var numberInFull: String {
        switch elementType {
        case .float32: Float(item).description
        case .float64: item.description
        case .int64: withElements(as: Int.self) { $0[0].description }
        case .bool: item == 1 ? "true" : "false"
        }
    }
}

extension Tensor: CustomDebugStringConvertible {
    /// Shape and element type, and the elements to eight decimals.
    public var debugDescription: String { "Tensor \(shape) \(elementType)\n\(description(precision: 8))" }
}

/// Sets out the elements of one tensor, after `numpy.array2string` with the separator ", ".
private struct Printer {
    static let lineWidth = 75
    static let summarizedBeyond = 1000
    static let edge = 3

    private let tensor: Tensor
    private let strides: [Int]
    private let summarizes: Bool
    private let word: (Int) -> String

    init(_ tensor: Tensor, precision: Int) {
        self.tensor = tensor
        strides = tensor.shape.strides
        summarizes = tensor.count > Printer.summarizedBeyond
        // Only the elements that will be seen decide how they are written.
        var seen = [0]
        for (axis, stride) in strides.enumerated() {
            let indices = Printer.indices(tensor.shape.size(axis), summarizes: summarizes).compactMap { $0 }
            seen = seen.flatMap { start in indices.map { start + $0 * stride } }
        }
        word = Printer.words(tensor, seen, precision)
    }

    /// What is shown along an axis, with nil for the dots.
    private static func indices(_ size: Int, summarizes: Bool) -> [Int?] {
        guard summarizes && size > 2 * edge else { return Array(0..<size) }
        return Array(0..<edge) + [nil] + Array(size - edge..<size)
    }

    private static func words(_ tensor: Tensor, _ seen: [Int], _ precision: Int) -> (Int) -> String {
        switch tensor.elementType {
        case .float32:
            let format = tensor.withElements(as: Float.self) { all in
                FloatFormat(seen.map { all[$0] }, precision: precision)
            }
            return { position in tensor.withElements(as: Float.self) { format.word($0[position]) } }
        case .float64:
            let format = tensor.withElements(as: Double.self) { all in
                FloatFormat(seen.map { all[$0] }, precision: precision)
            }
            return { position in tensor.withElements(as: Double.self) { format.word($0[position]) } }
        case .int64:
            let width = tensor.withElements(as: Int.self) { all in seen.map { all[$0].description.count }.max() ?? 0 }
            return { position in
                tensor.withElements(as: Int.self) { $0[position].description.padded(left: width) }
            }
        case .bool:
            return { tensor.number(at: $0) == 1 ? " true" : "false" }
        }
    }

    /// The part of the tensor from `position` on that lies within `axis`, in brackets. Lines after the first begin with
    /// `indent`, which the caller has put before the first one.
    func text(axis: Int, position: Int, indent: String, width: Int) -> String {
        let indices = Printer.indices(tensor.shape.size(axis), summarizes: summarizes)
        let stride = strides[axis]
        if axis == tensor.rank - 1 {
            return "[" + row(indices.map { $0.map { word(position + $0) } ?? "..." }, indent, width - 1) + "]"
        }
        let parts = indices.map { index in
            index.map { text(axis: axis + 1, position: position + $0 * stride, indent: indent + " ", width: width - 1) }
                ?? "..."
        }
        // One blank line more between parts for every axis more that they have.
        let separator = "," + String(repeating: "\n", count: tensor.rank - 1 - axis) + indent
        return "[" + parts.joined(separator: separator) + "]"
    }

    /// Words with commas, broken into lines no longer than `width` where that helps.
    private func row(_ words: [String], _ indent: String, _ width: Int) -> String {
        var lines: [String] = []
        var line = indent
        for (i, word) in words.enumerated() {
            if line.utf8.count + word.utf8.count > width && line.utf8.count > indent.utf8.count {
                line.removeLast()  // the space after the comma
                lines.append(line)
                line = indent
            }
            line += word + (i < words.count - 1 ? ", " : "")
        }
        return (lines + [line]).joined(separator: "\n").dropFirst(indent.utf8.count).description
    }
}

extension String {
    func padded(left width: Int) -> String { String(repeating: " ", count: max(0, width - utf8.count)) + self }
    func padded(right width: Int) -> String { self + String(repeating: " ", count: max(0, width - utf8.count)) }
}
