import CGradusKernels

extension Tensor {
    /// A tensor of `shape` whose element at index i is this one's element number `offset + Σ i[axis] * strides[axis]`, which
    /// the caller knows to be in range. Shares the elements where these lie contiguously already.
    func strided(as shape: Shape, _ strides: [Int], offset: Int = 0) -> Tensor {
        guard shape.count > 0 && !misuseIsPending else { return Tensor.make(shape, elementType) { _ in } }
        let layout = gradus_layout(shape, strides, strides)
        if layout.rank == 1 && layout.stride_a.0 == 1 {
            return Tensor(storage: storage.view(as: shape, offset: offset))
        }
        let size = elementType.size
        // Whole rows to a thread, enough of them to read full lines of the cache where the source's run across them; rows too
        // long for that are cut.
        let row = Int(layout.innerSize)
        let grain = row <= elementwiseGrain ? Swift.max(elementwiseGrain / row, 16) * row : elementwiseGrain
        return withUnsafePointer(to: layout) { layout in
            Tensor.make(shape, elementType) { out in
                withPointer { source in
                    parallelFor(shape.count, grain: grain) { range in
                        gradus_copy_strided(
                            Int64(size), layout, source + offset * size, out, Int64(range.lowerBound),
                            Int64(range.upperBound))
                    }
                }
            }
        }
    }

    /// Writes this tensor's elements to where `destination` has, at index i, its element number
    /// `offset + Σ i[axis] * strides[axis]`.
    func move(to destination: UnsafeMutableRawPointer, _ strides: [Int], offset: Int) {
        guard count > 0 else { return }
        withPointer { source in
            gradus_layout(shape, shape.strides, strides).move(
                elementType, source, destination + offset * elementType.size)
        }
    }
}

extension gradus_layout {
    /// Rows of so many elements, copied from one matrix into another; the pitch is from one row's start to the next.
    init(rows: Int, columns: Int, pitchA: Int, pitchB: Int) {
        self.init()
        rank = 2
        size.0 = Int64(rows)
        size.1 = Int64(columns)
        stride_a.0 = Int64(pitchA)
        stride_a.1 = 1
        stride_b.0 = Int64(pitchB)
        stride_b.1 = 1
    }

    /// Copies all elements of one type from where `stride_a` says to where `stride_b` says, shared out.
    func move(_ type: ElementType, _ source: UnsafeRawPointer, _ destination: UnsafeMutableRawPointer) {
        let count = (0..<Int(rank)).reduce(1) { $0 * Int(size(of: $1)) }
        withUnsafePointer(to: self) { layout in
            parallelFor(count, grain: elementwiseGrain) { range in
                gradus_move_strided(
                    Int64(type.size), layout, source, destination, Int64(range.lowerBound), Int64(range.upperBound))
            }
        }
    }

    private func size(of axis: Int) -> Int64 {
        withUnsafeBytes(of: size) { $0.load(fromByteOffset: axis * MemoryLayout<Int64>.size, as: Int64.self) }
    }

    /// The length of a row.
    var innerSize: Int64 { size(of: Int(rank) - 1) }
}

// MARK: - What operations say of axes and sizes

extension Shape {
    /// The axis counted from the front, or misuse in the operation's name.
    package func axis(_ axis: Int, for name: StaticString) -> Int? {
        guard let resolved = resolved(axis) else {
            return misuse("\(name): axis \(axis) of shape \(self); its axes are \(axisRange)")
        }
        return resolved
    }

    /// Several axes counted from the front. One out of range, or one twice, is misuse in the operation's name.
    package func axes(_ axes: [Int], for name: StaticString) -> [Int]? {
        var resolved: [Int] = []
        for axis in axes {
            guard let axis = self.axis(axis, for: name) else { return nil }
            guard !resolved.contains(axis) else {
                return misuse("\(name): axes \(axes) of shape \(self) name axis \(axis) twice")
            }
            resolved.append(axis)
        }
        return resolved
    }

    /// The shape of these sizes, or nil where there is none: a size is negative, the axes are too many, the number of elements
    /// is too large.
    package init?(exactly sizes: [Int]) {
        guard sizes.count <= Shape.maximumRank && sizes.allSatisfy({ $0 >= 0 }) else { return nil }
        var count = 1
        for size in sizes {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            count = product
        }
        self.init(sizes)
    }
}
