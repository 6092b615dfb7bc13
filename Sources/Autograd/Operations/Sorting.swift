import GradusTensor

// What picks elements along an axis gives their indices too. The gradient of a value goes to the one place where it was picked.

/// Two results: the values, and the indices where they were.
class Picking: SplittingOperation {
    fileprivate let source: Shape
    let axis: Int
    init(from source: Shape, along axis: Int) { (self.source, self.axis) = (source, axis) }

    override final func needs(for input: Int) -> Needs { .output }
    override final func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        guard let upstream = upstreams[0] else { return }
        // One index a line may have lost its axis.
        let lines = upstream.rank == source.rank ? upstream.shape : source.withOnes(along: [axis])
        let indices = result(1).value.reshaped(to: lines)
        walk.push(GatherAdjoint(source, indices, axis)(upstream.reshaped(to: lines)), to: 0)
    }
    override final func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] { [outputs[1]] }

    /// The two results for `x`.
    final func pick(_ x: Variable, _ file: StaticString, _ line: UInt) -> (values: Variable, indices: Tensor) {
        let results = self([x], file: file, line: line)
        return (results[0], results[1].value)
    }
}

class Extremum: Picking {
    fileprivate let keepingAxes: Bool
    init(from source: Shape, along axis: Int, _ keepingAxes: Bool) {
        self.keepingAxes = keepingAxes
        super.init(from: source, along: axis)
    }
}

final class MaxWithIndex: Extremum {
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (values, indices) = inputs[0].maxWithIndex(along: axis, keepingAxes: keepingAxes)
        return [values, indices]
    }
}

final class MinWithIndex: Extremum {
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (values, indices) = inputs[0].minWithIndex(along: axis, keepingAxes: keepingAxes)
        return [values, indices]
    }
}

final class Sort: Picking {
    private let descending: Bool
    init(from source: Shape, along axis: Int, descending: Bool) {
        self.descending = descending
        super.init(from: source, along: axis)
    }

    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (values, indices) = inputs[0].sorted(along: axis, descending: descending)
        return [values, indices]
    }
}

final class TopK: Picking {
    private let k: Int
    private let largest: Bool
    init(_ k: Int, from source: Shape, along axis: Int, largest: Bool) {
        (self.k, self.largest) = (k, largest)
        super.init(from: source, along: axis)
    }

    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (values, indices) = inputs[0].topK(k, along: axis, largest: largest)
        return [values, indices]
    }
}

extension Variable {
    /// Where the largest along an axis first is, as `int64`. No gradient flows through it.
    public func argmax(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        value.argmax(along: axis, keepingAxes: keepingAxes)
    }

    /// Where the smallest along an axis first is.
    public func argmin(along axis: Int, keepingAxes: Bool = false) -> Tensor {
        value.argmin(along: axis, keepingAxes: keepingAxes)
    }

    /// The largest along an axis, and where it first is: among equal ones the first wins, and has the gradient, alone. The first
    /// NaN is larger than any number. Of no elements it is misuse.
    package func maxWithIndex(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> (values: Variable, indices: Tensor) {
        MaxWithIndex(from: shape, along: axis, keepingAxes).pick(self, file, line)
    }

    /// The smallest along an axis, and where it first is.
    package func minWithIndex(
        along axis: Int, keepingAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> (values: Variable, indices: Tensor) {
        MinWithIndex(from: shape, along: axis, keepingAxes).pick(self, file, line)
    }

    /// The elements in order along an axis, and where each was. Equal ones keep their order, upwards and downwards; NaN comes
    /// last.
    ///
    ///     Variable([3, 1, 2]).sorted().values   // [1, 2, 3]
    ///     Variable([3, 1, 2]).sorted().indices  // [1, 2, 0]
    public func sorted(
        along axis: Int = -1, descending: Bool = false, file: StaticString = #fileID, line: UInt = #line
    ) -> (values: Variable, indices: Tensor) {
        Sort(from: shape, along: axis, descending: descending).pick(self, file, line)
    }

    /// The k largest along an axis, the largest first (or the k smallest, the smallest first), and where they were.
    ///
    ///     Variable([3, 1, 4, 1, 5]).topK(2)  // values [5, 4], indices [4, 2]
    ///
    /// Of equal ones the first comes first. NaN is chosen only when numbers run out. A k below 0 or above the axis' size is
    /// misuse.
    public func topK(
        _ k: Int, along axis: Int = -1, largest: Bool = true, file: StaticString = #fileID, line: UInt = #line
    ) -> (values: Variable, indices: Tensor) {
        TopK(k, from: shape, along: axis, largest: largest).pick(self, file, line)
    }
}
