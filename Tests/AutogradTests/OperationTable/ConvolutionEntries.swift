import GradusAutograd
import GradusNetwork
import GradusTensor
import _TestSupport

private let fixed: [CaseKind: String] = [
    .broadcastFirst: "shapes fit exactly", .broadcastSecond: "shapes fit exactly", .scalar: "it has axes",
    .repeated: "input and weight have other shapes",
]

/// The derivative of a convolution by one of its inputs, as a function of upstream and the other.
private func gradient(
    _ shape: Shape, upstream: Variable, _ function: (Variable) -> Variable
) -> Variable {
    let x = Variable(.zeros(shape, as: upstream.value.elementType))
    return gradients(of: function(x), at: [x], upstream: upstream, recordingGraph: true)[0] ?? upstream
}

extension OperationEntry {
    static let convolutions: [OperationEntry] = [
        .several(
            "conv2D", reference: of("conv2D"), [[1, 2, 4, 3], [2, 1, 2, 2]], empty: [[0, 2, 4, 3], [2, 1, 2, 2]],
            one: [[1, 2, 1, 1], [2, 1, 1, 1]], without: fixed
        ) {
            conv2D($0[0], $0[1], stride: Pair(2, 1), padding: Pair(1, 0), groups: 2)
        }.withTinyTogether(),
        .several(
            "conv2D with bias", reference: of("conv2D"), [[1, 2, 4, 3], [2, 2, 2, 2], [2]],
            empty: [[0, 2, 4, 3], [2, 2, 2, 2], [2]], one: [[1, 1, 1, 1], [1, 1, 1, 1], [1]], without: fixed
        ) {
            conv2D($0[0], $0[1], bias: $0[2], stride: 2, padding: 1)
        }.withTinyTogether(),
        .several(
            "conv2D, gradient of the input", reference: .partOf("convolution", "conv2D"),
            [[1, 2, 2, 2], [2, 1, 2, 2]],
            without: derived
        ) { x in
            gradient([1, 1, 3, 3], upstream: x[0]) { conv2D($0, x[1]) }
        }.withTinyTogether(),
        .several(
            "conv2D, gradient of the weight", reference: .partOf("convolution", "conv2D"),
            [[1, 1, 3, 3], [1, 2, 2, 2]], without: derived
        ) { x in
            gradient([2, 1, 2, 2], upstream: x[1]) { conv2D(x[0], $0) }
        }.withTinyTogether(),
        .several(
            "conv1D", reference: of("conv1D"), [[1, 2, 5], [2, 2, 2]], empty: [[0, 2, 5], [2, 2, 2]],
            one: [[1, 1, 1], [1, 1, 1]], without: fixed
        ) { conv1D($0[0], $0[1], stride: 2, padding: 1, dilation: 2) }.withTinyTogether(),
        .several(
            "transposedConv2D", reference: of("transposedConv2D"), [[1, 2, 2, 2], [2, 1, 2, 2]],
            empty: [[0, 2, 2, 2], [2, 1, 2, 2]], one: [[1, 1, 1, 1], [1, 1, 1, 1]], without: fixed
        ) {
            transposedConv2D($0[0], $0[1], stride: 2, outputPadding: 1)
        }.withTinyTogether(),
        .several(
            "transposedConv2D with bias", reference: of("transposedConv2D"), [[1, 2, 2, 2], [2, 1, 3, 2], [1]],
            empty: [[0, 2, 2, 2], [2, 1, 3, 2], [1]], one: [[1, 1, 1, 1], [1, 1, 1, 1], [1]], without: fixed
        ) {
            transposedConv2D($0[0], $0[1], bias: $0[2], stride: Pair(1, 2))
        }.withTinyTogether(),
        .several(
            "transposedConv1D", reference: of("transposedConv1D"), [[1, 2, 3], [2, 1, 2]],
            empty: [[0, 2, 3], [2, 1, 2]],
            one: [[1, 1, 1], [1, 1, 1]], without: fixed
        ) { transposedConv1D($0[0], $0[1], stride: 2) }.withTinyTogether(),
        .shaped(
            "maxPool2D", reference: pool("maxPool2D"), [1, 1, 3, 4], empty: [0, 1, 3, 4], without: largestOfSeveral,
            tinyTogether: true, smooth: { x in firstOfWindows(x) }
        ) { maxPool2D($0, kernel: 2, stride: 1) },
        .shaped(
            "maxPool1D", reference: pool("maxPool1D"), [1, 2, 5], empty: [0, 2, 5], without: largestOfSeveral,
            tinyTogether: true,
            smooth: { x in
                let function = firstOfWindows(x.expanded(at: 2).tiled([1, 1, 2, 1]))
                return { function($0.expanded(at: 2).tiled([1, 1, 2, 1])).squeezed(2) }
            }
        ) { maxPool1D($0, kernel: 2, stride: 1) },
        .shaped(
            "adaptiveMaxPool2D", reference: pool("adaptiveMaxPool2D"), [1, 1, 3, 3], empty: [0, 1, 3, 3],
            without: largestOfSeveral, tinyTogether: true, smooth: { x in firstOfWindows(x) }
        ) {
            adaptiveMaxPool2D($0, outputSize: 2)
        },
        .shaped(
            "maxPool2D, gradient", reference: .partOf("pooling", "maxPool2D"), [1, 1, 2, 2],
            without: fixed.merging([.empty: "of one plane", .one: "of one plane"]) { $1 }
        ) {
            gradient([1, 1, 3, 3], upstream: $0) { x in
                maxPool2D(
                    x + .constant(Tensor([5, 1, 2, 3, 9, 4, 8, 6, 7], shape: [1, 1, 3, 3], as: x.elementType)),
                    kernel: 2, stride: 1)
            }
        },
        .shaped(
            "maxPool2D, gradient's gradient", reference: .partOf("pooling", "maxPool2D"), [1, 1, 3, 3],
            without: fixed.merging([.empty: "of one plane", .one: "of one plane"]) { $1 }
        ) { x in
            let winners = Variable(Tensor([5, 1, 2, 3, 9, 4, 8, 6, 7], shape: [1, 1, 3, 3], as: x.value.elementType))
            return jvp(at: winners, along: x) { maxPool2D($0, kernel: 2, stride: 1) }.tangent
        },
        .shaped(
            "averagePool2D", reference: pool("averagePool2D"), [1, 2, 3, 4], empty: [0, 1, 3, 4], one: [1, 1, 1, 1]
        ) {
            averagePool2D($0, kernel: 2, stride: 1, padding: 1, countingPadding: false)
        },
        .shaped(
            "averagePool1D", reference: pool("averagePool1D"), [1, 2, 5], empty: [0, 1, 5], without: largestOfSeveral
        ) {
            averagePool1D($0, kernel: 2)
        },
        .shaped(
            "adaptiveAveragePool2D", reference: pool("adaptiveAveragePool2D"), [1, 1, 3, 5], empty: [0, 1, 3, 5],
            one: [1, 1, 1, 1]
        ) {
            adaptiveAveragePool2D($0, outputSize: 2)
        },
        .shaped(
            "averagePool2D, adjoint", reference: .partOf("pooling", "averagePool2D"), [1, 1, 2, 2],
            without: fixed.merging([.empty: "of one plane", .one: "of one plane"]) { $1 }
        ) {
            gradient([1, 1, 3, 3], upstream: $0) { averagePool2D($0, kernel: 2, stride: 1) }
        },
    ]

