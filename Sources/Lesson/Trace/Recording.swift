import GradusAutograd
import GradusTensor

/// Runs a computation, and writes down every step of it and of its walk back.
///
///     let w = Variable([2, -3], name: "w"), x = Variable([-1, -2], name: "x")
///     let neuron = lesson("A neuron") { sigmoid((w * x).sum() - 3) }
///
/// The closure is any code over variables: an expression, a model and its loss. It runs once, in float64 and in training mode
/// unless it says otherwise, whatever the element type of its variables, and it changes nothing: no gradient is written and no
/// running statistic. Names come from the variables (`name:`, `named(_:)`; those of a model's parameters from `parameters`),
/// groups that fold from `scope(_:_:)`, or from the parameters' paths where there is no scope. Nodes can be looked up: `lesson["w"]`.
///
/// - `title`, `introduction`: What the reader sees first.
/// - `decimals`: How many the numbers are rounded to; the reader can change it on the page.
/// - `upstream`: The gradient of what follows, of the result's shape; needed if the result is not one number. Without it, such a
///   result is misuse, as it is in `backward()`.
/// - `replayLimit`: How many operations are run again at most for the numeric gradients. If that is not enough for every node,
///   nodes are left out evenly, and the lesson says how many have one.
/// - `locatesOperators`: Whether the source lines of operators are looked up, which takes some hundredths of a second a line. Lines
///   of named functions are known anyhow.
///
/// A variable that an operation computed before the lesson began is an input of the lesson. Numeric gradients come from running
/// the recorded operations again on other numbers, not the closure: an `if` in it goes the way it went.
///
/// Operators have no source line of their own. On Linux, in a debug build, it is read from the program's debugging information;
/// elsewhere, and in a program of more than 24 MB, where that takes seconds, the lesson shows their scope alone.
public func lesson(
    _ title: String = "Backprop, step by step", introduction: String = "", decimals: Int = 4, upstream: Tensor? = nil,
    replayLimit: Int = 2_000_000, locatesOperators: Bool = true, _ body: () throws -> Variable
) rethrows -> Lesson {
    let locator = Locator(looksUp: locatesOperators)
    return try lesson(
        title, introduction, decimals, upstream, replayLimit, locating: locator.place,
        describing: { locator.text($0 as? Locator.Place, $1) }, body)
}

/// The same with another idea of what a place is.
func lesson(
    _ title: String, _ introduction: String, _ decimals: Int, _ upstream: Tensor?, _ replayLimit: Int,
    locating: @escaping (SourceLine?) -> (any Sendable)?,
    describing: @escaping (Any?, SourceLine?) -> String?,
    _ body: () throws -> Variable
) rethrows -> Lesson {
    let recording = try recordingLesson(upstream: upstream, locating: locating, body)
    let empty = Lesson(title: title, introduction: introduction, decimals: Rounding(decimals: decimals).decimals)
    guard !misuseIsPending else { return empty }
    var builder = Recorder(recording, empty, describing)
    builder.addNodes()
    builder.addSteps(upstream)
    builder.addChecks(upstream, limit: replayLimit)
    builder.addWrongWalks()
    return builder.lesson
}

/// Turns what was recorded into a lesson.
struct Recorder {
    let recording: LessonRecording
    var lesson: Lesson
    private let describe: (Any?, SourceLine?) -> String?

    /// The operation behind each node, and which of its outputs it is; nil for inputs and constants.
    private(set) var origins: [(operation: Operation, output: Int)?] = []
    /// The values of nodes, whole.
    private(set) var values: [Tensor] = []
    /// The gradients of nodes, whole.
    private(set) var wholeGradients: [Int: Tensor] = [:]
    private var numbers: [Key: Int] = [:]
    /// The results that other operations, or the caller, took.
    private var used: Set<Key> = []

    private struct Key: Hashable {
        let identity: ObjectIdentifier
        let output: Int
    }

    init(_ recording: LessonRecording, _ lesson: Lesson, _ describe: @escaping (Any?, SourceLine?) -> String?) {
        (self.recording, self.lesson, self.describe) = (recording, lesson, describe)
    }

