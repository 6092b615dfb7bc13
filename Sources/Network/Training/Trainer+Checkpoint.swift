import GradusData
import GradusTensor

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Trainer {
    /// Writes everything to the checkpoint's file, if there is a path for one.
    func save() throws(DataError) {
        guard let path = checkpoint else { return }
        var file = Checkpoint(of: parameters, optimizer: optimizer)
        (file.epoch, file.step) = (progress.epoch, progress.step)
        file.generators["batches"] = progress.random
        if let start = progress.epochStart {
            file.generators["batches at the epoch's start"] = Random(state: start.random)
            file.generators["default at the epoch's start"] = Random(state: start.shared)
        }
        file.notes["stepInEpoch"] = "\(progress.stepInEpoch)"
        file.notes["sum"] = "\(progress.sum)"  // a number's description is read back to the bit
        file.notes["count"] = "\(progress.count)"
        if let stopping {
            file.notes["stopping"] = "\(stopping.epochsSinceBest) \(stopping.best.map { "\($0)" } ?? "none")"
        }
        for record in progress.records {
            file.notes["epoch \(record.number)"] = "\(record.loss) \(record.learningRate) \(record.metrics.count)"
            for (place, metric) in record.metrics.enumerated() {
                file.notes["epoch \(record.number) metric \(place)"] = "\(metric.value) \(metric.name)"
            }
        }
        for (place, tensor) in (progress.best ?? []).enumerated() { file.tensors["best/\(place)"] = tensor }
        try file.write(to: path)
    }

    /// Goes back to where the checkpoint is, if there is one. A file that is damaged, or another model's, throws, and nothing is
    /// changed.
    package func resume() throws {
        guard let path = checkpoint, access(path, F_OK) == 0 else { return }
        let file = try Checkpoint(contentsOf: path)
        let reader = NoteReader(notes: file.notes, source: path)
        guard let random = file.generators["batches"] else {
            throw DataError(in: path, found: "no generator of batches", expected: "a trainer's checkpoint")
        }
        var found = Progress(random: random)
        (found.epoch, found.step) = (file.epoch, file.step)
        (found.stepInEpoch, found.count) = (try reader.count("stepInEpoch"), try reader.count("count"))
        found.sum = try reader.number("sum")
        if let start = file.generators["batches at the epoch's start"],
            let shared = file.generators["default at the epoch's start"]
        {
            found.epochStart = (start.state, shared.state)
        }
        for number in 1..<Swift.max(file.epoch + 1, 1) {
            let words = try reader.words("epoch \(number)", 3)
            let metrics = try (0..<(Int(words[2]) ?? 0)).map { place in
                let words = try reader.words("epoch \(number) metric \(place)", 2)
                return EpochRecord.Metric(words[1], Double(words[0]) ?? .nan)
            }
            found.records.append(
                EpochRecord(
                    number: number, loss: Double(words[0]) ?? .nan, learningRate: Double(words[1]) ?? .nan,
                    metrics: metrics))
        }
        var stopping = stopping
        if stopping != nil, file.notes["stopping"] != nil {
            let words = try reader.words("stopping", 2)
            stopping?.epochsSinceBest = Int(words[0]) ?? 0
            stopping?.best = Double(words[1])
        }
        let model = parameters.map(\.value) + parameters.buffers.map(\.buffer.value)
        let best = model.indices.compactMap { file.tensors["best/\($0)"] }
        if !best.isEmpty {
            guard best.count == model.count,
                zip(best, model).allSatisfy({ $0.shape == $1.shape && $0.elementType == $1.elementType })
            else {
                throw DataError(in: path, found: "a best epoch of another model", expected: "\(model.count) tensors")
            }
            found.best = best
        }
        try file.restore(parameters, optimizer: optimizer)
        guard !misuseIsPending else { return }
        (progress, self.stopping) = (found, stopping)
    }
}

/// Reads what a trainer noted.
private struct NoteReader {
    let notes: [String: String]
    let source: String

    /// So many words, the last of which may have blanks in it.
    func words(_ name: String, _ count: Int) throws(DataError) -> [String] {
        let words = notes[name]?.split(separator: " ", maxSplits: count - 1, omittingEmptySubsequences: false)
        guard let words, words.count == count else {
            throw DataError(
                in: source, found: notes[name].map { "\"\($0)\" as \(name)" } ?? "no note \"\(name)\"",
                expected: "a trainer's checkpoint")
        }
        return words.map(String.init)
    }

    func number(_ name: String) throws(DataError) -> Double {
        guard let number = Double(try words(name, 1)[0]) else {
            throw DataError(in: source, found: "\"\(notes[name] ?? "")\" as \(name)", expected: "a number")
        }
        return number
    }

    func count(_ name: String) throws(DataError) -> Int {
        guard let count = Int(try words(name, 1)[0]), count >= 0 else {
            throw DataError(in: source, found: "\"\(notes[name] ?? "")\" as \(name)", expected: "0 or more")
        }
        return count
    }
}
