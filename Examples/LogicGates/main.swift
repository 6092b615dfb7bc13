// Gates from neurons: AND, NAND and OR with weights set by hand, XOR from two layers of them, and XOR learnt.
//
//     swift run -c release LogicGates

import ExampleSupport
import Gradus

let example = Example(
    "LogicGates", "Builds logic gates from neurons, and learns the one that a single neuron cannot be.")

// A perceptron fires if what comes in, weighted, is above a threshold (F. Rosenblatt, 1958).
func perceptron(_ x: Tensor, _ weights: [Double], above threshold: Double) -> Tensor {
    matmul(x, Tensor(weights)) .> threshold
}
func and(_ x: Tensor) -> Tensor { perceptron(x, [0.5, 0.5], above: 0.8) }
func nand(_ x: Tensor) -> Tensor { perceptron(x, [-0.5, -0.5], above: -0.7) }
func or(_ x: Tensor) -> Tensor { perceptron(x, [0.5, 0.5], above: 0.3) }
func xor(_ x: Tensor) -> Tensor {
    and(stack([nand(x), or(x)], along: 1).converted(to: .float32))
}

let inputs = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
print("Set by hand:\n")
print("  x1 x2 | AND NAND OR  XOR = AND(NAND, OR)")
let gates = [and, nand, or, xor].map { $0(inputs).array(of: Int.self) }
for row in 0..<4 {
    let x = inputs[row].array(of: Int.self)
    print("   \(x[0])  \(x[1]) |  \(gates[0][row])   \(gates[1][row])   \(gates[2][row])    \(gates[3][row])")
}

// The same in reverse: the table is given, the weights are looked for. One neuron draws one straight line, and no straight line
// has (0, 1) and (1, 0) on one side and (0, 0) and (1, 1) on the other.
let table = Tensor([0, 1, 1, 0], as: .int64)

/// Trains a model on the table, and gives the loss at each step.
func train(_ model: some Layer, steps: Int) -> [Double] {
    let adam = Adam(learningRate: 0.05)
    let parameters = model.parameters
    return (0..<steps).map { _ in
        let loss = crossEntropy(model(.constant(inputs)), table)
        loss.backward()
        adam.step(parameters)
        return loss.item
    }
}

func classes(_ model: some Layer, _ x: Tensor) -> Tensor { evaluate { model(.constant(x)) }.value.argmax(along: 1) }

var random = Random(seed: 1)
let one = Linear(inFeatures: 2, outFeatures: 2, using: &random)
let hidden = Linear(inFeatures: 2, outFeatures: 4, using: &random)
let output = Linear(inFeatures: 4, outFeatures: 2, using: &random)
let two = Sequential(hidden, Function { tanh($0) }, output)

let steps = 300
let losses = [train(one, steps: steps), train(two, steps: steps)]
print("\nXOR learnt, cross-entropy after \(steps) steps:\n")
print(
    "  one layer   \(decimals(losses[0][steps - 1]))   \(classes(one, inputs).array(of: Int.self))   (ln 2 = 0.693 is a guess)"
)
print("  two layers  \(decimals(losses[1][steps - 1]))   \(classes(two, inputs).array(of: Int.self))\n")

example.draw(
    LinePlot(
        Tensor(losses), names: ["one layer", "two layers"], title: "Learning XOR", xLabel: "step",
        yLabel: "cross-entropy"),
    "loss")
example.draw(
    ScatterPlot(inputs, labels: table, names: ["0", "1"], title: "XOR by two layers", xLabel: "x1", yLabel: "x2") {
        classes(two, $0)
    }, "xor")

let right = accuracy(evaluate { two(.constant(inputs)) }, table)
print("XOR learnt: accuracy \(decimals(right))")
