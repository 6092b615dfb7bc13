import Foundation
import Testing

/// The benchmark as its users run it: the lines it prints, and the table that joins them with others'.
@Suite struct BenchmarksExampleTests {
    private func run(_ arguments: String...) throws -> ExampleRun { try ExampleRun("Benchmarks", arguments) }

    private func withFile<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("benchmarks-\(UUID()).jsonl").path
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try body(file)
    }

    @Test func everyWorkloadOfTheDefinitionIsThere() throws {
        let names = Set(try run("--list").lines)
        let convolutions = [
            "lenet1", "lenet2", "cifar64", "cifar128", "cifar256", "stem7", "res56", "res28", "res14", "res7",
            "point56",
        ]
        let elementwise = ["add", "mul", "relu", "sigmoid", "tanh", "exp", "gelu"]
        var expected: Set<String> = [
            "gemm_128", "gemm_256", "gemm_512", "gemm_1024", "gemm_2048", "gemm_nt_1024", "gemm_tn_1024",
            "gemm_f64_1024", "gemm_skinny", "softmax_ce_train", "layernorm_train", "batchnorm_train", "maxpool_train",
            "sum_rows", "sum_all", "adam_10m", "chain_1_fwd", "chain_1_train", "chain_100_train", "moons_scalar",
            "deep_1m", "mlp", "lenet5", "resnet20", "vgg_small", "charlstm", "gpt", "vae", "rss_resnet20", "start", "",
        ]
        for name in convolutions { expected.formUnion(["conv_\(name)_fwd", "conv_\(name)_train"]) }
        for name in elementwise { expected.formUnion(["ew_\(name)_fwd", "ew_\(name)_train"]) }
        #expect(names == expected)
    }

    @Test func aLineHasTheDefinitionsKeys() throws {
        let run = try self.run("gemm_128", "chain_1_f*", "--seconds", "0", "--threads", "1")
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        let lines = run.lines.filter { !$0.isEmpty }
        try #require(lines.count == 2)
        #expect(lines[0].hasPrefix(#"{"workload": "gemm_128", "peer": "gradus", "threads": 1, "median_ms": "#))
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(
                Set(object.keys).subtracting(["of_limit"]) == [
                    "workload", "peer", "threads", "median_ms", "min_ms", "runs", "gflops", "gbps",
                ])
            #expect(object["runs"] as? Int == 5)
            let least = try #require(object["min_ms"] as? Double), median = try #require(object["median_ms"] as? Double)
            #expect(least > 0 && least <= median)
            // Operations are counted for products only, and are 2·128³.
            let rate = object["gflops"] as? Double
            #expect((rate != nil) == line.contains("gemm_128") && (object["of_limit"] != nil) == (rate != nil))
            if let rate { #expect(Swift.abs(rate * median / 1e3 * 1e9 / (2 * 128 * 128 * 128) - 1) < 0.05) }
        }
    }

    @Test func peersAreJoinedOnTheWorkload() throws {
        let lines = """
            {"workload": "mlp", "peer": "gradus", "threads": 2, "median_ms": 4, "min_ms": 3, "runs": 9, "gflops": null, "gbps": null}
            {"workload": "gpt", "peer": "gradus", "threads": 2, "median_ms": 10, "min_ms": 9, "runs": 9, "gflops": null, "gbps": null}
            a warning that is no line of JSON
            {"workload": "mlp", "peer": "gradus", "threads": 2, "median_ms": 2, "min_ms": 1, "runs": 9, "gflops": null, "gbps": null}
            {"workload": "rss_resnet20", "peer": "gradus", "mib": 100}
            {"workload": "mlp", "peer": "torch", "threads": 2, "median_ms": 4, "min_ms": 4, "runs": 5, "gflops": null, "gbps": null}
            {"workload": "gpt", "peer": "torch", "threads": 2, "median_ms": 40, "min_ms": 40, "runs": 5, "gflops": null, "gbps": null}
            {"workload": "rss_resnet20", "peer": "torch", "mib": 100}
            {"workload": "gpt", "peer": "jax", "threads": 2, "median_ms": 30, "min_ms": 4, "runs": 5, "gflops": null, "gbps": null}
            """
        let run = try withFile(lines) { file in try self.run("--compare-only", "--against", file) }
        #expect(run.status == 0 && run.errors.isEmpty)
        // The faster of two lines counts; ratios 2, 4 and 1 have the geometric mean 2.
        #expect(
            run.output == """

                | workload | gradus | torch | torch / gradus | jax | jax / gradus |
                | --- | ---: | ---: | ---: | ---: | ---: |
                | mlp | 2.000 | 4.000 | 2.00 |  |  |
                | gpt | 10.000 | 40.000 | 4.00 | 30.000 | 3.00 |
                | rss_resnet20 | 100.000 | 100.000 | 1.00 |  |  |
                | geometric mean |  |  | 2.00 |  | 3.00 |

                """)
    }

    @Test(arguments: [
        (["--thread", "1"], "there is no option \"--thread\""),
        (["--threads", "0"], "--threads takes a whole number from 1 to 256, not \"0\""),
        (["--seconds", "soon"], "--seconds takes a number from 0 to 3600, not \"soon\""),
        (["--seconds"], "--seconds needs a value"),
        (["--against"], "--against needs a file"),
        (["--against", "/no/such/file"], "/no/such/file cannot be read"),
        (["--compare-only"], "--compare-only goes with --against FILE"),
        (["gemm_127"], "there is no workload \"gemm_127\"; --list says which there are"),
    ])
    func aWrongOptionGetsOneSentence(arguments: [String], sentence: String) throws {
        let run = try ExampleRun("Benchmarks", arguments)
        #expect(run.status == 2 && run.output.isEmpty)
        #expect(run.errors == "Benchmarks: \(sentence)\n")
    }
}
