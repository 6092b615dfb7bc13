import GradusTensor

// The same numbers at other places. Every rule takes the upstream gradient back to where its numbers came from, and is made
// of functions of this family.

// MARK: - Other sizes, the same order

final class Reshape: UnaryOperation {
    private let source: Shape
    private let target: Shape
    init(from source: Shape, to target: Shape) { (self.source, self.target) = (source, target) }

    override func forward(_ x: Tensor) -> Tensor { x.reshaped(to: target) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.reshaped(to: source), to: 0)
    }
}

extension Variable {
    /// The same elements in the same order, seen as another shape. Copies nothing.
    ///
    ///     x.reshaped(to: [2, 3])  // [6] to [2, 3]
    ///
    /// A shape of another number of elements is misuse.
    public func reshaped(to shape: Shape, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        if shape == self.shape { return self }
        return Reshape(from: self.shape, to: shape)(self, file: file, line: line)
    }

    /// The same where one size may be -1: as large as the others leave it. Two of them, or one beside a 0, are misuse.
    ///
    ///     x.reshaped(to: [x.shape[0], -1])
    public func reshaped(to sizes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Variable {
        reshaped(to: shape.reshaped(to: sizes), file, line)
    }

    /// The same with the sizes one by one: `x.reshaped(2, -1)`.
    public func reshaped(_ sizes: Int..., file: StaticString = #fileID, line: UInt = #line) -> Variable {
        reshaped(to: sizes, file: file, line: line)
    }

    /// Neighbouring axes, from the first named to the last, as one; without arguments a variable of one axis.
    ///
    ///     x.flattened(from: 1)  // [batch, channels, height, width] as [batch, channels * height * width]
    ///
    /// A single number becomes a row of one. Axes out of range or in the wrong order are misuse.
    public func flattened(
        from first: Int = 0, through last: Int = -1, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        reshaped(to: shape.flattened(from: first, through: last), file, line)
    }

    /// Without the axes of size 1, or without the one that is named. An axis out of range or of another size is misuse.
    public func squeezed(_ axis: Int? = nil, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        reshaped(to: shape.squeezed(axis), file, line)
    }

    /// With a new axis of size 1, which is axis number `axis` of the result: `at: 0` the outermost, `at: -1` the innermost.
    /// A place out of range is misuse.
    public func expanded(at axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        reshaped(to: shape.expanded(at: axis, for: "expanded"), file, line)
    }

    /// To a shape that was found, or not, which was misuse.
    private func reshaped(to shape: Shape?, _ file: StaticString, _ line: UInt) -> Variable {
        guard let shape else { return .constant(.inert(self.shape, elementType)) }
        return reshaped(to: shape, file: file, line: line)
    }
}

// MARK: - Another order of the axes

final class Permute: UnaryOperation {
    private let axes: [Int]
    init(_ axes: [Int]) { self.axes = axes }

    override func forward(_ x: Tensor) -> Tensor { x.permuted(axes) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.permuted(inverse), to: 0)
    }

    /// Where each axis went.
    private var inverse: [Int] {
        var inverse = axes
        for (position, axis) in axes.enumerated() { inverse[axis < 0 ? axis + axes.count : axis] = position }
        return inverse
    }
}

final class Transpose: UnaryOperation {
    private let (a, b): (Int, Int)
    init(_ a: Int, _ b: Int) { (self.a, self.b) = (a, b) }

    override func forward(_ x: Tensor) -> Tensor { x.transposed(a, b) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream.transposed(a, b), to: 0) }
}

extension Variable {
    /// The axes in another order: axis i of the result is axis `axes[i]` of this. Every axis is named once; negative ones count
    /// from the end. Anything else is misuse.
    ///
    ///     image.permuted([2, 0, 1])  // [height, width, channels] to [channels, height, width]
    public func permuted(_ axes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Permute(axes)(self, file: file, line: line)
    }

    /// The same, with the axes one by one: `image.permuted(2, 0, 1)`.
    public func permuted(_ axes: Int..., file: StaticString = #fileID, line: UInt = #line) -> Variable {
        permuted(axes, file: file, line: line)
    }

