import Foundation
import GradusTensor
import Synchronization
import Testing
import _TestSupport

/// How often each index was visited; each count is its own atomic, so that a race shows as a wrong count and nothing else.
private final class Visits: Sendable {
    private let counts: [Counter]

    final class Counter: Sendable {
        let value = Atomic(0)
    }

    init(_ count: Int) { counts = (0..<count).map { _ in Counter() } }

    func visit(_ range: Range<Int>) {
        for i in range { counts[i].value.wrappingAdd(1, ordering: .relaxed) }
    }

    var allOnce: Bool { counts.allSatisfy { $0.value.load(ordering: .relaxed) == 1 } }
}

/// Runs `body` on so many threads of its own at once, and waits for all of them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for i in 0..<count {
        group.enter()
        Thread {
            body(i)
            group.leave()
        }.start()
    }
    group.wait()
}

@Suite struct ThreadPoolTests {
    @Test(arguments: [1, 2, 3, 8, 33])
    func everyIndexIsVisitedOnce(threads: Int) {
        for count in [0, 1, 2, 3, 15, 16, 17, 31, 100, 1000, 4097] {
            for grain in [1, 2, 7, 64, 5000] {
                for joined in [false, true] {
                    let visits = Visits(count)
                    withForcedThreads(threads) { parallelFor(count, grain: grain, joined: joined) { visits.visit($0) } }
                    #expect(visits.allOnce, "\(count) by \(grain) on \(threads) threads, joined: \(joined)")
                }
            }
        }
    }

