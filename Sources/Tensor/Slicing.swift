// MARK: - Parts of a tensor, along every axis

extension Tensor {
    /// Every `step`-th slice along an axis, `start ..< end`.
    ///
    ///     x.slice(along: 1, from: 2)         // without the first two columns
    ///     x.slice(along: 1, from: 0, to: -1) // without the last column
    ///     x.slice(along: 0, by: 2)           // rows 0, 2, 4 ...
    ///
    /// Negative bounds count from the end; without `to` the slices go to it. A part of the leading axis in steps of 1 shares
    /// the elements. An axis or bounds out of range, a start after the end, and a step below 1 are misuse.
    public func slice(along axis: Int, from start: Int = 0, to end: Int? = nil, by step: Int = 1) -> Tensor {
        guard let (starts, ends, steps) = shape.slice(along: axis, from: start, to: end, by: step) else {
            return .inert(shape, elementType)
        }
        return sliced(starts: starts, ends: ends, steps: steps)
    }

    /// The elements at `starts[axis] + i * steps[axis]`, before `ends[axis]`, along every axis. What is out of range is
    /// misuse. ``embedded(in:starts:steps:)`` is the adjoint.
    package func sliced(starts: [Int], ends: [Int], steps: [Int]) -> Tensor {
        guard let part = shape.sliced(starts: starts, ends: ends, steps: steps) else {
            return .inert(shape, elementType)
        }
        if part == shape { return self }
        if part.count == 0 { return Tensor.make(part, elementType) { _ in } }
        let strides = shape.strides
        return strided(
            as: part,
            shape.indices.map { part.size($0) == 1 ? 0 : strides[$0] * steps[$0] },
            offset: shape.indices.reduce(0) { $0 + starts[$1] * strides[$1] })
    }

    /// A tensor of `shape`, zero but for this one's elements, which lie at `starts[axis] + i * steps[axis]` along every axis:
    /// the adjoint of ``sliced(starts:ends:steps:)``. What does not fit is misuse.
    package func embedded(in shape: Shape, starts: [Int], steps: [Int]) -> Tensor {
        guard starts.count == rank && steps.count == rank && shape.rank == rank else {
            return misuse(
                "embedded: shape \(self.shape) in \(shape) from \(starts) by \(steps); all have one number an axis",
                inert: .inert(shape, elementType))
        }
        let fits = shape.indices.allSatisfy { axis in
            guard starts[axis] >= 0 && starts[axis] <= shape.size(axis) && steps[axis] >= 1 else { return false }
            let room = shape.size(axis) - starts[axis]
            return self.shape.size(axis) <= (room > 0 ? (room - 1) / steps[axis] + 1 : 0)
        }
        guard fits else {
            return misuse(
                "embedded: shape \(self.shape) does not fit in \(shape) from \(starts) by \(steps)",
                inert: .inert(shape, elementType))
        }
        return embedded(in: shape, starts, steps, filling: 0)
    }

    /// The same with a number for what lies around, and what is given already checked.
    private func embedded(in shape: Shape, _ starts: [Int], _ steps: [Int], filling value: Double) -> Tensor {
        var result = Tensor.full(shape, value, as: elementType)
        guard count > 0 && !misuseIsPending else { return result }
        let strides = shape.strides
        result.withMutablePointer { out in
            move(
                to: out, shape.indices.map { self.shape.size($0) == 1 ? 0 : strides[$0] * steps[$0] },
                offset: shape.indices.reduce(0) { $0 + starts[$1] * strides[$1] })
        }
        return result
    }

    /// The tensor with a margin of one number all round: along each axis `before[axis]` of them in front, `after[axis]` behind.
    ///
    ///     Tensor([1, 2]).padded([1], [2])  // [0, 1, 2, 0, 0]
    ///
    /// Another count of numbers than axes, negative ones, more elements than a tensor has, and a value that the element type
    /// does not hold are misuse.
    public func padded(_ before: [Int], _ after: [Int], with value: Double = 0) -> Tensor {
        guard before.count == rank && after.count == rank else {
            return misuse(
                "padded: \(before) before and \(after) after shape \(shape); each has one number an axis",
                inert: .inert(shape, elementType))
        }
        let sizes = shape.indices.map { axis -> Int? in
            guard before[axis] >= 0 && after[axis] >= 0 else { return nil }
            let (front, overflow) = shape.size(axis).addingReportingOverflow(before[axis])
            let (size, more) = front.addingReportingOverflow(after[axis])
            return overflow || more ? nil : size
        }
        guard !sizes.contains(nil), let padded = Shape(exactly: sizes.compactMap { $0 }) else {
            return misuse(
                "padded: \(before) before and \(after) after shape \(shape); they are 0 or more, and elements at most \(Int.max)",
                inert: .inert(shape, elementType))
        }
        guard scalar(value, for: "padded") != nil else { return .inert(padded, elementType) }
        if padded == shape { return self }
        return embedded(in: padded, before, [Int](repeating: 1, count: rank), filling: value)
    }
}

extension Shape {
    /// What `Tensor.slice` takes along every axis, counted from the front; misuse as there.
    package func slice(
        along axis: Int, from start: Int, to end: Int?, by step: Int
    ) -> (starts: [Int], ends: [Int], steps: [Int])? {
        guard let axis = self.axis(axis, for: "slice") else { return nil }
        let size = size(axis)
        // What is out of range stays so, without overflow.
        let first = start < 0 && start >= -size ? start + size : start
        let last = end.map { $0 < 0 && $0 >= -size ? $0 + size : $0 } ?? size
        guard first >= 0 && first <= last && last <= size else {
            return misuse(
                "slice: \(start) to \(end ?? size) along axis \(axis) of shape \(self), which has size \(size) there")
        }
        guard step >= 1 else { return misuse("slice: in steps of \(step); steps are 1 or more") }
        var starts = [Int](repeating: 0, count: rank)
        var ends = Array(self)
        var steps = [Int](repeating: 1, count: rank)
        (starts[axis], ends[axis], steps[axis]) = (first, last, step)
        return (starts, ends, steps)
    }

    /// The shape of a slice with steps; misuse where its bounds are out of range.
    package func sliced(starts: [Int], ends: [Int], steps: [Int]) -> Shape? {
        guard starts.count == rank && ends.count == rank && steps.count == rank else {
            return misuse("sliced: \(starts) to \(ends) by \(steps) of shape \(self); all have one number an axis")
        }
        var result = Shape()
        for (axis, size) in enumerated() {
            let (start, end, step) = (starts[axis], ends[axis], steps[axis])
            guard start >= 0 && start <= end && end <= size && step >= 1 else {
                return misuse(
                    "sliced: \(starts) to \(ends) by \(steps) of shape \(self) is out of range on axis \(axis)")
            }
            result.append(end > start ? (end - start - 1) / step + 1 : 0)
        }
        return result
    }
}
