// Ten layers, nine ways to begin: what becomes of the numbers on their way up, and of the gradients on their way back.
//
//     swift run -c release Initialization

import ExampleSupport
import Gradus

let example = Example(
    "Initialization", "Sends numbers through ten layers under several initializations, and gradients back through them."
)
let (depth, width, batch) = (10, example.isQuick ? 100 : 500, example.isQuick ? 100 : 1000)

/// A way to begin: what is drawn for one layer's weights.
struct Start {
    let name: String
    let activation: @Sendable (Variable) -> Variable
    let weights: (inout Random) -> Tensor
}

let (n, m) = (width, width)
let starts = [
    Start(name: "zeros, tanh", activation: { tanh($0) }) { _ in .zeros([n, m]) },
    Start(name: "normal 0.01, tanh", activation: { tanh($0) }) {
        .normal([n, m], standardDeviation: 0.01, using: &$0)
    },
    Start(name: "normal 1, tanh", activation: { tanh($0) }) { .normal([n, m], using: &$0) },
    Start(name: "Xavier, tanh", activation: { tanh($0) }) { .xavierNormal([n, m], using: &$0) },
    Start(name: "Xavier uniform, tanh", activation: { tanh($0) }) { .xavierUniform([n, m], using: &$0) },
    Start(name: "orthogonal, tanh", activation: { tanh($0) }) { .orthogonal([n, m], using: &$0) },
    Start(name: "Xavier, ReLU", activation: { relu($0) }) { .xavierNormal([n, m], using: &$0) },
    Start(name: "He uniform, ReLU", activation: { relu($0) }) { .heUniform([n, m], using: &$0) },
    Start(name: "He, ReLU", activation: { relu($0) }) { .heNormal([n, m], using: &$0) },
]

/// Standard deviations of the activations of each layer, and norms of the gradients of each layer's weights.
func measure(_ start: Start) -> (spreads: [Double], gradients: [Double], last: Tensor) {
    var random = Random(seed: 1)
    let x = Variable.constant(.normal([batch, width], using: &random))
    let weights = (0..<depth).map { Variable(start.weights(&random), name: "layer \($0 + 1)") }
    var layers: [Variable] = []
    for weight in weights { layers.append(start.activation(matmul(layers.last ?? x, weight))) }
    // Any loss will do that asks something different of each number.
    let wish = Variable.constant(.normal([batch, width], using: &random))
    (layers[depth - 1] * wish).mean().backward()
    return (
        layers.map { $0.value.standardDeviation().item }, weights.map { $0.gradient?.value.norm().item ?? 0 },
        layers[depth - 1].value
    )
}

print("Standard deviation of what comes out of layers 1 to \(depth), \(width) units each:\n")
let results = starts.map(measure)
for (start, result) in zip(starts, results) {
    print("  \(column(start.name, 21))" + result.spreads.map { column(digits3($0), 10) }.joined())
}
print("\nNorm of the gradient of each layer's weights:\n")
for (start, result) in zip(starts, results) {
    print("  \(column(start.name, 21))" + result.gradients.map { column(digits3($0), 10) }.joined())
}
print(
    """

    Zeros:       nothing comes out, and no gradient comes back: such a net never begins to learn.
    Normal 0.01: each layer shrinks what it gets about fivefold, on the way up and on the way back.
    Normal 1:    tanh is at its ends, ±1; what still comes back grows threefold a layer, and explodes.
    Orthogonal:  keeps every length; only the tanh itself takes some.
    Xavier:      right for tanh; under a ReLU, which drops half of the variance, it fades.
    Uniform:     the same variance does the same, whatever the shape of the draw.
    He:          twice the variance, for ReLUs: the tenth layer is as lively as the first.

    """)

let names = starts.map(\.name)
example.draw(
    LinePlot(
        Tensor(results.map(\.spreads), as: .float64), names: names, title: "What comes out of each layer",
        xLabel: "layer",
        yLabel: "standard deviation", isLogarithmic: true), "activations")
example.draw(
    LinePlot(
        Tensor(results.map(\.gradients), as: .float64), names: names, title: "What comes back", xLabel: "layer",
        yLabel: "norm of the weights' gradient", isLogarithmic: true), "gradients")
for (start, result) in zip(starts, results) where start.name.hasSuffix("tanh") && !start.name.hasPrefix("zeros") {
    example.draw(
        Histogram(result.last, bins: 40, title: "Layer \(depth): \(start.name)", xLabel: "activation"),
        "layer-\(depth)-\(start.name.replacing(", ", with: "-").replacing(" ", with: "-"))")
}
let he = results[starts.count - 1].spreads
print("He, ReLU: layer \(depth) to layer 1 \(decimals(he[depth - 1] / he[0]))")
