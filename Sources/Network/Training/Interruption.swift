import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether Ctrl-C was pressed since the last `catching`.
enum Interruption {
    private static let flag = Atomic(false)

    static var isWanted: Bool { flag.load(ordering: .relaxed) }

    /// Runs `body` while Ctrl-C (SIGINT) and a polite end (SIGTERM) are only noted. The second one acts as ever.
    static func catching<R>(_ body: () throws -> R) rethrows -> R {
        flag.store(false, ordering: .relaxed)
        let signals = [SIGINT, SIGTERM]
        let before = signals.map { number in
            signal(number) { caught in
                // Nothing but what a signal handler may do: a store, and the way it was.
                Interruption.flag.store(true, ordering: .relaxed)
                signal(caught, SIG_DFL)
            }
        }
        // A program that another one started may have been given a mask that keeps them away.
        var (wanted, mask) = (sigset_t(), sigset_t())
        sigemptyset(&wanted)
        for number in signals { sigaddset(&wanted, number) }
        pthread_sigmask(SIG_UNBLOCK, &wanted, &mask)
        defer {
            for (number, handler) in zip(signals, before) { signal(number, handler) }
            pthread_sigmask(SIG_SETMASK, &mask, nil)
        }
        return try body()
    }
}
