import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct SummaryTests {
    @Test func aChainIsTold() {
        var random = Random(seed: 1)
        let model = Sequential(
            Conv2D(inChannels: 3, outChannels: 8, kernel: 3, padding: 1, using: &random), BatchNorm(channels: 8),
            Function { relu($0) }, MaxPool2D(kernel: 2),
            Conv2D(inChannels: 8, outChannels: 4, kernel: 3, bias: false, using: &random), Flatten(),
            Linear(inFeatures: 144, outFeatures: 10, using: &random))
        let running = model.parameters.buffers[0].buffer.value
        let told = summary(of: model, input: [2, 3, 16, 16])
        expectIdentical(model.parameters.buffers[0].buffer.value, running)
        #expect(told.rows.map(\.layer) == ["layers.0", "layers.1", "", "layers.4", "layers.6"])
        #expect(told.rows.map(\.operation) == ["conv2D", "multiply", "maxPool2D", "conv2D", "linear"])
        let outputs: [Shape] = [[2, 8, 16, 16], [2, 8, 16, 16], [2, 8, 8, 8], [2, 4, 6, 6], [2, 10]]
        #expect(told.rows.map(\.output) == outputs)
        #expect(told.rows.map(\.parameters) == [224, 16, 0, 288, 1450])
        let products = [2 * 8 * 256 * 27, 0, 0, 2 * 4 * 36 * 72, 2 * 1440]
        #expect(told.rows.map(\.multiplyAdds) == products)
        let fields: [Pair?] = [Pair(3), Pair(3), Pair(4), Pair(8), nil]
        #expect(told.rows.map(\.receptiveField) == fields)
        #expect(told.parameterCount == model.parameters.count)
        #expect(
            told.description.split(separator: "\n").last
                == "total                                     1,978        134,208")
    }

    /// Branches, recurrent steps and attention are told as they run; every parameter is counted once.
    @Test func anyModelIsTold() {
        var random = Random(seed: 2)
        struct Model: Parameterized {
            let words: Embedding, lstm: LSTM, attention: MultiHeadAttention, tied: Variable
        }
        let words = Embedding(tokens: 5, features: 4, using: &random)
        let model = Model(
            words: words, lstm: LSTM(inFeatures: 4, hiddenFeatures: 4, using: &random),
            attention: MultiHeadAttention(features: 4, heads: 2, using: &random), tied: words.weight)
        let told = summary(of: model, input: .zeros([1, 3, 4])) { x in
            let h = model.attention(model.lstm(x) + x)
            return matmul(h, model.tied, transposingSecond: true)
        }
        #expect(told.rows.reduce(0) { $0 + $1.parameters } == model.parameters.count)
        #expect(told.parameterCount == model.parameters.count)
        let lstm = told.rows[0]
        #expect(lstm.layer == "lstm.cells.0" && lstm.multiplyAdds == 3 * (4 * 16 + 4 * 16))
        // Scores and averages in one operation: 2 heads of 3 by 3 by 2, twice.
        #expect(told.rows.filter { $0.layer.isEmpty }.map(\.multiplyAdds) == [72])
        let last = told.rows[told.rows.count - 1]
        #expect(last.layer == "words" && last.output == [1, 3, 5] && last.parameters == 20 && last.multiplyAdds == 60)
    }

    @Test func branchesSeeAsMuchAsTheWidest() {
        var random = Random(seed: 3)
        struct Block: Layer {
            let first: Conv2D, second: Conv2D
            func callAsFunction(_ x: Variable) -> Variable { relu(x + second(relu(first(x)))) }
        }
        func conv() -> Conv2D { Conv2D(inChannels: 2, outChannels: 2, kernel: 3, padding: 1, using: &random) }
        let model = Sequential(Block(first: conv(), second: conv()), Block(first: conv(), second: conv()), conv())
        let told = summary(of: model, input: [1, 2, 9, 9])
        #expect(told.rows.map(\.receptiveField) == [3, 5, 7, 9, 11].map { Pair($0) })
        #expect(told.rows.map(\.layer).prefix(2) == ["layers.0.first", "layers.0.second"])
    }
}

@Suite struct ScoreTests {
    @Test func theLabelMayBeAmongTheFirst() {
        let scores = Tensor([[0.1, 0.5, 0.4], [0.9, 0.05, 0.05], [0.2, 0.2, 0.6]])
        let labels = Tensor([2, 1, 1], as: .int64)
        #expect(topKAccuracy(scores, labels, k: 1) == accuracy(scores, labels))
        // Of equal scores the first wins.
        expectClose(topKAccuracy(scores, labels, k: 2), 2.0 / 3)
        #expect(topKAccuracy(scores, labels, k: 3) == 1)
        #expect(topKAccuracy(Variable(scores), labels, k: 3) == 1)
        #expect(misuseMessage { topKAccuracy(scores, labels, k: 4) } == "topKAccuracy: k of 4 among 3 classes")
        #expect(topKAccuracy(.zeros([0, 3]), .zeros([0], as: .int64), k: 1).isNaN)
    }

    @Test func classesAreScored() {
        var confusion = ConfusionMatrix(classes: 3)
        // Labels 0, 0, 0, 1 taken for 0, 0, 1, 1; nothing is of or taken for 2.
        let taken = Tensor.oneHot(Tensor([0, 0, 1, 1], as: .int64), classes: 3)
        confusion.add(taken, Tensor([0, 0, 0, 1], as: .int64))
        #expect(confusion.precision(of: 0) == 1 && confusion.precision(of: 1) == 0.5)
        expectClose(confusion.recall(of: 0), 2.0 / 3)
        #expect(confusion.recall(of: 1) == 1)
        expectClose(confusion.f1(of: 0), 0.8)
        expectClose(confusion.f1(of: 1), 2.0 / 3)
        #expect(confusion.precision(of: 2).isNaN && confusion.recall(of: 2).isNaN && confusion.f1(of: 2).isNaN)
        #expect(confusion.precision == 0.75)
        expectClose(confusion.recall, 5.0 / 6)
        expectClose(confusion.f1, (0.8 + 2.0 / 3) / 2)
        #expect(misuseMessage { confusion.precision(of: 3) } != nil)
    }
}
