// Backpropagation, one message at a time: worked examples, and expressions of one's own.
//
//     swift run Lesson neuron

import Foundation
import Gradus

/// Says one sentence where errors go, and ends the program.
func stop(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("Lesson: \(message)\n".utf8))
    exit(code)
}

func list() {
    print("Lessons:\n")
    let width = WorkedExample.all.map(\.name.count).max() ?? 0
    for example in WorkedExample.all {
        print("  \(example.name.padding(toLength: width, withPad: " ", startingAt: 0))  \(example.title)")
    }
    print("\nStep through one with `swift run Lesson neuron`; --help has the rest.")
}

/// As many nodes as are wanted: y ← tanh(y) + 0.5 · x, again and again.
func chain(_ count: Int) -> Lesson {
    lesson(
        "A chain of \(count) nodes", introduction: "A long computation, to see how large graphs are shown.",
        replayLimit: 200_000, locatesOperators: count < 100
    ) {
        let x = Variable(0.5, as: .float64, name: "x")
        var y = x
        for step in 0..<((count - 1) / 2) { y = (step % 2 == 0 ? tanh(y) : sin(y)) + x }
        return y
    }
}

func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
}

func show(_ lesson: Lesson, _ options: Options) throws {
    if let path = options.html { try lesson.write(to: path) }
    if let path = options.svg { try write(lesson.svg(), to: path) }
    if let path = options.dot { try write(lesson.dot(), to: path) }
    if let path = options.json { try write(try lesson.json(), to: path) }
    let files = [options.html, options.svg, options.dot, options.json].compactMap { $0 }
    for path in files { print("written: \(path)") }
    if files.isEmpty { lesson.play(predicting: options.predicting) }
}

func writeAll(to directory: String) throws {
    let folder = URL(filePath: directory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for example in WorkedExample.all {
        let path = folder.appending(path: "\(example.name).html").path
        try example.recorded().write(to: path)
        print("written: \(path)")
    }
}

do {
    let options = try Options.parse(CommandLine.arguments.dropFirst())
    switch options.task {
    case .help: print(Options.help)
    case .list: list()
    case .all(let directory): try writeAll(to: directory)
    case .chain(let count): try show(chain(count), options)
    case .expression(let text, let values): try show(try LessonExpression(text).lesson(at: values), options)
    case .example(let name):
        guard let example = WorkedExample[name] else {
            stop(
                "there is no lesson \"\(name)\"; there are \(WorkedExample.all.map(\.name).joined(separator: ", "))",
                code: 2)
        }
        try show(example.recorded(), options)
    }
} catch let error as UsageError {
    stop("\(error.message); see --help", code: 2)
} catch let error as ExpressionError {
    stop("\(error)", code: 2)
} catch {
    stop("the file could not be written: \(error.localizedDescription)", code: 1)
}
