import CGradusKernels
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How many threads an operation may use, the calling one included: the number of cores unless set.
///
/// Results do not depend on it, to the bit. Setting it below 1 is misuse.
public var threadCount: Int {
    get { ThreadPool.shared.threadCount.load(ordering: .relaxed) }
    set {
        guard newValue >= 1 else { return misuse("threadCount: \(newValue); at least one thread does the work") }
        guard !misuseIsPending else { return }
        ThreadPool.shared.threadCount.store(newValue, ordering: .relaxed)
    }
}

/// Runs `body` with so many threads for every loop that this thread starts, however small, so that a test on small tensors
/// runs the parallel code. Loops that are busy elsewhere are waited for. Other threads are not concerned.
package func withForcedThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    let thread = gradus_this_thread()
    let outer = thread.pointee.forced_threads
    thread.pointee.forced_threads = Int32(clamping: max(1, count))
    defer { thread.pointee.forced_threads = outer }
    return try body()
}

/// Runs `body` on every chunk of `0..<count`, on several threads where that pays.
///
/// Chunks are cut by `count` and `grain` alone, never by the number of threads, and each is run once: what `body` computes
/// for a chunk must depend on the chunk only. It must not report misuse. `grain` is the number of items worth handing over:
/// some 10 µs of work. With `joined`, neighbouring chunks may be run as one: of cheap items, each computed for itself, where
/// it would take a good part of the time to begin a chunk.
@inline(__always)
package func parallelFor(_ count: Int, grain: Int, joined: Bool = false, _ body: (Range<Int>) -> Void) {
    if isOneShare(count, grain: grain) {
        if count > 0 { body(0..<count) }
    } else {
        ThreadPool.shared.run(count, grain: grain, joined: joined, body)
    }
}

/// How many threads a loop that begins here may have: one inside another loop.
var parallelThreads: Int {
    let thread = gradus_this_thread()
    if thread.pointee.in_worker { return 1 }
    return thread.pointee.forced_threads > 0 ? Int(thread.pointee.forced_threads) : threadCount
}

/// Whether a loop is too small to be shared out.
@inline(__always)
package func isOneShare(_ count: Int, grain: Int) -> Bool {
    count <= grain && gradus_this_thread().pointee.forced_threads == 0
}

/// Threads that wait for shares of a loop: they spin for some tens of microseconds after the last one, then sleep.
final class ThreadPool: @unchecked Sendable {
    // @unchecked: `job` is written by the one caller that holds `busy`, and read by the workers that `gate` let in.
    static let shared = ThreadPool()

    let threadCount: Atomic<Int>

    private struct Job {
        var body: (Range<Int>) -> Void
        var count: Int
        var grain: Int
        var joined: Bool
        var forcedThreads: Int32

        static var none: Job { Job(body: { _ in }, count: 0, grain: 1, joined: false, forcedThreads: 0) }

        func run(_ chunks: Range<Int>) {
            if joined { return body(chunks.lowerBound * grain..<min(chunks.upperBound * grain, count)) }
            for chunk in chunks { body(chunk * grain..<min((chunk + 1) * grain, count)) }
        }
    }

    private let cores: Int
    private let workerCount = Atomic(0)
    private let busy = Atomic(false)
    private var job = Job.none
    /// The job's chunks: a share for each of the threads that it takes.
    private let shares = UnsafeMutablePointer<Share>.allocate(capacity: mostThreads)
    /// How many workers the job takes.
    private let wanted = Atomic(0)

    /// The job's number in the upper bits; how many workers joined it in the middle; in the lowest, whether it takes more.
    private let gate = Atomic<UInt64>(0)
    private let finished = Atomic(0)
    private let sleeping = Atomic(0)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    private static let open: UInt64 = 1
    private static let oneWorker: UInt64 = 2
    private static let oneJob: UInt64 = 1 << 16
    private static let mostThreads = 256

    private init() {
        cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        threadCount = Atomic(cores)
        for index in 0..<ThreadPool.mostThreads { (shares + index).initialize(to: Share()) }
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    func run(_ count: Int, grain: Int, joined: Bool, _ body: (Range<Int>) -> Void) {
        let (threads, forced) = (parallelThreads, gradus_this_thread().pointee.forced_threads)
        let grain = forced > 0 ? max(1, min(grain, count / 16)) : max(1, grain)
        // A loop inside a share of another loop, or beside another thread's, runs where it is.
        let alone = threads == 1 || count <= grain
        guard !alone, becomesBusy(waiting: forced > 0) else {
            if joined && count > 0 { return body(0..<count) }
            for start in stride(from: 0, to: count, by: grain) { body(start..<min(start + grain, count)) }
            return
        }
        let workers = min(threads, ThreadPool.mostThreads) - 1
        startWorkers(workers)
        withoutActuallyEscaping(body) { body in
            job = Job(body: body, count: count, grain: grain, joined: joined, forcedThreads: forced)
            wanted.store(workers, ordering: .relaxed)
            let chunks = (count + grain - 1) / grain
            for thread in 0...workers {
                shares[thread].fill(with: thread * chunks / (workers + 1)..<(thread + 1) * chunks / (workers + 1))
            }
            finished.store(0, ordering: .relaxed)
            let number = (gate.load(ordering: .relaxed) / ThreadPool.oneJob + 1) * ThreadPool.oneJob
            gate.store(number | ThreadPool.open, ordering: .sequentiallyConsistent)
            if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_broadcast(condition)
                pthread_mutex_unlock(mutex)
            }
            work(as: 0)
            // Nobody joins from here on; those who did are waited for.
            let closed = gate.bitwiseAnd(~ThreadPool.open, ordering: .acquiringAndReleasing).oldValue
            let joined = Int((closed % ThreadPool.oneJob) / ThreadPool.oneWorker)
            var spins = 0
            while finished.load(ordering: .acquiring) < joined {
                spins += 1
                if spins > 2000 { sched_yield() } else { gradus_pause() }
            }
            job = .none
        }
        busy.store(false, ordering: .releasing)
    }

