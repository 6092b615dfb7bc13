import GradusTensor

// Operations by how many inputs they take. One, two and three are plain fields: an array a call would cost more than the rest
// of the node. Each class runs `forward`, and, if a gradient may flow, attaches the edges and keeps what the rule needs.

/// An operation of one input.
open class UnaryOperation: Operation {
    @exclusivity(unchecked) private final var savedInput = Saved.nothing
    @exclusivity(unchecked) private final var savedOutput: Tensor?

    /// The result as a pure function of the input.
    open func forward(_ x: Tensor) -> Tensor { misuse("\(name): has no forward") }

    /// The input as it was in the forward run. Declare `.first` in ``Operation/needs(for:)`` to read it in a rule.
    public final var first: Variable { restored(savedInput, 0, "first") }
    /// The output as it was in the forward run. Declare `.output` to read it in a rule.
    public final var result: Variable { restoredOutput(savedOutput) }

    /// ``first``, moved out if `taking`, so that a kernel may write over what nobody else holds.
    final func first(taking: Bool) -> Variable { taking ? taken(&savedInput, 0, "first") : first }
    /// ``result``, likewise.
    final func result(taking: Bool) -> Variable { taking ? takenOutput(&savedOutput) : result }

    /// Runs the operation, and records it if a gradient may flow. An instance is called once.
    public final func callAsFunction(_ x: Variable, file: StaticString = #fileID, line: UInt = #line) -> Variable {
        apply(x, at: SourceLine(file, line))
    }

    /// The same for operators, which have no source line.
    final func apply(_ x: Variable, at line: SourceLine? = nil) -> Variable {
        let mode = Mode.current
        return mode.isTracing ? traced(x, mode, line) : run(x, mode, line)
    }

    @inline(never)  // or both ways would hold on to their operand alike
    private func traced(_ x: Variable, _ mode: Mode, _ line: SourceLine?) -> Variable {
        run(mode.input(x), mode, line)
    }

    private func run(_ x: Variable, _ mode: Mode, _ line: SourceLine?) -> Variable {
        x.reading { run(x, $0, mode, line) }
    }

    @inline(never)  // once, for an operand that is held and one that need not be
    private func run(_ x: Variable, _ value: Tensor, _ mode: Mode, _ line: SourceLine?) -> Variable {
        let output = forward(value)
        let wanted = x.wantsGradient
        guard mode.records(wanted) else { return .constant(output) }
        guard isFresh else { return .inert }
        attach(x)
        isUniform = value.hasShape(of: output)
        let needs = wanted ? needs(for: 0) : []
        if needs.contains(.first) { savedInput = Saved(x, value) }
        if needs.contains(.output) { savedOutput = output }
        let result = record(output, mode, wantsGradient: wanted)
        if mode.isTracing { mode.tracing?.observe(self, [x], [result.value], line) }
        return result
    }

    package override func replay(_ inputs: [Tensor]) -> [Tensor] { [forward(inputs[0])] }
    override func release() {
        super.release()
        (savedInput, savedOutput) = (.nothing, nil)
    }
}

/// An operation of two inputs.
open class BinaryOperation: Operation {
    @exclusivity(unchecked) private final var savedLeft = Saved.nothing
    @exclusivity(unchecked) private final var savedRight = Saved.nothing
    @exclusivity(unchecked) private final var savedOutput: Tensor?

    /// The result as a pure function of the inputs.
    open func forward(_ a: Tensor, _ b: Tensor) -> Tensor { misuse("\(name): has no forward") }

    /// The first input as it was in the forward run. Declare `.first` to read it in a rule.
    public final var first: Variable { restored(savedLeft, 0, "first") }
    /// The second input as it was in the forward run. Declare `.second` to read it in a rule.
    public final var second: Variable { restored(savedRight, 1, "second") }
    /// The output as it was in the forward run. Declare `.output` to read it in a rule.
    public final var result: Variable { restoredOutput(savedOutput) }

    /// The numbers of ``first`` and ``second``, for a rule whose graph is not wanted.
    /// The operation holds them while its rule runs, so they need not be retained.
    final var firstNumbers: Unmanaged<Storage>? { savedLeft.numbers }
    final var secondNumbers: Unmanaged<Storage>? { savedRight.numbers }

