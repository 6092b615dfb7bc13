import GradusAutograd
import GradusTensor
import _TestSupport

/// Indices into an axis of a size, some of them twice; none for an empty axis.
private func indices(_ shape: Shape, below size: Int) -> Tensor {
    Tensor((0..<shape.count).map { size == 0 ? 0 : ($0 * 5 + 2) % size }, shape: shape)
}

/// The transpose of a linear function's Jacobian, as a function of what is upstream.
private func adjoint(_ shape: Shape, _ function: @escaping (Variable) -> Variable) -> (Variable) -> Variable {
    { upstream in
        let x = Variable(.zeros(shape, as: upstream.value.elementType))
        return gradients(of: function(x), at: [x], upstream: upstream, recordingGraph: true)[0] ?? upstream
    }
}

private let fixed: [CaseKind: String] = [
    .broadcastFirst: "shapes fit exactly", .broadcastSecond: "shapes fit exactly", .scalar: "it has an axis",
]

private let fitting: [CaseKind: String] = [
    .broadcastFirst: "shapes fit exactly", .broadcastSecond: "shapes fit exactly", .scalar: "it has an axis",
    .repeated: "the inputs differ in shape",
]

/// `linear`, whose name references have here.
private func layer(_ x: Variable, _ weight: Variable, bias: Variable? = nil, activation: Activation? = nil) -> Variable
{
    GradusAutograd.linear(x, weight, bias: bias, activation: activation)
}

