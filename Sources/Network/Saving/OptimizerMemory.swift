import GradusAutograd
import GradusData
import GradusTensor

/// What an optimizer remembers, as a checkpoint has it: tensors named by the path of their parameter and what they are, and notes.
struct OptimizerMemory {
    var notes: [String: String] = [:]
    var tensors: [(name: String, tensor: Tensor)] = []

    /// Checks what can be told without the optimizer: notes that are numbers, counts and settings that can be.
    static func check(_ archive: TensorArchive, _ source: String) throws(DataError) {
        for name in ["learningRate", "weightDecay", "groups"] {
            guard let text = archive.notes[name] else { continue }
            guard let number = Double(text), number >= 0, number.isFinite else {
                throw DataError(in: source, found: "\"\(text)\" as \(name)", expected: "a number, 0 or more")
            }
        }
        for name in archive.names where name.hasPrefix("optimizer/") {
            guard let tensor = archive[name] else { continue }
            if name.hasSuffix("/#steps") || name.hasSuffix("/#place") {
                guard tensor.shape == [], tensor.elementType == .int64, tensor.item >= 0 else {
                    throw DataError(
                        in: source, found: "no count in \"\(name)\"", expected: "one int64, 0 or more")
                }
            }
            if name.hasSuffix("/#group") {
                let numbers = tensor.elementType == .float64 && tensor.shape == [2] ? tensor.array(of: Double.self) : []
                guard numbers.count == 2, 0..<Double.infinity ~= numbers[0],
                    numbers[1].isNaN || 0..<Double.infinity ~= numbers[1]
                else {
                    throw DataError(
                        in: source, found: "no group in \"\(name)\"",
                        expected: "two float64, a factor and a decay (NaN for the optimizer's), 0 or more")
                }
            }
        }
    }
}

/// An optimizer whose memory is saved.
protocol Remembering: AnyObject {
    /// What files call it.
    var name: String { get }

    /// What it remembers of a model's parameters.
    func memory(of model: Parameters) -> OptimizerMemory

    /// Looks whether what a file holds fits, and gives back what takes it on.
    func recalling(_ archive: TensorArchive, _ model: Parameters) throws(ArchiveMismatch) -> () -> Void
}

extension RuleOptimizer: Remembering {
    func memory(of model: Parameters) -> OptimizerMemory {
        var memory = OptimizerMemory()
        memory.notes = ["learningRate": "\(learningRate)", "weightDecay": "\(weightDecay)"]
        var groups = 0
        for (path, variable) in model.named {
            if let group = self[group: variable] {
                groups += 1
                memory.tensors.append(
                    ("\(path)/#group", Tensor([group.factor, group.weightDecay ?? .nan], as: .float64)))
            }
            guard let state = self[state: variable] else { continue }
            memory.tensors.append(("\(path)/#steps", Tensor([state.steps], shape: [])))
            for (name, tensor) in state.tensors.sorted(by: { $0.key < $1.key }) {
                memory.tensors.append(("\(path)/\(name)", tensor))
            }
        }
        memory.notes["groups"] = "\(groups)"
        return memory
    }

