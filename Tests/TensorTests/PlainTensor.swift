import GradusTensor
import Testing
import _TestSupport

/// What shaping and indexing are held against: numbers and a function from an index to a number, one element at a time.
struct PlainTensor {
    let shape: [Int]
    let values: [Double]

    init(_ tensor: Tensor) {
        shape = Array(tensor.shape)
        values = tensor.array(of: Double.self)
    }

    init(_ shape: [Int], _ value: ([Int]) -> Double) {
        self.shape = shape
        values = allIndices(shape).map(value)
    }

    subscript(index: [Int]) -> Double {
        precondition(index.count == shape.count && zip(index, shape).allSatisfy { $0 >= 0 && $0 < $1 })
        return values[zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }]
    }
}

/// Every index of a shape, in row-major order; one empty index for `[]`.
func allIndices(_ shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { indices, size in indices.flatMap { index in (0..<size).map { index + [$0] } } }
}

extension TensorGenerator {
    /// Small whole numbers, which every element type holds (as `bool`: mostly true).
    mutating func whole(_ shape: Shape, as type: ElementType) -> Tensor {
        labels(shape, below: 7).converted(to: type)
    }

    /// A shape of up to four axes, of sizes 0 to 4, now and then larger.
    mutating func anyShape(minimumRank: Int = 0) -> Shape {
        let rank = minimumRank + index(below: 5 - minimumRank)
        return index(below: 8) == 0
            ? Shape((0..<rank).map { _ in 1 + index(below: 9) }) : shape(rank: rank, empty: index(below: 6) == 0)
    }

    /// The numbers `0 ..< count` in some order.
    mutating func order(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        order.shuffle(using: &random)
        return order
    }

    /// Now and then the same axis counted from the end.
    mutating func spelling(_ axis: Int, of rank: Int) -> Int { index(below: 3) == 0 ? axis - rank : axis }
}

/// Expects the very numbers of a plain tensor, in the given element type, from every number of threads.
func expectPlain(
    _ expected: PlainTensor, _ type: ElementType, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ actual: () -> Tensor
) {
    let expected = Tensor(expected.values, shape: Shape(expected.shape), as: type)
    let result = sameAtThreadCounts(comment(), sourceLocation: sourceLocation, actual)
    expectIdentical(result, expected, comment(), sourceLocation: sourceLocation)
}

/// What `body` gives, expected to be the same bits from every number of threads.
func sameAtThreadCounts(
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation, _ body: () -> Tensor
) -> Tensor {
    let results = atThreadCounts { body() } + [body()]
    for result in results.dropFirst() {
        expectIdentical(result, results[0], comment(), sourceLocation: sourceLocation)
    }
    return results[0]
}

/// Expects ⟨a, b⟩ = ⟨c, d⟩ to the last bit, which small whole numbers give.
func expectAdjoint(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(a.shape == b.shape && c.shape == d.shape, sourceLocation: sourceLocation)
    #expect((a * b).sum().item == (c * d).sum().item, sourceLocation: sourceLocation)
}

/// Expects misuse with exactly this message.
func expectMisuse<T>(
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () -> T
) {
    let found = misuseMessage(body)
    #expect(found == message, sourceLocation: sourceLocation)
}
