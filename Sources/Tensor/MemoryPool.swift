import CGradusKernels

/// Keeps the blocks that tensors let go, for the next tensor of like size: fresh memory from the operating system costs a
/// page fault every 4 KB, which is dearer than most arithmetic on it.
///
/// Sizes are rounded up to classes, four to each power of two, so that at most a fifth of a block is idle. Blocks are aligned
/// to 64 bytes. No more than ``bound`` bytes are kept; what comes back beyond it goes to the operating system.
public final class MemoryPool: Sendable {
    /// The pool that all tensors use.
    public static let shared = MemoryPool()

    /// What the pool holds, in bytes.
    public struct Statistics: Sendable {
        /// In blocks that tensors use now.
        public internal(set) var inUse = 0
        /// In blocks kept for later.
        public internal(set) var kept = 0
        /// The most that was ever in use at once.
        public internal(set) var peak = 0

        mutating func use(_ bytes: Int) {
            inUse += bytes
            peak = max(peak, inUse)
        }
    }

    private struct State {
        var free = [[UInt]](repeating: [], count: SizeClass.count)  // addresses, so that the state is Sendable
        var statistics = Statistics()
        var bound = 1 << 30
    }

    private let state = Lock(State())

    /// A pool beside the shared one; every block it gave must be back before it goes.
    package init() {}

    deinit { release() }

    /// What it holds now.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// The most bytes that are kept for later, 1 GiB unless set.
    public var bound: Int {
        get { state.withLock { $0.bound } }
        set {
            state.withLock { $0.bound = newValue }
            if statistics.kept > newValue { release() }
        }
    }

    /// Gives everything that is kept back to the operating system.
    public func release() {
        let blocks = state.withLock { state in
            defer {
                state.free = [[UInt]](repeating: [], count: SizeClass.count)
                state.statistics.kept = 0
            }
            return state.free.joined().map { $0 }
        }
        for address in blocks { gradus_free(UnsafeMutableRawPointer(bitPattern: address)) }
    }

    /// A block of at least `bytes`, or nil where there is no memory.
    package func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard let size = SizeClass(holding: bytes) else { return nil }
        let kept = state.withLock { state -> UInt? in
            guard let address = state.free[size.index].popLast() else { return nil }
            state.statistics.kept -= size.bytes
            state.statistics.use(size.bytes)
            return address
        }
        if let kept { return UnsafeMutableRawPointer(bitPattern: kept) }
        var fresh = gradus_allocate(Int64(size.bytes))
        if fresh == nil {
            release()  // what is kept in other sizes may be just what is missing
            fresh = gradus_allocate(Int64(size.bytes))
        }
        if fresh != nil { state.withLock { $0.statistics.use(size.bytes) } }
        return fresh
    }

    /// Takes a block back.
    package func give(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
        guard let size = SizeClass(holding: bytes) else { return }
        #if DEBUG
            // A NaN in every float: whoever reads through a stale pointer sees it.
            gradus_poison(block, Int64(bytes))
        #endif
        let kept = state.withLock { state -> Bool in
            state.statistics.inUse -= size.bytes
            guard state.statistics.kept + size.bytes <= state.bound else { return false }
            state.statistics.kept += size.bytes
            state.free[size.index].append(UInt(bitPattern: block))
            return true
        }
        if !kept { gradus_free(block) }
    }
}

/// A block size of the pool: 64, 80, 96, 112, 128, 160, … bytes.
package struct SizeClass {
    package static let count = 4 * 48 + 1
    package let index: Int
    package let bytes: Int

    /// The smallest class that holds so many bytes; nil from 2^48 on, which no machine has.
    package init?(holding bytes: Int) {
        guard bytes < 1 << 48 else { return nil }
        let needed = max(bytes, 64)
        let power = Int.bitWidth - 1 - (needed - 1).leadingZeroBitCount  // 2^power < needed <= 2^(power + 1)
        let step = 1 << max(power - 2, 0)
        let quarter = (needed - (1 << power) + step - 1) / step
        index = power * 4 + quarter
        self.bytes = (1 << power) + quarter * step
    }
}
