import Foundation
import Testing

/// The catalogue's examples, at their quick setting where the whole takes long in a debug build: each ends with a number that
/// only what works can reach.
@Suite(.serialized) struct CatalogueTests {
    /// What an example is to reach, and the pictures it draws.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var arguments: [String] = []
        /// The number at the end of its last line.
        let result: ClosedRange<Double>
        /// Numbers before it in that line, by the word in front of each.
        var before: [String: ClosedRange<Double>] = [:]
        /// What its output must contain.
        var says: [String] = []
        let pictures: [String]
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "LogicGates", result: 1...1, says: ["   1  1 |  1   0   1    0", "one layer   0.693"],
            pictures: ["loss", "xor"]),
        Case(
            name: "NearestNeighbours", arguments: ["--quick"], result: 0.9...1, says: ["best: k = "],
            pictures: ["cross-validation", "neighbours"]),
        Case(
            name: "Spiral", arguments: ["--quick"], result: 0.7...1,
            says: ["linear softmax: training accuracy 0.5", "  W2  "],
            pictures: ["linear", "two-layers", "loss"]),
        Case(
            name: "Initialization", arguments: ["--quick"], result: 0.3...2,
            says: ["zeros, tanh          0.00e+00", "orthogonal, tanh"],
            pictures: ["activations", "gradients", "layer-10-Xavier-tanh"]),
        Case(
            name: "Babysitting", arguments: ["--quick"], result: 0.8...1,
            says: ["\nfirst loss 2.30", "4. Overfit twenty"],
            pictures: ["learning-rate", "accuracy", "hidden-units"]),
        Case(
            name: "LinearClassifiers", arguments: ["--quick"], result: 0.85...1,
            says: ["hinge of the slide's example: 695.45\n", "elastic net"], pictures: ["loss", "templates"]),
        Case(
            name: "DigitsZoo", arguments: ["--quick"], result: 0.45...1,
            says: ["VGG-style", "residual", "transformer"],
            pictures: ["accuracy"]),
        Case(
            name: "TransferLearning", arguments: ["--quick"], result: 0.03...1,
            says: ["examples each", "fine-tuned", "from 3 of each, "],
            pictures: ["accuracy"]),
        Case(
            name: "Autoencoders", arguments: ["--quick"], result: 0...0.08, says: ["principal components: 0.025"],
            pictures: ["plain", "denoising", "codes", "variational"]),
        Case(
            name: "GAN", arguments: ["--quick"], result: 2...100,
            says: ["test digits", "DCGAN step 60", "WGAN-GP step 60"],
            pictures: ["dcgan", "wgan"]),
        Case(
            name: "Sequences", arguments: ["--quick"], result: 0.9...1,
            says: ["  fires 0 0 0 0 1 1 0 0 1\n  at    4, 5, 8\n", "4. One-to-many"],
            pictures: ["memory", "rows", "gradients"]),
        Case(
            // Below the unigram entropy.
            name: "CharacterModel", arguments: ["--quick"], result: 0...3.0,
            says: ["unigram entropy 3.020", "The LSTM writes"],
            pictures: ["loss"]),
        Case(
            // Whole sentences word for word, and answers.
            name: "Captioning", arguments: ["--quick"], result: 0.5...1, before: ["captions": 0.1...1],
            says: ["how many shapes are there?"], pictures: ["captions"]),
        Case(
            name: "Visualize", arguments: ["--quick"], result: 0.5...1, says: ["test accuracy 0."],
            pictures: ["loss", "confusion", "filters", "maps-1", "maps-2", "saliency", "ascent", "features"]),
    ]

    @Test(arguments: cases)
    func itReachesItsNumberAndDraws(example: Case) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradus-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try ExampleRun(example.name, example.arguments + ["--output", folder])
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        let result = try #require(run.result, "\(run.output)")
        #expect(example.result.contains(result), "\(run.output)")
        for (word, range) in example.before {
            let number = try #require(run.number(behind: word), "\(run.output)")
            #expect(range.contains(number), "\(run.output)")
        }
        for text in example.says { #expect(run.output.contains(text), "\(text)\nis not in\n\(run.output)") }
        for picture in example.pictures {
            let text = try String(contentsOfFile: "\(folder)/\(picture).svg", encoding: .utf8)
            #expect(text.hasPrefix("<svg "), "\(picture)")
        }
    }

    @Test func wrongOptionsGetOneSentence() throws {
        let unknown = try ExampleRun("LogicGates", ["--fast"])
        #expect(unknown.status == 2 && unknown.output.isEmpty)
        #expect(unknown.errors == "LogicGates: there is no option \"--fast\"; see --help\n")
        #expect(try ExampleRun("LogicGates", ["--output"]).errors == "LogicGates: --output needs a value; see --help\n")
        let threads = try ExampleRun("LogicGates", ["--threads=0"])
        #expect(threads.errors == "LogicGates: --threads takes a whole number from 1 to 256, not \"0\"\n")
        let help = try ExampleRun("LogicGates", ["--help"])
        #expect(help.status == 0 && help.output.contains("--output PATH"))
        #expect(try ExampleRun("LogicGates", ["--output", "/dev/null/x"]).status == 1)
    }
}

extension ExampleRun {
    private var words: [Substring] { lines.last { !$0.isEmpty }?.split { $0 == " " || $0 == "," } ?? [] }

    /// The number at the end of the last line.
    fileprivate var result: Double? { words.last.flatMap { Double($0) } }

    /// The number in the last line that comes behind this word.
    fileprivate func number(behind word: String) -> Double? {
        words.firstIndex { $0 == word }.flatMap { place in words[(place + 1)...].first }.flatMap { Double($0) }
    }
}
