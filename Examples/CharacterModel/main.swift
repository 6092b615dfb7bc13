// Three nets that guess the next letter: a recurrent net, an LSTM and a transformer, and what each of them writes.
//
//     swift run -c release CharacterModel
//     swift run -c release CharacterModel --text play.txt

import ExampleSupport
import Foundation
import Gradus

let example = Example(
    "CharacterModel", "Learns to continue a text letter by letter, with an RNN, an LSTM and a transformer.",
    options: [("--text", "PATH", "a text in UTF-8 to learn from (default: the tales of the package)")])
let text: String
do {
    text =
        try example.values["--text"].map { path throws(DataError) in try SampleText.load(contentsOf: path) }
        ?? SampleText.load()
} catch { Example.stop("\(error)", code: 1) }
let vocabulary = Vocabulary(of: text)
guard let codes = try? vocabulary.encode(text), codes.count > 2000 else {
    Example.stop("a text of 2000 characters at least is wanted", code: 1)
}
// The end of the text is kept back.
let training = codes[..<(codes.count * 9 / 10)], validation = codes[(codes.count * 9 / 10)...]
let (symbols, length) = (vocabulary.count, 48)

// What one can say knowing only how frequent each letter is.
let counts = Tensor.oneHot(codes, classes: symbols, as: .float64).sum(along: 0)
let shares = counts / counts.sum()
let unigram = -(shares * log(shares)).sum().item
print(
    "\(codes.count) characters, \(symbols) different ones; knowing their frequency alone, \(decimals(unigram)) nats each\n"
)

/// A net that reads letters and scores the next one.
protocol CharacterNet: Parameterized {
    /// What it remembers of the text before.
    associatedtype State
    /// Scores `[batch, time, symbols]` for letters `[batch, time]`, going on from a state.
    func scores(_ letters: Tensor, from state: State?) -> (scores: Variable, state: State)
    /// What is kept of a state between one piece of text and the next: its numbers, without their graph.
    func kept(_ state: State) -> State
}

struct RecurrentNet<Cell: RecurrentCell>: CharacterNet {
    let embedding: Embedding, network: Recurrent<Cell>, output: Linear

    func scores(_ letters: Tensor, from state: [Cell.State]?) -> (scores: Variable, state: [Cell.State]) {
        let (shown, last) = network(embedding(letters), from: state)
        return (output(shown), last)
    }
    func kept(_ state: [Cell.State]) -> [Cell.State] { state.map { $0.detached() } }
}

struct TransformerNet: CharacterNet {
    let embedding: Embedding, positions: LearnedPositions, blocks: [TransformerEncoderBlock], norm: LayerNorm,
        output: Linear

    init(features: Int, heads: Int, blocks count: Int) {
        embedding = Embedding(tokens: symbols, features: features)
        positions = LearnedPositions(length: length, features: features)
        blocks = (0..<count).map { _ in
            TransformerEncoderBlock(
                features: features, heads: heads, activation: .gelu, normalizingFirst: true)
        }
        norm = LayerNorm([features])
        output = Linear(inFeatures: features, outFeatures: symbols)
    }

    /// It remembers the letters themselves, as many as it can look back to.
    func scores(_ letters: Tensor, from state: Tensor?) -> (scores: Variable, state: Tensor) {
        let all = state.map { concatenate([$0, letters], along: 1) } ?? letters
        let seen = all.slice(along: 1, from: max(all.shape[1] - length, 0))
        let h = blocks.reduce(positions(embedding(seen))) { $1($0, mask: nil, causal: true) }
        let scores = output(norm(h))
        return (scores.slice(along: 1, from: scores.shape[1] - letters.shape[1]), seen)
    }
    /// In training each piece is read by itself: what it looks back to would cost as much again.
    func kept(_ state: Tensor) -> Tensor { state[..<0] }
}

func loss(_ scores: Variable, _ labels: Tensor) -> Variable { crossEntropy(scores, labels) }

