import GradusTensor

/// Stretches to a larger shape; the gradient is summed back. With ``SumTo`` one is the other's rule.
final class Broadcast: UnaryOperation {
    let target: Shape
    init(to target: Shape) { self.target = target }

    override func forward(_ x: Tensor) -> Tensor { x.broadcast(to: target) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.pushSummed(upstream, to: 0) }
}

/// Sums away the axes along which something was broadcast.
final class SumTo: UnaryOperation {
    let source: Shape
    let target: Shape
    init(from source: Shape, to target: Shape) { (self.source, self.target) = (source, target) }

    override func forward(_ x: Tensor) -> Tensor { x.sum(to: target) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.broadcast(to: source), to: 0)
    }
}

extension Variable {
    /// The same numbers repeated along axes of size 1 and along new axes in front, in NumPy's manner. A shape that this one
    /// does not broadcast to is misuse.
    public func broadcast(to shape: Shape, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        if shape == self.shape { return self }
        return Broadcast(to: shape)(self, file: file, line: line)
    }

    /// The inverse of broadcasting: sums over the axes that `shape` does not have or has at size 1.
    package func summed(to shape: Shape) -> Variable {
        if shape == self.shape { return self }
        return SumTo(from: self.shape, to: shape)(self)
    }
}
