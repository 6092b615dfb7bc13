import Foundation
import Testing

/// A training run that is really killed, again and again, and really interrupted.
@Suite struct CheckpointsExampleTests {
    private func withFolder<R>(_ body: (String) throws -> R) throws -> R {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradus-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func process(_ arguments: [String]) throws -> (process: Process, output: Pipe) {
        let process = Process()
        let program: URL = try #require(ExampleRun.executable("Checkpoints"))
        process.executableURL = program
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return (process, output)
    }

    /// What the model comes to, bit for bit.
    private func digest(_ output: String) -> String? {
        output.split(separator: "\n").first { $0.hasPrefix("after ") }.map(String.init)
    }

    /// Killed a little later each time, so that it dies in the beginning, in the middle of an epoch, while it writes.
    @Test func killedAtAnyMomentItComesToTheSameBits() throws {
        try withFolder { folder in
            let pictures = ["--quick", "--output", folder]
            let start = Date()
            let whole = digest(try ExampleRun("Checkpoints", pictures).output)
            let duration = Date().timeIntervalSince(start)
            #expect(whole?.hasPrefix("after 3 epochs, all bits") == true)
            let arguments = pictures + ["--checkpoint", "\(folder)/run.safetensors"]
            // The first deaths come early in a run, however fast the machine is.
            var (deaths, delay) = (0, min(0.05, duration / 20))
            while true {
                let (process, output) = try process(arguments)
                let end = Date().addingTimeInterval(delay)
                while process.isRunning && Date() < end { usleep(1000) }
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                process.waitUntilExit()
                if process.terminationReason == .exit {
                    #expect(process.terminationStatus == 0)
                    #expect(digest(said) == whole, "killed \(deaths) times")
                    break
                }
                (deaths, delay) = (deaths + 1, delay * 1.4)
            }
            #expect(deaths > 2)
        }
    }

    @Test func controlCEndsItWithACheckpoint() throws {
        try withFolder { folder in
            let file = "\(folder)/run.safetensors"
            let arguments = ["--epochs", "100000", "--output", folder, "--checkpoint", file]
            let (process, output) = try process(arguments)
            while process.isRunning && !FileManager.default.fileExists(atPath: file) { usleep(1000) }
            process.interrupt()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0)
            #expect(said.hasSuffix("interrupted; what was done is in \(file)\n"))
            // Nothing is left lying beside the checkpoint, and it can be gone on from.
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files == ["run.safetensors"])
            let resumed = try ExampleRun("Checkpoints", ["--epochs", "1", "--output", folder, "--checkpoint", file])
            #expect(resumed.status == 0 && resumed.output.contains("all bits of the model"))
        }
    }
}
