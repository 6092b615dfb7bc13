import GradusAutograd
import GradusData
import GradusTensor

/// A file that belongs to another model: which tensors are missing, which are too many, and which are of another shape or type.
public struct ArchiveMismatch: Error, Equatable, Sendable, CustomStringConvertible {
    /// Names that the model has and the file has not.
    public var missing: [String]
    /// Names that the file has and the model has not.
    public var extra: [String]
    /// What differs: a sentence for each.
    public var different: [String]

    /// What is missing, too much and different; nothing unless given.
    public init(missing: [String] = [], extra: [String] = [], different: [String] = []) {
        (self.missing, self.extra, self.different) = (missing, extra, different)
    }

    var isEmpty: Bool { missing.isEmpty && extra.isEmpty && different.isEmpty }

    public var description: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing: " + missing.joined(separator: ", ")) }
        if !extra.isEmpty { parts.append("not in the model: " + extra.joined(separator: ", ")) }
        if !different.isEmpty { parts.append("different: " + different.joined(separator: ", ")) }
        return "the file belongs to another model; " + parts.joined(separator: "; ")
    }
}

extension Parameters {
    /// Parameters and buffers by path, to be written to a file.
    ///
    ///     try model.parameters.archive.write(to: "model.safetensors")
    public var archive: TensorArchive {
        var archive = TensorArchive()
        for (path, variable) in named { archive[path] = variable.value }
        for (path, buffer) in buffers { archive[path] = buffer.value }
        return archive
    }

    /// Takes on what a file holds for each path: parameters and buffers.
    ///
    ///     try model.parameters.load(TensorArchive(contentsOf: "model.safetensors"))
    ///
    /// If anything is missing, too much, or of another shape or element type, all of it is named in the error, and nothing is
    /// changed. With `partially`, what is missing stays as it is and what is too much is passed over (to take a trained body into a
    /// model with another head); what has a path in common must still fit. While misuse is pending, nothing happens.
    public func load(_ archive: TensorArchive, partially: Bool = false) throws(ArchiveMismatch) {
        try matched(archive, partially: partially)()
    }

    /// Looks at everything, and gives back what does the loading.
    func matched(
        _ archive: TensorArchive, prefix: String = "", partially: Bool = false
    ) throws(ArchiveMismatch) -> () -> Void {
        var mismatch = ArchiveMismatch()
        var changes: [() -> Void] = []
        var known: Set<String> = []
        func look(_ path: String, _ old: Tensor, _ change: @escaping (Tensor) -> Void) {
            known.insert(prefix + path)
            guard let new = archive[prefix + path] else { return mismatch.missing.append(path) }
            guard new.shape == old.shape && new.elementType == old.elementType else {
                return mismatch.different.append(
                    "\(path), \(new.elementType) of shape \(new.shape) for \(old.elementType) of \(old.shape)")
            }
            changes.append { change(new) }
        }
        for (path, variable) in named { look(path, variable.value) { variable.value = $0 } }
        for (path, buffer) in buffers { look(path, buffer.value) { buffer.value = $0 } }
        mismatch.extra = archive.names.filter { $0.hasPrefix(prefix) && !known.contains($0) }
            .map { String($0.dropFirst(prefix.count)) }
        if partially { (mismatch.missing, mismatch.extra) = ([], []) }
        if !mismatch.isEmpty { throw mismatch }
        return { [changes] in
            guard !misuseIsPending else { return }
            for change in changes { change() }
        }
    }
}
