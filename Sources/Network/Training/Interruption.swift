import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether Ctrl-C was pressed since the first `catching` of those that run now.
package enum Interruption {
    private static let flag = Atomic(false)

    /// Handlers are the process's: the first who catches puts them in, the last one puts back what was there before.
    private struct Catching {
        var count = 0
        var before: [(@convention(c) (Int32) -> Void)?] = []
    }
    private static let state = Mutex(Catching())
    private static let signals = [SIGINT, SIGTERM]

    package static var isWanted: Bool { flag.load(ordering: .relaxed) }

    /// Runs `body` while Ctrl-C (SIGINT) and a polite end (SIGTERM) are only noted. The second one acts as ever. Several threads may
    /// do so at once; each is told.
    package static func catching<R>(_ body: () throws -> R) rethrows -> R {
        begin()
        // A program that another one started may have been given a mask that keeps them away.
        var (wanted, mask) = (sigset_t(), sigset_t())
        sigemptyset(&wanted)
        for number in signals { sigaddset(&wanted, number) }
        pthread_sigmask(SIG_UNBLOCK, &wanted, &mask)
        defer {
            end()
            pthread_sigmask(SIG_SETMASK, &mask, nil)
        }
        return try body()
    }

    private static func begin() {
        state.withLock { state in
            if state.count == 0 {
                flag.store(false, ordering: .relaxed)
                state.before = signals.map { number in
                    signal(number) { caught in
                        // Nothing but what a signal handler may do: a store, and the way it was.
                        Interruption.flag.store(true, ordering: .relaxed)
                        signal(caught, SIG_DFL)
                    }
                }
            }
            state.count += 1
        }
    }

    private static func end() {
        state.withLock { state in
            state.count -= 1
            guard state.count == 0 else { return }
            for (number, handler) in zip(signals, state.before) { signal(number, handler) }
        }
    }
}
