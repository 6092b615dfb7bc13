import CGradusKernels

/// Which axes of a shape a reduction takes out.
struct ReducedAxes {
    let shape: Shape
    private var mask: UInt8 = 0

    /// All axes where `axes` is nil. An axis that is not there or is named twice is misuse.
    init?(_ name: StaticString, _ axes: [Int]?, of shape: Shape) {
        self.shape = shape
        guard let axes else {
            mask = UInt8(truncatingIfNeeded: 1 << shape.rank - 1)
            return
        }
        guard let axes = shape.axes(axes, for: name) else { return nil }
        for axis in axes { mask |= 1 << axis }
    }

    /// The second axis of two.
    init(rowsOf matrix: Shape) {
        shape = matrix
        mask = 0b10
    }

    func contains(_ axis: Int) -> Bool { mask >> axis & 1 == 1 }

    /// How many elements make one result.
    var count: Int { shape.indices.reduce(1) { contains($1) ? $0 * shape.size($1) : $0 } }

    /// The shape of the results.
    func result(keepingAxes: Bool) -> Shape {
        var result = Shape()
        for axis in shape.indices {
            if !contains(axis) {
                result.append(shape.size(axis))
            } else if keepingAxes {
                result.append(1)
            }
        }
        return result
    }

    /// Whether the axes taken out lie side by side in memory.
    var areNeighbours: Bool {
        var stages = stages()
        return stages.next() == nil || stages.isDone
    }

    /// The order of axes that puts those taken out behind those kept.
    var keptFirst: [Int] { shape.indices.filter { !contains($0) } + shape.indices.filter(contains) }

    /// Runs of neighbouring axes to take out, the innermost first.
    func stages() -> Stages { Stages(axes: self, rest: shape.rank) }

    struct Stages {
        let axes: ReducedAxes
        /// The axes not yet looked at are those before this one.
        fileprivate var rest: Int
        private var inner = 1
        private var isFirst = true

        fileprivate init(axes: ReducedAxes, rest: Int) {
            self.axes = axes
            self.rest = rest
        }

        /// What is left of the tensor at this point, seen as [outer, reduced, inner]. The first stage is there even if no axis
        /// is taken out.
        mutating func next() -> (outer: Int, reduced: Int, inner: Int)? {
            while rest > 0, !takesOut(rest - 1) { inner *= step() }
            guard rest > 0 || isFirst else { return nil }
            isFirst = false
            var reduced = 1
            while rest > 0, takesOut(rest - 1) || axes.shape.size(rest - 1) == 1 { reduced *= step() }
            let outer = (0..<rest).reduce(1) { $0 * axes.shape.size($1) }
            return (outer, reduced, inner)
        }

        var isDone: Bool { !(0..<rest).contains(where: takesOut) }

        // An axis of size 1 is as good as kept.
        private func takesOut(_ axis: Int) -> Bool { axes.contains(axis) && axes.shape.size(axis) != 1 }

        private mutating func step() -> Int {
            rest -= 1
            return axes.shape.size(rest)
        }
    }
}

extension Shape {
    /// The shape seen as [outer, n, inner] around one axis, which the caller has resolved.
    package func around(_ axis: Int) -> (outer: Int, n: Int, inner: Int) {
        var (outer, inner) = (1, 1)
        for i in 0..<axis { outer *= size(i) }
        for i in axis + 1..<rank { inner *= size(i) }
        return (outer, size(axis), inner)
    }
}

extension Tensor {
    /// The axes of a reduction that floating-point types alone have, or misuse.
    func floatingAxes(_ name: StaticString, _ axes: [Int]?) -> ReducedAxes? {
        guard elementType.isFloatingPoint else {
            return misuse("\(name): not defined on \(elementType); convert first")
        }
        return ReducedAxes(name, axes, of: shape)
    }
}
