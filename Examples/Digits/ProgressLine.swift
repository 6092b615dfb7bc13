import Foundation

/// One line that rewrites itself where there is a terminal; elsewhere a plain line an epoch.
struct ProgressLine {
    private let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    mutating func show(
        epoch: Int, of epochs: Int, loss: Double, accuracy: Double, done: Double, isEpochOver: Bool
    ) {
        let now = ContinuousClock.now
        let isLast = isEpochOver && epoch == epochs
        if isTerminal {  // ten times a second is smooth enough
            if let lastShown, now - lastShown < .milliseconds(100), !isLast { return }
        } else if !isEpochOver {
            return
        }
        lastShown = now
        let spent = (now - start) / .seconds(1)
        let width = "\(epochs)".count
        let number = String(repeating: " ", count: width - "\(epoch)".count) + "\(epoch)"
        let numbers = String(format: "loss %.4f  accuracy %.3f", loss, accuracy)
        let time = isLast ? String(format: "%.1f s", spent) : String(format: "%.0f s left", spent / done - spent)
        let line = "epoch \(number)/\(epochs)  \(numbers)  \(time)"
        // Back to the start of the line, and away with what stood there.
        print(isTerminal ? "\r\u{1B}[K\(line)" : line, terminator: isTerminal && !isLast ? "" : "\n")
        fflush(nil)
    }
}
