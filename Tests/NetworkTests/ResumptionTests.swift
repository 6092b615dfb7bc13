import Foundation
import GradusAutograd
import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// What a program that is killed leaves behind, and what goes on from there.
@Suite(.seeded(), .serialized) struct ResumptionTests {
    private func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradus-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    // MARK: - Cut-off writes

    /// The system ends a program whose file grows beyond its limit: in the middle of a write.
    @Test func whatAKilledWriteLeavesIsClearedAwayByTheNext() async throws {
        try await withFolder { folder in
            var archive = TensorArchive()
            archive["a"] = .ones([1000])
            try archive.write(to: "\(folder)/a")
            await #expect(processExitsWith: .signal(SIGXFSZ)) { [folder = folder as String] in
                // Some shells pass it on ignored, and some threads blocked.
                signal(SIGXFSZ, SIG_DFL)
                var none = sigset_t()
                sigemptyset(&none)
                pthread_sigmask(SIG_SETMASK, &none, nil)
                var limit = rlimit(rlim_cur: 8192, rlim_max: 8192)
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                var archive = TensorArchive()
                archive["a"] = .zeros([100_000])
                try archive.write(to: "\(folder)/a")
            }
            let left = try names(folder)
            #expect(left.count == 2 && left[1].hasPrefix("a.") && left[1].hasSuffix(".tmp"))
            #expect(try TensorArchive(contentsOf: "\(folder)/a").names == ["a"], "the old one is whole")
            archive["b"] = .ones([3])
            try archive.write(to: "\(folder)/a")
            #expect(try names(folder) == ["a"])
            #expect(try TensorArchive(contentsOf: "\(folder)/a").names == ["a", "b"])
        }
    }

    /// One that another holds its lock on is being written; other names are other people's.
    @Test func whatIsBeingWrittenOrIsNoneOfOursStays() async throws {
        try await withFolder { folder in
            let others = ["a.1.2.tmp.x", "a.1.tmp", "a.x.1.tmp", "a.1..tmp", "a.+1.1.tmp", "aa.1.1.tmp", "b.1.1.tmp"]
            for name in others + ["a.1.1.tmp", "a.2.7.tmp"] {
                #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: Data([1])))
            }
            let held = open("\(folder)/a.2.7.tmp", O_RDONLY)
            #expect(held >= 0 && flock(held, LOCK_EX) == 0)
            try TensorArchive().write(to: "\(folder)/a")
            #expect(try names(folder) == (others + ["a", "a.2.7.tmp"]).sorted())
            close(held)
            try TensorArchive().write(to: "\(folder)/a")
            #expect(try names(folder) == (others + ["a"]).sorted())
        }
    }

    /// Writers of one path in several threads do not take each other's files away.
    @Test func writersSideBySideAllSucceed() async throws {
        try await withFolder { folder in
            await withTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for round in 0..<25 {
                            var archive = TensorArchive()
                            archive["a"] = .full([500], Double(writer))
                            archive.notes["round"] = "\(round)"
                            do { try archive.write(to: "\(folder)/a") } catch { Issue.record(error) }
                        }
                    }
                }
            }
            let left = try names(folder)
            #expect(left == ["a"])
            let last = try TensorArchive(contentsOf: "\(folder)/a").notes["round"]
            #expect(last == "24")
        }
    }

    // MARK: - Groups and curvature

    private static func model() -> (layers: [Linear], parameters: Parameters) {
        var random = Random(seed: 3)
        let layers = [
            Linear(inFeatures: 3, outFeatures: 4, using: &random),
            Linear(inFeatures: 4, outFeatures: 1, using: &random),
        ]
        return (layers, Parameters(of: layers))
    }
    private static func loss(_ layers: [Linear]) -> Variable {
        var random = Random(seed: 4)
        let x = Variable.constant(.normal([12, 3], using: &random))
        return square(layers[1](tanh(layers[0](x))) - (x * x).sum(along: 1, keepingAxes: true)).mean()
    }
    private static func steps(_ count: Int, _ adam: RuleOptimizer, _ layers: [Linear]) {
        for _ in 0..<count {
            loss(layers).backward()
            adam.step(Parameters(of: layers))
        }
    }
    private static func adam(_ layers: [Linear], grouped: Bool) -> RuleOptimizer {
        let adam = AdamW(learningRate: 0.02, weightDecay: 0.1)
        if grouped {
            adam.group(layers[0].parameters, rateFactor: 0.1)
            adam.group(layers.compactMap(\.bias), rateFactor: 0.3, weightDecay: 0)
        }
        return adam
    }

    /// One trainer ends beside another: the other is still told of Ctrl-C, rather than killed by it.
    @Test func aTrainerThatEndsLeavesTheOthersTheirSignals() async {
        await #expect(processExitsWith: .exitCode(7)) { Self.interruptTheSecondOfTwo() }
    }
    private static func interruptTheSecondOfTwo() {
        let (begun, mayEnd, ended) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        Thread {
            Interruption.catching {
                begun.signal()
                mayEnd.wait()
            }
            ended.signal()
        }.start()
        begun.wait()
        Interruption.catching {
            mayEnd.signal()
            ended.wait()
            raise(SIGINT)
            exit(Interruption.isWanted ? 7 : 1)
        }
    }

    /// A program that dies after each of its checkpoints, and goes on in a new one that was never told of the groups.
    @Test func groupsSurviveAKill() async throws {
        try await withFolder { folder in
            let (whole, parameters) = Self.model()
            Self.steps(9, Self.adam(whole, grouped: true), whole)
            let path = "\(folder)/run.safetensors"
            for _ in 0..<3 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                    let (layers, parameters) = Self.model()
                    let isFirst = !FileManager.default.fileExists(atPath: path)
                    let adam = Self.adam(layers, grouped: isFirst)
                    if !isFirst { try Checkpoint(contentsOf: path).restore(parameters, optimizer: adam) }
                    Self.steps(3, adam, layers)
                    try Checkpoint(of: parameters, optimizer: adam).write(to: path)
                    Self.steps(1, adam, layers)  // lost with the program
                    kill(getpid(), SIGKILL)
                }
            }
            let (_, resumed) = Self.model()
            try Checkpoint(contentsOf: path).restore(resumed)
            for (a, b) in zip(parameters, resumed) { expectIdentical(a.value, b.value) }
            // The groups do something here.
            let (other, plain) = Self.model()
            Self.steps(9, Self.adam(other, grouped: false), other)
            #expect(!zip(parameters, plain).allSatisfy { $0.value == $1.value })
        }
    }

    @Test func aGroupIsWhatTheFileSays() throws {
        let (layers, parameters) = Self.model()
        let adam = Self.adam(layers, grouped: true)
        Self.steps(2, adam, layers)
        var archive = try TensorArchive(decoding: Checkpoint(of: parameters, optimizer: adam).encoded(), from: "file")
        #expect(archive.names.filter { $0.hasSuffix("#group") }.count == 3 && archive.notes["groups"] == "3")
        expectIdentical(
            try #require(archive["optimizer/0.bias/#group"]), Tensor([0.3, 0], as: .float64))
        #expect(archive["optimizer/0.weight/#group"].map { $0[1].item.isNaN && $0[0].item == 0.1 } == true)
        // One that the program made and the file has not is undone; a file of before groups were saved leaves it.
        for hasNote in [true, false] {
            let (other, otherParameters) = Self.model()
            let second = Self.adam(other, grouped: true)
            for name in archive.names where name.hasSuffix("#group") { archive[name] = nil }
            archive.notes["groups"] = hasNote ? "0" : nil
            try Checkpoint(decoding: archive.encoded(), from: "file").restore(otherParameters, optimizer: second)
            Self.steps(1, second, other)
            let (third, thirdParameters) = Self.model()
            let fresh = Self.adam(third, grouped: !hasNote)
            try Checkpoint(decoding: archive.encoded(), from: "file").restore(thirdParameters, optimizer: fresh)
            Self.steps(1, fresh, third)
            for (a, b) in zip(otherParameters, thirdParameters) { expectIdentical(a.value, b.value) }
        }
        for wrong in [
            Tensor([1.0], as: .float64), Tensor([-1, 0], as: .float64), Tensor([1, -1], as: .float64), Tensor([1, 0]),
        ] {
            archive["optimizer/0.bias/#group"] = wrong
            #expect(throws: DataError.self) { try Checkpoint(decoding: archive.encoded(), from: "file") }
        }
    }

    @Test func curvatureIsRememberedToTheBit() throws {
        func optimizer() -> LBFGS { LBFGS(history: 4) }
        func steps(_ count: Int, _ optimizer: LBFGS, _ layers: [Linear]) {
            for _ in 0..<count { optimizer.step(Parameters(of: layers).reversed()) { Self.loss(layers) } }
        }
        let (whole, wholeParameters) = Self.model()
        let first = optimizer()
        steps(6, first, whole)
        let bytes = Checkpoint(of: wholeParameters, optimizer: first).encoded()
        steps(5, first, whole)

        let (again, againParameters) = Self.model()
        let second = optimizer()
        let read = try Checkpoint(decoding: bytes, from: "file")
        try read.restore(againParameters, optimizer: second)
        steps(5, second, again)
        for (a, b) in zip(wholeParameters, againParameters) { expectIdentical(a.value, b.value) }
        // Without its memory it goes elsewhere.
        let (forgetful, forgetfulParameters) = Self.model()
        try read.restore(forgetfulParameters)
        steps(5, optimizer(), forgetful)
        #expect(!zip(wholeParameters, forgetfulParameters).allSatisfy { $0.value == $1.value })
        // Before its first step there is nothing to remember, and that too is restored.
        let nothing = Checkpoint(of: wholeParameters, optimizer: optimizer())
        try Checkpoint(decoding: nothing.encoded(), from: "file").restore(againParameters, optimizer: second)
    }

    @Test func aMemoryThatDoesNotFitChangesNothing() throws {
        let (layers, parameters) = Self.model()
        let lbfgs = LBFGS()
        for _ in 0..<3 { lbfgs.step(parameters) { Self.loss(layers) } }
        let checkpoint = Checkpoint(of: parameters, optimizer: lbfgs)
        let (_, other) = Self.model()
        let before = other.archive.encoded()
        #expect(throws: ArchiveMismatch(different: ["the optimizer, LBFGS in the file, Adam here"])) {
            try checkpoint.restore(other, optimizer: Adam())
        }
        let whole = try TensorArchive(decoding: checkpoint.encoded(), from: "file")
        for change in [
            { (a: inout TensorArchive) in a["optimizer/0.bias/change 1"] = nil },
            { $0["optimizer/0.bias/step 0"] = .zeros([5]) }, { $0["optimizer/0.bias/step 7"] = .zeros([4]) },
            { $0["optimizer/0.bias/#place"] = Tensor([7], shape: [], as: .int64) },
            { $0["optimizer/2.bias/#place"] = Tensor([7], shape: [], as: .int64) },
        ] {
            var archive = whole
            change(&archive)
            #expect(throws: ArchiveMismatch.self) {
                try Checkpoint(decoding: archive.encoded(), from: "file").restore(other, optimizer: LBFGS())
            }
        }
        #expect(other.archive.encoded() == before)
        #expect(
            misuseMessage { Checkpoint(of: layers[0].parameters, optimizer: lbfgs) }
                == "Checkpoint: LBFGS moved a parameter of shape [4, 1] that is not in the model")
    }
}
