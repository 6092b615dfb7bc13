// Pictures put in words, and questions about them answered: generated shapes, whose sentences are known to be true.
//
//     swift run -c release Captioning

import ExampleSupport
import Gradus

let example = Example("Captioning", "Describes pictures of shapes in a sentence, and answers questions about them.")
var random = Random(seed: 1)
let size = 20
let (count, testCount) = example.isQuick ? (200, 40) : (2000, 200)

/// Scenes with a picture each; no scene of the test is drawn as it was in training.
func scenes(_ count: Int, _ random: inout Random) -> (scenes: [ShapeScene], pictures: Tensor) {
    let scenes = (0..<count).map { _ in ShapeScene.random(using: &random) }
    return (scenes, stack(scenes.map { $0.picture(size: size, wobble: 0.5, using: &random) }))
}
let training = scenes(count, &random), test = scenes(testCount, &random)

/// Words with numbers; 0 stands for the end, and for nothing.
struct Words {
    let list: [String]
    private let numbers: [String: Int]
    init(of sentences: [String]) {
        list = ["."] + Set(sentences.flatMap { $0.split(separator: " ").map(String.init) }).sorted()
        numbers = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($1, $0) })
    }
    /// `[n, length]` with 0 behind the last word.
    func encode(_ sentences: [String], length: Int) -> Tensor {
        Tensor(
            sentences.flatMap { sentence in
                let words = sentence.split(separator: " ").map { numbers[String($0), default: 0] }
                return words + [Int](repeating: 0, count: length - words.count)
            }
        ).reshaped(sentences.count, length)
    }
    func decode(_ numbers: [Int]) -> String { numbers.prefix { $0 != 0 }.map { list[$0] }.joined(separator: " ") }
}

/// Pictures `[batch, 3, 20, 20]` to 64 numbers.
struct Eye: Layer {
    let first: Conv2D, second: Conv2D, output: Linear
    init(using random: inout Random) {
        first = Conv2D(inChannels: 3, outChannels: 16, kernel: 3, padding: 1, using: &random)
        second = Conv2D(inChannels: 16, outChannels: 32, kernel: 3, padding: 1, using: &random)
        output = Linear(inFeatures: 32 * 5 * 5, outFeatures: 64, using: &random)
    }
    func callAsFunction(_ x: Variable) -> Variable {
        let h = maxPool2D(relu(second(maxPool2D(relu(first(x)), kernel: 2))), kernel: 2)
        return relu(output(h.flattened(from: 1)))
    }
}

// 1. Captions: what the eye has seen is the first state of a GRU that says one word after the other.
let sentences = training.scenes.map(\.sentence)
let words = Words(of: sentences)
let longest = (sentences + test.scenes.map(\.sentence)).map { $0.split(separator: " ").count }.max() ?? 1

struct Speaker: Parameterized {
    let eye: Eye, embedding: Embedding, cell: GRUCell, output: Linear
    init(using random: inout Random) {
        eye = Eye(using: &random)
        embedding = Embedding(tokens: words.list.count, features: 16, using: &random)
        cell = GRUCell(inFeatures: 16, hiddenFeatures: 64, using: &random)
        output = Linear(inFeatures: 64, outFeatures: words.list.count, using: &random)
    }

    /// Scores of each next word `[batch, length + 1, words]`, when the words before are the right ones.
    func scores(_ pictures: Variable, _ spoken: Tensor) -> Variable {
        var state = eye(pictures)
        let heard = embedding(concatenate([.zeros([spoken.shape[0], 1], as: .int64), spoken], along: 1))
        let steps = (0..<heard.shape[1]).map { time -> Variable in
            state = cell(heard.slice(along: 1, from: time, to: time + 1).squeezed(1), state)
            return state
        }
        return output(stack(steps, along: 1))
    }

    /// The likeliest word after the other.
    func describe(_ pictures: Tensor) -> [String] {
        evaluate {
            var state = eye(.constant(pictures))
            var said = [Tensor.zeros([pictures.shape[0]], as: .int64)]
            for _ in 0..<longest {
                state = cell(embedding(said[said.count - 1]), state)
                said.append(output(state).value.argmax(along: 1))
            }
            let all = stack(Array(said.dropFirst()), along: 1)
            return (0..<all.shape[0]).map { words.decode(all[$0].array(of: Int.self)) }
        }
    }
}

