import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// What a check says of the gradient in float32, beside the one in double.
@Suite(.seeded()) struct SinglePrecisionTests {
    @Test func aMistakeOfFloat32AloneFails() {
        let x = Variable([1, 2], name: "x")
        let report = checkGradients(at: [x]) {
            GradientCheckTests.function(x, { $0 * $0 }) { x, _, upstream in
                upstream * x * (x.elementType == .float32 ? 2.01 : 2)
            }.sum()
        }
        #expect(report.verdict == .fail && report.suspects.isEmpty)
        #expect(report.singlePrecision?.passed == false && report.singlePrecision?.variable == "x")
        #expect(report.description.contains("float32: FAIL: the gradient of x is off the double one by 5e-03"))
    }

    @Test func whereFloat32TakesAnotherBranchNothingIsCounted() {
        // 1 + x - 1 is 0 in float32.
        let x = Variable([1e-9, 1], name: "x")
        let report = checkGradients(at: [x]) { relu(1 + x - 1).sum() }
        #expect(report.passed && report.singlePrecision?.otherBranch == "relu", "\(report)")
    }

    /// What is added to all keys moves all scores of a query alike, which a softmax does not see: the gradient is exactly 0, and what
    /// float32 leaves of its terms is rounding.
    @Test(arguments: [3, 24, 150]) func aGradientThatCancelsIsMeasuredByItsTerms(count: Int) throws {
        var random = Random(seed: 4)
        let features = 6
        func weight(_ name: String) -> Variable {
            Variable(.normal([features, features], using: &random) * 0.6, name: name)
        }
        let (query, key, value) = (weight("query"), weight("key"), weight("value"))
        let bias = Variable(.normal([features], using: &random), name: "key bias")
        let x = Variable.constant(.normal([2, count, features], using: &random))
        let c = Variable.constant(.normal([2, count, features], using: &random))
        func loss() -> Variable {
            (scaledDotProductAttention(matmul(x, query), matmul(x, key) + bias, matmul(x, value)) * c).sum()
        }
        var settings = GradientCheckSettings(mode: .fast)
        settings.elements = 20
        let report = checkGradients(at: [query, key, value, bias], settings: settings, loss: loss)
        #expect(report.singlePrecision?.passed == true, "\(report)")
        #expect(report.verdict != .fail, "\(report)")
        // It is not 0 in float32, nor as little as one could overlook.
        let found = gradients(of: loss(), at: [query, bias]).map { $0?.value.norm().item ?? 0 }
        #expect(found[1] > 1e-9 * found[0] && found[1] < 1e-4 * found[0])
        // A mistake in the terms is more than rounding.
        let wrong = checkGradients(at: [query, key, value, bias], settings: settings) {
            let keys = GradientCheckTests.function(matmul(x, key) + bias, { $0 }) { k, _, upstream in
                // The first key's share, in float32 alone.
                let first = Tensor((0..<count).map { $0 == 0 && k.elementType == .float32 ? 1.01 : 1 })
                return upstream * .constant(first.converted(to: k.elementType).reshaped(count, 1))
            }
            return (scaledDotProductAttention(matmul(x, query), keys, matmul(x, value)) * c).sum()
        }
        #expect(wrong.singlePrecision?.passed == false && wrong.verdict == .fail, "\(wrong)")
    }

    /// One variable whose gradient is rounding does not excuse another's mistake.
    @Test func everyVariableIsJudgedByItself() {
        let x = Variable([0.3, -1.7, 0.9], name: "x"), shift = Variable([0.1], name: "shift")
        let report = checkGradients(at: [shift, x]) {
            let wrong = GradientCheckTests.function(x, { $0 * $0 }) { x, _, upstream in
                upstream * x * (x.elementType == .float32 ? 2.01 : 2)
            }
            return ((x + shift).softmax(along: 0) * Variable.constant(Tensor([1, -2, 0.5]))).sum() + wrong.sum()
        }
        #expect(report.verdict == .fail && report.singlePrecision?.variable == "x", "\(report)")
    }
}
