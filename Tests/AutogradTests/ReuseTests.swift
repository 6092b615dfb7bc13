import GradusTensor
import Testing
import _TestSupport

@testable import GradusAutograd

/// Arithmetic writes over what nobody else holds, and rules see variables rather than copies: neither may be noticed.
@Suite struct ReuseTests {
    @Test func whatSomebodyHoldsStaysAsItIs() {
        withoutRecording {
            let a = Variable.constant(Tensor([1, 2, 3])), b = Variable.constant(Tensor([10, 20, 30]))
            let sum = a + b
            let again = sum
            let product = (sum * 2 - 1) / b
            #expect(again.value == Tensor([11, 22, 33]) && sum.value == again.value)
            #expect(product.value == Tensor([2.1, 2.15, 65.0 / 30]))
            #expect(a.value == Tensor([1, 2, 3]) && b.value == Tensor([10, 20, 30]))
        }
    }

    @Test func aTensorThatSharesItsElementsIsNotWrittenTo() {
        let held = Tensor([1, 2, 3])
        let doubled = withoutRecording { Variable.constant(held) * 2 }
        let view = held.reshaped(to: [3, 1])
        let shifted = withoutRecording { Variable.constant(view.reshaped(to: [3])) + 1 }
        #expect(
            held == Tensor([1, 2, 3]) && doubled.value == Tensor([2, 4, 6]) && shifted.value == Tensor([2, 3, 4]))
    }

    @Test func aTemporaryThatBroadcastsGrows() {
        withoutRecording {
            let row = Variable.constant(Tensor([[1, 2]]))
            #expect((Variable.constant(Tensor([10])) + row).value == Tensor([[11, 12]]))
            #expect((Variable.constant(Tensor([[1], [2]])) * row).value == Tensor([[1, 2], [2, 4]]))
        }
    }

    @Test func leavesAndNamedConstantsAreNotOverwritten() {
        let leaf = Variable([1, 2])
        _ = withoutRecording { leaf * 3 }
        #expect(leaf.value == Tensor([1, 2]))
        let result = withoutRecording { Variable.constant(Tensor([1, 2]), name: "data") + 1 }
        #expect(result.name == nil)
    }

    @Test func aRuleThatPassesItsInputOnGivesAGradientWithoutAPast() throws {
        let x = Variable([2, 3])
        // The gradient of x at the rule's word is x itself, which must not become an alias of the leaf.
        custom(x, forward: { $0 * $0 * 0.5 }, backward: { x, _, _ in x }).sum().backward()
        let gradient = try #require(x.gradient)
        #expect(gradient !== x && gradient.operation == nil && !gradient.wantsGradient)
        x.value = Tensor([7, 7])
        #expect(gradient.value == Tensor([2, 3]))
    }

    @Test func aRuleSeesTheLeafAsItWas() throws {
        let (x, y) = (Variable([2, 3]), Variable([5, 7]))
        let product = (x * y).sum()
        x.value = Tensor([100, 100])
        product.backward()
        #expect(y.gradient?.value == Tensor([2, 3]) && x.gradient?.value == Tensor([5, 7]))
    }

    @Test func aResultIsLetGoWithItsGraph() {
        weak var middle: Variable?
        let x = Variable([2.0])
        do {
            let h = exp(x)
            middle = h
            let loss = (h * h).sum()
            loss.backward()
        }
        #expect(middle == nil)
    }
}