    // MARK: Nodes

    mutating func addNodes() {
        for operation in recording.operations {
            for input in 0..<operation.inputCount {
                let edge = operation.edge(input)
                if let maker = edge.operation {
                    used.insert(Key(identity: ObjectIdentifier(maker), output: edge.output))
                }
            }
        }
        if let maker = recording.result.operation {
            used.insert(Key(identity: ObjectIdentifier(maker), output: recording.result.outputIndex))
        }
        for operation in recording.operations {
            let inputs = (0..<operation.inputCount).map { node(of: operation, input: $0) }
            add(operation, inputs)
        }
        // The result may be an input as it is, or a number that nothing is recorded of.
        let result = recording.result
        if let operation = result.operation {
            lesson.result = numbers[Key(identity: ObjectIdentifier(operation), output: result.outputIndex)]
        } else {
            lesson.result = source(result)
        }
        shareScopes()
    }

    /// The node of an operation's input, made if it is met for the first time.
    private mutating func node(of operation: Operation, input: Int) -> Int {
        let edge = operation.edge(input)
        if let maker = edge.operation,
            let known = numbers[Key(identity: ObjectIdentifier(maker), output: edge.output)]
        {
            return known
        }
        let sources = operation.annotations?.sources ?? []
        if input < sources.count, let variable = sources[input] { return source(variable) }
        // Made where nothing is recorded: its number is all that is known of it.
        let value = operation.annotations?.inputs[input] ?? .zeros([])
        return append(.constant, name: nil, value: value, wantsGradient: false)
    }

    private mutating func source(_ variable: Variable) -> Int {
        let key = Key(identity: variable.leafIdentity, output: -1)
        if let known = numbers[key] { return known }
        let number = append(
            variable.wantsGradient ? .input : .constant, name: variable.name, value: variable.value,
            wantsGradient: variable.wantsGradient)
        numbers[key] = number
        return number
    }

    private mutating func append(_ kind: Lesson.Node.Kind, name: String?, value: Tensor, wantsGradient: Bool) -> Int {
        let number = lesson.nodes.count
        let shown = Numbers(value)
        let made = shown.isScalar && kind == .constant ? shown.number.map { Rounding(decimals: 6).text($0) } : nil
        lesson.nodes.append(
            Lesson.Node(
                number: number, kind: kind, name: name,
                label: name ?? made ?? (kind == .input ? "input \(number)" : "constant"), operation: nil, sign: "",
                inputs: [], scope: [], line: nil, value: shown, wantsGradient: wantsGradient, formula: "",
                computation: Phrase()))
        origins.append(nil)
        values.append(value)
        return number
    }

    private mutating func add(_ operation: Operation, _ inputs: [Int]) {
        let annotations = operation.annotations
        let rule = OperationRule.of(operation)
        let line = describe(annotations?.place, annotations?.line)
        let outputs = annotations?.outputs ?? []
        // Of several results those that something was made of; the first one in any case.
        let floating = outputs.indices.filter {
            outputs[$0].elementType.isFloatingPoint
                && ($0 == 0 || rule.reach == .moved
                    || used.contains(Key(identity: ObjectIdentifier(operation), output: $0)))
        }
        for output in floating {
            let number = lesson.nodes.count
            let shown = Numbers(outputs[output])
            let writer = FormulaWriter(rule, operation, lesson, inputs, shown)
            let part = floating.count > 1 ? " \(output + 1) of \(floating.count)" : ""
            let formula = writer.formula + part
            let name = annotations?.name.map { floating.count > 1 ? "\($0)[\(output)]" : $0 }
            let isShort = rule.reach == .pointwise || rule.sign == "·"
            let short = isShort && formula.count <= 20 ? formula : "\(operation.name) \(number)"
            lesson.nodes.append(
                Lesson.Node(
                    number: number, kind: .operation, name: name, label: name ?? short, operation: operation.name,
                    sign: rule.sign, inputs: inputs, scope: annotations?.scope ?? [], line: line, value: shown,
                    wantsGradient: operation.wantsGradient, formula: formula, computation: writer.computation,
                    rule: writer.rule(name), contributions: contributions(operation, rule, outputs[output], inputs)))
            origins.append((operation, output))
            values.append(outputs[output])
            numbers[Key(identity: ObjectIdentifier(operation), output: output)] = number
        }
    }

