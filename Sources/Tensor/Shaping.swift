// MARK: - The same elements in the same order, seen as another shape

extension Tensor {
    /// The elements seen as another shape. Shares them, copies nothing.
    ///
    ///     Tensor.arange(6).reshaped(to: [2, 3])  // [[0, 1, 2],
    ///                                            //  [3, 4, 5]]
    ///
    /// A shape of another number of elements is misuse.
    public func reshaped(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        guard shape.count == count else {
            return misuse(
                "reshaped: shape \(self.shape) has \(count) elements, \(shape) has \(shape.count)",
                inert: .inert(shape, elementType))
        }
        return Tensor(storage: storage.view(as: shape, offset: 0))
    }

    /// The elements seen as another shape, where one size may be -1: as large as the others leave it.
    ///
    ///     x.reshaped(to: [x.shape[0], -1])
    ///
    /// Shares the elements, copies nothing. Misuse are a shape of another number of elements, two sizes of -1, a size of -1
    /// beside one of 0 (any number would do), other negative sizes, more than 8 axes, and sizes whose product is more than
    /// `Int` holds.
    public func reshaped(to sizes: [Int]) -> Tensor {
        guard let shape = shape.reshaped(to: sizes) else { return .inert(shape, elementType) }
        return reshaped(to: shape)
    }

    /// The same with the sizes one by one: `x.reshaped(2, -1)`.
    public func reshaped(_ sizes: Int...) -> Tensor { reshaped(to: sizes) }

    /// Neighbouring axes, from the first named to the last, as one; without arguments a tensor of one axis.
    ///
    ///     x.flattened(from: 1)  // [batch, channels, height, width] as [batch, channels * height * width]
    ///
    /// A single number becomes a row of one. Shares the elements. Axes out of range or in the wrong order are misuse.
    public func flattened(from first: Int = 0, through last: Int = -1) -> Tensor {
        guard let shape = shape.flattened(from: first, through: last) else { return .inert(shape, elementType) }
        return reshaped(to: shape)
    }

    /// Without the axes of size 1, or without the one that is named. Shares the elements.
    ///
    /// An axis out of range or of another size is misuse.
    public func squeezed(_ axis: Int? = nil) -> Tensor {
        guard let shape = shape.squeezed(axis) else { return .inert(shape, elementType) }
        return reshaped(to: shape)
    }

    /// With a new axis of size 1, which is axis number `axis` of the result: `at: 0` the outermost, `at: -1` the innermost.
    /// Shares the elements.
    ///
    /// A place out of range, or a tensor of 8 axes, is misuse.
    public func expanded(at axis: Int) -> Tensor {
        guard let shape = shape.expanded(at: axis, for: "expanded") else { return .inert(shape, elementType) }
        return reshaped(to: shape)
    }
}

// Of shapes alone, so that a graph can tell what comes out before it computes it.
extension Shape {
    /// These sizes, -1 replaced by what the number of elements leaves for it; misuse as in `Tensor.reshaped`.
    package func reshaped(to sizes: [Int]) -> Shape? {
        var sizes = sizes
        if let open = sizes.firstIndex(of: -1) {
            let others = sizes.enumerated().lazy.filter { $0.offset != open }.map(\.element)
            guard !others.contains(-1) else {
                return misuse("reshaped: shape \(self) to \(sizes); one size at most is left open as -1")
            }
            guard !others.contains(0) else {
                return misuse("reshaped: shape \(self) to \(sizes); beside a size of 0 any other would do for -1")
            }
            let wanted = sizes
            guard let rest = Shape(exactly: Array(others)), count % rest.count == 0 else {
                return misuse("reshaped: shape \(self) has \(count) elements, which no size for -1 makes \(wanted)")
            }
            sizes[open] = count / rest.count
        }
        guard sizes.allSatisfy({ $0 >= 0 }) else {
            return misuse("reshaped: shape \(self) to \(sizes); sizes are not negative, but for one -1")
        }
        guard let shape = Shape(exactly: sizes) else {
            return misuse(
                "reshaped: shape \(self) to \(sizes); a shape has at most \(Shape.maximumRank) axes and \(Int.max) elements"
            )
        }
        return shape
    }

    package func flattened(from first: Int, through last: Int) -> Shape? {
        if rank == 0 && (first == 0 || first == -1) && (last == 0 || last == -1) { return [1] }
        guard let first = axis(first, for: "flattened"), let last = axis(last, for: "flattened") else { return nil }
        guard first <= last else {
            return misuse(
                "flattened: from axis \(first) through \(last) of shape \(self); the first is not after the last")
        }
        // Where a size is 0, the others' product alone may be too large.
        var product = 1
        for size in self[first...last] where product >= 0 {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            product = overflow ? -1 : next
        }
        guard product >= 0 else {
            return misuse("flattened: axes \(first) through \(last) of shape \(self) are more elements than Int holds")
        }
        return Shape(self[..<first] + [product] + self[(last + 1)...])
    }

    package func squeezed(_ axis: Int?) -> Shape? {
        guard let axis else { return Shape(lazy.filter { $0 != 1 }) }
        guard let resolved = self.axis(axis, for: "squeezed") else { return nil }
        guard size(resolved) == 1 else {
            return misuse("squeezed: axis \(axis) of shape \(self) has size \(size(resolved)), not 1")
        }
        return removing(resolved)
    }

    package func expanded(at axis: Int, for name: StaticString) -> Shape? {
        guard rank < Shape.maximumRank else {
            return misuse("\(name): shape \(self) has \(rank) axes, and no tensor has more")
        }
        guard axis >= -rank - 1 && axis <= rank else {
            return misuse("\(name): a new axis \(axis) for shape \(self); it may be \(-rank - 1) to \(rank)")
        }
        return inserting(1, at: axis < 0 ? axis + rank + 1 : axis)
    }
}
