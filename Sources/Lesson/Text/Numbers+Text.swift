extension Numbers {
    /// The numbers in one line: all of a few, of many their shape and range.
    public func text(_ rounding: Rounding) -> String {
        if let number, isScalar { return rounding.text(number) }
        if count <= 12 && count == elements.count { return brackets(0, 0, rounding).text }
        let span = range.map { ", \(rounding.text($0.lowerBound)) to \(rounding.text($0.upperBound))" } ?? ""
        return "[\(shapeText)]\(span)"
    }

    private func brackets(_ axis: Int, _ start: Int, _ rounding: Rounding) -> (text: String, end: Int) {
        if axis == shape.count { return (rounding.text(elements[start]), start + 1) }
        var (parts, place): ([String], Int) = ([], start)
        for _ in 0..<shape[axis] {
            let part = brackets(axis + 1, place, rounding)
            parts.append(part.text)
            place = part.end
        }
        return ("[" + parts.joined(separator: ", ") + "]", place)
    }
}