/// Trains a net, with the state carried over from piece to piece where it can be, and gives its loss on the held-back text.
func train<Net: CharacterNet>(_ net: Net, carrying: Bool, epochs: Int, rate: Double, _ name: String) -> (
    validation: Double, curve: [(x: Double, y: Double)]
) {
    let parameters = net.parameters
    let adam = Adam(learningRate: rate)
    var random = Random(seed: 2)
    var curve: [(x: Double, y: Double)] = []
    var step = 0
    for epoch in 0..<epochs {
        adam.learningRate = rate * (1 - 0.9 * Double(epoch) / Double(epochs))
        var state: Net.State?
        // Recurrent nets read on where they were; the transformer is shown pieces in any order.
        let pieces: [Batch] =
            carrying
            ? Array(SequencePieces(of: training, readers: 16, length: length))
            : Array(Dataset(nextIn: training, length: length, every: length / 4).batches(of: 32, shuffledBy: &random))
        for piece in pieces {
            let (scores, next) = net.scores(piece.inputs.value, from: carrying ? state : nil)
            let value = loss(scores, piece.labels)
            value.backward()
            clipGradients(of: parameters, toNorm: 1)
            adam.step(parameters)
            state = net.kept(next)
            step += 1
            if step % 10 == 0 { curve.append((Double(step), value.item)) }
        }
    }
    let held = Dataset(nextIn: validation, length: length)
    let result = evaluate { loss(net.scores(held.inputs, from: nil).scores, held.labels).item }
    print("\(name): \(parameters.count) parameters, \(step) steps, held-back text \(decimals(result)) nats a character")
    return (result, curve)
}

/// What a net writes after a beginning: letters drawn by their probability, the sure ones preferred a little.
func write<Net: CharacterNet>(_ net: Net, after beginning: String, count: Int) -> String {
    var random = Random(seed: 3)
    guard let start = try? vocabulary.encode(beginning) else { return "" }
    return evaluate {
        var (scores, state) = net.scores(start.reshaped(1, start.count), from: nil)
        var written: [Int] = []
        for _ in 0..<count {
            let last = scores.value[0][-1]
            let letter = categorical(logits: last, temperature: 0.7, using: &random)
            written.append(Int(letter.item))
            (scores, state) = net.scores(letter.reshaped(1, 1), from: state)
        }
        return beginning + vocabulary.decode(Tensor(written))
    }
}

seed(1)
let hidden = example.isQuick ? 48 : 128
func embedding() -> Embedding { Embedding(tokens: symbols, features: 32) }
func output() -> Linear { Linear(inFeatures: hidden, outFeatures: symbols) }
let rnn = RecurrentNet(
    embedding: embedding(), network: RNN(inFeatures: 32, hiddenFeatures: hidden), output: output())
let lstm = RecurrentNet(
    embedding: embedding(), network: LSTM(inFeatures: 32, hiddenFeatures: hidden), output: output())
let transformer = TransformerNet(features: example.isQuick ? 32 : 64, heads: 4, blocks: 2)

let epochs = example.isQuick ? 1 : 40
let beginning = String(text.prefix(while: { $0 != "." }).suffix(12))
let results = [
    train(rnn, carrying: true, epochs: epochs, rate: 5e-3, "RNN"),
    train(lstm, carrying: true, epochs: epochs, rate: 1e-2, "LSTM"),
    train(transformer, carrying: false, epochs: example.isQuick ? 1 : 30, rate: 3e-3, "transformer"),
]
let names = ["RNN", "LSTM", "transformer"]
let samples = [
    write(rnn, after: beginning, count: 240), write(lstm, after: beginning, count: 240),
    write(transformer, after: beginning, count: 240),
]
for (name, sample) in zip(names, samples) { print("\nThe \(name) writes:\n\n\(sample)") }
print("")
example.draw(
    LinePlot(
        zip(names, results).map { .init($0, $1.curve) }, title: "Learning to write", xLabel: "step",
        yLabel: "nats a character"), "loss")
let best = results.map(\.validation).min() ?? .nan
print("unigram entropy \(decimals(unigram)), best on held-back text \(decimals(best))")
