import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct BackwardTests {
    @Test func aProductAndASum() {
        let x = Variable(3)
        let y = x * x + 1
        y.backward()
        #expect(y.item == 10)
        #expect(x.gradient?.item == 6)
    }

    @Test func theWorkedExampleOfThreeGates() {
        let x = Variable(-2), y = Variable(5), z = Variable(-4)
        let f = (x + y) * z
        f.backward()
        #expect(f.item == -12)
        #expect([x, y, z].map { $0.gradient?.item } == [-4, -4, 3])
    }

    @Test func gradientsOfRepeatedUsesAdd() {
        let a = Variable(2)
        let b = a + a
        let c = b + b
        c.backward()
        #expect(a.gradient?.item == 4)
    }

    @Test func gradientsAddUpOverCallsUntilSetToNil() {
        let x = Variable(3)
        (x * x).backward()
        (x * 2).backward()
        #expect(x.gradient?.item == 8)
        x.gradient = nil
        #expect(x.gradient == nil)
    }

    @Test func anUnusedLeafHasNoGradientWhichIsNotZero() {
        let x = Variable(1), unused = Variable(1)
        (x * 0).backward()
        #expect(x.gradient?.item == 0)
        #expect(unused.gradient == nil)
    }

    @Test func equalValuedLeavesStayApart() {
        let a = Variable(2), b = Variable(2)
        (a * a * b).backward()
        #expect(a.gradient?.item == 8)
        #expect(b.gradient?.item == 4)
    }

    @Test func anUpstreamWeighsTheOutputs() {
        let x = Variable([1, 2, 3])
        (x * x).backward(upstream: .constant(Tensor([1, 10, 100])))
        #expect(x.gradient?.value == Tensor([2, 40, 600]))
    }

    @Test func aLeafMayBeItsOwnResult() {
        let x = Variable([1, 2])
        x.backward(upstream: .constant(Tensor([3, 4])))
        #expect(x.gradient?.value == Tensor([3, 4]))
    }

    @Test func anUpstreamMayBeTheLeafItself() {
        let tracker = LifetimeTracker()
        do {
            let x = tracker.track(Variable([1, 2]))
            x.backward(upstream: x)
            x.value = Tensor([5, 5])
            x.backward(upstream: x)
            #expect(x.gradient?.value == Tensor([6, 7]))
        }
        #expect(tracker.alive == 0)
    }

    @Test func gradientsFromSeveralThreadsAllArrive() async {
        let x = Variable(1.0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<200 { (x * 2).backward() } } }
        }
        #expect(x.gradient?.item == 3200)
    }

    @Test func broadcastingIsUndoneByASum() {
        let x = Variable([[1, 2, 3], [4, 5, 6]]), b = Variable([10, 20, 30]), s = Variable(2)
        let y = (x + b) * s
        y.backward(upstream: .constant(.ones([2, 3])))
        #expect(b.gradient?.value == Tensor([4, 4, 4]))
        #expect(s.gradient?.value == Tensor(141))
        #expect(x.gradient?.shape == [2, 3])
    }

    @Test func updatingALeafBetweenForwardAndBackwardChangesNoGradient() {
        let x = Variable([1, 2]), w = Variable([3, 4])
        let y = x * w / w
        w.value = Tensor([100, 100])
        w.update { $0 += Tensor([1, 1]) }
        y.backward(upstream: .constant(.ones([2])))
        #expect(x.gradient?.value == Tensor([1, 1]))
        #expect(w.value == Tensor([101, 101]))
    }

    @Test func keepingTheGraphAllowsAnotherWalk() {
        let x = Variable(3)
        let y = x * x
        y.backward(keepingGraph: true)
        y.backward()
        #expect(x.gradient?.item == 12)
    }

    @Test func theGradientOfAResultIsKeptOnRequest() {
        let x = Variable(3)
        let y = (x * x).keepingGradient()
        let z = y * y
        z.backward()
        #expect(y.gradient?.item == 18)
        #expect(z.gradient == nil)
    }

    @Test func gradientsInBetweenAndAtLeavesWithoutWriting() {
        let x = Variable(3), other = Variable(1)
        let y = x * x
        let found = gradients(of: y * y + x, at: [y, x, other])
        #expect(found.map { $0?.item } == [18, 109, nil])
        #expect(x.gradient == nil)
    }

    @Test func gradientsAtTheResultItself() {
        let x = Variable(3)
        let y = x * x
        #expect(gradients(of: y, at: [y])[0]?.item == 1)
    }

    @Test func backwardIntoChosenLeavesWritesToThemAlone() {
        let generator = Variable(2), discriminator = Variable(3)
        (generator * discriminator).backward(into: [generator])
        #expect(generator.gradient?.item == 3)
        #expect(discriminator.gradient == nil)
    }

    @Test func gradientsOfGradients() {
        let x = Variable(3)
        let first = gradients(of: x * x * x, at: [x], recordingGraph: true)[0]
        #expect(first?.item == 27)
        let second = first.flatMap { gradients(of: $0, at: [x], recordingGraph: true)[0] }
        #expect(second?.item == 18)
        let third = second.flatMap { gradients(of: $0, at: [x])[0] }
        #expect(third?.item == 6)
    }

    @Test func backwardRecordingItsGraphLeavesDifferentiableGradients() {
        let x = Variable(3)
        (x * x * x).backward(recordingGraph: true)
        let first = x.gradient
        x.gradient = nil
        first?.backward()
        #expect(first?.item == 27)
        #expect(x.gradient?.item == 18)
        x.gradient = nil
    }

    @Test func hooksSeeAWholeGradientAndMayReplaceIt() {
        let x = Variable(2)
        var seen: [Double] = []
        let y = x * 3
        y.onGradient {
            seen.append($0.item); return $0 * 10
        }
        x.onGradient {
            seen.append($0.item); return $0 + 1
        }
        (y + y).backward()
        #expect(seen == [2, 60])
        #expect(x.gradient?.item == 61)
    }

    @Test func hooksActOnChosenGradientsToo() {
        let x = Variable(2)
        x.onGradient { $0 * 100 }
        #expect(gradients(of: x * 3, at: [x])[0]?.item == 300)
    }

    @Test func stepsShowEveryMessageAndWriteNothing() {
        let x = Variable(3, name: "x"), b = Variable([1, 2], name: "b")
        let y = x * x
        let steps = Array((y + b).backwardSteps(upstream: .constant(Tensor([1, 10]))))
        #expect(steps.map(\.operation.name) == ["add", "multiply"])
        #expect(steps[0].contributions.map(\.whole.value) == [Tensor([1, 10]), Tensor([1, 10])])
        #expect(steps[0].contributions[0].summed.value == Tensor(11))
        #expect(steps[1].contributions.map { $0.before?.item } == [nil, 33])
        #expect(steps[1].contributions.map(\.after.item) == [33, 66])
        #expect(x.gradient == nil)
        y.backward()
        #expect(x.gradient?.item == 6)
    }

    @Test func stepsPrintTheirMessages() {
        let x = Variable(3, name: "x")
        let text = (x * x).backwardSteps().map(\.description)
        #expect(text == ["multiply: upstream 1.0\n  → x: contribution 3.0\n  → x: contribution 3.0; 3.0 + 3.0 = 6.0"])
    }

    @Test func interleavedAbandonedAndNestedWalks() {
        let x = Variable(3)
        let y = x * x
        let z = y * y
        var first = z.backwardSteps(), abandoned = z.backwardSteps()
        _ = abandoned.next()
        _ = first.next()
        y.backward(keepingGraph: true)
        var second = z.backwardSteps()
        #expect(second.next()?.operation.name == "multiply")
        #expect(first.next()?.contributions.last?.after.item == 108)
        #expect(second.next()?.contributions.last?.after.item == 108)
        #expect(first.next() == nil)
        #expect(x.gradient?.item == 6)
    }

    @Test func printingInTheMiddleChangesNothing() {
        let x = Variable([1, 2])
        let y = x * x
        _ = "\(y) \(y.shape) \(evaluate { y * 2 })"
        y.backward(upstream: .constant(.ones([2])))
        #expect(x.gradient?.value == Tensor([2, 4]))
    }
}
