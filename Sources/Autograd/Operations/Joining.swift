import GradusTensor

// Several variables made one, and one made several. Each is the other's rule, in one operation for any number of parts.

final class Concatenate: VariadicOperation {
    private let axis: Int
    private let sizes: [Int]
    init(_ parts: [Variable], along axis: Int) {
        self.axis = axis
        // A part without that axis is refused by the forward run; it must not be asked for its size.
        sizes = parts.map { $0.shape.resolved(axis).map($0.shape.size) ?? 0 }
    }

    override func forward(_ parts: [Tensor]) -> Tensor { concatenate(parts, along: axis) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        for (input, part) in upstream.split(sizes: sizes, along: axis).enumerated() { walk.push(part, to: input) }
    }
}

final class Stack: VariadicOperation {
    private let axis: Int
    init(along axis: Int) { self.axis = axis }

    override func forward(_ parts: [Tensor]) -> Tensor { stack(parts, along: axis) }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let parts = upstream.split(sizes: [Int](repeating: 1, count: inputCount), along: axis)
        for (input, part) in parts.enumerated() { walk.push(part.squeezed(axis), to: input) }
    }
}

final class Split: SplittingOperation {
    private let sizes: [Int]
    private let axis: Int
    init(_ sizes: [Int], along axis: Int) { (self.sizes, self.axis) = (sizes, axis) }

    override func forward(_ inputs: [Tensor]) -> [Tensor] { inputs[0].split(sizes: sizes, along: axis) }
    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        let parts = upstreams.enumerated().map { part, upstream in
            // What nobody used has a gradient of 0.
            upstream ?? .constant(.zeros(outputShape(part), as: elementType))
        }
        walk.push(concatenate(parts, along: axis), to: 0)
    }
}

/// Variables one behind the other along an axis, along which alone their shapes may differ.
///
///     concatenate([Variable([1, 2]), Variable([3])])  // [1, 2, 3]
///
/// Nothing to concatenate, shapes that do not fit and element types that differ are misuse.
public func concatenate(
    _ parts: [Variable], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Concatenate(parts, along: axis)(parts, file: file, line: line)
}

/// Variables of one shape side by side along a new axis: `[3]` and `[3]` make `[2, 3]`, or `[3, 2]` along 1.
///
/// Nothing to stack, shapes and element types that differ are misuse.
public func stack(
    _ parts: [Variable], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    Stack(along: axis)(parts, file: file, line: line)
}

extension Variable {
    /// The variable cut along an axis into pieces of the given sizes: the inverse of ``concatenate(_:along:file:line:)``.
    ///
    /// One operation however many the pieces, and so the way to go through the steps of a sequence: a slice a step would make
    /// a gradient of the whole sequence's size for each.
    ///
    ///     for step in sequence.split(into: sequence.shape[0]) { … }
    ///
    /// An axis out of range, negative sizes, and sizes that do not add up to the axis's are misuse.
    public func split(
        sizes: [Int], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> [Variable] {
        Split(sizes, along: axis)([self], file: file, line: line)
    }

    /// The variable cut along an axis into so many pieces of one size. A count below 1, or one that leaves a rest, is misuse.
    public func split(
        into count: Int, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> [Variable] {
        guard let sizes = shape.split(into: count, along: axis) else {
            return value.split(into: count, along: axis).map { .constant($0) }  // inert
        }
        return split(sizes: sizes, along: axis, file: file, line: line)
    }
}
