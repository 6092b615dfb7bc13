import CGradusKernels
import GradusTensor

/// What a lesson is made from: a computation in double precision with everything recorded, and its walk back.
package struct LessonRecording {
    package let result: Variable
    /// In the order in which they ran, constants' included.
    package let operations: [Operation]
    /// Nothing where the result depends on no variable that wants a gradient.
    package let steps: [BackwardStep]
}

/// Runs `body` once for a lesson, and walks back from what it returns. Writes nothing: no gradients, no running statistics.
///
/// What was there before (leaves, constants, results computed earlier) is replaced by a stand-in in float64, at which the
/// graph begins. `locating` is asked, as an operation runs, for its place in the program, and told the source line if there is
/// one (operators have none); what it gives is kept in the operation's annotations.
package func recordingLesson(
    upstream: Tensor?, locating: @escaping (_ line: SourceLine?) -> (any Sendable)?, _ body: () throws -> Variable
) rethrows -> LessonRecording {
    let recording = Recording()
    let lesson = LessonTracing(locating)
    let result = try GradusAutograd.recording(true) {
        try Mode.tracing(
            {
                $0.isInDouble = true
                $0.isReplay = true  // running statistics stay as they are
                $0.recording = recording
                $0.lesson = lesson
                $0.scope = []
                $0.line = nil
            },
            {
                let result = try body()
                return lesson.standIn(for: result) ?? result
            })
    }
    lesson.rename()
    // A constant begins no walk; any other result that does not fit is refused as `backward()` does.
    let seed = upstream.map { Variable.constant($0.converted(to: result.elementType)) }
    // In double precision too, as the rule of an operation of one's own may make constants of float32.
    let steps = result.wantsGradient ? inDouble { Array(result.backwardSteps(upstream: seed)) } : []
    return LessonRecording(result: result, operations: recording.operations, steps: steps)
}

/// What tracing does for a lesson alone.
final class LessonTracing {
    private let locating: (SourceLine?) -> (any Sendable)?
    private let (thread, firstNumber): (UInt32, UInt64)

    /// By identity; what was replaced is held, so that no other object gets its identity.
    private var standIns: [ObjectIdentifier: (original: Variable, standIn: Variable)] = [:]

    init(_ locating: @escaping (SourceLine?) -> (any Sendable)?) {
        self.locating = locating
        (thread, firstNumber) = (Mode.current.threadID, Mode.current.operationCount + 1)
    }

    /// A leaf or constant in double precision, or a leaf in place of what was computed before; nil for what may stay.
    func standIn(for variable: Variable) -> Variable? {
        guard variable.elementType.isFloatingPoint else { return nil }
        if let operation = variable.operation {
            guard operation.thread != thread || operation.number < firstNumber else { return nil }
        } else if variable.elementType == .float64 || variable.isRestored {
            return nil
        }
        if let known = standIns[ObjectIdentifier(variable)] { return known.standIn }
        let value = variable.value.converted(to: .float64)
        let name = variable.name
        let standIn = variable.wantsGradient ? Variable(value, name: name) : .constant(value, name: name)
        standIns[ObjectIdentifier(variable)] = (variable, standIn)
        return standIn
    }

    func note(_ inputs: [Variable], in annotations: Operation.Annotations) {
        annotations.sources = inputs.map { $0.operation == nil ? $0.origin : nil }
        annotations.place = locating(annotations.line)
    }

    /// Names that were given in the meantime.
    func rename() {
        for (original, standIn) in standIns.values where standIn.name == nil { standIn.name = original.name }
    }
}

extension Variable {
    /// For a saved value that a rule sees again, the leaf it was read from; otherwise this variable.
    package var leafIdentity: ObjectIdentifier { ObjectIdentifier(origin) }
    /// Which of its operation's outputs this is.
    package var outputIndex: Int { Int(output) }
}

extension Operation {
    /// What the rule makes of upstream gradients, an entry for each output, at the recorded values. Nothing is written, and no
    /// hook is called.
    package func contributions(from upstreams: [Tensor?]) -> [BackwardStep.Contribution] {
        var inputSlots: [Int32] = []
        for input in 0..<inputCount {
            inputSlots.append(edge(input).wantsGradient ? Int32(outputCount + input) : -1)
        }
        let gradients = upstreams.map { $0.map { Variable.constant($0) } } + (0..<inputCount).map { _ in nil }
        var walk = Walk(of: self, inputSlots: inputSlots, gradients: gradients)
        walk.log = []
        recording(false) { inDouble { run(&walk) } }
        return walk.log ?? []
    }

    /// Which of several formulas is its own, where the table of rules has more than one.
    package var ruleVariant: String {
        guard let product = self as? MatrixMultiply else { return "" }
        switch (product.transposingFirst, product.transposingSecond) {
        case (false, false): return ""
        case (true, false): return " ᵀ_"
        case (false, true): return " _ᵀ"
        case (true, true): return " ᵀᵀ"
        }
    }

    /// What it was made with that its rule's formula speaks of, by the letter that stands for it there.
    package var attributes: [String: Double] {
        switch self {
        case let pow as PowNumber: ["n": pow.exponent]
        case let relu as LeakyRelu: ["s": relu.slope]
        case let elu as Elu: ["α": elu.alpha, "s": elu.scale]
        case let dropout as Dropout: ["s": dropout.scale]
        case let reduction as Reduction: ["n": Double(reduction.reducedCount)]
        default: [:]
        }
    }
}
