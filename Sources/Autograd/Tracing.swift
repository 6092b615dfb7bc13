import GradusTensor

/// The modes that look at every operation as it runs.
package final class Tracing {
    var isInDouble = false
    var scope: [String] = []
    var line: SourceLine?

    /// Variables that take the place of others as inputs: by the operation and output, or the leaf, that they stand for.
    var substitutes: [EdgeIdentity: Variable] = [:]

    /// Where `recomputed` notes what its body was computed from, and whether this is a second run.
    var reads: Reads?
    var isReplay = false

    /// Where `recordingEverything` collects.
    var recording: Recording?

    /// Where `detectingAnomalies` leaves what it found.
    var anomalies: AnomalyWatch?

    /// What a lesson wants to know besides: stand-ins for what was there before it, and where operators stand.
    var lesson: LessonTracing?

    init(copying other: Tracing?) {
        guard let other else { return }
        isInDouble = other.isInDouble
        scope = other.scope
        line = other.line
        substitutes = other.substitutes
        reads = other.reads
        isReplay = other.isReplay
        recording = other.recording
        anomalies = other.anomalies
        lesson = other.lesson
    }

    /// What an operation on `variable` computes in.
    func elementType(of variable: Variable) -> ElementType {
        isInDouble && variable.elementType == .float32 ? .float64 : variable.elementType
    }

    /// The variable that takes this one's place in the graph: itself, for most.
    func standIn(for variable: Variable) -> Variable {
        if !substitutes.isEmpty, let substitute = substitutes[EdgeIdentity(Edge(variable))] { return substitute }
        return lesson?.standIn(for: variable) ?? variable
    }

    /// What an operation takes as its input when it is given `variable`.
    func input(_ variable: Variable) -> Variable {
        reads?.note(variable)
        var variable = standIn(for: variable)
        if isInDouble && variable.elementType == .float32 {
            isInDouble = false  // or the conversion would convert its own input
            defer { isInDouble = true }
            variable = variable.converted(to: .float64)
        }
        return variable
    }

    /// Looks at an operation that has run.
    func observe(_ operation: Operation, _ inputs: [Variable], _ outputs: [Tensor], _ line: SourceLine?) {
        operation.annotate {
            $0.scope = scope
            $0.line = self.line ?? line
            if recording != nil { ($0.inputs, $0.outputs) = (inputs.map(\.value), outputs) }
            lesson?.note(inputs, in: $0)
        }
        recording?.operations.append(operation)
        anomalies?.look(at: operation, inputs.map(\.value), outputs)
    }
}

/// What tells one edge's origin from another's: an object's identity, which holds while the edge does, and an output.
struct EdgeIdentity: Hashable {
    let origin: ObjectIdentifier?
    let output: Int

    init(_ edge: Edge) {
        origin = edge.operation.map(ObjectIdentifier.init) ?? edge.leaf.map(ObjectIdentifier.init)
        output = edge.output
    }

    init(_ operation: Operation, _ output: Int) { (origin, self.output) = (ObjectIdentifier(operation), output) }
}

/// Every operation that ran in ``recordingEverything(_:)``, in order, with its inputs and outputs.
public final class Recording {
    /// The operations, the first one first.
    public internal(set) var operations: [Operation] = []
}

/// Runs `body` keeping the inputs and outputs of every operation, constants' included, so that each can be replayed on other
/// inputs: what lessons and gradient checks are made from. Costs memory, as nothing is let go.
public func recordingEverything<T>(_ body: () throws -> T) rethrows -> (result: T, recording: Recording) {
    let recording = Recording()
    let result = try Mode.tracing({ $0.recording = recording }, body)
    return (result, recording)
}
