import CGradusKernels

// MARK: - Slices by number

extension Tensor {
    /// The slices along an axis that the indices name, with the indices' own axes in place of that one.
    ///
    ///     let table = Tensor([[1, 2], [3, 4], [5, 6]])
    ///     table.taking(Tensor([2, 0], as: .int64))  // [[5, 6],
    ///                                               //  [1, 2]]
    ///
    /// An embedding is looked up by `table.taking(tokens)`: `[words, features]` with tokens `[batch, time]` gives
    /// `[batch, time, features]`. Indices are `int64`; negative ones count from the end, and the same may come again. An index
    /// or axis out of range, indices of another type, and a result of more than 8 axes are misuse.
    public func taking(_ indices: Tensor, along axis: Int = 0) -> Tensor {
        guard let axis = shape.axis(axis, for: "taking") else { return .inert(shape, elementType) }
        guard let result = shape.taking(indices.shape, axis, for: "taking") else { return .inert(shape, elementType) }
        guard indices.areIndices(axis, of: shape, for: "taking") else { return .inert(result, elementType) }
        return Tensor.make(result, elementType) { out in
            let columns = shape[(axis + 1)...].reduce(1, *)
            withPointer { source in
                indices.withIndices { list in
                    parallelFor(result.count / columns, grain: Swift.max(1, elementwiseGrain / columns)) { range in
                        gradus_take(
                            Int64(elementType.size), Int64(columns), Int64(indices.count), Int64(shape.size(axis)),
                            list,
                            source, out, Int64(range.lowerBound), Int64(range.upperBound))
                    }
                }
            }
        }
    }
}

