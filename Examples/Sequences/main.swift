// Nets with a memory: one set by hand, many-to-many, many-to-one, one-to-many, and how far back a gradient reaches.
//
//     swift run -c release Sequences

import ExampleSupport
import Gradus

let example = Example("Sequences", "Recurrent nets: set by hand, in three arrangements, and gradients through time.")
seed(1)

// 1. By hand. Three units: the bit now, the bit before, and a constant one; h ← relu(x W + h U). Their sum, the constant counted
// as −1, is above 0 only where two ones stand in a row.
let bits = [0, 1, 0, 1, 1, 1, 0, 1, 1]
let byHand = RNN(cells: [
    RNNCell(
        inputWeight: Variable([[1, 0, 0]]), hiddenWeight: Variable([[0, 1, 0], [0, 0, 0], [0, 0, 1]]), bias: nil,
        activation: .relu)
])
let one = Variable.constant(Tensor([[0, 0, 1]]))
let (seen, _) = byHand(.constant(Tensor(bits).converted(to: .float32).reshaped(1, 9, 1)), from: [one])
let fires = relu(matmul(seen, Variable([[1], [1], [-1]]))).value.array(of: Int.self)
print("1. Two ones in a row, by weights set by hand")
print("  bits  \(bits.map(String.init).joined(separator: " "))")
print("  fires \(fires.map(String.init).joined(separator: " "))")
print("  at    \(fires.indices.filter { fires[$0] > 0 }.map(String.init).joined(separator: ", "))\n")

// 2. Many-to-many: the same, learnt. An answer at every place.
struct Detector: Parameterized {
    let net: RNN, output: Linear
    init() {
        net = RNN(inFeatures: 1, hiddenFeatures: 8)
        output = Linear(inFeatures: 8, outFeatures: 1)
    }
    func callAsFunction(_ x: Variable) -> Variable { output(net(x)) }
}
/// Bits `[count, length, 1]`, and 1 wherever there is a one behind a one.
func sample(_ count: Int, _ length: Int) -> (bits: Tensor, answers: Tensor) {
    let bits = (Tensor.uniform([count, length, 1]) .> 0.5).converted(to: .float32)
    return (bits, bits * bits.slice(along: 1, to: -1).padded([0, 1, 0], [0, 0, 0]))
}
let detector = Detector()
let detectorParameters = detector.parameters
let detectorAdam = Adam(learningRate: 1e-2)
for _ in 0..<(example.isQuick ? 100 : 300) {
    let (bits, answers) = sample(32, 20)
    binaryCrossEntropy(detector(.constant(bits)), answers).backward()
    detectorAdam.step(detectorParameters)
}
let (longer, expected) = sample(100, 60)
let found = (evaluate { detector(.constant(longer)).value } .> 0).converted(to: .float32)
let rightPlaces = 1 - abs(found - expected).mean().item
print("2. Many-to-many: the same, learnt from sequences of 20; right on sequences of 60: \(decimals(rightPlaces))\n")

// 3. Many-to-one: which of four signs came first, before so much noise? One answer, from the last state.
struct Rememberer<Cell: RecurrentCell>: Parameterized {
    let net: Recurrent<Cell>, output: Linear
    init(_ net: Recurrent<Cell>) {
        (self.net, output) = (net, Linear(inFeatures: 32, outFeatures: 4))
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let (_, states) = net(x, from: nil)
        return output(states[0].hidden)
    }
}
/// Sequences of `[count, length, 5]`: the sign first, then noise in the fifth number.
func signs(_ count: Int, _ length: Int) -> (x: Tensor, first: Tensor) {
    let first = floor(Tensor.uniform([count], in: 0..<4)).converted(to: .int64)
    let head = Tensor.oneHot(first, classes: 4).padded([0, 0], [0, 1]).expanded(at: 1)
    let noise = Tensor.normal([count, length - 1, 1]).padded([0, 0, 4], [0, 0, 0])
    return (concatenate([head, noise], along: 1), first)
}
func remember<Cell: RecurrentCell>(_ length: Int, steps: Int, _ net: Recurrent<Cell>) -> Double {
    let model = Rememberer(net)
    let parameters = model.parameters
    let adam = Adam(learningRate: 3e-3)
    for _ in 0..<steps {
        let (x, first) = signs(32, length)
        crossEntropy(model(.constant(x)), first).backward()
        clipGradients(of: parameters, toNorm: 1)
        adam.step(parameters)
    }
    let (x, first) = signs(400, length)
    return evaluate { accuracy(model(.constant(x)), first) }
}
/// An LSTM whose forget gates begin open by so much.
func open(_ bias: Double, _ inFeatures: Int, as type: ElementType = .float32) -> LSTMCell {
    let cell = LSTM(inFeatures: inFeatures, hiddenFeatures: 32, as: type).cells[0]
    // Input, forget, candidate, output: 32 numbers each.
    if let gates = cell.bias { gates.value = gates.value + Tensor.full([32], bias, as: type).padded([32], [64]) }
    return cell
}
let rounds = example.isQuick ? 100 : 300
let lengths = example.isQuick ? [5, 20] : [5, 10, 20, 40, 80]
print("3. Many-to-one: the first sign, behind noise\n")
print("  length  RNN    GRU    LSTM   LSTM with open forget gates")
var scores: [(rnn: Double, gru: Double, lstm: Double, open: Double)] = []
for length in lengths {
    let score = (
        rnn: remember(length, steps: rounds, RNN(inFeatures: 5, hiddenFeatures: 32)),
        gru: remember(length, steps: rounds, GRU(inFeatures: 5, hiddenFeatures: 32)),
        lstm: remember(length, steps: rounds, LSTM(inFeatures: 5, hiddenFeatures: 32)),
        open: remember(length, steps: rounds, LSTM(cells: [open(5, 5)]))
    )
    scores.append(score)
    let parts = [score.rnn, score.gru, score.lstm].map { column(decimals($0), 7) }
    print("  \(column("\(length)", 8))\(parts.joined())\(decimals(score.open))")
}
func line(_ name: String, _ values: [Double]) -> LinePlot.Line {
    .init(name, zip(lengths, values).map { (Double($0), $1) })
}
print("")
example.draw(
    LinePlot(
        [
            line("RNN", scores.map(\.rnn)), line("GRU", scores.map(\.gru)), line("LSTM", scores.map(\.lstm)),
            line("LSTM, open forget gates", scores.map(\.open)),
        ],
        title: "Which sign came first?", xLabel: "length of the sequence", yLabel: "accuracy"), "memory")