let speaker = Speaker(using: &random)
let speakerParameters = speaker.parameters
let adam = Adam()
let captions = words.encode(sentences, length: longest)
let pairs = Dataset(inputs: training.pictures, labels: captions)
let epochs = example.isQuick ? 25 : 15
print("\(count) pictures, \(words.list.count) words; \(epochs) epochs of captions:")
for epoch in 1...epochs {
    adam.learningRate = 3e-3 * (1 - Double(epoch - 1) / Double(epochs))
    var sum = 0.0
    for batch in pairs.batches(of: 50, shuffledBy: &random) {
        // The right words, and the end behind them.
        let end = Tensor.zeros([batch.count, 1], as: .int64)
        let loss = crossEntropy(speaker.scores(batch.inputs, batch.labels), concatenate([batch.labels, end], along: 1))
        loss.backward()
        adam.step(speakerParameters)
        sum += loss.item * Double(batch.count)
    }
    if epoch == 1 || epoch % 5 == 0 {
        print("  epoch \(column("\(epoch)", 3)) loss \(decimals(sum / Double(count), 4))")
    }
}
let described = speaker.describe(test.pictures)
let exact = zip(described, test.scenes).filter { $0 == $1.sentence }.count
print("  word for word right on pictures it has not seen: \(exact) of \(testCount)\n")
for i in 0..<4 { print("  \(described[i] == test.scenes[i].sentence ? "right" : "wrong")  \(described[i])") }
example.draw(
    ImageGrid(
        test.pictures[..<12], in: 0...1, columns: 3, pixel: 8, captions: described.prefix(12).map { $0 },
        title: "Pictures it has not seen, in its words"), "captions")

// 2. Questions: an eye for the picture, a GRU for the question, and the answer from both.
struct Question { let scene: Int, text: String, answer: String }
func questions(_ scenes: [ShapeScene]) -> [Question] {
    scenes.enumerated().flatMap { place, scene in
        scene.questions.map { Question(scene: place, text: $0.question, answer: $0.answer) }
    }
}
let asked = questions(training.scenes), askedTest = questions(test.scenes)
let questionWords = Words(of: asked.map(\.text))
let answers = Set(asked.map(\.answer)).sorted()
let longestQuestion = asked.map { $0.text.split(separator: " ").count }.max() ?? 1

struct Answerer: Parameterized {
    let eye: Eye, embedding: Embedding, ear: GRU, hidden: Linear, output: Linear
    init(using random: inout Random) {
        eye = Eye(using: &random)
        embedding = Embedding(tokens: questionWords.list.count, features: 16, using: &random)
        ear = GRU(inFeatures: 16, hiddenFeatures: 32, using: &random)
        hidden = Linear(inFeatures: 96, outFeatures: 64, using: &random)
        output = Linear(inFeatures: 64, outFeatures: answers.count, using: &random)
    }
    /// Scores of the answers to questions `[n, length]`, each about the picture at its place in `[batch, 3, 20, 20]`.
    func callAsFunction(_ pictures: Variable, _ places: Tensor, _ question: Tensor) -> Variable {
        let (_, heard) = ear(embedding(question), from: nil)
        return output(relu(hidden(concatenate([eye(pictures).taking(places), heard[0]], along: 1))))
    }
}
/// Some pictures, all questions about them, and the answers.
func material(
    _ chosen: [Int], _ scenes: [ShapeScene], _ pictures: Tensor
) -> (pictures: Variable, places: Tensor, questions: Tensor, answers: Tensor) {
    let asked = questions(chosen.map { scenes[$0] })
    return (
        .constant(pictures.taking(Tensor(chosen))), Tensor(asked.map(\.scene)),
        questionWords.encode(asked.map(\.text), length: longestQuestion),
        Tensor(asked.map { answers.firstIndex(of: $0.answer) ?? 0 })
    )
}
let answerer = Answerer(using: &random)
let answererParameters = answerer.parameters
let answererAdam = Adam()
let rounds = example.isQuick ? 30 : 20
print("\n\(asked.count) questions; \(rounds) epochs:")
for round in 1...rounds {
    answererAdam.learningRate = 3e-3 * (1 - Double(round - 1) / Double(rounds))
    let order = Tensor.permutation(count, using: &random).array(of: Int.self)
    var (sum, steps) = (0.0, 0)
    for start in stride(from: 0, to: count, by: 40) {
        let part = material(Array(order[start..<min(start + 40, count)]), training.scenes, training.pictures)
        let loss = crossEntropy(answerer(part.pictures, part.places, part.questions), part.answers)
        loss.backward()
        answererAdam.step(answererParameters)
        (sum, steps) = (sum + loss.item, steps + 1)
    }
    if round == 1 || round % 5 == 0 { print("  epoch \(column("\(round)", 3)) loss \(decimals(sum / Double(steps)))") }
}
let held = material(Array(0..<testCount), test.scenes, test.pictures)
let said = evaluate { answerer(held.pictures, held.places, held.questions).value }.argmax(along: 1).array(of: Int.self)
for i in 0..<6 { print("  \(askedTest[i].text)? \(answers[said[i]])") }
let rightAnswers = zip(said, askedTest).filter { answers[$0] == $1.answer }.count
print(
    "\ncaptions \(decimals(Double(exact) / Double(testCount))), answers "
        + decimals(Double(rightAnswers) / Double(askedTest.count)))
