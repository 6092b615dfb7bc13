import Foundation
import Gradus

// What is a whole process' own: its memory, and how long it takes to start. Both are measured on processes that this program
// starts of itself, with `--task`.

enum ProcessTask: String {
    /// Nothing; five steps of resnet20. Each says the most memory that it had, in KiB.
    case nothing, resnet20
    /// The first gradient of a 3-2-1 network.
    case gradient

    func run() {
        switch self {
        case .nothing: break
        case .resnet20:
            let step = Workload.resnet20()
            for _ in 0..<5 { step() }
        case .gradient:
            let (w1, w2) = (Variable(.normal([3, 2])), Variable(.normal([2, 1])))
            let x = Variable.constant(.normal([1, 3]))
            matmul(tanh(matmul(x, w1)), w2).sum().backward()
            precondition(w1.gradient != nil)
        }
        if self != .gradient { print(mostMemory()) }
    }

    /// The most memory this process had, in KiB.
    private func mostMemory() -> Int {
        // On Linux, what getrusage says is at least what the process had before it became this program: the parent's memory.
        if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) {
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
        }
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss / 1024
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss
        #endif
    }

    /// Runs this task in a process of its own, and gives back what it printed and the seconds from its start to its end.
    func inProcess(_ options: Options) throws -> (text: String, seconds: Double) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = Bundle.main.executableURL
        }
        process.arguments = ["--task", rawValue] + (options.threads.map { ["--threads", "\($0)"] } ?? [])
        let output = Pipe()
        process.standardOutput = output
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        // Its output ends with the process. `waitUntilExit` looks only every 50 ms on Linux.
        let elapsed = clock.now - start
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw UsageError("the process for \(rawValue) ended with status \(process.terminationStatus)")
        }
        return (text, elapsed / .seconds(1))
    }
}

/// The workloads that are measured on processes.
func measureProcesses(_ options: Options) throws -> [Measurement] {
    var found: [Measurement] = []
    if options.wants("rss_resnet20") {
        func kibibytes(_ task: ProcessTask) throws -> Double {
            Double(try task.inProcess(options).text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .nan
        }
        let mebibytes = try (kibibytes(.resnet20) - kibibytes(.nothing)) / 1024
        found.append(Measurement("rss_resnet20", mebibytes: mebibytes))
    }
    if options.wants("start") {
        let times = try (0..<7).map { _ in try ProcessTask.gradient.inProcess(options).seconds }
        found.append(Measurement("start", times: times, limits: nil))
    }
    return found
}
