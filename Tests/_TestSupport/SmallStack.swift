import Foundation

/// Runs `body` on a thread of its own with a stack of 512 KB, the size of a secondary thread on Apple's systems, and waits for
/// it. Recursion as deep as a graph would not survive there.
public func onSmallStack<T: Sendable>(_ body: @escaping @Sendable () -> T) -> T {
    onThread(stackSize: 512 * 1024, body)
}

/// Runs `body` on a thread of its own and waits for it.
public func onThread<T: Sendable>(stackSize: Int = 8 << 20, _ body: @escaping @Sendable () -> T) -> T {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result: T?  // written before the signal, read after it
    let thread = Thread {
        result = body()
        done.signal()
    }
    thread.stackSize = stackSize
    thread.start()
    done.wait()
    return result!  // the thread has signalled
}
