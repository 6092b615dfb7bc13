#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How far a job is, in one line that rewrites itself on a terminal; elsewhere a plain line whenever `isLine` asks for one.
///
///     var bar = ProgressBar(total: 300)
///     for step in 0..<300 { …; bar.show(step + 1, "loss 0.123") }
///     // [=============>              ] 45 %, 12 s left  loss 0.123
public struct ProgressBar {
    private let total: Int
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private let first: Int
    private var lastShown: ContinuousClock.Instant?

    /// A bar over so many steps, of which some are done already: they do not count for the time that is left.
    public init(total: Int, done: Int = 0) {
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        self.init(total: total, done: done, isTerminal: isatty(1) == 1 && !isDumb)
    }

    package init(total: Int, done: Int, isTerminal: Bool) {
        (self.total, first, self.isTerminal) = (max(total, 1), done, isTerminal)
    }

    /// Shows how far it is; `isLine` keeps the line, as at the end of an epoch.
    public mutating func show(_ done: Int, _ text: String, isLine: Bool = false) {
        let now = ContinuousClock.now
        if !isTerminal && !isLine { return }
        // Ten times a second is smooth enough.
        if let lastShown, now - lastShown < .milliseconds(100), !isLine { return }
        lastShown = now
        let line = line(done, text, spent: (now - start) / .seconds(1))
        // Back to the start of the line, and away with what stood there.
        print(isTerminal ? "\r\u{1B}[K\(line)" : line, terminator: isLine ? "\n" : "")
        fflush(nil)
    }

    /// The line at a moment.
    package func line(_ done: Int, _ text: String, spent: Double) -> String {
        let share = Double(min(max(done, 0), total)) / Double(total)
        let width = 24
        let full = Int(share * Double(width))
        let head =
            full > 0 && full < width
            ? String(repeating: "=", count: full - 1) + ">" : String(repeating: "=", count: full)
        let bar = "[\(head)\(String(repeating: " ", count: width - full))]"
        let time: String
        if done >= total {
            time = "\(ProgressBar.duration(spent))"
        } else if done > first {
            time = "\(ProgressBar.duration(spent / Double(done - first) * Double(total - done))) left"
        } else {
            time = "…"
        }
        return "\(bar) \(Int(share * 100)) %, \(time)  \(text)"
    }

    /// 75 seconds as `1 min 15 s`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite && seconds < 1e9 else { return "…" }
        let whole = Int(max(seconds, 0).rounded())
        if whole < 60 { return "\(whole) s" }
        return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    /// Four digits of a number: `0.1235`, `12.35`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite && abs(value) < 1e6 && (abs(value) >= 1e-3 || value == 0) else { return "\(Float(value))" }
        var scale = 1.0
        while scale < 1e4 && abs(value) * scale < 1000 { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
