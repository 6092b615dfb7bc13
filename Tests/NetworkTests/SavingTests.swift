import Foundation
import GradusAutograd
import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// A folder that is there for as long as `body` runs.
private func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gradus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

/// A file as it is written by hand: the header's length, the header, data.
private func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
}

private func message(_ bytes: [UInt8]) -> String? {
    do {
        _ = try TensorArchive(decoding: bytes, from: "file")
        return nil
    } catch { return error.description }
}

@Suite struct TensorArchiveTests {
    private func example() -> TensorArchive {
        var archive = TensorArchive()
        archive["a.weight"] = Tensor([[1, -2.5], [.infinity, 1e-30]])
        archive["double \"quoted\"\n"] = Tensor([0.1, -0.0], as: .float64)
        archive["count"] = Tensor([Int.max], shape: [])
        archive["mask é"] = Tensor([1, 0, 1], shape: [3], as: .bool)
        archive["nothing"] = .zeros([0, 5])
        archive.notes = ["epoch": "3", "text": "line\nline\t\u{1F600}\\"]
        return archive
    }

    @Test func whatIsWrittenIsRead() throws {
        let archive = example()
        let bytes = archive.encoded()
        #expect(bytes.count % 4 == 3 && bytes[0] % 8 == 0)  // data begins at a multiple of eight
        let read = try TensorArchive(decoding: bytes, from: "file")
        #expect(read.names == archive.names && read.notes == archive.notes)
        for name in archive.names { expectIdentical(try #require(read[name]), archive[name]!) }
        #expect(read.encoded() == bytes)
        try withFolder { folder in
            try archive.write(to: folder + "/a.safetensors")
            #expect(try TensorArchive(contentsOf: folder + "/a.safetensors").encoded() == bytes)
        }
        var changed = read
        changed["count"] = nil
        #expect(!changed.names.contains("count") && changed["count"] == nil)
    }

    /// As the reference implementation of the format writes two tensors.
    @Test func othersFilesAreRead() throws {
        let header =
            #"{"b":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},"#
            + #""\u0061":{"shape":[2],"data_offsets":[0,8],"dtype":"F32"}, "__metadata__" : {"format":"pt"} }   "#
        let read = try TensorArchive(
            decoding: file(header, data: [0, 0, 128, 63, 0, 0, 0, 192, 255, 255, 255, 255, 255, 255, 255, 255]),
            from: "file")
        expectIdentical(try #require(read["a"]), Tensor([1, -2]))
        expectIdentical(try #require(read["b"]), Tensor([-1], as: .int64))
        #expect(read.notes == ["format": "pt"])
        #expect(try TensorArchive(decoding: file("{}"), from: "file").names == [])
    }

    @Test func damagedHeadersAreRefused() {
        func one(_ type: String = "F32", _ shape: String = "[1]", _ offsets: String = "[0,4]") -> String {
            #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
        }
        let four: [UInt8] = [0, 0, 0, 0]
        #expect(message(file(one(), data: four)) == nil)
        #expect(message([1, 2, 3]) == "file, byte 0: found 3 bytes, expected the 8 of the header's length")
        #expect(
            message([UInt8](repeating: 255, count: 8))
                == "file, byte 0: found a header of 18446744073709551615 bytes, expected one that ends in the file, 0 at most"
        )
        #expect(
            message(file(one("F16"), data: four))
                == "file, byte 22: found the type \"F16\" of \"a\", expected F32, F64, I64 or BOOL")
        #expect(message(file(one("F32", "[2]"), data: four))?.contains("the 8 bytes of its elements") == true)
        #expect(message(file(one("F32", "[4611686018427387904,4]"), data: four))?.contains("fit into memory") == true)
        #expect(message(file(one("F32", "[99999999999999999999]"), data: four))?.contains("a whole number") == true)
        #expect(message(file(one("F32", "[-1]"), data: four))?.contains("a whole number") == true)
        #expect(message(file(one("F32", "[1,1,1,1,1,1,1,1,1]"), data: four))?.contains("at most 8") == true)
        #expect(message(file(one("F32", "[1]", "[4,8]"), data: four + four))?.contains("expected it at 0") == true)
        #expect(message(file(one("F32", "[1]", "[4,0]"), data: four)) != nil)
        #expect(message(file(one(), data: four + [0]))?.contains("5 bytes of data, expected the 4") == true)
        #expect(message(file(one(), data: [0])) != nil)
        #expect(message(file(one("BOOL", "[4]"), data: [0, 1, 2, 0]))?.contains("found 2 among the bools") == true)
        let overlapping =
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#
        #expect(message(file(overlapping, data: four + four))?.contains("\"b\" at byte 2") == true)
        let twice = one().dropLast() + #","a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
        #expect(message(file(String(twice), data: four + four))?.contains("\"a\" a second time") == true)
        for wrong in [
            "", "[]", "{", "{]", "{} x", #"{"a"}"#, #"{"a":1}"#, #"{"a":{}}"#, #"{"a":{"dtype":1}}"#,
            #"{"a":{"other":"x"}}"#, #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":{"a":{"b":"c"}}}"#,
            #"{"__metadata__":{"a":"b","a":"c"}}"#, #"{"__metadata__":{"a":"\x"}}"#,
            #"{"__metadata__":{"a":"\ud800"}}"#,
            #"{"__metadata__":{"a":"\u12"}}"#, "{\"__metadata__\":{\"a\":\"\u{1}\"}}",
            String(repeating: "{\"a\":", count: 5000), String(repeating: "[", count: 5000),
        ] {
            #expect(message(file(wrong)) != nil, "\(wrong.prefix(40))")
        }
        var broken = file(#"{"__metadata__":{"a":"xx"}}"#)
        broken[broken.firstIndex(of: UInt8(ascii: "x"))!] = 0xC3
        #expect(message(broken)?.contains("no UTF-8") == true)
    }

    @Test func everyTruncationAndEveryFlippedBitIsNoticed() {
        let bytes = example().encoded()
        for count in 0..<bytes.count {
            #expect(message(Array(bytes[..<count])) != nil, "the first \(count) bytes")
        }
        for place in bytes.indices {
            // The word of the checksum itself may be lost: then the file is one of others, and still whole.
            var flipped = bytes
            flipped[place] ^= 1 << UInt8(place % 8)
            guard let read = try? TensorArchive(decoding: flipped, from: "file") else { continue }
            #expect(read.notes["checksum"] == nil && read.notes["epoch"] == "3", "byte \(place)")
            #expect((8..<40).contains(place), "byte \(place)")
        }
    }

    @Test func whatCannotBeWrittenLeavesWhatWasThere() throws {
        try withFolder { folder in
            #expect(throws: DataError.self) { try example().write(to: folder + "/none/a") }
            #expect(throws: DataError.self) { _ = try TensorArchive(contentsOf: folder + "/none") }
            #expect(throws: DataError.self) { _ = try TensorArchive(contentsOf: folder) }
            let path = folder + "/a"
            try example().write(to: path)
            // A folder of that name cannot be replaced by a file.
            try FileManager.default.createDirectory(atPath: folder + "/b", withIntermediateDirectories: false)
            #expect(throws: DataError.self) { try example().write(to: folder + "/b") }
            _ = misuseMessage {
                _ = Tensor([1, 2]) + Tensor([1, 2, 3])
                try? TensorArchive().write(to: path)
            }
            #expect(try TensorArchive(contentsOf: path).names == example().names)
            // Nothing else is left lying there.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a", "b"])
        }
    }
}

private struct Model: Parameterized {
    let hidden: Linear, norm: BatchNorm, dropout: Dropout, output: Linear

    init(_ seed: UInt64, hidden width: Int = 4) {
        var random = Random(seed: seed)
        hidden = Linear(inFeatures: 3, outFeatures: width, using: &random)
        norm = BatchNorm(channels: width)
        dropout = Dropout(probability: 0.3, seed: seed)
        output = Linear(inFeatures: width, outFeatures: 2, using: &random)
    }

    func callAsFunction(_ x: Variable) -> Variable { output(dropout(relu(norm(hidden(x))))) }
}

// Restoring sets the default generator, which is each test's own here.
@Suite(.seeded()) struct CheckpointTests {
    @Test func modelsAreSavedAndLoadedByPath() throws {
        let (one, two) = (Model(1).parameters, Model(2).parameters)
        #expect(one.buffers.map(\.path).contains("dropout.generator.state"))
        one.buffers[0].buffer.value = Tensor([1, 2, 3, 4])
        try two.load(try TensorArchive(decoding: one.archive.encoded(), from: "file"))
        #expect(one.archive.encoded() == two.archive.encoded())

        var archive = one.archive
        archive["hidden.bias"] = nil
        archive["other"] = Tensor([1])
        archive["output.weight"] = .zeros([4, 3])
        archive["output.bias"] = .zeros([2], as: .float64)
        let before = two.archive.encoded()
        #expect(
            throws: ArchiveMismatch(
                missing: ["hidden.bias"], extra: ["other"],
                different: [
                    "output.weight, float32 of shape [4, 3] for float32 of [4, 2]",
                    "output.bias, float64 of shape [2] for float32 of [2]",
                ])
        ) { try two.load(archive) }
        #expect(two.archive.encoded() == before)
        // A trained body under another head.
        archive["output.weight"] = nil
        archive["output.bias"] = nil
        archive["hidden.weight"] = .ones([3, 4])
        try two.load(archive, partially: true)
        expectIdentical(two["hidden.weight"].value, .ones([3, 4]))
        expectIdentical(two["output.weight"].value, one["output.weight"].value)
    }

    /// Ten steps in one go, and four, a file, and six by another process's worth of fresh objects: the same bits.
    @Test(arguments: [0, 1, 2]) func trainingGoesOnExactly(which: Int) throws {
        func optimizer() -> RuleOptimizer {
            switch which {
            case 0: SGD(learningRate: 0.1, momentum: 0.9)
            case 1: AdamW(learningRate: 0.01)
            default: RMSProp(learningRate: 0.01, momentum: 0.5, centered: true)
            }
        }
        func train(
            _ model: Model, _ parameters: Parameters, _ optimizer: RuleOptimizer, _ average: MovingAverage,
            _ plateau: inout PlateauSchedule, _ random: inout Random, steps: Range<Int>
        ) {
            for step in steps {
                let x = Tensor.normal([6, 3], using: &random)
                let loss = crossEntropy(model(.constant(x)), Tensor([0, 1, 1, 0, 1, 0], as: .int64))
                loss.backward()
                optimizer.learningRate = 0.05 * plateau.next(step < 3 ? Double(-step) : 5)
                optimizer.step(parameters)
                average.update()
            }
        }
        func start(_ seed: UInt64) -> (Model, Parameters, RuleOptimizer, MovingAverage, PlateauSchedule) {
            let model = Model(seed), parameters = model.parameters
            return (
                model, parameters, optimizer(), MovingAverage(of: parameters, decay: 0.5),
                PlateauSchedule(factor: 0.5, patience: 1)
            )
        }
        var random = Random(seed: 7)
        var (model, parameters, optimizer, average, plateau) = start(1)
        train(model, parameters, optimizer, average, &plateau, &random, steps: 0..<4)
        var checkpoint = Checkpoint(of: parameters, optimizer: optimizer, average: average)
        (checkpoint.epoch, checkpoint.step, checkpoint.plateau) = (2, 4, plateau)
        checkpoint.generators["data"] = random
        checkpoint.notes["about"] = "a test"
        let bytes = checkpoint.encoded()
        train(model, parameters, optimizer, average, &plateau, &random, steps: 4..<10)

        let read = try Checkpoint(decoding: bytes, from: "file")
        #expect(read.epoch == 2 && read.step == 4 && read.notes == ["about": "a test"])
        var (model2, parameters2, optimizer2, average2, plateau2) = start(99)
        var random2 = try #require(read.generators["data"])
        try read.restore(parameters2, optimizer: optimizer2, average: average2)
        read.restore(&plateau2)
        train(model2, parameters2, optimizer2, average2, &plateau2, &random2, steps: 4..<10)
        #expect(parameters.archive.encoded() == parameters2.archive.encoded())
        for (a, b) in zip(average.values, average2.values) { expectIdentical(a, b) }
        #expect(plateau == plateau2 && random == random2 && optimizer.learningRate == optimizer2.learningRate)
    }

    @Test func theDefaultGeneratorGoesOn() throws {
        let parameters = Model(1).parameters
        let bytes = Checkpoint(of: parameters).encoded()
        let next = Tensor.normal([5])
        try Checkpoint(decoding: bytes, from: "file").restore(parameters)
        expectIdentical(Tensor.normal([5]), next)
    }

    @Test func whatDoesNotFitChangesNothing() throws {
        let parameters = Model(1).parameters
        let adam = Adam()
        for parameter in parameters { parameter.gradient = .constant(.ones(like: parameter.value)) }
        adam.step(parameters)
        let checkpoint = try Checkpoint(decoding: Checkpoint(of: parameters, optimizer: adam).encoded(), from: "file")
        let other = Model(2, hidden: 5).parameters
        let before = other.archive.encoded()
        #expect(throws: ArchiveMismatch.self) { try checkpoint.restore(other) }
        let same = Model(2).parameters
        let sameBefore = same.archive.encoded()
        #expect(throws: ArchiveMismatch(different: ["the optimizer, Adam in the file, SGD here"])) {
            try checkpoint.restore(same, optimizer: SGD(learningRate: 1))
        }
        #expect(throws: ArchiveMismatch.self) { try checkpoint.restore(same, average: MovingAverage(of: same)) }
        #expect(other.archive.encoded() == before && same.archive.encoded() == sameBefore)
        #expect(throws: DataError.self) { try Checkpoint(decoding: parameters.archive.encoded(), from: "file") }
        for (key, text) in [
            ("format", "x"), ("epoch", "x"), ("step", ""), ("learningRate", "nan"), ("plateau", "1 2"),
        ] {
            var archive = try TensorArchive(decoding: checkpoint.encoded(), from: "file")
            archive.notes[key] = text
            #expect(throws: DataError.self, "\(key)") { try Checkpoint(decoding: archive.encoded(), from: "file") }
        }
        for (name, tensor) in [
            ("defaultRandom", Tensor([0, 0, 0, 0], as: .int64)), ("random/x", Tensor([1.0])),
            ("optimizer/hidden.bias/#steps", Tensor([1.0])),
        ] {
            var archive = try TensorArchive(decoding: checkpoint.encoded(), from: "file")
            archive[name] = tensor
            #expect(throws: DataError.self, "\(name)") { try Checkpoint(decoding: archive.encoded(), from: "file") }
        }
    }

    @Test func filesReplaceEachOther() throws {
        try withFolder { folder in
            let parameters = Model(1).parameters
            let path = folder + "/run.safetensors"
            for epoch in 0..<3 {
                var checkpoint = Checkpoint(of: parameters)
                checkpoint.epoch = epoch
                try checkpoint.write(to: path)
                #expect(try Checkpoint(contentsOf: path).epoch == epoch)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["run.safetensors"])
        }
    }
}
