import GradusTensor

// Parts of a variable by their place, which is constant: the gradient goes back to the places that were read. Slices and what
// embeds them again are adjoint to each other, and so are gathering and scattering.

// MARK: - By bounds

final class Slice: UnaryOperation {
    private let source: Shape
    private let (starts, ends, steps): ([Int], [Int], [Int])
    init(_ source: Shape, _ starts: [Int], _ ends: [Int], _ steps: [Int]) {
        (self.source, self.starts, self.ends, self.steps) = (source, starts, ends, steps)
    }

    override func forward(_ x: Tensor) -> Tensor { x.sliced(starts: starts, ends: ends, steps: steps) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.embedded(in: source, starts: starts, steps: steps), to: 0)
    }
}

/// The adjoint of a slice: its elements where they came from, in zeros.
final class Embed: UnaryOperation {
    private let (source, target): (Shape, Shape)
    private let (starts, steps): ([Int], [Int])
    init(_ source: Shape, in target: Shape, _ starts: [Int], _ steps: [Int]) {
        (self.source, self.target, self.starts, self.steps) = (source, target, starts, steps)
    }

    override func forward(_ x: Tensor) -> Tensor { x.embedded(in: target, starts: starts, steps: steps) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let ends = source.indices.map { axis in
            // One behind the last element, so that just as many come back.
            source.size(axis) == 0 ? starts[axis] : starts[axis] + (source.size(axis) - 1) * steps[axis] + 1
        }
        walk.push(upstream.sliced(starts: starts, ends: ends, steps: steps), to: 0)
    }
}

extension Variable {
    /// The i-th slice along the leading axis: a row of a matrix, a matrix of a stack. Negative i counts from the end.
    ///
    /// For all slices of a variable, one after the other, ``split(into:along:file:line:)`` is cheaper by far: the gradient of
    /// each slice is as large as the whole. An index out of range, and a variable of no axes, are misuse.
    public subscript(index: Int, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        guard let position = value.position(index) else { return .inert }
        return located(file, line) {
            self[position..<position + 1, file, line].reshaped(to: shape.removing(0), file: file, line: line)
        }
    }

    /// Slices along the leading axis: `x[1...3]`, `x[..<2]`, `x[5...]`. Negative bounds are not counted from the end. Bounds out
    /// of range are misuse.
    public subscript(
        range: some RangeExpression<Int>, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        guard let range = value.bounds(range) else { return .inert }
        return slice(along: 0, from: range.lowerBound, to: range.upperBound, file: file, line: line)
    }

    /// Every `step`-th slice along an axis, `start ..< end`.
    ///
    ///     x.slice(along: 1, from: 2)         // without the first two columns
    ///     x.slice(along: 1, from: 0, to: -1) // without the last column
    ///     x.slice(along: 0, by: 2)           // rows 0, 2, 4 ...
    ///
    /// Negative bounds count from the end; without `to` the slices go to it. An axis or bounds out of range, a start after the
    /// end, and a step below 1 are misuse.
    public func slice(
        along axis: Int, from start: Int = 0, to end: Int? = nil, by step: Int = 1, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Variable {
        guard let (starts, ends, steps) = shape.slice(along: axis, from: start, to: end, by: step) else {
            return .constant(.inert(shape, elementType))
        }
        return sliced(starts: starts, ends: ends, steps: steps, file: file, line: line)
    }

    /// The elements at `starts[axis] + i * steps[axis]`, before `ends[axis]`, along every axis.
    package func sliced(
        starts: [Int], ends: [Int], steps: [Int], file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Slice(shape, starts, ends, steps)(self, file: file, line: line)
    }

    /// A variable of `shape`, zero but for this one's elements, which lie at `starts[axis] + i * steps[axis]` along every axis.
    package func embedded(in shape: Shape, starts: [Int], steps: [Int]) -> Variable {
        Embed(self.shape, in: shape, starts, steps)(self)
    }
}
