import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// The helpers that judge derivative rules are themselves judged by rules known to be right and rules known to be wrong.

@Suite struct FiniteDifferencesTests {
    private let x = Tensor([0.5, -1.25, 2, 1e-6, 300], as: .float64)
    private let y = Tensor([-0.75, 1.5, 3, 0.25, -2], as: .float64)

    /// x³ with a rule of the caller's choosing.
    private func cube(_ rule: @escaping (Variable, Variable) -> Variable) -> (Variable) -> Variable {
        { custom($0, forward: { $0 * $0 * $0 }, backward: { x, _, upstream in rule(x, upstream) }) }
    }

    @Test func rightRulesPass() {
        expectGradients(of: cube { x, upstream in 3 * x * x * upstream }, at: x, order: 3)
        expectGradients(of: { $0 * $1 - $0 / $1 }, at: x, y, order: 3)
        expectGradients(of: { $0 * $0 }, at: Tensor(3, as: .float64))
        expectGradients(of: { -$0 }, at: Tensor.zeros([0, 2], as: .float64))
    }

    @Test(arguments: [1 + 1e-6, -1, 0, 2])
    func aScaledRuleFails(factor: Double) {
        #expect(
            !failures { expectGradients(of: cube { x, upstream in 3 * factor * x * x * upstream }, at: x, order: 1) }
                .isEmpty)
    }

    @Test func oneWrongElementFails() {
        let mask = Tensor([1, 1, 1, 1, 0.999], as: .float64)
        #expect(
            !failures {
                expectGradients(of: cube { x, upstream in 3 * x * x * upstream * .constant(mask) }, at: x, order: 1)
            }.isEmpty)
    }

    @Test func aRuleWithoutDerivativesOfItsOwnFailsAtOrderTwo() {
        let constant = cube { x, upstream in 3 * x.detached() * x.detached() * upstream }
        expectGradients(of: constant, at: x, order: 1)
        #expect(!failures { expectGradients(of: constant, at: x, order: 2) }.isEmpty)
        let unlinked = cube { x, upstream in 3 * x * x * upstream.detached() }
        expectGradients(of: unlinked, at: x, order: 1)
        #expect(!failures { expectGradients(of: unlinked, at: x, order: 2) }.isEmpty)
    }

    @Test func aMissingGradientFails() {
        #expect(!failures { expectGradients(of: { $0 * $1.detached() }, at: x, y, order: 1) }.isEmpty)
    }

    @Test func aNumericEstimateThatTellsNothingFails() {
        let jump = { (x: Variable) in
            custom(
                x, forward: { select($0 .> 0, 1, Tensor.zeros(like: $0)) }, backward: { _, _, upstream in 0 * upstream }
            )
        }
        expectGradients(of: jump, at: Tensor([0.5, -0.001], as: .float64), order: 1)
        #expect(!failures { expectGradients(of: jump, at: Tensor([0.5, 0], as: .float64), order: 1) }.isEmpty)
    }

    @Test func aRuleThatReadsTheLeafIsCaught() {
        final class Live: UnaryOperation {
            let leaf: Variable
            init(_ leaf: Variable) { self.leaf = leaf }
            override func forward(_ x: Tensor) -> Tensor { x * x }
            override func backward(_ upstream: Variable, _ walk: inout Walk) {
                walk.push(2 * leaf.detached() * upstream, to: 0)
            }
        }
        expectUnmovedByUpdates(of: { $0[0] * $0[0] }, at: [x])
        #expect(!failures { expectUnmovedByUpdates(of: { Live($0[0])($0[0]) }, at: [x]) }.isEmpty)
    }

    @Test func singlePrecisionIsHeldAgainstDouble() {
        expectSingleNearDouble(of: { $0[0] * $0[1] + $0[0] / $0[1] }, at: [x, y])
        #expect(!failures { expectSingleNearDouble(of: { ($0[0] + 1e7) - 1e7 }, at: [x]) }.isEmpty)
    }

    @Test func bitsAreComparedOverThreads() {
        expectSameBitsAtAnyThreadCount(of: { $0[0] * $0[1] }, at: [x, y], order: 2)
        var runs = 0.0
        #expect(
            !failures {
                expectSameBitsAtAnyThreadCount(
                    of: {
                        runs += 1
                        return runs * $0[0]
                    }, at: [x])
            }.isEmpty)
    }
}
