import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// Checks of models whose ReLUs lie exactly at their corner, as all do that begin with biases of 0 and see blank inputs: every
/// direction meets many kinks at once.
@Suite struct KinkedModelTests {
    /// A net of two layers on inputs of which some rows are blank, and how often its loss was computed.
    private func check(
        blank: Int, of count: Int = 8, wrong: Bool = false
    ) -> (report: GradientReport, runs: Int) {
        var random = Random(seed: 1)
        let w1 = Variable(.heNormal([16, 24], using: &random), name: "w1"), b1 = Variable(.zeros([24]), name: "b1")
        let w2 = Variable(.heNormal([24, 5], using: &random), name: "w2"), b2 = Variable(.zeros([5]), name: "b2")
        let rows = concatenate([Tensor.zeros([blank, 1]), .ones([count - blank, 1])])
        let x = Variable.constant(.normal([count, 16], using: &random) * rows)
        var settings = GradientCheckSettings(mode: .fast)
        settings.elements = 60
        var runs = 0
        let report = checkGradients(at: [w1, b1, w2, b2], settings: settings) {
            runs += 1
            let h = matmul(x, w1) + b1
            let active = wrong ? custom(h, forward: { relu($0) }) { x, y, u in 1.1 * u * sign(y) } : relu(h)
            return -(matmul(active, w2) + b2).logSoftmax().transposed()[0].mean()
        }
        return (report, runs)
    }

    @Test(arguments: [4, 8]) func rightOnesPassAtOnce(blank: Int) {
        let (report, runs) = check(blank: blank)
        #expect(report.passed, "\(report)")
        #expect(report.probes.allSatisfy { $0.kink?.operation == "relu" })
        #expect(report.description.contains("8 of 8 random directions agree, 8 of them at a kink (relu)\n"))
        // Some ten runs for a smooth derivative, a hundred at a kink; not thousands in search of what is not there.
        #expect(runs < 60 * (report.compared + report.probes.count), "\(runs) runs for \(report.compared) derivatives")
    }

    @Test func wrongOnesAreFound() {
        let (report, _) = check(blank: 4, wrong: true)
        #expect(report.verdict == .fail && report.blame.map(\.operation) == ["custom"], "\(report)")
    }

    @Test func whatIsWrongForOtherUpstreamGradientsOnlyIsFound() {
        let x = Variable([0.5, 1.5, -2], name: "x")
        let wrong: [(String, (Variable) -> Variable)] = [
            ("squared", { upstream in upstream * upstream }), ("without sign", { upstream in abs(upstream) }),
        ]
        for (name, f) in wrong {
            let report = checkRule(at: x) { x in
                custom(x, forward: { sin($0) }) { x, _, upstream in f(upstream) * cos(x) }
            }
            #expect(report.verdict == .fail && report.blame.map(\.operation) == ["custom"], "\(name): \(report)")
            #expect(report.suspects.first?.of == "weighted sum of outputs")
        }
    }

    @Test func theErrorOfARuleIsTraced() throws {
        var settings = GradientCheckSettings()
        settings.tracesError = true
        let report = checkRule(at: Variable([0.5, 1.5], name: "x"), settings: settings) { exp($0) }
        let curve = try #require(report.errorCurve)
        #expect(curve.variable == "x" && curve.points.count == 51 && curve.difference < 1e-12)
        // A V: at both ends the differences are worse than between.
        let errors = curve.points.map(\.central)
        let least = errors.min() ?? 0
        #expect(least < 1e-9 && errors[0] > 1e3 * least && errors[50] > 1e3 * least)
    }
}
