import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct MetricsTests {
    private let scores = Tensor([[1, 3, 2], [5, 0, 0], [0, 0, 1], [2, 2, 0]])

    @Test func accuracyIsTheShareOfHits() {
        #expect(accuracy(scores, Tensor([1, 0, 2, 0], as: .int64)) == 1)
        #expect(accuracy(scores, Tensor([1, 0, 2, 1], as: .int64)) == 0.75)  // of equal scores the first wins
        #expect(accuracy(Variable(scores), Tensor([0, 1, 0, 2], as: .int64)) == 0)
        #expect(accuracy(scores.reshaped(2, 2, 3), Tensor([[1, 0], [2, 2]], as: .int64)) == 0.75)
        #expect(accuracy(.zeros([0, 3]), .zeros([0], as: .int64)).isNaN)
    }

    @Test func theMatrixCounts() {
        var confusion = ConfusionMatrix(classes: 3)
        #expect(confusion.accuracy.isNaN)
        confusion.add(scores, Tensor([1, 0, 2, 1], as: .int64))
        confusion.add(Variable(scores), Tensor([2, 0, 2, 0], as: .int64))
        #expect(confusion.total == 8)
        #expect(confusion.accuracy == 6 / 8.0)
        #expect((confusion[0, 0], confusion[1, 0], confusion[2, 1], confusion[2, 2]) == (3, 1, 1, 2))
        #expect(
            confusion.description == """
                rows: what it is; columns: what it was taken for
                  0 1 2
                0 3 . .
                1 1 1 .
                2 . 1 2
                """)
    }

    @Test func misuseIsNamedAndCountsNothing() {
        var confusion = ConfusionMatrix(classes: 3)
        let empty = confusion
        #expect(
            misuseMessage { accuracy(scores, Tensor([1, 0, 3, 1], as: .int64)) }
                == "accuracy: label 3 (label 2) is outside 0..<3")
        #expect(
            misuseMessage { confusion.add(scores, Tensor([1, 0, 3, 1], as: .int64)) }
                == "ConfusionMatrix: label 3 (label 2) is outside 0..<3")
        #expect(
            misuseMessage { confusion.add(.zeros([2, 4]), Tensor([1, 0], as: .int64)) }
                == "ConfusionMatrix: scores of 4 classes; it was made for 3")
        #expect(
            misuseMessage {
                _ = Tensor([1, 2]) + Tensor([1, 2, 3])
                confusion.add(scores, Tensor([1, 0, 2, 1], as: .int64))
            } != nil)
        #expect(confusion == empty)
        #expect(misuseMessage { confusion[3, 0] } == "ConfusionMatrix: label 3, prediction 0 of 3 classes")
        #expect(misuseMessage { ConfusionMatrix(classes: 0) } == "ConfusionMatrix: 0 classes; there is at least one")
    }
}
