import GradusTensor

// What a variable shares with the tensor in it.
extension Variable {
    /// The sizes along each axis.
    public var shape: Shape { value.shape }

    /// Whether it has that shape: `shape == other` without a copy.
    @inline(__always)
    func hasShape(_ other: Shape) -> Bool { withValue { $0.hasShape(other) } }

    /// What the elements are.
    public var elementType: ElementType { value.elementType }

    /// The number of axes.
    public var rank: Int { value.rank }

    /// The number of elements.
    public var count: Int { value.count }

    /// The one number of a variable that has just one element; anything else is misuse.
    public var item: Double { value.item }
}

extension Variable: CustomStringConvertible {
    /// The numbers, as tensors print them.
    public var description: String { value.description }
}

extension Variable: Inert {
    package static var inert: Variable { .constant(.inert) }
}
