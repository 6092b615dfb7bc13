import GradusAutograd
import GradusData
import GradusTensor

/// Everything that training goes on from: parameters and buffers, what the optimizer remembers, averages, schedules, random
/// generators, and how far it has come. A run that is ended at any moment and goes on from its last checkpoint gives the same bits
/// as one that was not.
///
///     var checkpoint = Checkpoint(of: parameters, optimizer: adam)
///     (checkpoint.epoch, checkpoint.generators["shuffle"]) = (epoch, random)
///     try checkpoint.write(to: "run.safetensors")
///     …
///     let checkpoint = try Checkpoint(contentsOf: "run.safetensors")
///     try checkpoint.restore(parameters, optimizer: adam)
///     (epoch, random) = (checkpoint.epoch, checkpoint.generators["shuffle"]!)
///
/// The file is a ``TensorArchive``: `model/path` for parameters and buffers, `optimizer/path/name` for what is remembered of a
/// parameter, `optimizer/path/#steps` for how many steps it took and `optimizer/path/#group` for the factor and decay of its group,
/// `average/0` and so on, `random/name` for generators (four words as int64), and numbers and words as notes. Other programs read the
/// model's part as any safetensors file.
///
/// What it does not hold: the settings that the program itself gives (betas, architecture, how long ``LBFGS`` remembers), gradients
/// that wait for a step, and generators of one's own that are not in ``generators``. A `Dropout` with a seed keeps its generator in a
/// buffer, and so has it saved.
public struct Checkpoint: Sendable {
    /// How far training has come, as the program counts.
    public var epoch = 0, step = 0

    /// Generators of the program's own, by name.
    public var generators: [String: Random] = [:]

    /// A schedule that remembers, if there is one. Others follow from ``step``.
    public var plateau: PlateauSchedule?

    /// What else is to be known, as text.
    public var notes: [String: String] = [:]

    /// Tensors of the program's own, by name.
    public var tensors: [String: Tensor] = [:]

    private var archive = TensorArchive()

    private static let format = "gradus checkpoint 1"

    /// A checkpoint of everything as it is now, the default generator's state too.
    public init(of model: Parameters, optimizer: RuleOptimizer? = nil, average: MovingAverage? = nil) {
        self.init(of: model, remembering: optimizer, average)
    }

    /// The same with what ``LBFGS`` learnt of the curvature. A parameter that it moved and the model has not is misuse.
    ///
    /// ``NewtonCG`` remembers nothing between steps: a checkpoint without an optimizer is all it needs.
    public init(of model: Parameters, optimizer: LBFGS, average: MovingAverage? = nil) {
        self.init(of: model, remembering: optimizer, average)
    }

    private init(of model: Parameters, remembering optimizer: (any Remembering)?, _ average: MovingAverage?) {
        let parts = model.archive
        for name in parts.names { archive["model/\(name)"] = parts[name] }
        if let optimizer {
            let memory = optimizer.memory(of: model)
            archive.notes = memory.notes
            archive.notes["optimizer"] = optimizer.name
            for (name, tensor) in memory.tensors { archive["optimizer/\(name)"] = tensor }
        }
        for (place, tensor) in (average?.values ?? []).enumerated() { archive["average/\(place)"] = tensor }
        archive["defaultRandom"] = Checkpoint.tensor(of: DefaultRandom.state)
    }

    /// Writes the file so that, whatever happens meanwhile, there is a whole one: the old or the new. While misuse is pending, nothing
    /// happens.
    public func write(to path: String) throws(DataError) { try complete.write(to: path) }

    /// The file's bytes.
    public func encoded() -> [UInt8] { complete.encoded() }