// 4. One-to-many: a digit's name becomes its eight rows of pixels, each drawn from the state, and fed back as the next input.
struct Drawer: Parameterized {
    let start: Embedding, cell: GRUCell, row: Linear
    init() {
        start = Embedding(tokens: 10, features: 48)
        cell = GRU(inFeatures: 8, hiddenFeatures: 48).cells[0]
        row = Linear(inFeatures: 48, outFeatures: 8)
    }
    /// Logits of ink `[batch, 1, 8, 8]` of names `[batch]`.
    func callAsFunction(_ names: Tensor) -> Variable {
        var (state, last) = (start(names), Variable.constant(.zeros([names.count, 8])))
        var rows: [Variable] = []
        for _ in 0..<8 {
            state = cell(last, state)
            rows.append(row(state))
            last = sigmoid(rows[rows.count - 1])
        }
        return stack(rows, along: 1).expanded(at: 1)
    }
}
let digits = example.digits()
let drawer = Drawer()
var order = Random(seed: 2)
let drawerParameters = drawer.parameters
let drawerAdam = Adam(learningRate: 5e-3)
for _ in 0..<(example.isQuick ? 2 : 12) {
    for batch in digits.training.batches(of: 64, shuffledBy: &order) {
        binaryCrossEntropy(drawer(batch.labels), batch.inputs.value).backward()
        drawerAdam.step(drawerParameters)
    }
}
let drawn = evaluate { sigmoid(drawer(.arange(10))).value }
print("4. One-to-many: names become pictures, row by row")
example.draw(
    ImageGrid(drawn, in: 0...1, map: .ink, columns: 10, title: "0 to 9, drawn row by row from their names"), "rows")

// 5. Gradients through time: how much the last state hangs on each input.
let steps = 60
func reach<Cell: RecurrentCell>(_ cell: Cell, steps: Int = 60) -> [Double] {
    seed(5)
    let inputs = (0..<steps).map { _ in Variable(.normal([1, 32], as: .float64)) }
    var state = cell.initialState(batch: 1)
    inDouble { for x in inputs { state = cell(x, state) } }
    return gradients(of: state.hidden.sum(), at: inputs).reversed().map { max($0?.value.norm().item ?? 0, 1e-300) }
}
/// A plain cell whose matrix stretches by so much, as all its eigenvalues have that size.
func plain(_ stretch: Double, _ activation: RecurrentActivation) -> RNNCell {
    RNNCell(
        inputWeight: Variable(.heNormal([32, 32], as: .float64)),
        hiddenWeight: Variable(stretch * .orthogonal([32, 32], as: .float64)), bias: nil,
        activation: activation)
}
let curves: [(String, [Double])] = [
    ("plain, 0.7 tanh", reach(plain(0.7, .tanh))), ("plain, 1.0 ReLU", reach(plain(1, .relu))),
    ("plain, 2.0 ReLU", reach(plain(2, .relu))), ("LSTM", reach(open(0, 32, as: .float64))),
    ("LSTM, forget bias 3", reach(open(3, 32, as: .float64))),
]
print("\n5. Gradients through time: their norm 1, 20 and \(steps - 1) steps back")
for (name, norms) in curves {
    print("  \(column(name, 21))" + [1, 20, steps - 1].map { column(digits3(norms[$0]), 10) }.joined())
}
example.draw(
    LinePlot(
        curves.map { name, norms in .init(name, norms.enumerated().map { (Double($0), $1) }) },
        title: "How much the last state hangs on each input", xLabel: "steps back", yLabel: "norm of the gradient",
        isLogarithmic: true), "gradients")
print(
    "\nbehind \(lengths[lengths.count - 1] - 1) steps of noise, open forget gates remember \(decimals(scores[scores.count - 1].open))"
)
