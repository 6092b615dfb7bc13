import GradusTensor

/// Runs `body` without keeping what its rules need, and runs it again when the walk comes to it: less memory for more time
/// (T. Chen et al., "Training deep nets with sublinear memory cost", 2016).
///
///     let h = recomputed { block(x) }
///
/// The numbers are the same as without, dropout drawn from the default generator included: leaves are read as they were in
/// the first run, and modes and the default generator's state are restored. `body` should have no effects but its result: it
/// runs again once for each walk. A generator of its own that it draws from is not restored.
public func recomputed(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping () -> Variable
) -> Variable {
    guard isRecording && !misuseIsPending else { return body() }
    let randomState = DefaultRandom.state
    let reads = Reads()
    let first = Mode.tracing({ $0.reads = reads }) { withoutRecording(body) }
    // A body that computes nothing from variables, or hands one on as it is, needs no second run.
    guard !first.wantsGradient && !reads.variables.isEmpty else { return first }
    return Recomputed(body, randomState, reads.variables, first.value)(reads.variables, file: file, line: line)
}

/// The variables with a gradient that operations took as inputs.
final class Reads {
    private(set) var variables: [Variable] = []
    private var seen: Set<EdgeIdentity> = []

    func note(_ variable: Variable) {
        if variable.wantsGradient && seen.insert(EdgeIdentity(Edge(variable))).inserted { variables.append(variable) }
    }
}

final class Recomputed: VariadicOperation {
    private let body: () -> Variable
    private let randomState: [UInt64]
    private let origins: [EdgeIdentity]
    private var output: Tensor?
    private let evaluating = Mode.current.isEvaluating
    private let tracing = Tracing(copying: Mode.current.tracing)

    fileprivate init(
        _ body: @escaping () -> Variable, _ randomState: [UInt64], _ reads: [Variable], _ output: Tensor
    ) {
        (self.body, self.randomState, self.output) = (body, randomState, output)
        origins = reads.map { EdgeIdentity(Edge($0)) }
    }

    /// The first run's result, once; after that the body again, on other inputs.
    override func forward(_ inputs: [Tensor]) -> Tensor {
        if let first = output {
            output = nil
            return first
        }
        return withoutRecording { again(inputs.map { .constant($0) }).value }
    }

    override func needs(for input: Int) -> Needs { .first }

    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        let recordsGraph = isRecording
        // Nodes of their own stand in for what the body was computed from, so that the walk below ends at them.
        let inputs = (0..<inputCount).map { recordsGraph ? Identity()(input($0)) : Variable(input($0).value) }
        let result = recording(true) { again(inputs) }
        guard result.shape == upstream.shape else {
            return misuse("recomputed: the body returned shape \(upstream.shape) at first, and \(result.shape) again")
        }
        let found = gradients(of: result, at: inputs, upstream: upstream, recordingGraph: recordsGraph)
        for case (let input, let contribution?) in found.enumerated() { walk.push(contribution, to: input) }
    }

    /// The body under the modes and with the random numbers of the first run, on `inputs` in place of what it reads.
    private func again(_ inputs: [Variable]) -> Variable {
        DefaultRandom.withState(randomState) {
            Mode.with({ $0.isEvaluating = evaluating }) {
                Mode.tracing(
                    {
                        $0.isInDouble = tracing.isInDouble
                        $0.substitutes = Dictionary(zip(origins, inputs)) { first, _ in first }
                        $0.isReplay = true
                    }, body)
            }
        }
    }
}