    /// Runs the operation, and records it if a gradient may flow. An instance is called once.
    public final func callAsFunction(
        _ a: Variable, _ b: Variable, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        apply(a, b, at: SourceLine(file, line))
    }

    /// The same for operators, which have no source line.
    final func apply(_ a: Variable, _ b: Variable, at line: SourceLine? = nil) -> Variable {
        BinaryOperation.apply(.passRetained(self), a, b, at: line)
    }

    /// The same for an operation made for this call. Its result takes it over, so it is neither retained nor released on the way.
    @inline(__always)
    static func apply(
        _ made: Unmanaged<BinaryOperation>, _ a: Variable, _ b: Variable, at line: SourceLine? = nil
    ) -> Variable {
        let mode = Mode.current
        return mode.isTracing ? traced(made, a, b, mode, line) : run(made, a, b, mode, line)
    }

    @inline(never)  // or both ways would hold on to their operands alike
    private static func traced(
        _ made: Unmanaged<BinaryOperation>, _ a: Variable, _ b: Variable, _ mode: Mode, _ line: SourceLine?
    ) -> Variable {
        run(made, mode.input(a), mode.input(b), mode, line)
    }

    private static func run(
        _ made: Unmanaged<BinaryOperation>, _ a: Variable, _ b: Variable, _ mode: Mode, _ line: SourceLine?
    ) -> Variable {
        a.reading { x in b.reading { y in run(made, a, x, b, y, mode, line) } }
    }

    @inline(never)  // once, for operands that are held and those that need not be
    private static func run(
        _ made: Unmanaged<BinaryOperation>, _ a: Variable, _ x: Tensor, _ b: Variable, _ y: Tensor, _ mode: Mode,
        _ line: SourceLine?
    ) -> Variable {
        let output = made._withUnsafeGuaranteedRef { $0.forward(x, y) }
        let wanted = a.wantsGradient || b.wantsGradient
        guard mode.records(wanted) else {
            made.release()
            return .constant(output)
        }
        guard made._withUnsafeGuaranteedRef({ $0.isFresh }) else {
            made.release()
            return .inert
        }
        made._withUnsafeGuaranteedRef { operation in
            operation.keep(a, x, b, y, output)
            operation.stamp(output, mode, wantsGradient: wanted)
        }
        let result = Variable(output, from: made.takeRetainedValue())
        if mode.isTracing, let operation = result.operation {
            mode.tracing?.observe(operation, [a, b], [result.value], line)
        }
        return result
    }

    /// Notes where the inputs came from, and what the rule needs.
    @inline(__always)
    private final func keep(_ a: Variable, _ x: Tensor, _ b: Variable, _ y: Tensor, _ output: Tensor) {
        attach(a, b)
        isUniform = x.hasShape(of: output) && y.hasShape(of: output)
        let needs = (a.wantsGradient ? needs(for: 0) : []).union(b.wantsGradient ? needs(for: 1) : [])
        if needs.contains(.first) { savedLeft.fill(edge0.isOperation ? .result(a) : .value(x)) }
        if needs.contains(.second) { savedRight.fill(edge1.isOperation ? .result(b) : .value(y)) }
        if needs.contains(.output) { savedOutput = output }
    }

    package override func replay(_ inputs: [Tensor]) -> [Tensor] { [forward(inputs[0], inputs[1])] }
    override func release() {
        super.release()
        (savedLeft, savedRight, savedOutput) = (.nothing, .nothing, nil)
    }
}

/// An operation of three inputs.
open class TernaryOperation: Operation {
    private final var saved = (Saved.nothing, Saved.nothing, Saved.nothing)
    private final var savedOutput: Tensor?

