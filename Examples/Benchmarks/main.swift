import Foundation
import Gradus

// Times the workloads of Docs/Performance.md, a line of JSON each, and compares them with others' lines.

func run(_ options: Options) throws {
    if let threads = options.threads { threadCount = threads }
    if let name = options.task {
        guard let task = ProcessTask(rawValue: name) else { throw UsageError("there is no task \"\(name)\"") }
        return task.run()
    }
    let names = Workload.all.map(\.name) + ["rss_resnet20", "start"]
    if options.lists { return print(names.joined(separator: "\n")) }
    if let odd = options.names.first(where: { name in !names.contains { Options(names: [name]).wants($0) } }) {
        throw UsageError("there is no workload \"\(odd)\"; --list says which there are")
    }
    // Read before anything is timed, so that a wrong path is seen at once.
    var comparison = Comparison(lines: "")
    for file in options.against {
        do {
            comparison.add(Comparison(lines: try String(contentsOfFile: file, encoding: .utf8)))
        } catch {
            throw UsageError("\(file) cannot be read")
        }
    }
    if options.runs {
        let wanted = Workload.all.filter { options.wants($0.name) }
        let limits = wanted.contains { $0.operations != nil || $0.bytes != nil } ? Limits.measured() : nil
        var found: [Measurement] = []
        func say(_ measurement: Measurement) {
            print(measurement.line)
            fflush(nil)
            found.append(measurement)
        }
        for workload in wanted {
            let body = workload.prepare()
            let times = workload.isSingle ? [seconds(body)] : repeated(for: options.seconds, body)
            say(
                Measurement(
                    workload.name, times: times, operations: workload.operations, bytes: workload.bytes, limits: limits)
            )
        }
        for measurement in try measureProcesses(options) { say(measurement) }
        comparison.add(found)
    }
    if !options.against.isEmpty { print("\n" + comparison.table) }
}

do {
    guard let options = try Options.parse(CommandLine.arguments.dropFirst()) else {
        print(Options.usage)
        exit(0)
    }
    try run(options)
} catch {
    FileHandle.standardError.write(Data("Benchmarks: \((error as? UsageError)?.message ?? "\(error)")\n".utf8))
    exit(2)
}
