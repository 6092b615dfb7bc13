import Foundation
import GradusTensor

/// Batches that another thread gathers and augments while this one computes; in the same order, to the bit.
///
/// Made by ``Batches/preparedAhead(by:)``.
public struct PreparedBatches: Sequence, Sendable {
    fileprivate let batches: Batches
    fileprivate let ahead: Int

    /// The number of batches.
    public var count: Int { batches.count }

    public var underestimatedCount: Int { batches.count }

    public func makeIterator() -> Iterator { Iterator(Preparation(batches, ahead: ahead)) }

    /// Waits for each batch in its turn. When nobody holds it any more, nothing further is prepared.
    public struct Iterator: IteratorProtocol {
        private let owner: Owner

        fileprivate init(_ preparation: Preparation) { owner = Owner(preparation) }

        public mutating func next() -> Batch? { owner.preparation.next() }

        /// Ends the preparation with the last copy of the iterator; the thread itself holds the preparation.
        private final class Owner {
            let preparation: Preparation
            init(_ preparation: Preparation) { self.preparation = preparation }
            deinit { preparation.cancel() }
        }
    }
}

extension Batches {
    /// The same batches, with so many of them prepared by another thread before they are asked for.
    ///
    ///     for batch in training.batches(of: 64, shuffledBy: &random).preparedAhead() { … }
    ///
    /// They are what they would be otherwise, in the same order: what was drawn, was drawn before. Worth it where augmentation
    /// takes long, beside a model that leaves a core free. Fewer than 1 ahead is misuse.
    public func preparedAhead(by count: Int = 2) -> PreparedBatches {
        guard count >= 1 else {
            return misuse("preparedAhead: by \(count); by 1 at least", inert: PreparedBatches(batches: self, ahead: 1))
        }
        return PreparedBatches(batches: self, ahead: count)
    }
}

/// A short queue between the thread that prepares and the one that asks.
private final class Preparation: @unchecked Sendable {
    // @unchecked: all that changes is touched under the condition's lock.
    private let batches: Batches
    private let ahead: Int
    private let condition = NSCondition()
    private var ready: [Result<Batch, any Error>] = []
    private var taken = 0
    private var isCancelled = false

    init(_ batches: Batches, ahead: Int) {
        (self.batches, self.ahead) = (batches, ahead)
        let thread = Thread { [self] in prepare() }
        thread.name = "Gradus batches"
        thread.start()
    }

    /// The next batch, waited for; nil after the last. What was misused on the other thread is said on this one.
    func next() -> Batch? {
        let result: Result<Batch, any Error>? = {
            condition.lock()
            defer { condition.unlock() }
            guard taken < batches.count else { return nil }
            while ready.isEmpty { condition.wait() }
            taken += 1
            condition.signal()
            return ready.removeFirst()
        }()
        switch result {
        case nil: return nil
        case .success(let batch): return batch
        case .failure(let error): return misuse("\(error)", inert: Batch(inputs: .inert, labels: .inert))
        }
    }

    func cancel() {
        condition.lock()
        isCancelled = true
        condition.signal()
        condition.unlock()
    }

    private func prepare() {
        for index in batches.indices {
            // Its loops stay on this thread: the others belong to the model.
            let batch = Result { try catchingMisuse { withForcedThreads(1) { batches[index] } } }
            condition.lock()
            while ready.count >= ahead && !isCancelled { condition.wait() }
            let goesOn = !isCancelled
            if goesOn { ready.append(batch) }
            condition.signal()
            condition.unlock()
            if !goesOn { return }
        }
    }
}