    @Test func chunksDependOnCountAndGrainAlone() {
        func chunks(_ threads: Int) -> Set<Range<Int>> {
            let chunks = Lock<Set<Range<Int>>>([])
            withForcedThreads(threads) {
                parallelFor(1000, grain: 37) { range in chunks.withLock { _ = $0.insert(range) } }
            }
            return chunks.withLock { $0 }
        }
        let alone = chunks(1)
        #expect(alone.count == 28)
        for threads in [2, 3, 8] { #expect(chunks(threads) == alone) }
    }

    @Test func joinedChunksBeginAndEndWhereSingleOnesDo() {
        for threads in [1, 2, 3, 8] {
            let ranges = Lock<[Range<Int>]>([])
            withForcedThreads(threads) {
                parallelFor(1000, grain: 7, joined: true) { range in ranges.withLock { $0.append(range) } }
            }
            let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
            #expect(sorted.count < 143 && sorted.contains { $0.count > 7 }, "as many as chunks")
            #expect(sorted.first?.lowerBound == 0 && sorted.last?.upperBound == 1000)
            for (range, next) in zip(sorted, sorted.dropFirst()) {
                #expect(range.upperBound == next.lowerBound && range.upperBound % 7 == 0)
            }
        }
    }

    /// The other thread waits until the caller has begun, which then waits for all chunks but those that it took with its first one.
    @Test func aThreadBeginsWithItsShareAndFinishesOthers() {
        struct Visit { let chunk: Int, isCaller: Bool }
        let visits = Lock<[Visit]>([])
        let caller = Thread.current
        let (chunks, together) = (32, 4)  // a quarter of its half
        func wait(until isSo: ([Visit]) -> Bool) {
            let deadline = Date(timeIntervalSinceNow: 60)
            while !isSo(visits.withLock { $0 }) && Date() < deadline { sched_yield() }
        }
        withForcedThreads(2) {
            parallelFor(chunks, grain: 1) { range in
                let isCaller = Thread.current == caller
                visits.withLock { $0.append(Visit(chunk: range.lowerBound, isCaller: isCaller)) }
                if !isCaller { wait { $0.contains { $0.isCaller } } }
                if isCaller && range.lowerBound == 0 { wait { $0.count == chunks - together + 1 } }
            }
        }
        let all = visits.withLock { $0 }
        #expect(all.first { $0.isCaller }?.chunk == 0)
        #expect(all.first { !$0.isCaller }?.chunk == chunks / 2)
        #expect(Set(all.filter(\.isCaller).map(\.chunk)) == Set(0..<together))
        #expect(all.count == chunks)
    }

    @Test func severalThreadsTakePart() {
        let arrived = Atomic(0)
        let met = Atomic(0)
        withForcedThreads(2) {
            parallelFor(2, grain: 1) { _ in
                // Neither chunk ends before the other has begun: one thread alone would wait here for the deadline.
                arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
                let deadline = Date(timeIntervalSinceNow: 20)
                while arrived.load(ordering: .sequentiallyConsistent) < 2 && Date() < deadline {}
                if Date() < deadline { met.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(met.load(ordering: .relaxed) == 2)
    }

    @Test func aLoopInsideALoopRunsWhereItIs() {
        let visits = Visits(64 * 50)
        withForcedThreads(4) {
            parallelFor(64, grain: 1) { outer in
                for i in outer {
                    parallelFor(50, grain: 3) { visits.visit(i * 50 + $0.lowerBound..<i * 50 + $0.upperBound) }
                }
            }
        }
        #expect(visits.allOnce)
    }

    @Test func loopsInsideAreCutAlikeWhoeverRunsThem() {
        let sizes = Lock<Set<Int>>([])
        withForcedThreads(4) {
            parallelFor(64, grain: 1) { _ in
                parallelFor(160, grain: 1000) { range in sizes.withLock { _ = $0.insert(range.count) } }
            }
        }
        #expect(sizes.withLock { $0 } == [10])
    }

    @Test func twoThreadsRunTheirLoopsAtOnce() {
        let failures = Atomic(0)
        onThreads(4) { i in
            for round in 0..<200 {
                let visits = Visits(round + i)
                let run = { parallelFor(round + i, grain: 3) { visits.visit($0) } }
                if i % 2 == 0 { withForcedThreads(3, run) } else { run() }
                if !visits.allOnce { failures.wrappingAdd(1, ordering: .relaxed) }
            }
        }
        #expect(failures.load(ordering: .relaxed) == 0)
    }

    @Test func theNumberOfThreadsMayChangeBetweenLoops() {
        var random = TensorGenerator(seed: 1)
        for _ in 0..<500 {
            let count = random.index(below: 300)
            let visits = Visits(count)
            withForcedThreads(1 + random.index(below: 9)) {
                parallelFor(count, grain: 1 + random.index(below: 20)) { visits.visit($0) }
            }
            #expect(visits.allOnce)
        }
    }

    @Test func workersThatSleepAreWoken() {
        for pause in [0, 100, 1000, 20_000] as [UInt32] {
            for _ in 0..<5 {
                usleep(pause)
                let visits = Visits(64)
                withForcedThreads(4) { parallelFor(64, grain: 1) { visits.visit($0) } }
                #expect(visits.allOnce)
            }
        }
    }

    @Test func whatIsForcedEndsWithItsScope() {
        struct Stop: Error {}
        func chunks() -> Int {
            let chunks = Atomic(0)
            parallelFor(160, grain: 1000) { _ in chunks.wrappingAdd(1, ordering: .relaxed) }
            return chunks.load(ordering: .relaxed)
        }
        #expect(chunks() == 1)
        #expect(withForcedThreads(2, chunks) == 16)
        #expect(throws: Stop.self) { try withForcedThreads(2) { throw Stop() } }
        #expect(chunks() == 1)
    }

    @Test func fewerThanOneThreadIsMisuse() {
        let before = threadCount
        #expect(misuseMessage { threadCount = 0 } == "threadCount: 0; at least one thread does the work")
        #expect(threadCount == before)
    }

    @Test func whileMisuseIsPendingTheNumberStays() {
        let before = threadCount
        _ = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            threadCount = before + 1
        }
        #expect(threadCount == before)
    }
}
