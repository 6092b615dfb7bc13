import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

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

    /// Walks leave their lists to each other. Operations are put in order by numbers that are close together, or have some, or many of
    /// other graphs between them.
    @Test(arguments: [0, 3, 40]) func aWalkSeesNothingOfTheOneBefore(_ apart: Int) {
        func ladder(_ x: Variable, _ rungs: Int) -> (middle: Variable, end: Variable) {
            var (a, b, middle) = (x, x * 1, x)
            for rung in 0..<rungs {
                let sum = a + b
                for _ in 0..<apart { _ = x * 3 }
                (a, b) = (sum - b, -(-b))
                if rung == rungs / 2 { middle = a }
            }
            return (middle, a * b)
        }
        for (round, rungs) in [200, 2, 60, 1, 200].enumerated() {
            let x = Variable(Double(round + 2)), other = Variable(5.0)
            let (middle, end) = ladder(x, rungs)
            let found = gradients(of: end, at: [middle, x]).map { $0?.item }
            #expect(found == [Double(round + 2), Double(2 * (round + 2))])
            let nested = ladder(other, rungs + 1).end
            middle.onGradient { gradient in
                nested.backward()
                return gradient
            }
            end.backward()
            #expect(x.gradient?.item == Double(2 * (round + 2)) && other.gradient?.item == 10)
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

    @Test func aProductIsNotWrittenOverAGradientThatSomebodySees() {
        let (x, w) = (Variable([2, 3]), Variable([5, 7]))
        let upstream = Tensor([1, 10])
        let given = Variable.constant(upstream)
        (x * w).backward(upstream: given)
        #expect(
            given.value == upstream && x.gradient?.value == Tensor([5, 70]) && w.gradient?.value == Tensor([2, 30]))

        var seen: [Variable] = []
        let (h, two) = (x * w, Variable([2, 2]))
        h.onGradient {
            seen.append($0)
            return $0
        }
        let kept = (h * two).keepingGradient()
        (kept * two).backward(upstream: given)
        #expect(seen.map(\.value) == [Tensor([4, 40])] && kept.gradient?.value == Tensor([2, 20]))
        #expect(x.gradient?.value == Tensor([25, 350]) && given.value == upstream)
    }

    @Test func productsAreAddedToAGradientThatNobodyElseHolds() throws {
        let (x, w) = (Variable([2, 3]), Variable([5, 7]))
        func backward() { (((x * w) * w) * w).sum().backward() }
        backward()
        let (held, copy) = (try #require(w.gradient), try #require(w.gradient?.value))
        #expect(copy == Tensor([150, 441]))
        backward()
        #expect(copy == Tensor([150, 441]) && held.value == copy && w.gradient?.value == Tensor([300, 882]))
    }

    /// To the bit, where inputs are one, shapes differ, and several rules push to one leaf.
    @Test func productsInPlaceAreThoseOfTheArithmetic() {
        let (x, w, b) = (Variable([[0.1, -0.7], [1.3, 2.9]]), Variable([0.3, 1.7]), Variable(1.1))
        let functions: [() -> Variable] = [
            { (x * x * x).sum() }, { ((x * w + b) * w * x).sum() }, { (b * b * (w * b) * x).sum() },
            { (0..<5).reduce(w) { h, _ in (h * w + x) * h }.sum() },
        ]
        for function in functions {
            let y = function()
            let fused = gradients(of: y, at: [x, w, b]), plain = gradients(of: y, at: [x, w, b], recordingGraph: true)
            for (a, b) in zip(fused, plain) { #expect(a?.value == b?.value) }
        }
    }

    /// To the bit, whether what a rule saved is its own, somebody else's too, or wanted again.
    @Test(
        arguments: [
            { relu($0) }, { sigmoid($0) }, { tanh($0) }, { silu($0) }, { gelu($0) }, { gelu($0, approximation: .tanh) },
            { softplus($0) }, { exp($0) }, { expm1($0) }, { square($0) }, { abs($0) }, { sqrt(exp($0)) },
            { linear($0, Variable([[1, 2, 3]]), activation: .relu) },
            { linear($0, Variable([[1, 2, 3]]), activation: .gelu) },
        ] as [@Sendable (Variable) -> Variable])
    func aRuleTakesOverWhatNobodyElseHolds(_ function: @Sendable (Variable) -> Variable) throws {
        let x = Variable(Tensor.normal([40, 1])), w = Variable.constant(.normal([40, 1]))
        func loss(_ y: Variable) -> Variable { (y * w).sum() }
        let plain = try #require(gradients(of: loss(function(x * 3)), at: [x])[0]?.value)

        loss(function(x * 3)).backward()
        #expect(x.gradient?.value == plain)

        let h = x * 3, y = function(h)
        let (before, result) = (h.value + 0, y.value + 0)
        x.gradient = nil
        loss(y).backward()
        #expect(x.gradient?.value == plain && h.value == before && y.value == result)

        let again = loss(function(x * 3))
        for _ in 0..<2 {
            x.gradient = nil
            again.backward(keepingGraph: true)
            #expect(x.gradient?.value == plain)
        }
    }

    @Test func reluWritesItsGradientOverItsResult() throws {
        func address(_ tensor: Tensor) -> UInt { tensor.withPointer { UInt(bitPattern: $0) } }
        let x = Variable(Tensor.normal([100]))
        func step() -> UInt {
            let y = relu(x)
            defer { y.sum().backward() }
            return address(y.value)
        }
        let place = step()
        #expect(address(try #require(x.gradient?.value)) != place)  // y was held
        x.gradient = nil
        func loss() -> (UInt, Variable) {
            let y = relu(x)
            return (address(y.value), y.sum())
        }
        let (own, end) = loss()
        end.backward()
        #expect(address(try #require(x.gradient?.value)) == own)
    }

    /// The gradient of a product's sum is the other factor, whose elements it may share until either changes.
    @Test func aFactorAndTheGradientThatItIsGoTheirOwnWays() throws {
        let (x, y) = (Variable(Tensor.normal([100])), Variable(Tensor.normal([100])))
        let before = y.value + 0
        (x * y).sum().backward()
        #expect(x.gradient?.value == before)
        y.value += 1
        #expect(x.gradient?.value == before && y.value == before + 1)
        var gradient = try #require(x.gradient?.value)
        gradient *= 2
        #expect(x.gradient?.value == before && gradient == before * 2)

        var z = before
        z *= Tensor(1, as: .float32)
        #expect(z == before && before * Tensor.ones([1, 100]) == before.reshaped(to: [1, 100]))
        z[at: [0]] = 7
        #expect(before.number(at: 0) != 7 && z.number(at: 0) == 7)
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
