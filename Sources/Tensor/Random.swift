import CGradusKernels

/// A random number generator that gives the same numbers for the same seed, on every platform: xoshiro256**, its state
/// filled from the seed by SplitMix64, as its authors recommend (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
/// Generators", 2021). Not for cryptography.
///
///     var random = Random(seed: 1)
///     let x = Tensor.normal([2, 3], using: &random)
public struct Random: RandomNumberGenerator, Sendable, Equatable {
    private var words: SIMD4<UInt64>

    /// A generator that starts at this seed; seeds that are near each other give unrelated numbers.
    public init(seed: UInt64) {
        var counter = seed
        words = .zero
        for i in 0..<4 {
            counter &+= 0x9E37_79B9_7F4A_7C15
            var z = counter
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            words[i] = z ^ (z >> 31)
        }
    }

    /// A generator that goes on where another's ``state`` was read; nil unless the state is four words, not all of them 0.
    public init?(state: [UInt64]) {
        guard state.count == 4 && state.contains(where: { $0 != 0 }) else { return nil }
        words = SIMD4(state)
    }

    /// Four words that say which numbers come next, to save and to restore by ``init(state:)``.
    public var state: [UInt64] { (0..<4).map { words[$0] } }

    public mutating func next() -> UInt64 { withWords { gradus_random_next($0) } }

    fileprivate mutating func fill(_ count: Int, _ out: UnsafeMutablePointer<UInt64>) {
        withWords { gradus_random_fill($0, Int64(count), out) }
    }

    private mutating func withWords<R>(_ body: (UnsafeMutablePointer<UInt64>) -> R) -> R {
        withUnsafeMutablePointer(to: &words) {
            $0.withMemoryRebound(to: UInt64.self, capacity: 4, body)
        }
    }
}

/// Starts the default generator, which functions draw from that are given no other, anew.
///
/// A program that never calls it begins with seed 0: each run then draws the same numbers. For others,
/// `seed(.random(in: 0 ... .max))`.
public func seed(_ seed: UInt64) {
    guard !misuseIsPending else { return }
    DefaultRandom.withShared { $0 = Random(seed: seed) }
}

/// Runs `body` with a default generator of its own, started from `seed`: what others draw meanwhile, and what was drawn
/// before, does not matter, and the one outside is left as it is.
///
///     let weights = withSeed(7) { Linear(3, 2).weight }  // the same numbers whenever, wherever
///
/// It holds for this task (or this thread, outside of any) and the tasks it starts; ``seed(_:)`` inside of it starts the
/// one inside.
public func withSeed<R>(_ seed: UInt64, _ body: () throws -> R) rethrows -> R {
    try DefaultRandom.withState(Random(seed: seed).state, body)
}

/// The default generator, shared by all threads: each draw takes a lock. ``seed(_:)`` starts it anew, and
/// ``withSeed(_:_:)`` puts another in its place for a while.
public struct DefaultRandom: RandomNumberGenerator, Sendable {
    private static let process = Lock(Random(seed: 0))

    /// What stands in for the process's generator in a task.
    @TaskLocal private static var scoped: Lock<Random>?

    /// A way to the default generator; all of them draw from the same one.
    public init() {}

    public mutating func next() -> UInt64 { DefaultRandom.withShared { $0.next() } }

    /// Which numbers come next, to save and to restore. Setting other than four words, not all of them 0, is misuse.
    public static var state: [UInt64] {
        get { withShared { $0.state } }
        set {
            guard let random = Random(state: newValue) else {
                return misuse("DefaultRandom.state: \(newValue); a state is four words, not all of them 0")
            }
            guard !misuseIsPending else { return }
            withShared { $0 = random }
        }
    }

    /// Runs `body` with a default generator of its own, which begins at a ``state``. Other than four words, not all of
    /// them 0, is misuse: `body` then runs with the generator there is.
    public static func withState<R>(_ state: [UInt64], _ body: () throws -> R) rethrows -> R {
        guard let random = Random(state: state) else {
            misuse("DefaultRandom.withState: \(state); a state is four words, not all of them 0")
            return try body()
        }
        return try $scoped.withValue(Lock(random), operation: body)
    }

    /// The same around an asynchronous body.
    public static func withState<R>(
        _ state: [UInt64], isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
    ) async rethrows -> R {
        guard let random = Random(state: state) else {
            misuse("DefaultRandom.withState: \(state); a state is four words, not all of them 0")
            return try await body()
        }
        return try await $scoped.withValue(Lock(random), operation: body)
    }

    /// The generator itself, for as long as `body` runs; others wait.
    static func withShared<R: Sendable>(_ body: (inout Random) -> R) -> R {
        (scoped ?? process).withLock { random in body(&random) }
    }
}

extension RandomNumberGenerator {
    /// So many draws, one after the other.
    mutating func draw(_ count: Int, into out: UnsafeMutablePointer<UInt64>) {
        if var random = self as? Random {  // one call in place of one a draw
            random.fill(count, out)
            self = random as! Self  // it was a Random a line above
        } else {
            for i in 0..<count { out[i] = next() }
        }
    }

    /// A number in `0 ..< bound`, each as likely as another: the upper half of draw × bound, with draws refused that would
    /// favour some (Lemire, "Fast Random Integer Generation in an Interval", 2019). The standard library's own method is not
    /// promised to stay.
    package mutating func draw(below bound: UInt64) -> UInt64 {
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let least = (0 &- bound) % bound
            while product.low < least { product = next().multipliedFullWidth(by: bound) }
        }
        return product.high
    }
}
