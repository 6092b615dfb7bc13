import CGradusKernels

extension gradus_layout {
    /// How an output of `shape` reads inputs whose strides are given per output axis, 0 where they are broadcast.
    /// Neighbouring axes that both inputs walk as one are collapsed, axes of size 1 dropped.
    init(_ shape: Shape, _ a: [Int], _ b: [Int]) {
        self.init()
        var sizes: [Int] = []
        var stridesA: [Int] = []
        var stridesB: [Int] = []
        for axis in 0..<shape.rank where shape.size(axis) != 1 {
            let size = shape.size(axis)
            if let last = sizes.indices.last, stridesA[last] == a[axis] * size, stridesB[last] == b[axis] * size {
                sizes[last] *= size
                stridesA[last] = a[axis]
                stridesB[last] = b[axis]
            } else {
                sizes.append(size)
                stridesA.append(a[axis])
                stridesB.append(b[axis])
            }
        }
        if sizes.isEmpty {
            sizes = [1]
            stridesA = [1]
            stridesB = [1]
        }
        rank = Int64(sizes.count)
        withUnsafeMutableBytes(of: &size) { to in sizes.withUnsafeBytes { to.copyMemory(from: $0) } }
        withUnsafeMutableBytes(of: &stride_a) { to in stridesA.withUnsafeBytes { to.copyMemory(from: $0) } }
        withUnsafeMutableBytes(of: &stride_b) { to in stridesB.withUnsafeBytes { to.copyMemory(from: $0) } }
    }

    /// Both inputs in row-major order, unbroken: one loop over all elements.
    init(flat count: Int, strideA: Int = 1, strideB: Int = 1) {
        self.init()
        rank = 1
        size.0 = Int64(count)
        stride_a.0 = Int64(strideA)
        stride_b.0 = Int64(strideB)
    }

    /// Two operands broadcast to `shape`.
    init(broadcasting a: Shape, _ b: Shape, to shape: Shape) {
        if a == shape && b == shape {
            self.init(flat: shape.count)
        } else if a == shape && b.count == 1 {
            self.init(flat: shape.count, strideB: 0)
        } else if b == shape && a.count == 1 {
            self.init(flat: shape.count, strideA: 0)
        } else {
            self.init(shape, a.broadcastStrides(to: shape), b.broadcastStrides(to: shape))
        }
    }
}

extension Shape {
    /// The strides with which a tensor of this shape is read as if it had `shape`: 0 along the axes that stretch.
    func broadcastStrides(to shape: Shape) -> [Int] {
        let own = strides
        let missing = shape.rank - rank
        return shape.indices.map { axis in
            let mine = axis - missing
            return mine < 0 || size(mine) == 1 && shape.size(axis) != 1 ? 0 : own[mine]
        }
    }
}

extension Shape {
    /// Where the element with this number, counted row by row, lies, by a stride for each axis; more strides are passed over.
    func offset(of number: Int, _ strides: [Int]) -> Int {
        var (rest, offset) = (number, 0)
        for axis in indices.reversed() {
            let (quotient, index) = rest.quotientAndRemainder(dividingBy: size(axis))
            offset += index * strides[axis]
            rest = quotient
        }
        return offset
    }
}
