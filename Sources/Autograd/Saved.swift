import GradusTensor

/// A value of the forward run that a rule will read.
enum Saved {
    case nothing
    /// A result's numbers never change, so the variable itself serves: it knows where it came from, and costs nothing to see again.
    case result(Variable)
    /// What a leaf or a constant held then; it may be given another value before the rule runs.
    case value(Tensor)

    @inline(__always)
    init(_ variable: Variable, _ value: Tensor) {
        self = variable.operation == nil ? .value(value) : .result(variable)
    }

    /// Takes the place of nothing, which need not be let go.
    @inline(__always)
    mutating func fill(_ saved: Saved) {
        withUnsafeMutablePointer(to: &self) { $0.initialize(to: saved) }
    }

    /// The numbers, for as long as this is held; nil for nothing.
    @inline(__always)
    var numbers: Unmanaged<Storage>? {
        switch self {
        case .nothing: nil
        case .result(let variable): variable.numbers
        case .value(let value): .passUnretained(value.storage)
        }
    }
}

extension Operation {
    /// A saved input as a rule sees it: with its edge if the gradient's own graph is wanted.
    @inline(__always)
    final func restored(_ saved: Saved, _ input: Int, _ need: StaticString) -> Variable {
        switch saved {
        case .result(let variable): return variable
        case .value(let value):
            // A leaf that still holds what it held then serves as well.
            if let leaf = edge(input).leaf, leaf.holds(value) { return leaf }
            return Mode.current.isRecording ? Variable(value, attachedTo: edge(input)) : .constant(value)
        case .nothing: return misuse("\(name): its rule reads .\(need), which needs(for:) does not declare")
        }
    }

    /// The same for a kernel that writes its result over what nobody else holds: moved out.
    final func taken(_ saved: inout Saved, _ input: Int, _ need: StaticString) -> Variable {
        defer { saved = .nothing }
        return restored(saved, input, need)
    }

    /// A saved output, moved out.
    final func takenOutput(_ saved: inout Tensor?, _ output: Int = 0) -> Variable {
        restoredOutput(saved.take(), output)
    }

    final func restoredOutput(_ saved: Tensor?, _ output: Int = 0) -> Variable {
        guard let saved else { return misuse("\(name): its rule reads .output, which needs(for:) does not declare") }
        return Mode.current.isRecording ? Variable(saved, from: self, output: output) : .constant(saved)
    }
}

extension Walk {
    /// Pushes a contribution that may be written over what the operation saved: `taking` says whether that is let go after this turn.
    @inline(__always)
    mutating func push(to input: Int, _ contribution: (_ taking: Bool) -> Variable) {
        if wants(input) { receive(contribution(isLettingGo), for: input, summing: false) }
    }
}

/// The numbers of a variable that the caller has done with: if it was the last to hold that, they are its own.
func moved(_ variable: consuming Variable) -> Tensor { variable.value }
