import GradusTensor

/// Between float32 and float64; the gradient is converted back.
final class Convert: UnaryOperation {
    let source: ElementType
    let target: ElementType
    init(from source: ElementType, to target: ElementType) { (self.source, self.target) = (source, target) }

    override func forward(_ x: Tensor) -> Tensor { x.converted(to: target) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        walk.push(upstream.converted(to: source), to: 0)
    }
}

extension Variable {
    /// The same numbers as another element type. Between float32 and float64 the gradient flows on; integers and bools have
    /// none. NaN, infinity or a number out of range to int64 is misuse.
    public func converted(to type: ElementType, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        if type == elementType { return self }
        guard type.isFloatingPoint && elementType.isFloatingPoint else { return .constant(value.converted(to: type)) }
        return Convert(from: elementType, to: type)(self, file: file, line: line)
    }
}
