import GradusTensor

// Reductions take `along`, one axis or several (negative ones count from the end; all axes unless given), and drop those axes,
// or keep them with size 1 if `keepingAxes`. An axis that is not there, or is named twice, is misuse.

/// What every reduction has: the axes that it takes out, and the way back.
class Reduction: UnaryOperation {
    final let source: Shape
    final let axes: [Int]?
    final let keepingAxes: Bool

    init(of source: Shape, along axes: [Int]?, _ keepingAxes: Bool) {
        (self.source, self.axes, self.keepingAxes) = (source, axes, keepingAxes)
    }

    /// The input's shape with size 1 along the axes taken out.
    final var kept: Shape { source.withOnes(along: axes) }

    /// How many elements make one result.
    final var reducedCount: Int {
        zip(source, kept).reduce(1) { $1.0 == $1.1 ? $0 : $0 * $1.0 }
    }

    /// What has the result's shape, in the one that broadcasts against the input.
    final func aligned(_ result: Variable) -> Variable { result.reshaped(to: kept) }

    /// Where an element is the one that the result was chosen to be.
    final func winners(_ x: Tensor, _ result: Tensor) -> Tensor { x .== result.reshaped(to: kept) }

    /// Each winner's part of a result, the same for all winners of one; NaN where nobody won, as none equals NaN.
    final func shares(of winners: Tensor, as type: ElementType) -> Variable {
        let ones = winners.converted(to: type)
        return .constant(ones / ones.sum(along: axes, keepingAxes: true))
    }
}

extension Shape {
    /// This shape with size 1 along the given axes, all of them where nil.
    func withOnes(along axes: [Int]?) -> Shape {
        var shape = Shape()
        for axis in indices {
            let isTaken = axes?.contains { resolved($0) == axis } ?? true
            shape.append(isTaken ? 1 : size(axis))
        }
        return shape
    }
}

// MARK: - Sums

final class Sum: Reduction {
    override func forward(_ x: Tensor) -> Tensor { x.sum(along: axes, keepingAxes: keepingAxes) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(aligned(upstream).broadcast(to: source), to: 0)
    }
}

final class Mean: Reduction {
    override func forward(_ x: Tensor) -> Tensor { x.mean(along: axes, keepingAxes: keepingAxes) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push((aligned(upstream) / Double(reducedCount)).broadcast(to: source), to: 0)
    }
}

extension Variable {
    /// The sum of the elements, 0 if there are none.
    ///
    ///     let x = Variable([[1, 2], [3, 4]])
    ///     x.sum()                              // 10
    ///     x.sum(along: 0)                      // [4, 6]
    ///     x.sum(along: -1, keepingAxes: true)  // [[3], [7]]
    ///
    /// Floats are added in double precision, `float32` numbers of a long row two by two before. Of `int64` and `bool` it is a constant.
    public func sum(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Sum(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The sum along one axis.
    public func sum(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        sum(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }

    /// The arithmetic mean; NaN of no elements.
    public func mean(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Mean(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The mean along one axis.
    public func mean(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        mean(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }
}

// MARK: - Extremes

/// The gradient goes to the winners in equal parts.
class Extreme: Reduction {
    override final func needs(for input: Int) -> Needs { [.first, .output] }
    override final func backward(_ upstream: Variable, _ walk: inout Walk) {
        let shares = shares(of: winners(first.value, result.value), as: upstream.elementType)
        walk.push(aligned(upstream) * shares, to: 0)
    }
    override final func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        [winners(inputs[0], outputs[0])]
    }
}

final class Max: Extreme {
    override func forward(_ x: Tensor) -> Tensor { x.max(along: axes, keepingAxes: keepingAxes) }
}

final class Min: Extreme {
    override func forward(_ x: Tensor) -> Tensor { x.min(along: axes, keepingAxes: keepingAxes) }
}

extension Variable {
    /// The largest element; of no elements it is misuse.
    ///
    /// The gradient is split evenly among equal winners. With a NaN among the elements the value is NaN, and so is the gradient
    /// of all that it was chosen from.
    public func max(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Max(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The largest along one axis.
    public func max(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        max(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }

    /// The smallest element; of no elements it is misuse. Ties and NaN are as in `max`.
    public func min(
        along axes: [Int]? = nil, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        Min(of: shape, along: axes, keepingAxes)(self, file: file, line: line)
    }

    /// The smallest along one axis.
    public func min(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        min(along: [axis], keepingAxes: keepingAxes, file: file, line: line)
    }
}