    /// The result as a pure function of the inputs.
    open func forward(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor { misuse("\(name): has no forward") }

    /// The first input as it was in the forward run. Declare `.first` to read it in a rule.
    public final var first: Variable { restored(saved.0, 0, "first") }
    /// The second input as it was in the forward run. Declare `.second` to read it in a rule.
    public final var second: Variable { restored(saved.1, 1, "second") }
    /// The third input as it was in the forward run. Declare `.third` to read it in a rule.
    public final var third: Variable { restored(saved.2, 2, "third") }
    /// The output as it was in the forward run. Declare `.output` to read it in a rule.
    public final var result: Variable { restoredOutput(savedOutput) }

    /// Runs the operation, and records it if a gradient may flow. An instance is called once.
    public final func callAsFunction(
        _ a: Variable, _ b: Variable, _ c: Variable, file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        apply(a, b, c, at: SourceLine(file, line))
    }

    /// The same for operators, which have no source line.
    final func apply(_ a: Variable, _ b: Variable, _ c: Variable, at line: SourceLine? = nil) -> Variable {
        let mode = Mode.current
        let (a, b, c) = (mode.input(a), mode.input(b), mode.input(c))
        let (x, y, z) = (a.value, b.value, c.value)
        let output = forward(x, y, z)
        let wanted = a.wantsGradient || b.wantsGradient || c.wantsGradient
        guard mode.records(wanted) else { return .constant(output) }
        guard isFresh else { return .inert }
        attach(a)
        attach(b)
        attach(c)
        let needs = (a.wantsGradient ? needs(for: 0) : []).union(b.wantsGradient ? needs(for: 1) : [])
            .union(c.wantsGradient ? needs(for: 2) : [])
        if needs.contains(.first) { saved.0 = Saved(a, x) }
        if needs.contains(.second) { saved.1 = Saved(b, y) }
        if needs.contains(.third) { saved.2 = Saved(c, z) }
        if needs.contains(.output) { savedOutput = output }
        let result = record(output, mode, wantsGradient: wanted)
        if mode.isTracing { mode.tracing?.observe(self, [a, b, c], [result.value], line) }
        return result
    }

    package override func replay(_ inputs: [Tensor]) -> [Tensor] { [forward(inputs[0], inputs[1], inputs[2])] }
    override func release() {
        super.release()
        (saved, savedOutput) = ((.nothing, .nothing, .nothing), nil)
    }
}

/// An operation of any number of inputs, all of which its rule may need.
open class VariadicOperation: Operation {
    private final var saved: [Saved] = []
    private final var savedOutput: Tensor?

    /// The result as a pure function of the inputs.
    open func forward(_ inputs: [Tensor]) -> Tensor { misuse("\(name): has no forward") }

    /// The inputs as they were in the forward run, if ``Operation/needs(for:)`` declares `.first`.
    public final func input(_ index: Int) -> Variable {
        restored(index < saved.count ? saved[index] : .nothing, index, "first")
    }
    /// The output as it was in the forward run. Declare `.output` to read it in a rule.
    public final var result: Variable { restoredOutput(savedOutput) }

    /// Runs the operation, and records it if a gradient may flow. An instance is called once.
    public final func callAsFunction(
        _ inputs: [Variable], file: StaticString = #fileID, line: UInt = #line
    ) -> Variable {
        apply(inputs, at: SourceLine(file, line))
    }

    /// The same for operators, which have no source line.
    final func apply(_ inputs: [Variable], at line: SourceLine? = nil) -> Variable {
        let mode = Mode.current
        let inputs = inputs.map(mode.input)
        let values = inputs.map(\.value)
        let output = forward(values)
        let wanted = inputs.contains(where: \.wantsGradient)
        guard mode.records(wanted) else { return .constant(output) }
        guard isFresh else { return .inert }
        for input in inputs { attach(input) }
        let needs = needs(of: inputs)
        if needs.contains(.first) { saved = zip(inputs, values).map(Saved.init) }
        if needs.contains(.output) { savedOutput = output }
        let result = record(output, mode, wantsGradient: wanted)
        if mode.isTracing { mode.tracing?.observe(self, inputs, [result.value], line) }
        return result
    }

    package override func replay(_ inputs: [Tensor]) -> [Tensor] { [forward(inputs)] }
    override func release() {
        super.release()
        (saved, savedOutput) = ([], nil)
    }
}

/// An operation of several inputs and several outputs: a split, a maximum with its index, a recurrent cell.
open class SplittingOperation: Operation {
    private final var savedInputs: [Saved] = []
    private final var savedOutputs: [Tensor?] = []

    /// The results as a pure function of the inputs.
    open func forward(_ inputs: [Tensor]) -> [Tensor] { misuse("\(name): has no forward") }

