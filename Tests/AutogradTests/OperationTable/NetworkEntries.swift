import GradusAutograd
import GradusTensor
import _TestSupport

private let normalizing: [CaseKind: String] = [
    .broadcastFirst: "shapes fit exactly", .broadcastSecond: "shapes fit exactly", .scalar: "it has axes",
    .repeated: "the inputs differ in shape", .one: "one number has no variance; tested as misuse or by layerNorm",
    .empty: "tested with the layers", .ties: "nothing is chosen",
]

private let stepping: [CaseKind: String] = [
    .broadcastFirst: "shapes fit exactly", .broadcastSecond: "shapes fit exactly", .scalar: "it has axes",
    .repeated: "the inputs differ in shape",
]

private let attending: [CaseKind: String] = [
    .broadcastFirst: "axes in front that stretch are arithmetic of other entries", .broadcastSecond: "likewise",
    .scalar: "it has axes", .repeated: "the inputs differ in shape",
]

extension OperationEntry {
    static let networks: [OperationEntry] = [
        .several(
            "batchNorm", reference: .family("losses", "batchNorm"), [[3, 2, 2], [2], [2]], without: normalizing
        ) { batchNorm($0[0], weight: $0[1], bias: $0[2]) }.withTinyTogether(),
        .several(
            "batchNorm, relu", reference: .family("losses", "batchNormRelu"), [[3, 2, 2], [2], [2]],
            without: normalizing
        ) { batchNorm($0[0], weight: $0[1], bias: $0[2], activation: .relu) }.withTinyTogether().bentByRelu(),
        .several(
            "layerNorm", reference: .family("losses", "layerNorm"), [[2, 4], [4], [4]], without: normalizing
        ) { layerNorm($0[0], over: [4], weight: $0[1], bias: $0[2]) }.withTinyTogether(),
        .several(
            "groupNorm", reference: .family("losses", "groupNorm"), [[2, 4, 2], [4], [4]], without: normalizing
        ) { groupNorm($0[0], groups: 2, weight: $0[1], bias: $0[2]) }.withTinyTogether(),
        .several(
            "instanceNorm", reference: .family("losses", "instanceNorm"), [[2, 2, 3]], without: normalizing
        ) { instanceNorm($0[0]) }.withTinyTogether(),
        .several(
            "scaledDotProductAttention", reference: .family("losses", "scaledDotProductAttention"),
            [[2, 3, 2], [2, 4, 2], [2, 4, 3]], empty: [[2, 3, 2], [2, 0, 2], [2, 0, 3]],
            one: [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
            without: attending
        ) { scaledDotProductAttention($0[0], $0[1], $0[2], causal: true) }.withTinyTogether()
            .passingOver(.ties, "where keys are equal the queries' gradient is 0, of which a rounding is left"),
        .several(
            "lstmUpdate", reference: .partOf("recurrent", "lstm"), [[2, 8], [2, 2]], empty: [[0, 8], [0, 2]],
            one: [[1, 4], [1, 1]], without: stepping
        ) {
            let (hidden, cell) = lstmUpdate(
                $0[0], hidden: .constant(.zeros(like: $0[1].value)), cell: $0[1],
                hiddenWeight: .constant(.zeros([$0[1].shape[1], $0[0].shape[1]], as: $0[0].elementType)))
            return concatenate([hidden, cell], along: -1)
        }.withTinyTogether().withGatesInReach(),
        .several(
            "lstm", reference: .family("recurrent", "lstm"), [[2, 2, 8], [2, 2], [2, 2], [2, 8]],
            empty: [[2, 0, 8], [0, 2], [0, 2], [2, 8]], one: [[1, 1, 4], [1, 1], [1, 1], [1, 4]], without: stepping
        ) {
            let (hidden, cell) = lstmSteps($0[0], hidden: $0[1], cell: $0[2], hiddenWeight: $0[3])
            return concatenate([hidden, cell], along: -1)
        }.withTinyTogether().withGatesInReach(1),
        .several(
            "gruUpdate", reference: .partOf("recurrent", "gru"), [[2, 6], [2, 6], [2, 2]],
            empty: [[0, 6], [0, 6], [0, 2]], one: [[1, 3], [1, 3], [1, 1]], without: stepping
        ) {
            let width = $0[2].shape[1]
            // The weight is the identity for what comes from the step before, which is an input of its own here.
            return gruUpdate(
                $0[0], $0[2], hiddenWeight: .constant(.zeros([width, 3 * width], as: $0[0].elementType)),
                hiddenBias: $0[1])
        }.withTinyTogether().withGatesInReach(),
    ]

    /// A normalization that a relu lets through or not.
    private func bentByRelu() -> OperationEntry {
        var entry = self
        entry.smooth = { x in
            let x = x.map { Variable.constant($0) }
            let above = batchNorm(x[0], weight: x[1], bias: x[2]).value .> 0
            return {
                let y = batchNorm($0[0], weight: $0[1], bias: $0[2])
                return select(above, y, 0 * y)
            }
        }
        return entry.everywhereKinked()
    }

    private func passingOver(_ kind: CaseKind, _ reason: String) -> OperationEntry {
        var entry = self
        (entry.shapes[kind], entry.without[kind]) = (nil, reason)
        return entry
    }

    /// Large inputs up to 3, or less where gates are sums of several: beyond, gates are shut, and what passes is nothing beside
    /// the rest in any difference. The far tails of sigmoid and tanh have entries of their own.
    private func withGatesInReach(_ largest: Double = 3) -> OperationEntry {
        var entry = self
        entry.largest = largest
        return entry
    }
}