    static let losses: [OperationEntry] = [
        .shaped(
            "crossEntropy", reference: .family("losses", "crossEntropy"), [2, 3], one: [1, 1],
            without: [.empty: "NaN: tested as a convention"], largest: 80,
            smooth: { x in
                { -($0 - logSumExpByParts($0, around: x)).gathered(labels(x).expanded(at: -1), along: -1).mean() }
            }
        ) {
            crossEntropy($0, labels($0.value))
        }.everywhereKinked([.large]),
        .shaped(
            "crossEntropy, smoothed", reference: .family("losses", "crossEntropy"), [3, 3],
            without: [.empty: "three labels are given", .one: "three labels are given"], largest: 80,
            smooth: { x in
                // 0.2 shared out among three classes, the rest for the label; the row in the middle is ignored.
                let part = 0.2 / 3
                let targets = Tensor(
                    [part, part, 0.8 + part, 0, 0, 0, 0.8 + part, part, part], shape: [3, 3], as: x.elementType)
                return { -(($0 - logSumExpByParts($0, around: x)) * .constant(targets)).sum() }
            }
        ) {
            crossEntropy($0, Tensor([2, -1, 0], as: .int64), ignoredLabel: -1, labelSmoothing: 0.2, reduction: .sum)
        }.everywhereKinked([.large]),
        .several(
            "crossEntropy of targets", reference: .family("losses", "crossEntropy"), [[2, 3], [2, 3]],
            one: [[1, 1], [1, 1]], repeated: [[2, 3], [2, 3]],
            without: fixed.merging([.empty: "NaN, as any mean of nothing"]) { $1 }
        ) {
            crossEntropy(2 * tanh($0[0]), $0[1])
        }.withTinyTogether(),
        .several(
            "meanSquaredError", reference: .family("losses", "meanSquaredError"), [[2, 3], [2, 3]], one: [[1], [1]],
            scalar: [[], []], repeated: [[2], [2]],
            without: fixed.merging([.empty: "NaN, as any mean of nothing"]) { $1 }
        ) {
            meanSquaredError($0[0], $0[1])
        },
    ]

    private static func labels(_ logits: Tensor) -> Tensor {
        Tensor((0..<logits.shape[0]).map { ($0 * 2) % 3 }, shape: [logits.shape[0]])
    }

    private static let derived = fixed.merging([.empty: "of one plane", .one: "of one plane"]) { $1 }
    private static let largestOfSeveral: [CaseKind: String] = [.one: "its windows have several"]
    private static func of(_ name: String) -> Reference { .family("convolution", name) }
    private static func pool(_ name: String) -> Reference { .family("pooling", name) }

    /// The first of the largest of each window of 2 by 2 at stride 1, gathered from the plane.
    private static func firstOfWindows(_ x: Tensor) -> @Sendable (Variable) -> Variable {
        let (planes, height, width) = (x.shape[0] * x.shape[1], x.shape[2], x.shape[3])
        var places: [Int] = []
        for plane in 0..<planes {
            for i in 0..<height - 1 {
                for j in 0..<width - 1 {
                    let window = [(i, j), (i, j + 1), (i + 1, j), (i + 1, j + 1)].map { $0.0 * width + $0.1 }
                    let values = window.map { x.number(at: plane * height * width + $0) }
                    let largest = values.max() ?? 0
                    places.append(window[values.firstIndex(of: largest) ?? 0])
                }
            }
        }
        let shape: Shape = [x.shape[0], x.shape[1], height - 1, width - 1]
        let indices = Tensor(places, shape: [planes, places.count / max(planes, 1)])
        return { $0.reshaped(planes, height * width).gathered(indices, along: 1).reshaped(to: shape) }
    }

    /// The one list.
    static let all: [OperationEntry] = elementwise + pairs + reductions + shaping + convolutions + losses + networks
}
