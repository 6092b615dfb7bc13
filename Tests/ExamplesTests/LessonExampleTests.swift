import Foundation
import Testing

/// The program as its users run it.
@Suite struct LessonExampleTests {
    private func run(_ arguments: String...) throws -> ExampleRun { try ExampleRun("Lesson", arguments) }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lessons-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func withoutArgumentsItListsTheLessons() throws {
        let run = try run()
        #expect(run.status == 0 && run.errors.isEmpty)
        for name in ["gate", "neuron", "micrograd", "lenet"] { #expect(run.output.contains("  \(name) "), "\(name)") }
    }

    @Test func pipedItPrintsAllSteps() throws {
        let run = try run("neuron")
        #expect(run.status == 0)
        #expect(run.lines.contains("21. ← w0·x0 passes on to x0:  0.196612 × 2 = 0.393224"))
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test func anExpressionIsALesson() throws {
        let run = try run("--expression", "(x + y) * z", "x=-2", "y=5", "z=-4")
        #expect(run.status == 0)
        #expect(run.lines.contains("5. ← (x + y) · z passes on to z:  1 × 3 = 3"))
    }

    #if os(Linux) && DEBUG
        @Test func operatorsHaveTheirLines() throws {
            let run = try run("--chain", "4")
            #expect(run.output.contains(#/→ tanh x \+ x:.*\(main\.swift:\d+\)/#))
        }
    #endif

    @Test(arguments: [
        (["--expression", "(x + y"], "this bracket is not closed\n  (x + y\n  ^\n"),
        (["--expression", "x * y", "x=1"], "y has no value; write y=1\n  x * y\n      ^\n"),
        (["--expression", "x", "x=one"], "\"x=one\" gives no number to a name; write x=-2; see --help\n"),
        (["--expression", "x", "x=1", "x=2"], "x has two values; see --help\n"),
        (["x=1"], "x=… is a value for an expression; there is no --expression; see --help\n"),
        (["gate", "neuron"], "one lesson at a time; see --help\n"),
        (["--html"], "--html needs a value; see --help\n"), (["--fast"], "there is no option \"--fast\"; see --help\n"),
        (["--chain", "2"], "--chain takes a whole number from 3 to 1000000, not \"2\"; see --help\n"),
    ]) func whatCannotBeDoneIsSaid(_ arguments: [String], _ message: String) throws {
        let run = try ExampleRun("Lesson", arguments)
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors == "Lesson: " + message)
    }

    @Test func anUnknownLessonIsRefusedWithTheKnownOnes() throws {
        let run = try run("nerve")
        #expect(
            run.status == 2
                && run.errors.hasPrefix("Lesson: there is no lesson \"nerve\"; there are gate, gates, neuron"))
    }

    @Test func filesOfAllKinds() throws {
        try withFolder { folder in
            let paths = ["html", "svg", "dot", "json"].map { folder.appending(path: "gate.\($0)").path }
            let run = try run("gate", "--html", paths[0], "--svg", paths[1], "--dot", paths[2], "--json", paths[3])
            #expect(run.status == 0 && run.output == paths.map { "written: \($0)\n" }.joined())
            for (path, start) in zip(paths, ["<!doctype html>", "<svg", "digraph", "{"]) {
                #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix(start))
            }
            let refused = try self.run("gate", "--html", folder.appending(path: "no/such/folder/a.html").path)
            #expect(refused.status == 1 && refused.errors.hasPrefix("Lesson: the file could not be written: "))
        }
    }

    @Test func aPageOfEveryLesson() throws {
        try withFolder { folder in
            let target = folder.appending(path: "pages")
            #expect(try run("--all", target.path).status == 0)
            let pages = try FileManager.default.contentsOfDirectory(atPath: target.path)
            #expect(pages.count == 15 && pages.contains("softmax.html"))
        }
    }
}