    /// The rule: `upstreams` holds nil for an output that nobody used.
    open func backward(_ upstreams: [Variable?], _ walk: inout Walk) { misuse("\(name): has no derivative rule") }

    /// Which of the inputs the rule reads, where ``Operation/needs(for:)`` declares `.first`: all, unless overridden.
    open func keeps(input: Int) -> Bool { true }

    /// Which of the outputs the rule reads, where ``Operation/needs(for:)`` declares `.output`: all, unless overridden.
    open func keeps(output: Int) -> Bool { true }

    /// The inputs as they were in the forward run, if ``Operation/needs(for:)`` declares `.first`.
    public final func input(_ index: Int) -> Variable {
        restored(index < savedInputs.count ? savedInputs[index] : .nothing, index, "first")
    }
    /// The outputs as they were in the forward run, if ``Operation/needs(for:)`` declares `.output`.
    public final func result(_ index: Int) -> Variable {
        restoredOutput(index < savedOutputs.count ? savedOutputs[index] : nil, index)
    }
    /// The same, moved out if `taking`, so that a kernel may write over what nobody else holds.
    final func result(_ index: Int, taking: Bool) -> Variable {
        taking && index < savedOutputs.count ? takenOutput(&savedOutputs[index], index) : result(index)
    }

    /// Runs the operation, and records it if a gradient may flow. An instance is called once.
    public final func callAsFunction(
        _ inputs: [Variable], file: StaticString = #fileID, line: UInt = #line
    ) -> [Variable] {
        apply(inputs, at: SourceLine(file, line))
    }

    /// The same for operators, which have no source line.
    final func apply(_ inputs: [Variable], at line: SourceLine? = nil) -> [Variable] {
        let mode = Mode.current
        let inputs = inputs.map(mode.input)
        let values = inputs.map(\.value)
        let outputs = forward(values)
        let wanted = inputs.contains(where: \.wantsGradient)
        guard mode.records(wanted), let one = outputs.first else {
            return outputs.map { .constant($0) }
        }
        guard isFresh else { return outputs.map { .constant($0) } }
        for input in inputs { attach(input) }
        having().outputShapes = outputs.dropFirst().map(\.shape)
        let needs = needs(of: inputs)
        if needs.contains(.first) {
            savedInputs = inputs.indices.map { keeps(input: $0) ? Saved(inputs[$0], values[$0]) : .nothing }
        }
        if needs.contains(.output) { savedOutputs = outputs.enumerated().map { keeps(output: $0) ? $1 : nil } }
        record(one, mode, wantsGradient: wanted)
        if mode.isTracing { mode.tracing?.observe(self, inputs, outputs, line) }
        // Integers among the outputs (an index) have no gradient.
        return outputs.enumerated().map {
            $1.elementType.isFloatingPoint ? Variable($1, from: self, output: $0) : .constant($1)
        }
    }

    override func run(_ walk: inout Walk) {
        let upstreams = (0..<outputCount).map { walk.takeUpstream($0) }
        if upstreams.contains(where: { $0 != nil }) { backward(upstreams, &walk) }
    }
    package override func replay(_ inputs: [Tensor]) -> [Tensor] { forward(inputs) }
    override func release() {
        super.release()
        (savedInputs, savedOutputs) = ([], [])
    }
}

extension Mode {
    /// Whether an operation records itself: a gradient may flow, or everything is recorded.
    @inline(__always)
    func records(_ wantsGradient: Bool) -> Bool {
        isRecording && (wantsGradient || isTracing && tracing?.recording != nil)
    }

    /// What an operation takes as its input when it is given `variable`.
    func input(_ variable: Variable) -> Variable {
        tracing?.input(variable) ?? variable
    }
}

extension Operation {
    /// Whether this instance has not been recorded before: a second call would overwrite what the first one saved.
    fileprivate final var isFresh: Bool {
        number == 0 || misuse("\(name): an instance of an operation is called once; make another for each call")
    }

    /// What the contributions to those inputs that want one need together.
    fileprivate final func needs(of inputs: [Variable]) -> Needs {
        inputs.indices.reduce(into: Needs()) { if inputs[$1].wantsGradient { $0.formUnion(needs(for: $1)) } }
    }
}
