import GradusAutograd
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct BatchesTests {
    /// Examples that say who they are: number i is a row [i, i + 0.5] of label 10 · i.
    private func dataset(_ count: Int) -> Dataset {
        Dataset(
            inputs: Tensor((0..<count).flatMap { [Double($0), Double($0) + 0.5] }, shape: [count, 2]),
            labels: Tensor((0..<count).map { 10 * $0 }))
    }

    private func examples(_ batches: Batches) -> [Int] {
        batches.flatMap { batch in
            let inputs = batch.inputs.value.array(of: Double.self)
            let labels = batch.labels.array(of: Int.self)
            #expect(batch.inputs.shape == [labels.count, 2])
            #expect(!batch.inputs.wantsGradient)
            for (row, label) in labels.enumerated() {
                #expect(inputs[2 * row] * 10 == Double(label))
                #expect(inputs[2 * row + 1] == inputs[2 * row] + 0.5)
            }
            return labels.map { $0 / 10 }
        }
    }

    @Test func inOrderWithoutAGenerator() {
        #expect(examples(dataset(7).batches(of: 3)) == Array(0..<7))
    }

    @Test(arguments: [0, 1, 5, 6, 7, 12])
    func everyExampleOnceInAnOrderDrawn(count: Int) {
        var random = Random(seed: 1)
        let batches = dataset(count).batches(of: 3, shuffledBy: &random)
        #expect(batches.map(\.count) == stride(from: 0, to: count, by: 3).map { min(3, count - $0) })
        #expect(batches.count == (count + 2) / 3)
        #expect(examples(batches).sorted() == Array(0..<count))
    }

    @Test func aBatchMayBeLargerThanAll() {
        #expect(dataset(4).batches(of: 100).map(\.count) == [4])
        #expect(dataset(4).batches(of: 100, droppingLast: true).isEmpty)
    }

    @Test func theShortBatchIsDroppedIfAskedTo() {
        var random = Random(seed: 1)
        #expect(dataset(7).batches(of: 3, shuffledBy: &random, droppingLast: true).map(\.count) == [3, 3])
        #expect(dataset(6).batches(of: 3, droppingLast: true).map(\.count) == [3, 3])
    }

    @Test func theSeedDecidesTheOrder() {
        func order(_ seed: UInt64) -> [Int] {
            var random = Random(seed: seed)
            return examples(dataset(50).batches(of: 8, shuffledBy: &random))
        }
        #expect(order(1) == order(1))
        #expect(order(1) != order(2))
        #expect(order(1) != Array(0..<50))
    }

    @Test func epochsDiffer() {
        var random = Random(seed: 1)
        let data = dataset(50)
        let first = examples(data.batches(of: 8, shuffledBy: &random))
        #expect(first != examples(data.batches(of: 8, shuffledBy: &random)))
    }

    @Test func batchesMayBeGoneThroughAgain() {
        var random = Random(seed: 1)
        let batches = dataset(9).batches(of: 2, shuffledBy: &random)
        #expect(examples(batches) == examples(batches))
        expectIdentical(batches[3].labels, Array(batches)[3].labels)
    }

    @Test func aBatchIsTheSameAtAnyNumberOfThreads() {
        let results = atThreadCounts {
            var random = Random(seed: 5)
            return dataset(1000).batches(of: 300, shuffledBy: &random).map(\.inputs.value)
        }
        for result in results.dropFirst() {
            for (a, b) in zip(result, results[0]) { expectIdentical(a, b) }
        }
    }

    @Test func aSplitHasEachExampleOnce() {
        var random = Random(seed: 2)
        let (first, second) = dataset(10).split(4, using: &random)
        #expect((first.count, second.count) == (4, 6))
        let labels = first.labels.array(of: Int.self) + second.labels.array(of: Int.self)
        #expect(labels.sorted() == (0..<10).map { 10 * $0 })
        #expect(dataset(3).split(0, using: &random).first.inputs.shape == [0, 2])
        #expect(dataset(3).split(3, using: &random).second.count == 0)
    }

    @Test func misuseIsNamed() {
        var random = Random(seed: 1)
        let data = dataset(3)
        #expect(misuseMessage { data.batches(of: 0) } == "batches: of 0; a batch has at least one example")
        #expect(
            misuseMessage { data.batches(of: -1, shuffledBy: &random) }
                == "batches: of -1; a batch has at least one example")
        #expect(misuseMessage { data.batches(of: 2)[2] } == "batches: batch 2 of 2")
        #expect(misuseMessage { data.split(4, using: &random) } == "split: 4 of 3 examples")
        #expect(
            misuseMessage { Dataset(inputs: .zeros([3, 2]), labels: .zeros([2])) }
                == "Dataset: inputs of shape [3, 2] and labels of [2]; the first sizes are equal")
        #expect(misuseMessage { Dataset(inputs: Tensor(1), labels: Tensor(1)) } != nil)
    }

    /// What follows caught misuse goes on without trapping.
    @Test func whatFollowsMisuseIsInert() {
        var random = Random(seed: 1)
        let message = misuseMessage {
            let data = Dataset(inputs: .zeros([3, 2]), labels: .zeros([2]))
            for batch in data.batches(of: 2, shuffledBy: &random) { _ = batch.inputs + 1 }
            for batch in data.batches(of: 0) { _ = batch.count }
            _ = data.split(2, using: &random).second.count
        }
        #expect(message?.hasPrefix("Dataset: ") == true)
    }
}
