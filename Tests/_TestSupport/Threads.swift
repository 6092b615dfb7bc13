import GradusTensor

/// Runs `body` with each number of threads, small operations included, and gives back the results to compare.
public func atThreadCounts<T>(_ counts: [Int] = [1, 2, 8], _ body: () throws -> T) rethrows -> [T] {
    let (count, forced) = (threadCount, forcesThreads)
    defer {
        threadCount = count
        forcesThreads = forced
    }
    forcesThreads = true
    return try counts.map {
        threadCount = $0
        return try body()
    }
}
