import CGradusKernels

// MARK: - Numbers out of a tensor

extension Tensor {
    /// The single element, whatever the element type (`true` is 1). More elements than one, or none, are misuse.
    public var item: Double {
        guard count == 1 else { return misuse("item: one element is wanted, and shape \(shape) has \(count)") }
        return number(at: 0)
    }

    /// All elements in row-major order, converted. `Tensor([[1, 2], [3, 4]]).array(of: Int.self)` is `[1, 2, 3, 4]`.
    ///
    /// Conversion follows ``converted(to:)``: fractions are cut off in `Int`; a NaN or a number out of its range is misuse.
    public func array<T: TensorElement>(of type: T.Type) -> [T] {
        converted(to: T.elementType).withElements(as: T.self) { Array($0) }
    }

    /// One element, by an index an axis; negative indices count from the end. Reads and writes.
    ///
    ///     var x = Tensor([[1, 2], [3, 4]])
    ///     x[at: [1, -1]]       // 4.0
    ///     x[at: [0, 0]] = 10
    ///
    /// Another number of indices than axes, an index out of range, or setting what the element type does not hold is misuse.
    public subscript(at indices: [Int]) -> Double {
        get {
            guard let offset = offset(of: indices) else { return .nan }
            return number(at: offset)
        }
        set {
            guard let offset = offset(of: indices) else { return }
            let type = elementType
            guard type != .int64 || Int(exactly: newValue) != nil else {
                return misuse("subscript: \(newValue) is not an int64")
            }
            guard !misuseIsPending else { return }
            withMutablePointer { gradus_fill(type.code, 1, newValue, $0 + offset * type.size) }
        }
    }

    /// Where an element lies, or misuse.
    private func offset(of indices: [Int]) -> Int? {
        guard indices.count == rank else {
            return misuse("subscript: \(indices.count) indices for shape \(shape); one an axis is wanted")
        }
        var offset = 0
        for (axis, index) in indices.enumerated() {
            let size = shape.size(axis)
            guard index >= -size && index < size else {
                return misuse("subscript: index \(index) on axis \(axis) of shape \(shape) is out of range")
            }
            offset = offset * size + (index < 0 ? index + size : index)
        }
        return offset
    }

    /// The element at a flat position, which the caller has checked.
    package func number(at position: Int) -> Double {
        withPointer { start in
            switch elementType {
            case .float32: Double(start.assumingMemoryBound(to: Float.self)[position])
            case .float64: start.assumingMemoryBound(to: Double.self)[position]
            case .int64: Double(start.assumingMemoryBound(to: Int.self)[position])
            case .bool: start.assumingMemoryBound(to: Bool.self)[position] ? 1 : 0
            }
        }
    }
}

// MARK: - Slices of the leading axis

extension Tensor {
    /// The i-th slice along the leading axis: a row of a matrix, a matrix of a stack. Negative i counts from the end.
    ///
    /// Reading shares the elements and copies nothing. What is set is broadcast to the slice. An index out of range, a tensor
    /// of no axes, and setting what does not broadcast or another element type is misuse.
    public subscript(index: Int) -> Tensor {
        get {
            guard let position = position(index) else { return .inert }
            return leading(position..<position + 1, as: shape.removing(0))
        }
        set {
            guard let position = position(index) else { return }
            assign(newValue, to: position..<position + 1, of: shape.removing(0))
        }
    }

    /// Slices along the leading axis: `x[1...3]`, `x[..<2]`, `x[5...]`. Negative bounds are not counted from the end.
    ///
    /// Reading shares the elements and copies nothing. What is set is broadcast to the slices. Bounds out of range are
    /// misuse.
    public subscript(range: some RangeExpression<Int>) -> Tensor {
        get {
            guard let range = bounds(range) else { return .inert }
            return leading(range, as: shape.replacing(0, with: range.count))
        }
        set {
            guard let range = bounds(range) else { return }
            assign(newValue, to: range, of: shape.replacing(0, with: range.count))
        }
    }

    /// Where along the leading axis an index lies, or misuse.
    package func position(_ index: Int) -> Int? {
        guard rank > 0 else { return misuse("subscript: a tensor of shape [] has no axis to index; item reads it") }
        let size = shape.size(0)
        guard index >= -size && index < size else {
            return misuse("subscript: index \(index) on axis 0 of shape \(shape) is out of range")
        }
        return index < 0 ? index + size : index
    }

    /// What a range takes of the leading axis, or misuse.
    package func bounds(_ range: some RangeExpression<Int>) -> Range<Int>? {
        guard rank > 0 else { return misuse("subscript: a tensor of shape [] has no axis to slice; item reads it") }
        // Relative to a range without ends, so that bounds out of range are seen here, neither clamped nor trapped.
        let wanted = range.relative(to: Int.min..<Int.max)
        let size = shape.size(0)
        let start = wanted.lowerBound == .min ? 0 : wanted.lowerBound
        let end = wanted.upperBound == .max ? size : wanted.upperBound
        guard start >= 0 && start <= end && end <= size else {
            return misuse(
                "subscript: range \(start)..<\(end) on axis 0 of shape \(shape) is out of range; bounds are 0 to \(size)"
            )
        }
        return start..<end
    }

    /// Neighbouring slices of the leading axis, sharing their elements.
    private func leading(_ range: Range<Int>, as part: Shape) -> Tensor {
        let slice = shape.size(0) == 0 ? 0 : count / shape.size(0)
        return Tensor(storage: storage.view(as: part, offset: range.lowerBound * slice))
    }

    private mutating func assign(_ value: Tensor, to range: Range<Int>, of part: Shape) {
        let type = elementType
        guard value.elementType == type else {
            return misuse("subscript: \(value.elementType) set in a tensor of \(type); convert it with converted(to:)")
        }
        guard value.shape.broadcast(with: part) == part else {
            return misuse("subscript: shape \(value.shape) does not broadcast to the slice's \(part)")
        }
        guard part.count > 0 && !misuseIsPending else { return }
        let offset = range.lowerBound * (count / shape.size(0)) * type.size
        var layout = gradus_layout(broadcasting: value.shape, part, to: part)
        withMutablePointer { out in
            value.withPointer { source in
                gradus_copy_strided(Int64(type.size), &layout, source, out + offset, 0, Int64(part.count))
            }
        }
    }
}

extension Tensor {
    /// Copies the elements, in row-major order, into memory of the caller's. `T` is the element type's own (`Float` for
    /// `float32`, `Double`, `Int`, `Bool`), and the buffer has just as many elements; anything else is misuse.
    public func copy<T: TensorElement>(to buffer: UnsafeMutableBufferPointer<T>) {
        guard T.elementType == elementType else {
            return misuse("copy: elements of \(elementType) do not go into a buffer of \(T.self)")
        }
        guard buffer.count == count else {
            return misuse("copy: \(count) elements of shape \(shape) into a buffer of \(buffer.count)")
        }
        guard !misuseIsPending, let start = buffer.baseAddress else { return }
        withPointer { start.update(from: $0.assumingMemoryBound(to: T.self), count: count) }
    }
}

/// Reads a tensor that may be missing: `body` gets nil then.
func withPointer(of tensor: Tensor?, _ body: (UnsafeRawPointer?) -> Void) {
    if let tensor { tensor.withPointer { body($0) } } else { body(nil) }
}
