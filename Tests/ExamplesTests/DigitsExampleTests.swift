import Foundation
import Testing

/// The program as its users run it: options, output, exit codes.
@Suite struct DigitsExampleTests {
    private func run(_ arguments: [String]) throws -> ExampleRun { try ExampleRun("Digits", arguments) }

    private func temporaryFile() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("digits-\(UUID()).html").path
    }

    @Test func helpTellsEveryOption() throws {
        for option in ["--help", "-h"] {
            let run = try run(["--epochs", "2", option])
            #expect(run.status == 0 && run.errors.isEmpty)
            for name in ["--epochs", "--seed", "--output", "--threads", "--help"] {
                #expect(run.output.contains(name), "\(name)")
            }
        }
    }

    @Test(arguments: [
        (["--epoch", "3"], "there is no option \"--epoch\"; see --help"),
        (["report.html"], "there is no option \"report.html\"; see --help"),
        ([""], "there is no option \"\"; see --help"),
        (["--epochs"], "--epochs needs a value; see --help"),
        (["--epochs", "0"], "--epochs takes a whole number from 1 to 100000, not \"0\"; see --help"),
        (["--epochs=ten"], "--epochs takes a whole number from 1 to 100000, not \"ten\"; see --help"),
        (["--seed", "-1"], "--seed takes a whole number from 0 to 18446744073709551615, not \"-1\"; see --help"),
        (["--threads", "0"], "--threads takes a whole number from 1 to 256, not \"0\"; see --help"),
        (["--output", ""], "--output needs a path, not \"\"; see --help"),
        (
            ["--output", "/no/such/folder/x.html"],
            "--output /no/such/folder/x.html lies in no folder that can be written to"
        ),
        (["--output", "/"], "--output / is a folder; a file is wanted"),
    ])
    func aWrongOptionGetsOneSentence(arguments: [String], sentence: String) throws {
        let run = try run(arguments)
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors == "Digits: \(sentence)\n")
    }

    /// One epoch, so that a debug build takes seconds: the same numbers at every run, whatever the threads.
    @Test func itChecksTrainsTestsAndReports() throws {
        let (first, second) = (temporaryFile(), temporaryFile())
        defer { for file in [first, second] { try? FileManager.default.removeItem(atPath: file) } }
        let one = try run(["--epochs", "1", "--seed", "7", "--threads", "1", "--output", first])
        let two = try run(["--epochs=1", "--seed=7", "--threads=2", "--output=\(second)"])
        #expect(one.status == 0 && one.errors.isEmpty)
        #expect(two.status == 0 && two.errors.isEmpty)

        // All but the time and the name of the report.
        func timeless(_ run: ExampleRun) -> [String] {
            run.lines.filter { !$0.hasPrefix("epoch ") && !$0.hasPrefix("report ") }
        }
        #expect(timeless(one) == timeless(two))
        #expect(one.output.contains("PASS"))
        #expect(one.output.contains("report with the loss curve and the mistakes: \(first)\n"))
        // Plain, and a line an epoch, since nobody watches.
        #expect(!one.output.contains("\r") && !one.output.contains("\u{1B}"))
        #expect(one.lines.count { $0.hasPrefix("epoch ") } == 1)

        let last = try #require(one.lines.dropLast().last)
        let accuracy = try #require(Double(last.dropFirst("test accuracy ".count)))
        #expect(last.hasPrefix("test accuracy 0.") && accuracy > 0.7)

        let page = try String(contentsOfFile: first, encoding: .utf8)
        #expect(try page == String(contentsOfFile: second, encoding: .utf8))
        let mistakes = page.components(separatedBy: "<figure>").count - 1
        #expect(mistakes == Int(((1 - accuracy) * 360).rounded()))
        #expect(page.contains(">epoch</text>") && page.contains(">loss</text>"))
    }
}
