import GradusTensor
import _TestSupport

/// The elements that make each result of a reduction, by index arithmetic that has nothing to do with the tested code: for
/// every combination of the axes kept, in row-major order, the elements over those taken out, in row-major order.
func lines(of x: Tensor, along axes: [Int]) -> [[Double]] {
    let sizes = Array(x.shape), values = x.array(of: Double.self)
    let taken = Set(axes.map { $0 < 0 ? $0 + sizes.count : $0 })
    let results = sizes.indices.reduce(1) { taken.contains($1) ? $0 : $0 * sizes[$1] }
    var lines = [[Double]](repeating: [], count: results)
    for (position, value) in values.enumerated() {
        var rest = position, line = 0, scale = 1
        for axis in sizes.indices.reversed() {
            let index = rest % sizes[axis]
            rest /= sizes[axis]
            if !taken.contains(axis) {
                line += index * scale
                scale *= sizes[axis]
            }
        }
        lines[line].append(value)
    }
    return lines
}

/// The inverse for one axis: lines, one for each combination of the other axes, laid into a tensor of `shape`.
func tensor(of lines: [[Double]], along axis: Int, _ shape: Shape, as type: ElementType) -> Tensor {
    let axis = axis < 0 ? axis + shape.rank : axis
    let inner = shape[(axis + 1)...].reduce(1, *)
    var values = [Double](repeating: 0, count: shape.count)
    for (number, line) in lines.enumerated() {
        for (i, value) in line.enumerated() {
            values[(number / inner * shape[axis] + i) * inner + number % inner] = value
        }
    }
    return Tensor(values, shape: shape, as: type)
}

/// The shape that is left.
func shape(_ shape: Shape, without axes: [Int], keeping: Bool) -> Shape {
    let taken = Set(axes.map { $0 < 0 ? $0 + shape.rank : $0 })
    return Shape(
        shape.indices.compactMap { axis in
            taken.contains(axis) ? keeping ? 1 : nil : shape[axis]
        })
}

extension TensorGenerator {
    /// A shape of 0 to 5 axes: most small, now and then an axis of 1, of 0, or one long enough to be cut into blocks.
    mutating func shapeForReduction(empty: Bool = true) -> Shape {
        var sizes = (0..<index(below: 6)).map { _ in index(below: 5) + 1 }
        if !sizes.isEmpty && empty && index(below: 12) == 0 { sizes[index(below: sizes.count)] = 0 }
        if !sizes.isEmpty && sizes.count < 4 && index(below: 8) == 0 {
            sizes = sizes.map { Swift.min($0, 2) }
            sizes[index(below: sizes.count)] = [130, 300, 4096, 4097, 9001][index(below: 5)]
        }
        return Shape(sizes)
    }

    /// Some of a shape's axes, in any order, some of them negative.
    mutating func axes(of shape: Shape) -> [Int] {
        var axes = shape.indices.filter { _ in index(below: 2) == 0 }
        for i in axes.indices { axes.swapAt(i, index(below: axes.count)) }
        return axes.map { index(below: 2) == 0 ? $0 : $0 - shape.rank }
    }
}
