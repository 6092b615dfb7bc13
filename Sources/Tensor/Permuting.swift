// MARK: - Axes in another order

extension Tensor {
    /// The axes in another order: axis i of the result is axis `axes[i]` of this tensor.
    ///
    ///     x.permuted([0, 2, 3, 1])  // [batch, channels, height, width] to [batch, height, width, channels]
    ///
    /// Negative axes count from the end. Anything but each axis once is misuse.
    public func permuted(_ axes: [Int]) -> Tensor {
        guard let order = shape.axes(axes, for: "permuted") else { return .inert(shape, elementType) }
        guard order.count == rank else {
            return misuse(
                "permuted: axes \(axes) for shape \(shape), which has \(rank); each is named once",
                inert: .inert(shape, elementType))
        }
        if order.elementsEqual(shape.indices) { return self }
        let strides = shape.strides
        return strided(as: Shape(order.map(shape.size)), order.map { strides[$0] })
    }

    /// The same with the axes one by one: `x.permuted(0, 2, 3, 1)`.
    public func permuted(_ axes: Int...) -> Tensor { permuted(axes) }

    /// The last two axes swapped: each matrix of a stack transposed. Fewer axes than two are misuse.
    public func transposed() -> Tensor {
        guard rank >= 2 else {
            return misuse(
                "transposed: shape \(shape); two axes at least are wanted", inert: .inert(shape, elementType))
        }
        return transposed(-2, -1)
    }

    /// Two axes swapped; negative ones count from the end. An axis out of range is misuse.
    public func transposed(_ first: Int, _ second: Int) -> Tensor {
        guard let first = shape.axis(first, for: "transposed"), let second = shape.axis(second, for: "transposed")
        else {
            return .inert(shape, elementType)
        }
        var order = Array(shape.indices)
        order.swapAt(first, second)
        return permuted(order)
    }
}

// MARK: - Elements repeated, turned round, moved along

extension Tensor {
    /// The elements repeated along the axes that stretch from size 1, and along new axes in front, in NumPy's manner.
    ///
    ///     Tensor([[1], [2]]).broadcast(to: [2, 3])  // [[1, 1, 1],
    ///                                               //  [2, 2, 2]]
    ///
    /// A shape that this one does not stretch to is misuse.
    public func broadcast(to shape: Shape) -> Tensor {
        if shape == self.shape { return self }
        guard self.shape.broadcast(with: shape) == shape else {
            return misuse(
                "broadcast: shape \(self.shape) does not broadcast to \(shape)", inert: .inert(shape, elementType))
        }
        if count == 1 && elementType.isFloatingPoint && shape.count > elementwiseGrain && !misuseIsPending {
            return .repeating(number(at: 0), shape, elementType)
        }
        return strided(as: shape, self.shape.broadcastStrides(to: shape))
    }

    /// Elements that are all one number, which costs no memory until they are read.
    static func repeating(_ number: Double, _ shape: Shape, _ elementType: ElementType) -> Tensor {
        Tensor(storage: .repeating(number, shape, elementType))
    }

    /// The one number that all elements are, of shape `[]`, if they are known to be one.
    var repeated: Tensor? {
        withExtendedLifetime(storage) { storage.repeated.map { Tensor($0, as: elementType) } }
    }

    /// The order of elements turned round along each of the axes. An axis out of range, or one twice, is misuse.
    public func flipped(along axes: [Int]) -> Tensor {
        guard let axes = shape.axes(axes, for: "flipped") else { return .inert(shape, elementType) }
        var strides = shape.strides
        var offset = 0
        // An axis of one element is the same either way, and of none there is nothing to read.
        for axis in axes where shape.size(axis) > 1 && count > 0 {
            offset += (shape.size(axis) - 1) * strides[axis]
            strides[axis] = -strides[axis]
        }
        return strided(as: shape, strides, offset: offset)
    }

    /// The tensor repeated as a whole, so many times along each axis, as tiles on a floor.
    ///
    ///     Tensor([1, 2]).tiled([3])     // [1, 2, 1, 2, 1, 2]
    ///     Tensor([1, 2]).tiled([2, 1])  // [[1, 2], [1, 2]]
    ///
    /// Numbers and axes are matched at the innermost, and what is missing of either is 1. Negative numbers, and more elements
    /// or axes than a tensor has, are misuse.
    public func tiled(_ repeats: [Int]) -> Tensor {
        let sizes = [Int](repeating: 1, count: Swift.max(0, repeats.count - rank)) + shape
        let repeats = [Int](repeating: 1, count: Swift.max(0, rank - repeats.count)) + repeats
        let products = zip(sizes, repeats).map { $0.multipliedReportingOverflow(by: $1) }
        guard !products.contains(where: \.overflow), repeats.allSatisfy({ $0 >= 0 }),
            let shape = Shape(exactly: products.map(\.partialValue))
        else {
            return misuse(
                "tiled: shape \(shape) by \(repeats); repeats are 0 or more, axes at most \(Shape.maximumRank), elements at most \(Int.max)",
                inert: .inert(shape, elementType))
        }
        if shape.count == 0 || misuseIsPending { return Tensor.make(shape, elementType) { _ in } }
        // One axis after the other, from the inside, where the copies are small still.
        var result = self
        for axis in repeats.indices.reversed() where repeats[axis] > 1 {
            let inner = shape[(axis + 1)...].reduce(sizes[axis], *)
            let outer = sizes[..<axis].reduce(1, *)
            result = result.strided(as: [outer, repeats[axis], inner], [inner, 0, 1])
        }
        return result.reshaped(to: shape)
    }

    /// The elements moved along each of the axes by so many places; what goes out at one end comes in at the other.
    ///
    ///     Tensor([1, 2, 3, 4]).rolled(by: [1], along: [0])  // [4, 1, 2, 3]
    ///
    /// Negative numbers move towards the front. Another count of numbers than axes, an axis out of range, or one twice, is
    /// misuse.
    public func rolled(by places: [Int], along axes: [Int]) -> Tensor {
        guard places.count == axes.count else {
            return misuse(
                "rolled: by \(places) along \(axes); one number an axis is wanted", inert: .inert(shape, elementType))
        }
        guard let axes = shape.axes(axes, for: "rolled") else { return .inert(shape, elementType) }
        if count == 0 || misuseIsPending { return self }
        var result = self
        for (places, axis) in zip(places, axes) {
            let size = shape.size(axis)
            let first = (size - places % size) % size  // what comes to lie at the front
            if first == 0 { continue }
            result = concatenate(
                [
                    result.slice(along: axis, from: first, to: size),
                    result.slice(along: axis, from: 0, to: first),
                ], along: axis)
        }
        return result
    }
}