    func recalling(_ archive: TensorArchive, _ model: Parameters) throws(ArchiveMismatch) -> () -> Void {
        var mismatch = ArchiveMismatch()
        var changes: [() -> Void] = []
        var rest = Set(archive.names.filter { $0.hasPrefix("optimizer/") })
        // Files of before groups were saved say nothing of them, and leave them as the program made them.
        let hasGroups = archive.notes["groups"] != nil
        for (path, variable) in model.named {
            let prefix = "optimizer/\(path)/"
            if hasGroups {
                let numbers = rest.remove(prefix + "#group").flatMap { archive[$0]?.array(of: Double.self) }
                let group = numbers.map { Group(factor: $0[0], weightDecay: $0[1].isNaN ? nil : $0[1]) }
                changes.append { self[group: variable] = group }
            }
            guard let steps = rest.remove(prefix + "#steps").flatMap({ archive[$0] }) else {
                changes.append { self[state: variable] = nil }
                continue
            }
            var state = ParameterState()
            state.steps = Int(steps.item)
            for name in rest.filter({ $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }) {
                rest.remove(name)
                guard let tensor = archive[name], tensor.isLike(variable.value) else {
                    mismatch.different.append(name)
                    continue
                }
                state.tensors[String(name.dropFirst(prefix.count))] = tensor
            }
            changes.append { [state] in self[state: variable] = state }
        }
        mismatch.extra = rest.sorted()
        if !mismatch.isEmpty { throw mismatch }
        let (rate, decay) = (archive.notes["learningRate"], archive.notes["weightDecay"])
        return { [changes] in
            self.learningRate = rate.flatMap(Double.init) ?? self.learningRate
            self.weightDecay = decay.flatMap(Double.init) ?? self.weightDecay
            for change in changes { change() }
        }
    }
}

extension LBFGS: Remembering {
    var name: String { "LBFGS" }

    func memory(of model: Parameters) -> OptimizerMemory {
        var memory = OptimizerMemory()
        memory.notes = ["learningRate": "\(learningRate)"]
        let paths = Dictionary(model.named.map { (ObjectIdentifier($0.variable), $0.path) }) { first, _ in first }
        for (place, parameter) in lastParameters.enumerated() {
            guard let path = paths[ObjectIdentifier(parameter)] else {
                return misuse(
                    "Checkpoint: LBFGS moved a parameter of shape \(parameter.shape) that is not in the model",
                    inert: memory)
            }
            memory.tensors.append(("\(path)/#place", Tensor([place], shape: [])))
            for (number, pair) in past.enumerated() {
                memory.tensors.append(("\(path)/step \(number)", pair.step[place]))
                memory.tensors.append(("\(path)/change \(number)", pair.change[place]))
            }
        }
        return memory
    }

    func recalling(_ archive: TensorArchive, _ model: Parameters) throws(ArchiveMismatch) -> () -> Void {
        var mismatch = ArchiveMismatch()
        var rest = Set(archive.names.filter { $0.hasPrefix("optimizer/") })
        var moved: [(place: Int, parameter: Variable, steps: [Tensor], changes: [Tensor])] = []
        for (path, variable) in model.named {
            let prefix = "optimizer/\(path)/"
            guard let place = rest.remove(prefix + "#place").flatMap({ archive[$0] }) else { continue }
            func taken(_ kind: String) -> [Tensor] {
                var tensors: [Tensor] = []
                while let name = rest.remove("\(prefix)\(kind) \(tensors.count)"), let tensor = archive[name] {
                    if !tensor.isLike(variable.value) { mismatch.different.append(name) }
                    tensors.append(tensor)
                }
                return tensors
            }
            moved.append((Int(place.item), variable, taken("step"), taken("change")))
        }
        moved.sort { $0.place < $1.place }
        let count = moved.first?.steps.count ?? 0
        if !moved.map(\.place).elementsEqual(0..<moved.count)
            || !moved.allSatisfy({ $0.steps.count == count && $0.changes.count == count })
        {
            mismatch.different.append("what LBFGS remembers is not of the same steps for all parameters")
        }
        mismatch.extra = rest.sorted()
        if !mismatch.isEmpty { throw mismatch }
        let rate = archive.notes["learningRate"].flatMap(Double.init)
        return { [moved] in
            self.learningRate = rate ?? self.learningRate
            self.lastParameters = moved.map(\.parameter)
            self.past = (0..<count).map { number in
                (moved.map { $0.steps[number] }, moved.map { $0.changes[number] })
            }.suffix(self.history)
        }
    }
}

extension Tensor {
    func isLike(_ other: Tensor) -> Bool { shape == other.shape && elementType == other.elementType }
}
