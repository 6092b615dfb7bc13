import GradusTensor

/// Runs `body` with each number of threads, small operations included, and gives back the results to compare.
///
/// Only loops that the calling thread starts are concerned, so that tests which run beside each other do not meet.
public func atThreadCounts<T>(_ counts: [Int] = [1, 2, 8], _ body: () throws -> T) rethrows -> [T] {
    try counts.map { try withForcedThreads($0, body) }
}
