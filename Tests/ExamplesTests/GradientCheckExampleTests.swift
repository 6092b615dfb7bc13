import Foundation
import Testing

/// The program that plants mistakes, as its users run it.
@Suite struct GradientCheckExampleTests {
    @Test func everyMistakeIsFoundAndBlamed() throws {
        let run = try ExampleRun("GradientCheck")
        #expect(run.status == 0 && run.errors.isEmpty)
        let blames = run.lines.filter { $0.hasPrefix("blame: ") }
        for operation in ["hidden/addBias", "hidden/product", "error/difference"] {
            #expect(
                blames.contains { $0.hasPrefix("blame: \(operation), at GradientCheck/Mistake.swift:") }, "\(operation)"
            )
        }
        #expect(run.lines.count { $0.hasPrefix("FAIL: ") } == 3 && run.lines.count { $0.hasPrefix("PASS: ") } == 1)
        #expect(
            run.lines.last { !$0.isEmpty }
                == "3 of 3 mistakes found, each blamed on its operation; right rules: pass")
    }

    @Test func theErrorOfDifferencesIsDrawn() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradient-check-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("error.svg")
        let run = try ExampleRun("GradientCheck", ["--plot", file.path])
        #expect(run.status == 0)
        #expect(run.output.contains("error of differences against their step: \(file.path)\n"))
        let picture = try String(contentsOf: file, encoding: .utf8)
        #expect(picture.hasPrefix("<svg") && picture.contains("central difference"))
        #expect(picture.contains("forward difference") && picture.contains("analytic derivative"))
    }

    @Test func aWrongOptionGetsOneSentence() throws {
        for arguments in [["--plat", "x.svg"], ["--plot"], ["x.svg"]] {
            let run = try ExampleRun("GradientCheck", arguments)
            #expect(run.status == 2 && run.output.isEmpty)
            #expect(
                run.errors == "GradientCheck: usage: GradientCheck [--plot PATH]; PATH is where to write an SVG file\n")
        }
        let run = try ExampleRun("GradientCheck", ["--plot", "/no/such/folder/x.svg"])
        #expect(run.status == 1 && run.errors.hasPrefix("GradientCheck: /no/such/folder/x.svg: "))
    }
}
