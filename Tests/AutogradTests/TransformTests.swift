import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct TransformTests {
    let x = Variable([1, 2, 3], as: .float64)

    @Test func valueAndGradientOfOneAndOfSeveral() {
        let (value, gradient) = valueAndGradient(at: Variable(3)) { $0 * $0 }
        #expect(value.item == 9 && gradient.item == 6)
        let (sum, both) = valueAndGradient(at: [Variable(3), Variable(4)]) { $0[0] * $0[1] }
        #expect(sum.item == 12 && both.map(\.item) == [4, 3])
    }

    @Test func aFunctionThatDoesNotDependHasGradientZero() {
        #expect(gradient(at: x) { _ in Variable(1, as: .float64) }.value == Tensor([0, 0, 0], as: .float64))
        #expect(gradient(at: x) { _ in .constant(Tensor(1, as: .float64)) }.value == .zeros([3], as: .float64))
    }

    @Test func derivativesAtAPointDoNotMixWithOtherUsesOfIt() {
        let x = Variable(3)
        #expect(gradient(at: x) { $0 * x }.item == 3)
    }

    @Test func higherOrdersComeByNesting() {
        let third = gradient(at: Variable(2)) { gradient(at: $0) { gradient(at: $0) { $0 * $0 * $0 * $0 } } }
        #expect(third.item == 48)
        let lean = withoutRecording { gradient(at: Variable(2)) { gradient(at: $0) { $0 * $0 * $0 } } }
        #expect(lean.item == 12 && !lean.wantsGradient)
    }

    @Test func aLossMayContainAGradient() {
        // A gradient penalty: the slope of w·x² at x = 3 is 6w; its square has derivative 72w.
        let w = Variable(2), data = Variable.constant(Tensor(3))
        let slope = gradient(at: data) { w * $0 * $0 }
        (slope * slope).backward()
        #expect(slope.item == 12)
        #expect(w.gradient?.item == 144)
    }

    @Test func productsWithTheJacobianFromBothSides() {
        func f(_ x: Variable) -> Variable { x * x * x }
        let (value, pullback) = vjp(at: x, of: f)
        #expect(value.value == Tensor([1, 8, 27], as: .float64))
        #expect(pullback(.constant(Tensor([1, 10, 100], as: .float64))).value == Tensor([3, 120, 2700], as: .float64))
        #expect(pullback(.constant(Tensor([0, 0, 1], as: .float64))).value == Tensor([0, 0, 27], as: .float64))
        let tangent = jvp(at: x, along: .constant(Tensor([1, 10, 100], as: .float64)), of: f).tangent
        #expect(tangent.value == Tensor([3, 120, 2700], as: .float64))
    }

    @Test func theHessianTimesAVector() {
        let v = Variable.constant(Tensor([1, 0, 2], as: .float64))
        let product = hessianVectorProduct(at: x, along: v) { x in
            let cube = x * x * x
            return cube.summed(to: [])
        }
        #expect(product.value == Tensor([6, 0, 36], as: .float64))
    }

    @Test func misuseOfShapesIsNamed() {
        #expect(
            misuseMessage { gradient(at: x) { $0 * $0 } }
                == "gradient: the function returned shape [3]; it takes one number, or use jacobian")
        #expect(
            misuseMessage { jvp(at: x, along: Variable(1)) { $0 } }
                == "jvp: a tangent of shape [] at a point of shape [3]")
        #expect(
            misuseMessage { hessianVectorProduct(at: x, along: Variable(1)) { $0 } }
                == "hessianVectorProduct: a vector of shape [] at a point of shape [3]")
    }
}

@Suite struct RecomputationTests {
    @Test func theSameNumbersWithoutKeepingAnything() {
        let x = Variable([1, 2]), w = Variable([3, 4])
        func body(_ x: Variable) -> Variable { (x * w) * x * w }
        body(x * x).backward(upstream: .constant(.ones([2])))
        let expected = [x.gradient?.value, w.gradient?.value]
        (x.gradient, w.gradient) = (nil, nil)
        let h = x * x
        recomputed { body(h) }.backward(upstream: .constant(.ones([2])))
        #expect([x.gradient?.value, w.gradient?.value] == expected)
    }

    @Test func leavesAreReadAsTheyWere() {
        let x = Variable(2), w = Variable(3)
        let y = recomputed { x * w * w }
        w.value = Tensor(100)
        y.backward()
        #expect(x.gradient?.item == 9)
        #expect(w.gradient?.item == 12)
        #expect(w.value == Tensor(100))
    }

    @Test func gradientsOfGradientsGoThrough() {
        let x = Variable(3)
        let h = x * x
        let y = recomputed { h * x }
        let first = gradients(of: y, at: [x], recordingGraph: true)[0]
        #expect(first?.item == 27)
        #expect(first.flatMap { gradients(of: $0, at: [x])[0] }?.item == 18)
    }

    @Test func nested() {
        let x = Variable(2)
        let y = recomputed { recomputed { x * x } * x }
        y.backward()
        #expect(x.gradient?.item == 12)
    }

    @Test(.seeded()) func randomNumbersAreDrawnAgainAndTheStateIsAsBefore() {
        seed(7)
        let x = Variable(.ones([100]))
        let y = recomputed { x * .constant(.uniform([100])) }
        let after = Tensor.uniform([1])
        let drawn = y.value
        let state = DefaultRandom.state
        y.backward(upstream: .constant(.ones([100])))
        #expect(x.gradient?.value == drawn)
        #expect(DefaultRandom.state == state)
        seed(7)
        _ = Tensor.uniform([100])
        #expect(Tensor.uniform([1]) == after)
    }

    @Test func aBodyThatComputesNothingIsHandedOn() {
        let x = Variable(2)
        #expect(recomputed { x } === x)
        #expect(!recomputed { .constant(Tensor(1)) }.wantsGradient)
    }
}
