import Foundation
import GradusAutograd
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct PreparedBatchesTests {
    private func batches(_ seed: UInt64, count: Int = 100) -> Batches {
        var random = Random(seed: seed)
        let inputs = Tensor.uniform([count, 1, 6, 6], using: &random)
        return Dataset(inputs: inputs, labels: Tensor.arange(count))
            .batches(of: 8, shuffledBy: &random)
            .augmented(by: .horizontalFlip(), .translation(upTo: 2), using: &random)
    }

    private func expectSame(_ a: some Sequence<Batch>, _ b: some Sequence<Batch>) {
        let (a, b) = (Array(a), Array(b))
        #expect(a.count == b.count)
        for (a, b) in zip(a, b) {
            expectIdentical(a.inputs.value, b.inputs.value)
            expectIdentical(a.labels, b.labels)
        }
    }

    @Test(arguments: [1, 2, 50])
    func theyAreTheSameInTheSameOrder(ahead: Int) {
        let prepared = batches(1).preparedAhead(by: ahead)
        #expect(prepared.count == 13)
        expectSame(prepared, batches(1))
        expectSame(prepared, prepared)  // also when gone through again
    }

    @Test func twoReadersDoNotMeet() {
        let prepared = batches(2).preparedAhead()
        var (one, other) = (prepared.makeIterator(), prepared.makeIterator())
        var pairs: [(Batch, Batch)] = []
        while let a = one.next(), let b = other.next() { pairs.append((a, b)) }
        #expect(pairs.count == 13)
        expectSame(pairs.map(\.0), pairs.map(\.1))
    }

    @Test func nothingIsPreparedForNobody() throws {
        let counter = Counter()
        var random = Random(seed: 1)
        let watched = batches(3, count: 1000).map(using: &random) { batch, _ in
            counter.add()
            return batch
        }
        for batch in watched.preparedAhead(by: 2) {
            #expect(batch.count == 8)
            break
        }
        // It stops at the latest with what it had begun: two in the queue, one in the hand, one that was taken.
        let settled = counter.waitUntilStill()
        #expect(settled <= 4)
    }

    @Test func itGoesNoFurtherAheadThanAsked() {
        let counter = Counter()
        var random = Random(seed: 1)
        let watched = batches(3).map(using: &random) { batch, _ in
            counter.add()
            return batch
        }
        var iterator = watched.preparedAhead(by: 3).makeIterator()
        #expect(counter.waitUntilStill() <= 4)
        #expect(iterator.next() != nil)
        #expect(counter.waitUntilStill() <= 5)
    }

    @Test func misuseOnTheOtherThreadIsSaidOnThisOne() {
        var random = Random(seed: 1)
        let wrong = batches(1).map(using: &random) { batch, _ in
            Batch(inputs: batch.inputs + Variable.constant(.zeros([3, 5])), labels: batch.labels)
        }
        let message = misuseMessage { for batch in wrong.preparedAhead() { _ = batch.count } }
        #expect(message == "add: shapes [8, 1, 6, 6] and [3, 5] do not broadcast")
        #expect(misuseMessage { batches(1).preparedAhead(by: 0) } == "preparedAhead: by 0; by 1 at least")
    }

    @Test func noBatchesAreNone() {
        let none = Dataset(inputs: .zeros([0, 2]), labels: .zeros([0])).batches(of: 3).preparedAhead()
        #expect(Array(none).isEmpty)
    }

    @Test func aBatchIsTheSameInAnyOrder() {
        let batches = batches(4)
        let backwards = batches.indices.reversed().map { batches[$0] }.reversed()
        expectSame(Array(backwards), batches)
    }
}

private final class Counter: @unchecked Sendable {
    // @unchecked: the count is touched under the lock only.
    private let lock = NSLock()
    private var count = 0

    func add() { lock.withLock { count += 1 } }

    /// Waits until nobody has counted for a while.
    func waitUntilStill() -> Int {
        var last = -1
        while true {
            let now = lock.withLock { count }
            if now == last { return now }
            last = now
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}