    private var complete: TensorArchive {
        var archive = archive
        archive.notes["format"] = Checkpoint.format
        (archive.notes["epoch"], archive.notes["step"]) = ("\(epoch)", "\(step)")
        for (name, random) in generators.sorted(by: { $0.key < $1.key }) {
            archive["random/\(name)"] = Checkpoint.tensor(of: random.state)
        }
        if let plateau {
            archive.notes["plateau"] =
                "\(plateau.current) \(plateau.best.map { "\($0)" } ?? "none") \(plateau.badCount) \(plateau.restingCount)"
        }
        for (name, note) in notes { archive.notes["note/\(name)"] = note }
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) { archive["tensor/\(name)"] = tensor }
        return archive
    }

    // MARK: - Reading

    /// Reads a checkpoint. Whatever is wrong with the file throws, before anything is changed.
    public init(contentsOf path: String) throws(DataError) {
        try self.init(decoding: try SafeFile.read(path), from: path)
    }

    /// Reads a checkpoint's bytes; `source` is what errors call it. ``plateau`` is read into the one that `restore` is given.
    public init(decoding bytes: [UInt8], from source: String) throws(DataError) {
        archive = try TensorArchive(decoding: bytes, from: source)
        let all = archive.notes
        func note(_ name: String) throws(DataError) -> String {
            guard let note = all[name] else {
                throw DataError(in: source, found: "no note \"\(name)\"", expected: "a checkpoint, which has it")
            }
            return note
        }
        func count(_ name: String) throws(DataError) -> Int {
            let text = try note(name)
            guard let count = Int(text) else {
                throw DataError(in: source, found: "\"\(text)\" as \(name)", expected: "a whole number")
            }
            return count
        }
        let format = try note("format")
        guard format == Checkpoint.format else {
            throw DataError(in: source, found: "the format \"\(format)\"", expected: "\"\(Checkpoint.format)\"")
        }
        (epoch, step) = (try count("epoch"), try count("step"))
        for name in archive.names where name == "defaultRandom" || name.hasPrefix("random/") {
            guard let random = archive[name].flatMap(Checkpoint.random) else {
                throw DataError(
                    in: source, found: "no generator's state in \"\(name)\"", expected: "four words, not all 0")
            }
            if name != "defaultRandom" { generators[String(name.dropFirst(7))] = random }
        }
        for (name, text) in all where name.hasPrefix("note/") { notes[String(name.dropFirst(5))] = text }
        for name in archive.names where name.hasPrefix("tensor/") { tensors[String(name.dropFirst(7))] = archive[name] }
        if all["optimizer"] != nil { _ = try note("learningRate") }
        try OptimizerMemory.check(archive, source)
        if let words = all["plateau"]?.split(separator: " ") {
            guard words.count == 4, let current = Double(words[0]), words[1] == "none" || Double(words[1]) != nil,
                let bad = Int(words[2]), let resting = Int(words[3])
            else {
                throw DataError(in: source, found: "\"\(all["plateau"] ?? "")\" as plateau", expected: "four numbers")
            }
            var plateau = PlateauSchedule()
            (plateau.current, plateau.best) = (current, Double(words[1]))
            (plateau.badCount, plateau.restingCount) = (bad, resting)
            self.plateau = plateau
        }
    }

    /// Puts everything back: into the model, the optimizer (its learning rate, weight decay and groups too), the average, and the
    /// default generator.
    ///
    /// If anything does not fit, an ``ArchiveMismatch`` names all of it, and nothing is changed: tensors missing or too many, of
    /// other shapes or types, another kind of optimizer. While misuse is pending, nothing happens.
    public func restore(
        _ model: Parameters, optimizer: RuleOptimizer? = nil, average: MovingAverage? = nil
    ) throws(ArchiveMismatch) {
        try restore(model, remembering: optimizer, average)
    }

    /// The same with what ``LBFGS`` learnt of the curvature.
    public func restore(
        _ model: Parameters, optimizer: LBFGS, average: MovingAverage? = nil
    ) throws(ArchiveMismatch) {
        try restore(model, remembering: optimizer, average)
    }

    private func restore(
        _ model: Parameters, remembering optimizer: (any Remembering)?, _ average: MovingAverage?
    ) throws(ArchiveMismatch) {
        let loadModel = try model.matched(archive, prefix: "model/")
        let loadOptimizer = try matched(optimizer, model)
        let averages = archive.names.filter { $0.hasPrefix("average/") }.count
        if let average {
            let values = (0..<averages).compactMap { archive["average/\($0)"] }
            guard values.count == average.values.count, zip(values, average.values).allSatisfy({ $0.isLike($1) }) else {
                throw ArchiveMismatch(different: ["the averages are of \(averages) parameters, or of other shapes"])
            }
        }
        guard !misuseIsPending else { return }
        loadModel()
        loadOptimizer()
        average?.restore((0..<averages).compactMap { archive["average/\($0)"] })
        if let state = archive["defaultRandom"].flatMap(Checkpoint.random)?.state { DefaultRandom.state = state }
    }

    /// Puts what a plateau schedule remembers back into one with the program's settings.
    public func restore(_ schedule: inout PlateauSchedule) {
        guard let plateau, !misuseIsPending else { return }
        (schedule.current, schedule.best) = (plateau.current, plateau.best)
        (schedule.badCount, schedule.restingCount) = (plateau.badCount, plateau.restingCount)
    }

    private func matched(_ optimizer: (any Remembering)?, _ model: Parameters) throws(ArchiveMismatch) -> () -> Void {
        guard let optimizer else { return {} }
        guard archive.notes["optimizer"] == optimizer.name else {
            throw ArchiveMismatch(
                different: [
                    "the optimizer, \(archive.notes["optimizer"] ?? "none") in the file, \(optimizer.name) here"
                ])
        }
        return try optimizer.recalling(archive, model)
    }

    private static func tensor(of state: [UInt64]) -> Tensor { Tensor(state.map { Int(bitPattern: UInt($0)) }) }

    private static func random(_ state: Tensor) -> Random? {
        guard state.elementType == .int64 && state.shape == [4] else { return nil }
        return Random(state: state.array(of: Int.self).map { UInt64(UInt(bitPattern: $0)) })
    }
}
