import Foundation
import GradusTensor
import Testing
import _TestSupport

/// Other tests use the shared pool at the same time: what is counted is counted on a pool of the test's own, and what concerns
/// the shared one uses blocks of a size that no other test comes near.
@Suite(.serialized) struct MemoryPoolTests {
    @Test(arguments: [1, 63, 64, 65, 80, 81, 127, 128, 129, 4095, 4096, 4097, 1 << 20, (1 << 40) + 1])
    func aSizeClassHoldsWhatItIsFor(bytes: Int) throws {
        let size = try #require(SizeClass(holding: bytes))
        #expect(size.bytes >= bytes)
        #expect(size.bytes % 16 == 0)
        #expect(size.index < SizeClass.count)
        // At most a fifth of it is idle.
        #expect(bytes <= 64 || (size.bytes - bytes) * 5 <= size.bytes)
        // The class is the smallest: what fills it is in it, and one byte more is in the next.
        #expect(SizeClass(holding: size.bytes)?.index == size.index)
        #expect(SizeClass(holding: size.bytes + 1)?.index == size.index + 1)
    }

    @Test func sizesThatNoMachineHasAreRefused() {
        #expect(SizeClass(holding: (1 << 48) - 1)?.index == SizeClass.count - 1)
        #expect(SizeClass(holding: 1 << 48) == nil)
        #expect(SizeClass(holding: .max) == nil)
        #expect(
            misuseMessage { Tensor.zeros([1 << 60]) }
                == "a tensor of shape [1152921504606846976] and float32 needs more memory than there is")
        #expect(
            misuseMessage { Tensor.zeros([1 << 62], as: .float64) }?.hasSuffix("needs more memory than there is")
                == true)
    }

    @Test func aBlockIsUsedAgain() {
        // 13 MB: a class that no other test uses.
        let shape: Shape = [3_345_678]
        var address: UnsafeRawPointer?
        do {
            let x = Tensor.ones(shape)
            x.withPointer { address = $0 }
        }
        let y = Tensor.ones(shape)
        y.withPointer { #expect($0 == address) }
    }

    @Test func statisticsFollowWhatIsInUse() throws {
        let pool = MemoryPool(), bytes = 1 << 20
        let first = try #require(pool.take(bytes)), second = try #require(pool.take(bytes))
        #expect(pool.statistics.inUse == 2 * bytes)
        pool.give(first, bytes)
        #expect(pool.statistics.inUse == bytes)
        #expect(pool.statistics.kept == bytes)
        #expect(pool.take(bytes) == first)
        pool.give(first, bytes)
        pool.give(second, bytes)
        #expect(pool.statistics.inUse == 0)
        #expect(pool.statistics.kept == 2 * bytes)
        #expect(pool.statistics.peak == 2 * bytes)
    }

    @Test func tensorsAreCounted() {
        let bytes = 3_000_000 * 4
        let x = Tensor.zeros([3_000_000])
        let during = MemoryPool.shared.statistics
        withExtendedLifetime(x) {
            #expect(during.inUse >= bytes)
            #expect(during.peak >= during.inUse)
        }
    }

    @Test func beyondTheBoundNothingIsKept() throws {
        let pool = MemoryPool()
        func use(_ bytes: Int) throws { pool.give(try #require(pool.take(bytes)), bytes) }
        #expect(pool.bound == 1 << 30)
        pool.bound = 10 << 20
        try use(12 << 20)
        #expect(pool.statistics.kept == 0)
        try use(8 << 20)
        #expect(pool.statistics.kept == 8 << 20)
        try use(4 << 20)
        #expect(pool.statistics.kept == 8 << 20)
        pool.bound = 1 << 20
        #expect(pool.statistics.kept == 0)
    }

    @Test func releaseGivesEverythingBack() throws {
        let pool = MemoryPool()
        let block = try #require(pool.take(8 << 20)), held = try #require(pool.take(4096))
        pool.give(block, 8 << 20)
        #expect(pool.statistics.kept == 8 << 20)
        pool.release()
        #expect(pool.statistics.kept == 0)
        #expect(pool.statistics.inUse == 4096)
        pool.give(held, 4096)
    }

    @Test func whatCannotBeHadIsNotCounted() {
        let peak = MemoryPool.shared.statistics.peak
        _ = misuseMessage { Tensor.zeros([1 << 45], as: .bool) }
        #expect(MemoryPool.shared.statistics.peak < peak + 1 << 44)
    }

    @Test func manyThreadsShareIt() {
        let group = DispatchGroup()
        for thread in 0..<4 {
            group.enter()
            Thread {
                var random = TensorGenerator(seed: UInt64(thread))
                var kept: [(Tensor, Double)] = []
                for _ in 0..<400 {
                    let value = Double(random.index(below: 1000))
                    kept.append((Tensor.full([random.index(below: 2000)], value), value))
                    if kept.count > 20 { kept.remove(at: random.index(below: kept.count)) }
                }
                // A block given to two threads at once would hold the other's value.
                for (x, value) in kept where !(x .== value).all() { Issue.record("a block has two owners") }
                group.leave()
            }.start()
        }
        group.wait()
    }

    #if DEBUG
        @Test func freedBlocksArePoisoned() throws {
            // A pool of its own: a block of the shared one may be another test's by now.
            let (pool, count) = (MemoryPool(), 1_611_111)
            let first = try #require(pool.take(4 * count))
            first.initializeMemory(as: Float.self, repeating: 1, count: count)
            pool.give(first, 4 * count)
            let second = try #require(pool.take(4 * count))
            #expect(second == first)
            let floats = second.assumingMemoryBound(to: Float.self)
            #expect(floats[0].isNaN && floats[count - 1].isNaN)
            pool.give(second, 4 * count)
        }
    #endif
}