    private func becomesBusy(waiting: Bool) -> Bool {
        while !busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged {
            guard waiting else { return false }
            sched_yield()
        }
        return true
    }

    /// Takes chunks until there are none: its own from the first one on, then the last ones of others. So a thread meets in each loop
    /// over the same tensors what its core has in its caches from the one before, and reads on where it left off.
    private func work(as number: Int) {
        let job = job
        let threads = wanted.load(ordering: .relaxed) + 1
        let thread = gradus_this_thread()
        let outer = thread.pointee.forced_threads
        thread.pointee.in_worker = true
        thread.pointee.forced_threads = job.forcedThreads  // loops inside are cut alike, whoever runs them
        defer {
            thread.pointee.in_worker = false
            thread.pointee.forced_threads = outer
        }
        for other in 0..<threads {
            while let chunks = shares[(number + other) % threads].take(first: other == 0) {
                job.run(chunks)
            }
        }
    }

    private func startWorkers(_ wanted: Int) {
        while workerCount.load(ordering: .relaxed) < wanted {
            let index = workerCount.load(ordering: .relaxed)
            guard startThread({ ThreadPool.shared.serve(index) }) else { return }
            workerCount.store(index + 1, ordering: .relaxed)
        }
    }

    private func serve(_ index: Int) -> Never {
        // Only as many spin as there are cores for them, beside the caller.
        let patience = index < cores - 1 ? 4000 : 0
        var seen: UInt64 = 0
        while true {
            var spins = 0
            while !isNew(gate.load(ordering: .acquiring), since: seen) {
                spins += 1
                if spins < patience {
                    gradus_pause()
                } else {
                    sleep(since: seen)
                }
            }
            var current = gate.load(ordering: .acquiring)
            seen = current / ThreadPool.oneJob
            // A worker beyond the number wanted lets the job pass. (If this is the next job's number already, the gate has
            // changed and the exchange below fails.)
            guard index < wanted.load(ordering: .relaxed) else { continue }
            while current & ThreadPool.open != 0 && current / ThreadPool.oneJob == seen {
                let (joined, now) = gate.compareExchange(
                    expected: current, desired: current + ThreadPool.oneWorker, ordering: .acquiringAndReleasing)
                if joined {
                    work(as: index + 1)
                    finished.wrappingAdd(1, ordering: .releasing)
                    break
                }
                current = now
            }
        }
    }

    private func isNew(_ gate: UInt64, since seen: UInt64) -> Bool {
        gate & ThreadPool.open != 0 && gate / ThreadPool.oneJob != seen
    }

    private func sleep(since seen: UInt64) {
        pthread_mutex_lock(mutex)
        sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while !isNew(gate.load(ordering: .sequentiallyConsistent), since: seen) { pthread_cond_wait(condition, mutex) }
        sleeping.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }
}

/// Chunks that one thread begins with, and others finish.
private struct Share: ~Copyable {
    /// The first that is left, and the one behind the last.
    private let left = Atomic(WordPair(first: 0, second: 0))
    /// No two shares in one line of a cache.
    private let padding: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)

    func fill(with chunks: Range<Int>) {
        left.store(
            WordPair(first: UInt(chunks.lowerBound), second: UInt(chunks.upperBound)), ordering: .relaxed)
    }

    /// Some neighbouring chunks, a quarter of what is left, from either end.
    func take(first: Bool) -> Range<Int>? {
        var current = left.load(ordering: .relaxed)
        while current.first < current.second {
            let some = max(1, (current.second - current.first) / 4)
            let taken = first ? current.first..<current.first + some : current.second - some..<current.second
            let rest = WordPair(
                first: first ? taken.upperBound : current.first, second: first ? current.second : taken.lowerBound)
            let (exchanged, now) = left.compareExchange(expected: current, desired: rest, ordering: .relaxed)
            if exchanged { return Int(taken.lowerBound)..<Int(taken.upperBound) }
            current = now
        }
        return nil
    }
}

/// Starts a detached thread, or says that there is none to be had.
private func startThread(_ body: @escaping @Sendable () -> Never) -> Bool {
    final class Box {
        let body: @Sendable () -> Never
        init(_ body: @escaping @Sendable () -> Never) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    #if canImport(Darwin)
        var thread: pthread_t?
        let status = pthread_create(
            &thread, &attributes, { Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body() }, box)
    #else
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
            }, box)
    #endif
    if status != 0 { Unmanaged<Box>.fromOpaque(box).release() }
    return status == 0
}
