import CGradusKernels
import GradusTensor
import Synchronization

/// The modes of the calling thread, as every operation reads them.
struct Mode {
    private let thread: UnsafeMutablePointer<gradus_thread_state>

    @inline(__always)
    static var current: Mode { Mode(thread: gradus_this_thread()) }

    var isRecording: Bool {
        @inline(__always) get { !thread.pointee.recording_off }
        nonmutating set { thread.pointee.recording_off = !newValue }
    }

    var isEvaluating: Bool {
        get { thread.pointee.evaluating }
        nonmutating set { thread.pointee.evaluating = newValue }
    }

    /// The rarer modes, which look at every operation; nil for most work.
    var tracing: Tracing? {
        // Unretained: the frame that set it holds it.
        get { thread.pointee.tracing.map { Unmanaged<Tracing>.fromOpaque($0).takeUnretainedValue() } }
        nonmutating set { thread.pointee.tracing = newValue.map { Unmanaged.passUnretained($0).toOpaque() } }
    }

    @inline(__always)
    var isTracing: Bool { thread.pointee.tracing != nil }

    /// Whether an operation is no more than its arithmetic: nothing is recorded, and nobody looks.
    @inline(__always)
    var isPlain: Bool { !isRecording && !isTracing }

    /// The thread's number, and the next number for an operation that it records.
    func stamp() -> (thread: UInt32, number: UInt64) {
        thread.pointee.operation_count += 1
        return (threadID, thread.pointee.operation_count)
    }

    var operationCount: UInt64 { thread.pointee.operation_count }

    var threadID: UInt32 {
        if thread.pointee.thread_id == 0 {
            thread.pointee.thread_id = lastThreadID.wrappingAdd(1, ordering: .relaxed).newValue
        }
        return thread.pointee.thread_id
    }

    /// Runs `body` in a mode, and restores what was however it ends.
    static func with<T>(_ set: (Mode) -> Void, _ body: () throws -> T) rethrows -> T {
        let mode = Mode.current
        let (recording, evaluating, tracing) = (mode.isRecording, mode.isEvaluating, mode.tracing)
        set(mode)
        defer { (mode.isRecording, mode.isEvaluating, mode.tracing) = (recording, evaluating, tracing) }
        return try body()
    }

    /// The same with a change to the rarer modes, which are copied so that the outer ones stay as they were.
    static func tracing<T>(_ set: (Tracing) -> Void, _ body: () throws -> T) rethrows -> T {
        let tracing = Tracing(copying: Mode.current.tracing)
        set(tracing)
        return try withExtendedLifetime(tracing) { try with({ $0.tracing = tracing }, body) }
    }
}

private let lastThreadID = Atomic<UInt32>(0)

/// Runs `body` without recording a graph: what it computes is constant. Dropout and running statistics are as in training.
public func withoutRecording<T>(_ body: () throws -> T) rethrows -> T {
    try Mode.with({ $0.isRecording = false }, body)
}

/// Runs `body` as a model is used rather than trained: nothing is recorded, dropout is off, running statistics are read.
public func evaluate<T>(_ body: () throws -> T) rethrows -> T {
    try Mode.with(
        {
            $0.isRecording = false
            $0.isEvaluating = true
        }, body)
}

/// Whether ``evaluate(_:)`` is in force on this thread: what layers ask that act differently in training.
public var isEvaluating: Bool { Mode.current.isEvaluating }

/// Whether operations on this thread record themselves.
public var isRecording: Bool { Mode.current.isRecording }

/// Whether this is a second run of something that ran before: running statistics were updated then, and are not again.
package var isReplaying: Bool { Mode.current.tracing?.isReplay ?? false }

/// Runs `body` with the given recording, for rules whose own graph is or is not wanted.
package func recording<T>(_ on: Bool, _ body: () throws -> T) rethrows -> T {
    try Mode.with({ $0.isRecording = on }, body)
}

/// Runs `body` in double precision: operations widen every float32 input to float64. Values of leaves stay as they are.
///
/// Gradients flow back through the widening, so a float32 leaf gets a float32 gradient. What is made inside without
/// passing through an operation (a `Tensor` computed from another) is not widened.
public func inDouble<T>(_ body: () throws -> T) rethrows -> T {
    try Mode.tracing({ $0.isInDouble = true }, body)
}

/// Names what `body` records: `scope("encoder") { … }`. Scopes nest; reports show `encoder/attention`.
public func scope<T>(_ name: String, _ body: () throws -> T) rethrows -> T {
    guard Mode.current.isTracing else { return try body() }  // nobody would read it
    return try Mode.tracing({ $0.scope.append(name) }, body)
}

/// Gives operations recorded in `body` the source line of a named function that is composed of others, if it is the
/// outermost one and anybody looks.
@inline(__always)
package func located<T>(_ file: StaticString, _ line: UInt, _ body: () throws -> T) rethrows -> T {
    guard let tracing = Mode.current.tracing, tracing.line == nil else { return try body() }
    return try Mode.tracing({ $0.line = SourceLine(file, line) }, body)
}
