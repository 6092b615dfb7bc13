import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// What is refused, in which words, and that nothing changes.
@Suite struct GraphMisuseTests {
    @Test func aSecondBackwardThroughAGraphLetGo() {
        let x = Variable(3)
        let y = x * x
        y.backward()
        #expect(
            misuseMessage { y.backward() }
                == "backward: the graph behind multiply was let go by an earlier backward(); "
                + "pass keepingGraph: true to that one, or run the forward again")
        #expect(x.gradient?.item == 6)
    }

    @Test func aResultOfSeveralElementsWithoutUpstream() {
        let x = Variable([1, 2])
        #expect(
            misuseMessage { (x * x).backward() }
                == "backward: a result of shape [2] needs an upstream gradient; sum it, or pass one")
    }

    @Test func nothingThatWantsAGradient() {
        let c = Variable.constant(Tensor(1))
        #expect(
            misuseMessage { (c * c).backward() }
                == "backward: the result does not depend on any variable that wants a gradient")
        #expect(
            misuseMessage { _ = gradients(of: c, at: [c]) }?.hasPrefix("gradients: the result does not depend") == true)
    }

    @Test func anUpstreamOfAnotherShapeOrType() {
        let x = Variable([1, 2])
        #expect(
            misuseMessage { (x * x).backward(upstream: .constant(.ones([3]))) }
                == "backward: upstream is float32 of [3], the result float32 of [2]")
        #expect(
            misuseMessage { (x * x).backward(upstream: .constant(.ones([2], as: .float64))) }
                == "backward: upstream is float64 of [2], the result float32 of [2]")
        #expect(x.gradient == nil)
    }

    @Test func integersWantNoGradient() {
        #expect(
            misuseMessage { Variable(Tensor([1, 2], as: .int64)) }
                == "Variable: int64 has no gradient; use Variable.constant, or convert to float32")
    }

    @Test func aRuleThatPushesAnotherShape() {
        let x = Variable([1, 2]), other = Variable([1, 2])
        let y = custom(x, forward: { $0 }, backward: { _, _, upstream in upstream.broadcast(to: [3, 2]) }) * other
        #expect(
            misuseMessage { y.backward(upstream: .constant(.ones([2]))) }
                == "custom: its rule pushed [3, 2] to an input of shape [2]")
        #expect(x.gradient == nil && other.gradient == nil, "no half-written gradients")
    }

    @Test func aRuleThatReadsWhatItDoesNotDeclare() {
        final class Forgetful: UnaryOperation {
            override func forward(_ x: Tensor) -> Tensor { x }
            override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(upstream * first, to: 0) }
        }
        let x = Variable(1)
        #expect(
            misuseMessage { Forgetful()(x).backward() }
                == "forgetful: its rule reads .first, which needs(for:) does not declare")
    }

    @Test func anInstanceCalledTwice() {
        final class Square: UnaryOperation {
            override func forward(_ x: Tensor) -> Tensor { x * x }
            override func needs(for input: Int) -> Needs { .first }
            override func backward(_ upstream: Variable, _ walk: inout Walk) { walk.push(2 * first * upstream, to: 0) }
        }
        let square = Square(), x = Variable(3), y = Variable(4)
        let z = square(x)
        #expect(
            misuseMessage { _ = square(y) }
                == "square: an instance of an operation is called once; make another for each call")
        z.backward()
        #expect(x.gradient?.item == 6)
    }

    @Test func assigningToAResultOrAnotherShape() {
        let x = Variable([1, 2])
        let y = x * x
        #expect(
            misuseMessage { y.value = Tensor([1, 2]) }
                == "value: a result (of multiply) is not assigned to; a leaf is")
        #expect(
            misuseMessage { x.value = Tensor([1, 2, 3]) }
                == "value: float32 of shape [2] cannot become float32 of [3]")
        #expect(
            misuseMessage { x.gradient = .constant(Tensor([1])) }
                == "gradient: shape [1] for a variable of shape [2]")
        #expect(x.value == Tensor([1, 2]) && x.gradient == nil)
    }

    @Test func anotherThreadsGraph() {
        let x = Variable(3)
        let y = x * x
        let message = onThread { misuseMessage { y.backward() } }
        #expect(
            message
                == "backward: multiply was recorded by another thread; a graph is walked by the thread that recorded it"
        )
        y.backward()
        #expect(x.gradient?.item == 6)
    }

    @Test func whatFollowsACaughtMisuseChangesNothing() {
        let x = Variable([1, 2]), w = Variable([3, 4])
        (x * w).backward(upstream: .constant(.ones([2])))
        let before = x.gradient?.value
        #expect(throws: Misuse.self) {
            try catchingMisuse {
                let wrong = x + Variable([1, 2, 3])
                let loss = (wrong * w) * x
                loss.backward(upstream: loss)
                x.value = Tensor([9, 9])
                x.update { $0 += Tensor([1, 1]) }
                x.gradient = nil
                for step in loss.backwardSteps() { _ = step.description }
                #expect(!(loss.item > 0) && gradients(of: loss, at: [x])[0] == nil)
            }
        }
        #expect(x.value == Tensor([1, 2]))
        #expect(x.gradient?.value == before)
        #expect((x * w).value == Tensor([3, 8]), "all is as usual afterwards")
    }

    @Test func theFirstMisuseIsTheOneThrown() {
        let message = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            _ = Tensor([1.0]) + Tensor([1.0], as: .float64)
        }
        #expect(message == "add: shapes [2] and [3] do not broadcast")
    }

    @Test func misuseStopsTheProgramOtherwise() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]) + Tensor([1, 2, 3]) }
    }
}
