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

// MARK: - By number

final class Take: UnaryOperation {
    private let source: Shape
    private let indices: Tensor
    private let axis: Int
    init(_ source: Shape, _ indices: Tensor, _ axis: Int) {
        (self.source, self.indices, self.axis) = (source, indices, axis)
    }

    override func forward(_ x: Tensor) -> Tensor { x.taking(indices, along: axis) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(TakeAdjoint(source, indices, axis)(upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

/// Slices added to where they were taken from, in zeros of `target`.
final class TakeAdjoint: UnaryOperation {
    private let target: Shape
    private let indices: Tensor
    private let axis: Int
    init(_ target: Shape, _ indices: Tensor, _ axis: Int) {
        (self.target, self.indices, self.axis) = (target, indices, axis)
    }

    override func forward(_ x: Tensor) -> Tensor {
        takingAdjoint(of: x, indices: indices, axis: axis, shape: target)
    }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.taking(indices, along: axis), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

final class Gather: UnaryOperation {
    private let source: Shape
    private let indices: Tensor
    private let axis: Int
    init(_ source: Shape, _ indices: Tensor, _ axis: Int) {
        (self.source, self.indices, self.axis) = (source, indices, axis)
    }

    override func forward(_ x: Tensor) -> Tensor { x.gathered(indices, along: axis) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(GatherAdjoint(source, indices, axis)(upstream), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

/// Elements added to where they were gathered from, in zeros of `target`.
final class GatherAdjoint: UnaryOperation {
    private let target: Shape
    private let indices: Tensor
    private let axis: Int
    init(_ target: Shape, _ indices: Tensor, _ axis: Int) {
        (self.target, self.indices, self.axis) = (target, indices, axis)
    }

    override func forward(_ x: Tensor) -> Tensor {
        gatheredAdjoint(of: x, indices: indices, axis: axis, shape: target)
    }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.gathered(indices, along: axis), to: 0)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

final class ScatterAdd: BinaryOperation {
    private let indices: Tensor
    private let axis: Int
    init(_ indices: Tensor, _ axis: Int) { (self.indices, self.axis) = (indices, axis) }

    override func forward(_ x: Tensor, _ source: Tensor) -> Tensor { x.scatterAdding(source, at: indices, along: axis) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream, to: 0)
        walk.push(upstream.gathered(indices, along: axis), to: 1)
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [indices] }
}

extension Variable {
    /// The slices along an axis that the indices name, with the indices' own axes in place of that one. Slices taken more than
    /// once get the sum of the gradients.
    ///
    ///     let table = Variable([[1, 2], [3, 4], [5, 6]])
    ///     table.taking(Tensor([2, 0], as: .int64))  // [[5, 6],
    ///                                               //  [1, 2]]
    ///
    /// An embedding is looked up by `table.taking(tokens)`: `[words, features]` with tokens `[batch, time]` gives
    /// `[batch, time, features]`. Indices are `int64`; negative ones count from the end. An index or axis out of range, indices
    /// of another type, and a result of more than 8 axes are misuse.
    public func taking(
        _ indices: Tensor, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Take(shape, indices, axis)(self, file: file, line: line)
    }

    /// For each index the element that it names along an axis, at the index's own place along the others; the result has the
    /// indices' shape. Of a matrix along axis 1: `result[i, j] = self[i, indices[i, j]]`. Elements gathered more than once get
    /// the sum of the gradients.
    ///
    ///     Variable([[1, 2], [3, 4]]).gathered(Tensor([[1], [0]], as: .int64), along: 1)  // [[2], [3]]
    ///
    /// Indices are `int64`, negative ones count from the end; along the other axes they may be fewer than the variable's
    /// elements, never more. An index or axis out of range, and indices of another type or rank, are misuse.
    public func gathered(
        _ indices: Tensor, along axis: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Gather(shape, indices, axis)(self, file: file, line: line)
    }

    /// This variable with each element of `source` added where its index names a place along an axis, at the element's own
    /// place along the others. Of a matrix along axis 1: `result[i, indices[i, j]] += source[i, j]`.
    ///
    /// Indices are as in ``gathered(_:along:file:line:)``, of the source's shape. Anything else is misuse.
    public func scatterAdding(
        _ source: Variable, at indices: Tensor, along axis: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        ScatterAdd(indices, axis)(self, source, file: file, line: line)
    }
}