    /// Operations without a scope have that of the parameters they use; inputs have what their users have in common.
    private mutating func shareScopes() {
        for (number, node) in lesson.nodes.enumerated() where node.kind == .operation && node.scope.isEmpty {
            let paths = node.inputs.compactMap { lesson.nodes[$0].kind == .input ? lesson.nodes[$0].name : nil }
            guard let path = paths.first(where: { $0.contains(".") }), let end = path.lastIndex(of: ".") else {
                continue
            }
            lesson.nodes[number].scope = [String(path[..<end])]
        }
        var users: [[String]?] = lesson.nodes.map { _ in nil }
        for node in lesson.nodes.reversed() {
            if node.kind != .operation { lesson.nodes[node.number].scope = users[node.number] ?? [] }
            for input in node.inputs {
                let scope = lesson.nodes[node.number].scope
                users[input] = users[input].map { zip($0, scope).prefix { $0 == $1 }.map(\.0) } ?? scope
            }
        }
    }

    // MARK: Steps

    mutating func addSteps(_ upstream: Tensor?) {
        for (number, origin) in origins.enumerated() where origin != nil {
            lesson.steps.append(Lesson.Step(kind: .compute, node: number))
        }
        guard let result = lesson.result, recording.result.wantsGradient else { return }
        let seed = Numbers(upstream ?? .ones(recording.result.shape))
        lesson.nodes[result].gradient = seed
        wholeGradients[result] = upstream?.converted(to: .float64)
        lesson.steps.append(Lesson.Step(kind: .seed, node: result, contribution: seed, after: seed))
        for step in recording.steps {
            let from = nodes(of: step.operation)
            let locals = localDerivatives(of: step.operation)
            // What gathers in the slot of an input gathers in its node.
            for contribution in step.contributions {
                let to = self.node(of: step.operation, input: contribution.input)
                add(contribution, from: from, to: to, step, locals[contribution.input])
            }
        }
    }

    private mutating func add(
        _ contribution: BackwardStep.Contribution, from: [Int], to node: Int, _ step: BackwardStep, _ local: Numbers?
    ) {
        let (whole, summed) = (Numbers(contribution.whole.value), Numbers(contribution.summed.value))
        let (before, after) = (contribution.before.map { Numbers($0.value) }, Numbers(contribution.after.value))
        let isSummed = whole.shape != summed.shape
        let upstreams = from.compactMap { origins[$0]?.output }.map { output in
            output < step.upstreams.count ? step.upstreams[output].map { Numbers($0.value) } : nil
        }
        lesson.steps.append(
            Lesson.Step(
                kind: .message, node: node, from: from, input: contribution.input, upstreams: upstreams, local: local,
                contribution: whole, before: before, after: isSummed ? nil : after))
        if isSummed {
            lesson.steps.append(
                Lesson.Step(
                    kind: .sum, node: node, from: from, input: contribution.input, contribution: summed, before: before,
                    after: after))
        }
        lesson.nodes[node].gradient = after
        wholeGradients[node] = contribution.after.value
    }

    /// The nodes of an operation's results.
    func nodes(of operation: Operation) -> [Int] {
        (0..<operation.outputCount).compactMap { numbers[Key(identity: ObjectIdentifier(operation), output: $0)] }
    }

    /// For each input, what the rule makes of an upstream of ones: the local derivative, of operations that work element by
    /// element or have a single number for result.
    func localDerivatives(of operation: Operation) -> [Int: Numbers] {
        let outputs = operation.annotations?.outputs ?? []
        let isPointwise = OperationRule.of(operation).reach == .pointwise
        guard outputs.count == 1, isPointwise || outputs[0].count == 1 else { return [:] }
        let ones = Tensor.ones(outputs[0].shape, as: outputs[0].elementType)
        return Dictionary(
            operation.contributions(from: [ones]).map { ($0.input, Numbers($0.whole.value)) }, uniquingKeysWith: { $1 })
    }
}