/// The adjoint of ``Tensor/taking(_:along:)``: a tensor of `shape`, zero but where indices along the axis name a slice, to
/// which the upstream's slices are added in the order of the indices. `float32` is added in `float32`.
package func takingAdjoint(of upstream: Tensor, indices: Tensor, axis: Int, shape: Shape) -> Tensor {
    let type = upstream.elementType
    guard let axis = shape.axis(axis, for: "takingAdjoint") else { return .inert(shape, type) }
    guard type != .bool else {
        return misuse("takingAdjoint: not defined on bool; convert first", inert: .inert(shape, type))
    }
    guard let taken = shape.taking(indices.shape, axis, for: "takingAdjoint") else { return .inert(shape, type) }
    guard upstream.shape == taken else {
        return misuse(
            "takingAdjoint: upstream of shape \(upstream.shape), where taking gives \(taken)",
            inert: .inert(shape, type))
    }
    guard indices.areIndices(axis, of: shape, for: "takingAdjoint") else { return .inert(shape, type) }
    var result = Tensor.zeros(shape, as: type)
    guard upstream.count > 0 && !misuseIsPending else { return result }
    result.withMutablePointer { out in
        let columns = shape[(axis + 1)...].reduce(1, *)
        upstream.withPointer { source in
            indices.withIndices { list in
                // Columns are shared out, so that two threads never add to one element; each goes through all indices.
                parallelFor(upstream.count / indices.count, grain: Swift.max(64, elementwiseGrain / indices.count)) {
                    range in
                    gradus_take_add(
                        type.code, Int64(indices.count), Int64(columns), Int64(shape.size(axis)), list, source, out,
                        Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
    }
    return result
}

// MARK: - Elements by number

extension Tensor {
    /// For each index the element that it names along an axis, at the index's own place along the others; the result has the
    /// indices' shape. Of a matrix along axis 1: `result[i, j] = self[i, indices[i, j]]`.
    ///
    ///     Tensor([[1, 2], [3, 4]]).gathered(Tensor([[1], [0]], as: .int64), along: 1)  // [[2], [3]]
    ///
    /// Indices are `int64`, negative ones count from the end; along the other axes they may be fewer than the tensor's
    /// elements, never more. An index or axis out of range, and indices of another type or rank, are misuse.
    public func gathered(_ indices: Tensor, along axis: Int) -> Tensor {
        guard let axis = shape.axis(axis, for: "gathered") else { return .inert(indices.shape, elementType) }
        guard indices.areElementIndices(axis, of: shape, for: "gathered") else {
            return .inert(indices.shape, elementType)
        }
        return Tensor.make(indices.shape, elementType) { out in
            var strides = shape.strides
            let axisStride = strides[axis]
            strides[axis] = 0
            let layout = gradus_layout(indices.shape, strides, indices.shape.strides)
            withUnsafePointer(to: layout) { layout in
                withPointer { source in
                    indices.withIndices { list in
                        parallelFor(indices.count, grain: elementwiseGrain) { range in
                            gradus_gather(
                                Int64(elementType.size), layout, Int64(axisStride), Int64(shape.size(axis)), list,
                                source, out, Int64(range.lowerBound), Int64(range.upperBound))
                        }
                    }
                }
            }
        }
    }

    /// This tensor with each element of `source` added where its index names a place along an axis, at the element's own place
    /// along the others: the adjoint of ``gathered(_:along:)``. Of a matrix along axis 1:
    /// `result[i, indices[i, j]] += source[i, j]`.
    ///
    ///     Tensor.zeros([1, 3]).scatterAdding(Tensor([[1, 2]]), at: Tensor([[2, 2]], as: .int64), along: 1)  // [[0, 0, 3]]
    ///
    /// What is added to one place is added in the indices' order. Indices are as in `gathered`, of the source's shape; the
    /// source is of this tensor's element type, which is not `bool`. Anything else is misuse.
    public func scatterAdding(_ source: Tensor, at indices: Tensor, along axis: Int) -> Tensor {
        guard let axis = source.scatterAxis(indices, axis, shape, elementType, for: "scatterAdding") else {
            return .inert(shape, elementType)
        }
        var result = self
        result.scatterAdd(source, indices, axis)
        return result
    }

    /// Adds in place, where everything was checked.
    fileprivate mutating func scatterAdd(_ source: Tensor, _ indices: Tensor, _ axis: Int) {
        guard source.count > 0 && !misuseIsPending else { return }
        let (type, shape) = (elementType, shape)
        let (own, others) = (shape.strides, indices.shape.strides)
        let lines = indices.shape.removing(axis)
        let along = indices.shape.size(axis)
        let layout = gradus_layout(
            lines, own.enumerated().filter { $0.offset != axis }.map(\.element),
            others.enumerated().filter { $0.offset != axis }.map(\.element))
        withUnsafePointer(to: layout) { layout in
            withMutablePointer { out in
                source.withPointer { source in
                    indices.withIndices { list in
                        // Lines are shared out, so that two threads never add to one element.
                        parallelFor(lines.count, grain: Swift.max(64, elementwiseGrain / along)) { range in
                            gradus_scatter_add(
                                type.code, layout, Int64(along), Int64(others[axis]), Int64(own[axis]),
                                Int64(shape.size(axis)), list, source, out, Int64(range.lowerBound),
                                Int64(range.upperBound))
                        }
                    }
                }
            }
        }
    }
}

/// The adjoint of ``Tensor/gathered(_:along:)``: a tensor of `shape`, zero but for what `scatterAdding` the upstream gives.
package func gatheredAdjoint(of upstream: Tensor, indices: Tensor, axis: Int, shape: Shape) -> Tensor {
    let type = upstream.elementType
    guard let axis = upstream.scatterAxis(indices, axis, shape, type, for: "gatheredAdjoint") else {
        return .inert(shape, type)
    }
    var result = Tensor.zeros(shape, as: type)
    result.scatterAdd(upstream, indices, axis)
    return result
}

// MARK: - Checks, before anything is computed

extension Tensor {
    fileprivate func withIndices(_ body: (UnsafePointer<Int64>) -> Void) {
        withPointer { body($0.assumingMemoryBound(to: Int64.self)) }
    }

    /// Whether these are `int64` and each names a place along an axis of `shape`; misuse names the first that does not.
    fileprivate func areIndices(_ axis: Int, of shape: Shape, for name: StaticString) -> Bool {
        guard elementType == .int64 else { return misuse("\(name): indices are int64; these are \(elementType)") }
        guard !misuseIsPending else { return false }
        let size = shape.size(axis)
        var wrong = count
        withIndices { wrong = Int(gradus_first_out_of_range(Int64(count), $0, Int64(size))) }
        guard wrong == count else {
            let position = self.shape.strides.enumerated().map { wrong / $0.element % self.shape.size($0.offset) }
            return misuse(
                "\(name): index \(withElements(as: Int.self) { $0[wrong] }) at \(position) is out of range on axis \(axis) of shape \(shape), which has size \(size)"
            )
        }
        return true
    }

    /// The same for indices that have a place along the other axes too.
    fileprivate func areElementIndices(_ axis: Int, of shape: Shape, for name: StaticString) -> Bool {
        guard rank == shape.rank,
            shape.indices.allSatisfy({ $0 == axis || self.shape.size($0) <= shape.size($0) })
        else {
            return misuse(
                "\(name): indices of shape \(self.shape) along axis \(axis) of shape \(shape); there are no more of them along the other axes"
            )
        }
        return areIndices(axis, of: shape, for: name)
    }

    /// The axis, counted from the front, along which these elements may be added at the indices to a tensor of `shape`; nil
    /// after misuse.
    fileprivate func scatterAxis(
        _ indices: Tensor, _ axis: Int, _ shape: Shape, _ type: ElementType, for name: StaticString
    ) -> Int? {
        guard elementType == type && type != .bool else {
            return misuse("\(name): \(elementType) to \(type); both are of one type, and not bool")
        }
        guard self.shape == indices.shape else {
            return misuse(
                "\(name): a source of shape \(self.shape) and indices of \(indices.shape); each element has its index")
        }
        guard let axis = shape.axis(axis, for: name), indices.areElementIndices(axis, of: shape, for: name) else {
            return nil
        }
        return axis
    }
}

extension Shape {
    /// This shape with the indices' axes in place of one.
    fileprivate func taking(_ indices: Shape, _ axis: Int, for name: StaticString) -> Shape? {
        guard let result = Shape(exactly: self[..<axis] + Array(indices) + self[(axis + 1)...]) else {
            return misuse(
                "\(name): indices of shape \(indices) in place of axis \(axis) of shape \(self); a tensor has at most \(Shape.maximumRank) axes and \(Int.max) elements"
            )
        }
        return result
    }
}