    /// Rows and columns exchanged: the last two axes. Fewer than two are misuse.
    public func transposed(file: StaticString = #fileID, line: UInt = #line) -> Variable {
        transposed(-2, -1, file: file, line: line)
    }

    /// Two axes exchanged.
    public func transposed(_ a: Int, _ b: Int, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Transpose(a, b)(self, file: file, line: line)
    }
}

// MARK: - Along the axes

final class Flip: UnaryOperation {
    private let axes: [Int]
    init(_ axes: [Int]) { self.axes = axes }

    override func forward(_ x: Tensor) -> Tensor { x.flipped(along: axes) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream.flipped(along: axes), to: 0) }
}

final class Roll: UnaryOperation {
    private let shifts: [Int]
    private let axes: [Int]
    init(_ shifts: [Int], _ axes: [Int]) { (self.shifts, self.axes) = (shifts, axes) }

    override func forward(_ x: Tensor) -> Tensor { x.rolled(by: shifts, along: axes) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // Reduced by the size first: the smallest Int has no negative.
        let back = zip(shifts, axes).map { -($0 % max(upstream.shape[$1], 1)) }
        walk.push(upstream.rolled(by: back, along: axes), to: 0)
    }
}

final class Tile: UnaryOperation {
    private let source: Shape
    private let repeats: [Int]
    init(_ source: Shape, _ repeats: [Int]) { (self.source, self.repeats) = (source, repeats) }

    override func forward(_ x: Tensor) -> Tensor { x.tiled(repeats) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(summedRepeats(upstream), to: 0) }

    /// The copies of each element added up, an axis at a time.
    private func summedRepeats(_ upstream: Variable) -> Variable {
        var result = upstream
        for axis in upstream.shape.indices {
            // The shorter of the two lists is thought to begin with ones.
            let (size, place) = (axis - upstream.rank + source.rank, axis - upstream.rank + repeats.count)
            let copies = place < 0 ? 1 : repeats[place]
            guard copies != 1 else { continue }
            let whole = result.shape.replacing(axis, with: size < 0 ? 1 : source.size(size))
            let outer = (0..<axis).reduce(1) { $0 * whole.size($1) }
            let inner = (axis..<whole.rank).reduce(1) { $0 * whole.size($1) }
            result = result.reshaped(to: Shape([outer, copies, inner])).summed(to: [outer, 1, inner]).reshaped(
                to: whole)
        }
        return result.reshaped(to: source)
    }
}

final class Pad: UnaryOperation {
    private let source: Shape
    private let before: [Int]
    private let after: [Int]
    private let value: Double
    init(_ source: Shape, _ before: [Int], _ after: [Int], _ value: Double) {
        (self.source, self.before, self.after, self.value) = (source, before, after, value)
    }

    override func forward(_ x: Tensor) -> Tensor { x.padded(before, after, with: value) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let ends = zip(before, source).map { $0 + $1 }
        walk.push(upstream.sliced(starts: before, ends: ends, steps: before.map { _ in 1 }), to: 0)
    }
}

extension Variable {
    /// The order along each of the axes reversed. An axis out of range or named twice is misuse.
    public func flipped(along axes: [Int], file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Flip(axes)(self, file: file, line: line)
    }

    /// Elements moved along axes, those that leave at one end coming in at the other.
    ///
    ///     Variable([1, 2, 3, 4]).rolled(by: [1], along: [0])  // [4, 1, 2, 3]
    public func rolled(
        by shifts: [Int], along axes: [Int], file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Roll(shifts, axes)(self, file: file, line: line)
    }

    /// The whole of it repeated along each axis so many times; the gradients of the copies add up.
    ///
    ///     Variable([1, 2]).tiled([2])     // [1, 2, 1, 2]
    ///     Variable([1, 2]).tiled([2, 1])  // [[1, 2], [1, 2]]
    public func tiled(_ repeats: [Int], file: StaticString = #fileID, line: UInt = #line) -> Variable {
        Tile(shape, repeats)(self, file: file, line: line)
    }

    /// With so many elements of one value more before and after along each axis.
    ///
    ///     Variable([1, 2]).padded([1], [2])  // [0, 1, 2, 0, 0]
    public func padded(
        _ before: [Int], _ after: [Int], with value: Double = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Pad(shape, before, after, value)(self, file: file, line: line)
    }
}