extension OperationEntry {
    static let shaping: [OperationEntry] = [
        .shaped("reshaped", reference: of("reshape"), [2, 3], empty: [0, 2], one: [1], scalar: true) {
            $0.reshaped(1, $0.count)
        },
        .shaped("permuted", reference: of("permute"), [2, 1, 3], empty: [0, 2, 1], one: [1, 1, 1]) {
            $0.permuted(2, 0, 1)
        },
        .shaped("transposed", reference: of("transposed"), [2, 3], empty: [0, 2], one: [1, 1]) { $0.transposed() },
        .shaped("flipped", reference: of("flip"), [2, 3], empty: [0, 2], one: [1, 1]) { $0.flipped(along: [0, -1]) },
        .shaped("rolled", reference: of("roll"), [2, 3], empty: [0, 2], one: [1, 1]) {
            $0.rolled(by: [1, -2], along: [0, 1])
        },
        .shaped("tiled", reference: of("tile"), [2, 3], empty: [0, 2], one: [1], scalar: true) { $0.tiled([2, 3]) },
        .shaped("padded", reference: of("pad"), [2, 3], empty: [0, 2], one: [1, 1]) {
            $0.padded([1, 0], [0, 2], with: 3)
        },
        .shaped("broadcast", reference: of("broadcast"), [2, 1], empty: [0, 1], one: [1, 1]) {
            $0.broadcast(to: [3, $0.shape[0], 4])
        },
        .shaped("summed to", reference: .partOf("shaping", "broadcast"), [2, 3], empty: [2, 0], one: [1, 1]) {
            $0.summed(to: [1, $0.shape[1]]) * 2
        },
        .shaped("lowerTriangle", reference: of("triangle"), [2, 3], empty: [0, 2], one: [1, 1]) {
            $0.lowerTriangle(diagonal: 1)
        },
        .shaped("upperTriangle", reference: of("triangle"), [2, 3], empty: [0, 2], one: [1, 1]) { $0.upperTriangle() },
        .shaped("diagonal", reference: of("diagonal"), [2, 3], empty: [0, 2], one: [1, 1]) { $0.diagonal() },
        .shaped(
            "diagonal, adjoint", reference: .partOf("shaping", "diagonal"), [2], one: [1],
            without: [.empty: "two at least, or the one"]
        ) {
            adjoint([$0.count, $0.count], { $0.diagonal() })($0)
        },
        .shaped("slice", reference: of("slice"), [2, 5], empty: [0, 5], one: [1, 1]) {
            $0.slice(along: 1, from: 0, by: 2)
        },
        .shaped("embedded", reference: .partOf("shaping", "slice"), [2, 2], empty: [2, 0], one: [1, 1]) {
            $0.embedded(in: [3, 6], starts: [0, 1], steps: [1, 2])
        },
        .several(
            "concatenate", reference: of("concatenate"), [[2, 3], [2, 1]], empty: [[2, 0], [2, 0]],
            one: [[1, 1], [1, 1]],
            repeated: [[2, 2], [2, 2]], without: fixed
        ) { concatenate($0, along: 1) },
        .several(
            "stack", reference: of("stack"), [[2, 3], [2, 3]], empty: [[2, 0], [2, 0]], one: [[1], [1]],
            scalar: [[], []], repeated: [[2], [2]], without: fixed
        ) { stack($0, along: -1) },
        .shaped("split", reference: of("split"), [2, 3], empty: [0, 3], without: [.one: "it is cut in two"]) {
            let parts = $0.split(sizes: [1, 2], along: 1)
            return concatenate([2 * parts[1], parts[0]], along: 1)
        },
        .shaped("taking", reference: .family("indexing", "take"), [3, 2], empty: [3, 0], one: [1, 1]) {
            $0.taking(indices([2, 2], below: $0.shape[0]))
        },
        .shaped(
            "taking, adjoint", reference: .partOf("indexing", "take"), [4, 2], empty: [4, 0],
            without: [.one: "it adds several"]
        ) {
            adjoint([3, $0.shape[1]], { $0.taking(indices([4], below: 3)) })($0)
        },
        .shaped("gathered", reference: .family("indexing", "gather"), [3, 2], empty: [0, 2], one: [1, 1]) {
            $0.gathered(indices([$0.shape[0], 3], below: $0.shape[1]), along: 1)
        },
        .shaped(
            "gathered, adjoint", reference: .partOf("indexing", "gather"), [2, 3], empty: [0, 3],
            without: [.one: "it adds several"]
        ) {
            let rows = $0.shape[0]
            return adjoint([rows, 2], { $0.gathered(indices([rows, 3], below: 2), along: 1) })($0)
        },
        .several(
            "scatterAdding", reference: .family("indexing", "scatterAdd"), [[2, 3], [2, 4]], empty: [[0, 3], [0, 4]],
            one: [[1, 1], [1, 1]], repeated: [[2, 3], [2, 3]], without: fixed
        ) {
            $0[0].scatterAdding($0[1], at: indices($0[1].shape, below: $0[0].shape[1]), along: 1)
        },
        .several(
            "matmul", reference: linear("matmul"), [[2, 3], [3, 2]], empty: [[0, 3], [3, 2]], one: [[1, 1], [1, 1]],
            broadcastFirst: [[2, 2], [2, 2, 2]], broadcastSecond: [[2, 2, 2], [1, 2, 2]], repeated: [[2, 2], [2, 2]],
            without: [.scalar: "it has an axis"]
        ) { matmul($0[0], $0[1]) }.withTinyTogether(),
        .several(
            "matmul, transposing", reference: linear("matmul"), [[3, 2], [2, 3]], empty: [[3, 0], [2, 3]],
            one: [[1, 1], [1, 1]], broadcastFirst: [[2, 2], [2, 2, 2]], broadcastSecond: [[2, 2, 2], [1, 2, 2]],
            repeated: [[2, 2], [2, 2]], without: [.scalar: "it has an axis"]
        ) {
            matmul($0[0], $0[1], transposingFirst: true, transposingSecond: true)
        }.withTinyTogether(),
        .several(
            "linear", reference: linear("linear"), [[2, 3], [3, 2], [2]], empty: [[0, 3], [3, 2], [2]],
            one: [[1, 1], [1, 1], [1]], without: fitting
        ) { layer($0[0], $0[1], bias: $0[2]) }.withTinyTogether(),
        .several(
            "linear, relu", reference: linear("linear"), [[2, 3], [3, 2], [2]], empty: [[2, 0], [0, 2], [2]],
            one: [[1, 1], [1, 1], [1]], without: fitting
        ) { layer($0[0], $0[1], bias: $0[2], activation: .relu) }.withTinyTogether().bentByRelu(),
        .several(
            "linear, gelu", reference: linear("linear"), [[2, 1, 2], [2, 2], [2]], empty: [[0, 2], [2, 2], [2]],
            one: [[1, 1], [1, 1], [1]], without: fitting
        ) { layer($0[0], $0[1], bias: $0[2], activation: .gelu) }.withTinyTogether().withLargest(2),
        .several(
            "linear, sigmoid", reference: linear("linear"), [[2], [2, 3]], empty: [[0, 2], [2, 3]],
            one: [[1], [1, 1]], without: fitting
        ) { layer($0[0], $0[1], activation: .sigmoid) }.withTinyTogether().withLargest(2),
        .several(
            "dot", reference: linear("dot"), [[3], [3]], empty: [[0], [0]], one: [[1], [1]], repeated: [[3], [3]],
            without: fixed
        ) { dot($0[0], $0[1]) }.withTinyTogether(),
        .several(
            "outer", reference: linear("outer"), [[2], [3]], empty: [[0], [2]], one: [[1], [1]], repeated: [[2], [2]],
            without: fixed
        ) { outer($0[0], $0[1]) }.withTinyTogether(),
    ]

    /// A linear layer whose sums a relu lets through or not.
    private func bentByRelu() -> OperationEntry {
        var entry = self
        entry.smooth = { x in
            let above = matmul(x[0], x[1]) + x[2] .> 0
            return {
                let sums = matmul($0[0], $0[1]) + $0[2]
                return select(above, sums, 0 * sums)
            }
        }
        return entry.everywhereKinked()
    }

    /// Large inputs whose sums stay where an activation bends.
    private func withLargest(_ largest: Double) -> OperationEntry {
        var entry = self
        entry.largest = largest
        return entry
    }

    private static func of(_ name: String) -> Reference { .family("shaping", name) }
    private static func linear(_ name: String) -> Reference { .family("linearalgebra", name) }
}
